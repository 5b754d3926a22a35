// The exact bytes that are signed, for every signature that crosses the wire between agent and gateway.
// A report is a flattened JWS (RFC 7515 section 7.2.2); the two proofs hash each field on its own first, so that no two
// fields can run into each other.

import { createHash } from 'node:crypto';

/** `exportKeyingMaterial(32, exporterLabel)` with an empty context: RFC 9266 `tls-exporter`. */
export const exporterLabel = 'EXPORTER-Channel-Binding';
export const exporterBytes = 32;

/** JWS algorithms that are accepted (RFC 7518), and how node:crypto names them. EC signatures are raw r‖s. */
export const signatureAlgorithms = {
  ES256: { hash: 'sha256', key: 'ec' },
  ES384: { hash: 'sha384', key: 'ec' },
  ES512: { hash: 'sha512', key: 'ec' },
  RS256: { hash: 'sha256', key: 'rsa' },
  RS384: { hash: 'sha384', key: 'rsa' },
  RS512: { hash: 'sha512', key: 'rsa' },
  PS256: { hash: 'sha256', key: 'rsa-pss' },
} as const;
export type SignatureAlgorithm = keyof typeof signatureAlgorithms;

/** Protected header of a signed report. */
export interface ReportHeader {
  readonly typ: 'posture-report+jws';
  readonly alg: SignatureAlgorithm;
  /** SHA-256 (hex) of the machine key's SubjectPublicKeyInfo. */
  readonly kid: string;
  readonly nonce: string;
  /** TLS exporter of the connection that carries the report, base64url. */
  readonly exporter: string;
}

/** A signed report on the wire: flattened JWS JSON serialization. */
export interface SignedReport {
  readonly protected: string;
  readonly payload: string;
  readonly signature: string;
}

/** RFC 7515 section 5.1: what the signature of a report covers. */
export function reportSigningInput(protectedHeader: string, payload: string): Uint8Array {
  return Buffer.from(`${protectedHeader}.${payload}`, 'ascii');
}

/** What the person's key signs: audience, nonce, machine key, report digest, TLS exporter. */
export function identityProofBytes(fields: {
  readonly audience: string;
  readonly nonce: string;
  readonly machineKey: string;
  readonly reportDigest: string;
  readonly exporter: string;
}): Uint8Array {
  return hashedFields('sluis-identity-proof/1', [
    fields.audience,
    fields.nonce,
    fields.machineKey,
    fields.reportDigest,
    fields.exporter,
  ]);
}

/**
 * What a Web eID token signs: two digests, by the hash of its algorithm, of the origin and of the nonce as base64 text.
 * `origin` is scheme, host and port as a browser writes them.
 */
export function webEidBytes(fields: {
  readonly algorithm: SignatureAlgorithm;
  readonly origin: string;
  readonly nonce: string;
}): Uint8Array {
  const { hash } = signatureAlgorithms[fields.algorithm];
  const nonceText = Buffer.from(fields.nonce, 'base64url').toString('base64');
  return Buffer.concat([fields.origin, nonceText].map(field => createHash(hash).update(field, 'utf8').digest()));
}

/** What the machine key signs to certify a session key. `notAfter` is in milliseconds since 1970 UTC. */
export function sessionKeyBytes(fields: {
  readonly audience: string;
  readonly nonce: string;
  readonly sessionKey: string;
  readonly notAfter: number;
}): Uint8Array {
  return hashedFields('sluis-session-key/1', [
    fields.audience,
    fields.nonce,
    fields.sessionKey,
    String(fields.notAfter),
  ]);
}

function hashedFields(label: string, fields: readonly string[]): Uint8Array {
  return Buffer.concat([label, ...fields].map(field => createHash('sha256').update(field, 'utf8').digest()));
}
