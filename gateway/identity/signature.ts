// Signatures of the agent's messages by JWS algorithm (RFC 7518 section 3): the algorithm must fit the key, so that a
// peer cannot choose a weaker reading of it.

import { constants } from 'node:crypto';
import { type SignatureAlgorithm, signatureAlgorithms } from '../contract/proof.ts';
import { isRefused } from '../contract/reason.ts';
import { readCertificate } from './certificate.ts';
import { DerReader, reading, tags } from './der.ts';
import { type Curve, type PublicKey, readPublicKey } from './public-key.ts';
import { verifies, type VerifyOptions } from './signed-bytes.ts';

/** RFC 7518 section 3.4: one curve and one signature length per algorithm. */
const elliptic: Partial<Record<SignatureAlgorithm, { readonly curve: Curve; readonly signatureBytes: number }>> = {
  ES256: { curve: 'P-256', signatureBytes: 64 },
  ES384: { curve: 'P-384', signatureBytes: 96 },
  ES512: { curve: 'P-521', signatureBytes: 132 },
};
/** RFC 7518 section 3.3: "a key of size 2048 bits or larger". */
const rsaLeastBits = 2048;

/** `keyOrCertificate`: DER of a SubjectPublicKeyInfo or of a certificate. */
export function verifySignature(
  algorithm: SignatureAlgorithm,
  keyOrCertificate: Uint8Array,
  data: Uint8Array,
  signature: Uint8Array,
): boolean {
  const key = publicKeyOf(keyOrCertificate);
  if (key === undefined) return false;
  const options = optionsFor(algorithm, key, signature);
  if (options === undefined) return false;
  return verifies(signatureAlgorithms[algorithm].hash, key.spki, data, signature, options);
}

function optionsFor(
  algorithm: SignatureAlgorithm,
  { kind }: PublicKey,
  signature: Uint8Array,
): VerifyOptions | undefined {
  const ec = elliptic[algorithm];
  if (ec !== undefined) {
    const fits = kind.type === 'ec' && kind.curve === ec.curve && signature.byteLength === ec.signatureBytes;
    return fits ? { dsaEncoding: 'ieee-p1363' } : undefined;
  }
  const pss = algorithm === 'PS256';
  // A key marked for PSS alone must not make PKCS #1 v1.5 signatures [RFC4055-1.2].
  if ((kind.type !== 'rsa' && !(pss && kind.type === 'rsa-pss')) || kind.bits < rsaLeastBits) return undefined;
  if (!pss) return { padding: constants.RSA_PKCS1_PADDING };
  return { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
}

function publicKeyOf(bytes: Uint8Array): PublicKey | undefined {
  const key = reading('certificate-malformed', () => {
    // Inside the outer SEQUENCE both start with a SEQUENCE; that of a key starts with an OID.
    const inner = new DerReader(bytes).enter(tags.sequence).enter(tags.sequence);
    return inner.nextTag === tags.oid ? readPublicKey(bytes) : undefined;
  });
  if (isRefused(key)) return undefined;
  if (key !== undefined) return key;
  const certificate = readCertificate(bytes);
  return isRefused(certificate) ? undefined : certificate.key;
}
