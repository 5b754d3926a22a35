// A machine key that cannot do TLS (a card, a key store) certifies a short-lived key that can: a fresh EC key with a
// self-signed certificate, named over a server nonce and good for at most 8 hours.

import type { SessionKey } from '../gateway/contract/challenge.ts';
import { sessionKeyBytes } from '../gateway/contract/proof.ts';
import type { GatewayConnection } from './connection.ts';
import { createSelfSigned, type TlsKey } from './self-signed.ts';
import type { Signer } from './signer.ts';

/** With the five minutes before it, just under eight hours in all. */
const lifetimeMs = 7.75 * 3_600_000;

export function createSessionKey(now: number): Promise<TlsKey> {
  return createSelfSigned({ commonName: 'sluis-agent session key', now, lifetimeMs });
}

/** Has the gateway accept the session key of this connection as standing for the machine key. */
export async function certifySessionKey(connection: GatewayConnection, key: TlsKey, machine: Signer): Promise<void> {
  const challenge = await connection.challenge('session-key');
  const { audience, nonce } = challenge;
  const signature = await machine.sign(
    sessionKeyBytes({ audience, nonce, sessionKey: key.keyHash, notAfter: key.notAfter }),
  );
  const body: SessionKey = {
    nonce,
    machineChain: machine.chain.map(der => Buffer.from(der).toString('base64url')),
    sessionKey: key.keyHash,
    notAfter: key.notAfter,
    algorithm: machine.algorithm,
    signature: Buffer.from(signature).toString('base64url'),
  };
  await connection.certifySessionKey(body);
}
