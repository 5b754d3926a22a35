// The question of OCSP (RFC 6960 section 4.1): which certificate is meant, and the request that asks about it.

import { createHash } from 'node:crypto';
import type { Certificate } from './certificate.ts';
import { DerReader, tags } from './der.ts';

export const certIdHashes = ['sha1', 'sha256'] as const;
export type CertIdHash = (typeof certIdHashes)[number];

export const certIdHashOids: Readonly<Record<CertIdHash, string>> = {
  sha1: '1.3.14.3.2.26',
  sha256: '2.16.840.1.101.3.4.2.1',
};
export const nonceOid = '1.3.6.1.5.5.7.48.1.2';
/** [RFC9654-2.1] At least 32 octets when we choose. */
export const nonceBytes = 32;

/** Which certificate is asked about: hashes of its issuer's name and key, and its serial number [RFC6960-4.1.1]. */
export interface CertId {
  readonly hash: CertIdHash;
  /** Hex. */
  readonly issuerName: string;
  readonly issuerKey: string;
  readonly serial: string;
}

export function certIdOf(certificate: Certificate, issuer: Certificate, hash: CertIdHash): CertId {
  const digest = (bytes: Uint8Array): string => createHash(hash).update(bytes).digest('hex');
  const issuerName = digest(issuerNameOf(certificate));
  return { hash, issuerName, issuerKey: digest(keyBitsOf(issuer)), serial: certificate.serial };
}

/** DER of an OCSPRequest for one certificate, unsigned. */
export function ocspRequest(id: CertId, nonce: Uint8Array | undefined): Uint8Array {
  const hex = (value: string): Buffer => Buffer.from(value, 'hex');
  const algorithm = der(tags.sequence, oid(certIdHashOids[id.hash]), der(tags.null));
  const names = [der(tags.octetString, hex(id.issuerName)), der(tags.octetString, hex(id.issuerKey))];
  const certId = der(tags.sequence, algorithm, ...names, der(tags.integer, hex(id.serial)));
  const list = der(tags.sequence, der(tags.sequence, certId));
  return der(tags.sequence, der(tags.sequence, list, ...(nonce === undefined ? [] : [nonceExtension(nonce)])));
}

/** SHA-1 of a key's bits: how a responder may name itself, whatever the CertID is made with [RFC6960-4.2.1]. */
export function keyIdOf(certificate: Certificate): string {
  return createHash('sha1').update(keyBitsOf(certificate)).digest('hex');
}

function nonceExtension(nonce: Uint8Array): Buffer {
  const extension = der(tags.sequence, oid(nonceOid), der(tags.octetString, der(tags.octetString, nonce)));
  return der(0xa2, der(tags.sequence, extension));
}

/** The issuer as the certificate writes it: hashed octet by octet, so no normalised form will do. */
function issuerNameOf({ tbs }: Certificate): Buffer {
  const fields = new DerReader(tbs).enter(tags.sequence);
  // version, serialNumber, signature
  for (let skipped = 0; skipped < 3; skipped++) fields.element();
  return fields.raw(tags.sequence);
}

function keyBitsOf({ key }: Certificate): Buffer {
  const info = new DerReader(key.spki).enter(tags.sequence);
  info.element();
  return info.bitString().bytes;
}

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  if (content.length < 0x80) return Buffer.concat([Buffer.of(tag, content.length), content]);
  if (content.length > 0xffff) throw new RangeError('an OCSP request is never this long');
  const length = content.length > 0xff ? [0x82, content.length >> 8, content.length & 0xff] : [0x81, content.length];
  return Buffer.concat([Buffer.of(tag, ...length), content]);
}

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const arcs = [first * 40 + second, ...rest].flatMap(arc => {
    const octets = [arc & 0x7f];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128))
      octets.unshift((left & 0x7f) | 0x80);
    return octets;
  });
  return der(tags.oid, Buffer.from(arcs));
}
