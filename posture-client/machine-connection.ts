// The connection of this machine: with its own key, or with a session key that the machine key certifies anew on every
// connection.

import { readFile } from 'node:fs/promises';
import type { AgentConfig } from './config.ts';
import { connect, type GatewayConnection } from './connection.ts';
import { AgentFailure } from './failure.ts';
import type { TlsKey } from './self-signed.ts';
import { certifySessionKey, createSessionKey } from './session-key.ts';
import type { FileSigner } from './signer.ts';

/** What one process remembers from run to run, so that a session key lives as long as it may. */
export interface KeyMemory {
  sessionKey?: TlsKey;
}

export interface MachineConnectionParts {
  readonly config: AgentConfig;
  readonly machine: FileSigner;
  readonly memory: KeyMemory;
  readonly signal?: AbortSignal | undefined;
}

const timeoutMs = 30_000;
/** A session key is replaced while it still has this long to live. */
const renewBeforeMs = 10 * 60_000;

export async function connectMachine(parts: MachineConnectionParts): Promise<GatewayConnection> {
  const { config, machine, memory, signal } = parts;
  const key = config.sessionKey ? await sessionKey(memory) : machine;
  const { keyPem, certificatePem } = key;
  const trust = await readTrust(config.trust);
  const connection = await connect({ url: config.gateway, trust, keyPem, certificatePem, timeoutMs, signal });
  try {
    if ('notAfter' in key) await certifySessionKey(connection, key, machine);
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

async function sessionKey(memory: KeyMemory): Promise<TlsKey> {
  const known = memory.sessionKey;
  if (known !== undefined && known.notAfter - renewBeforeMs > Date.now()) return known;
  memory.sessionKey = await createSessionKey(Date.now());
  return memory.sessionKey;
}

/** PEM certificates that the gateway's own must lead to. */
export async function readTrust(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new AgentFailure('setup', `cannot read ${path}`, undefined, cause);
  }
}
