// A fresh EC key with a self-signed certificate: for a session key, and for a private PC that has none of an institution.

import 'reflect-metadata';
import { webcrypto, X509Certificate } from 'node:crypto';
import { BasicConstraintsExtension, ExtendedKeyUsage, ExtendedKeyUsageExtension } from '@peculiar/x509';
import { KeyUsageFlags, KeyUsagesExtension, X509CertificateGenerator } from '@peculiar/x509';
import { publicKeyHash } from './signer.ts';

export interface TlsKey {
  readonly keyPem: string;
  readonly certificatePem: string;
  /** SHA-256 (hex) of the key. */
  readonly keyHash: string;
  /** Milliseconds since 1970 UTC. */
  readonly notAfter: number;
}

export interface SelfSignedParts {
  readonly commonName: string;
  readonly now: number;
  readonly lifetimeMs: number;
}

/** For clocks that disagree. */
const backdatedMs = 5 * 60_000;

export async function createSelfSigned({ commonName, now, lifetimeMs }: SelfSignedParts): Promise<TlsKey> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  // Certificates count whole seconds.
  const notAfter = Math.floor((now + lifetimeMs) / 1000) * 1000;
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${commonName}`,
    keys,
    signingAlgorithm: algorithm,
    notBefore: new Date(now - backdatedMs),
    notAfter: new Date(notAfter),
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth]),
    ],
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
