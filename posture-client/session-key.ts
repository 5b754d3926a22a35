// A machine key that cannot do TLS (a card, a key store) certifies a short-lived key that can: a fresh EC key with a
// self-signed certificate, named over a server nonce and good for at most 8 hours.

import 'reflect-metadata';
import { webcrypto, X509Certificate } from 'node:crypto';
import { X509CertificateGenerator } from '@peculiar/x509';
import type { SessionKey } from '../gateway/contract/challenge.ts';
import { sessionKeyBytes } from '../gateway/contract/proof.ts';
import type { GatewayConnection } from './connection.ts';
import { publicKeyHash, type Signer } from './signer.ts';

export interface TlsKey {
  readonly keyPem: string;
  readonly certificatePem: string;
  /** SHA-256 (hex) of the key. */
  readonly keyHash: string;
  /** Milliseconds since 1970 UTC. */
  readonly notAfter: number;
}

/** From five minutes ago, for clocks that disagree, to just under eight hours in all. */
const lifetimeMs = 7.75 * 3_600_000;
const backdatedMs = 5 * 60_000;

export async function createSessionKey(now: number): Promise<TlsKey> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  // Certificates count whole seconds.
  const notAfter = Math.floor((now + lifetimeMs) / 1000) * 1000;
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=sluis-agent session key',
    keys,
    signingAlgorithm: algorithm,
    notBefore: new Date(now - backdatedMs),
    notAfter: new Date(notAfter),
  });
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  const certificatePem = certificate.toString('pem');
  return {
    keyPem: `-----BEGIN PRIVATE KEY-----\n${(key.match(/.{1,64}/g) ?? []).join('\n')}\n-----END PRIVATE KEY-----\n`,
    certificatePem,
    keyHash: publicKeyHash(new X509Certificate(certificatePem).publicKey),
    notAfter,
  };
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
