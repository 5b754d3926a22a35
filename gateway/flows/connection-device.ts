// Which machine speaks over a connection of the agent:
// 1. a key that a certificate authority vouches for is the machine key itself: its chain is judged now;
// 2. a key that vouches for itself is a session key: a machine key must have certified it, and not too long ago.

import { isRefused, type Refused, refused } from '../contract/reason.ts';
import type { AgentConnection, DeviceKey } from '../ports.ts';
import type { AgentPorts } from './agent-ports.ts';

/** A machine proven for this request. */
export interface ConnectionDevice {
  /** SHA-256 (hex) of the machine key. */
  readonly key: string;
  readonly name: string;
  readonly certificateNotAfter: number;
  /** The machine key's SubjectPublicKeyInfo, DER. */
  readonly spki: Uint8Array;
}

interface Asking {
  readonly tenant: string;
  readonly connection: AgentConnection;
}

/** How long a lapsed session key is still told apart from one that was never certified. */
const lapsedRememberedMs = 24 * 3600_000;

export async function connectionDevice(
  ports: AgentPorts,
  asking: Asking,
  now: number,
): Promise<ConnectionDevice | Refused> {
  return asking.connection.selfSigned ? bySessionKey(ports, asking, now) : byMachineKey(ports, asking, now);
}

async function byMachineKey(
  ports: AgentPorts,
  { tenant, connection }: Asking,
  now: number,
): Promise<ConnectionDevice | Refused> {
  await ports.freshenRevocation?.(connection.chain, tenant, now);
  const machine = ports.identify(connection.chain, tenant, now);
  if (isRefused(machine)) return machine;
  if (machine.kind !== 'machine-certificate') return refused('certificate-purpose-wrong', 'not a machine certificate');
  // TLS and our own reader must have seen the same key.
  if (machine.keyHash !== connection.key) return refused('certificate-malformed', 'its key is read in two ways');
  return {
    key: machine.keyHash,
    name: machine.name,
    certificateNotAfter: machine.notAfter,
    spki: connection.spki,
  };
}

async function bySessionKey(
  ports: AgentPorts,
  { tenant, connection }: Asking,
  now: number,
): Promise<ConnectionDevice | Refused> {
  const certified = await ports.store.deviceKey(tenant, connection.key, now - lapsedRememberedMs);
  // A machine key in a certificate of its own making must not get around the judgement of its real chain.
  if (certified?.spki === undefined || certified.device === connection.key) return refused('session-key-unproven');
  if (certified.expiresAt <= now) return refused('session-key-expired');
  return fromRecord(certified, certified.spki);
}

function fromRecord(certified: DeviceKey, spki: string): ConnectionDevice {
  return {
    key: certified.device,
    name: certified.deviceName,
    certificateNotAfter: certified.certificateNotAfter,
    spki: Buffer.from(spki, 'base64'),
  };
}
