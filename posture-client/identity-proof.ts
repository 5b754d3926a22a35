// The person's proof: the key of the eID signs the gateway's name, a fresh nonce, the machine key, the report and the TLS
// connection. A proof made for one laptop, one report and one connection fits no other.

import type { IdentityAccepted } from '../gateway/contract/challenge.ts';
import { identityProofBytes } from '../gateway/contract/proof.ts';
import type { GatewayConnection } from './connection.ts';
import { ocspStaple } from './ocsp-staple.ts';
import type { Signer } from './signer.ts';

export interface IdentityProofParts {
  readonly connection: GatewayConnection;
  readonly person: Signer;
  /** SHA-256 of the machine key. */
  readonly machineKey: string;
  /** SHA-256 of the last report's payload, or empty when there was none. */
  readonly reportDigest: string;
}

export async function proveIdentity(parts: IdentityProofParts): Promise<IdentityAccepted> {
  const { connection, person, machineKey, reportDigest } = parts;
  // Asked while the person looks for their PIN.
  const staple = ocspStaple(person.chain);
  const { audience, nonce } = await connection.challenge('identity-proof');
  const exporter = connection.exporter();
  const bytes = identityProofBytes({ audience, nonce, machineKey, reportDigest, exporter });
  const signature = await person.sign(bytes);
  const ocsp = await staple;
  return connection.proveIdentity({
    format: 'sluis-identity-proof/1',
    nonce,
    chain: person.chain.map(der => Buffer.from(der).toString('base64url')),
    machineKey,
    reportDigest,
    exporter,
    algorithm: person.algorithm,
    signature: Buffer.from(signature).toString('base64url'),
    ...(ocsp === undefined ? {} : { ocsp: Buffer.from(ocsp).toString('base64url') }),
  });
}
