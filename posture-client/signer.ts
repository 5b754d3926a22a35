// The signer port: a private key that signs, wherever it lives. The adapter here is a key file; `card.ts` has the one of a
// smart card, behind the same four members.

import { createHash, createPrivateKey, type KeyObject, sign, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { SignatureAlgorithm } from '../gateway/contract/proof.ts';
import { AgentFailure } from './failure.ts';

export interface Signer {
  readonly algorithm: SignatureAlgorithm;
  /** DER certificates, leaf first. */
  readonly chain: readonly Uint8Array[];
  /** SHA-256 (hex) of the leaf's SubjectPublicKeyInfo. */
  readonly keyHash: string;
  /** EC signatures are raw r‖s (RFC 7518 section 3.4). */
  sign(bytes: Uint8Array): Promise<Uint8Array>;
}

export interface KeyFiles {
  /** PEM private key: EC P-256, P-384, P-521 or RSA. */
  readonly key: string;
  /** PEM certificates, leaf first. */
  readonly certificate: string;
}

export interface FileSigner extends Signer {
  /** For TLS with the same key. */
  readonly keyPem: string;
  readonly certificatePem: string;
}

export async function keyFileSigner(files: KeyFiles): Promise<FileSigner> {
  const [keyPem, certificatePem] = await Promise.all([read(files.key), read(files.certificate)]);
  const blocks = certificatePem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  try {
    const key = createPrivateKey(keyPem);
    const certificates = blocks.map(pem => new X509Certificate(pem));
    const [leaf] = certificates;
    if (leaf === undefined) throw new AgentFailure('setup', `${files.certificate}: no certificate in PEM`);
    if (!leaf.checkPrivateKey(key)) {
      throw new AgentFailure('setup', `${files.key} is not the key of the first certificate in ${files.certificate}`);
    }
    const { algorithm, hash } = algorithmOf(key, files.key);
    return {
      algorithm,
      chain: certificates.map(certificate => certificate.raw),
      keyHash: publicKeyHash(leaf.publicKey),
      sign: async bytes => sign(hash, bytes, { key, dsaEncoding: 'ieee-p1363' }),
      keyPem,
      certificatePem,
    };
  } catch (error) {
    if (error instanceof AgentFailure) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new AgentFailure('setup', `cannot use ${files.key} with ${files.certificate}: ${message}`, undefined, error);
  }
}

/** How a machine or session key is named everywhere. */
export function publicKeyHash(key: KeyObject): string {
  return createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex');
}

/** How a key of this kind signs; `path` is where it came from, for the message. */
export function algorithmOf(
  key: KeyObject,
  path: string,
): { readonly algorithm: SignatureAlgorithm; readonly hash: string } {
  const curve = key.asymmetricKeyDetails?.namedCurve;
  if (curve === 'prime256v1') return { algorithm: 'ES256', hash: 'sha256' };
  if (curve === 'secp384r1') return { algorithm: 'ES384', hash: 'sha384' };
  if (curve === 'secp521r1') return { algorithm: 'ES512', hash: 'sha512' };
  if (key.asymmetricKeyType === 'rsa') return { algorithm: 'RS256', hash: 'sha256' };
  throw new AgentFailure('setup', `${path}: a key of type ${key.asymmetricKeyType ?? '?'} cannot sign here`);
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new AgentFailure('setup', `cannot read ${path}`, undefined, cause);
  }
}
