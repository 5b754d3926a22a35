// An X.509 certificate (RFC 5280 section 4), read from strict DER into plain values. Nothing here is trusted yet.

import { type CertificateExtensions, readExtensions } from './certificate-extensions.ts';
import { certificateLimits, DerFault, DerReader, derRoot, reading, tags } from './der.ts';
import { type Name, readName } from './name.ts';
import { type PublicKey, readPublicKey, sha256 } from './public-key.ts';
import { isSignedBy, readSignatureAlgorithm, type SignedWith } from './signed-bytes.ts';
import type { Refused } from '../contract/reason.ts';
import { refused } from '../contract/reason.ts';

export interface Certificate extends CertificateExtensions {
  /** The whole certificate, DER. */
  readonly raw: Uint8Array;
  /** SHA-256 of `raw`, hex. */
  readonly fingerprint: string;
  /** The signed part. */
  readonly tbs: Uint8Array;
  /** Octets of the serial number, hex: opaque. */
  readonly serial: string;
  readonly issuer: Name;
  readonly subject: Name;
  /** Milliseconds since 1970 UTC. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly key: PublicKey;
  readonly signedWith: SignedWith;
  readonly signature: Uint8Array;
}

/** Reads one certificate that fills `bytes`. */
export function readCertificate(bytes: Uint8Array): Certificate | Refused {
  if (bytes.byteLength > certificateLimits.maxBytes) {
    return refused('certificate-too-large', `more than ${certificateLimits.maxBytes} bytes`);
  }
  return reading('certificate-malformed', () => parse(bytes));
}

/** Whether `issuer`'s key signed `certificate`; says nothing about whether it was allowed to. */
export function isIssuedBy(certificate: Certificate, issuer: Certificate): boolean {
  return isSignedBy(certificate.signedWith, issuer.key, certificate.tbs, certificate.signature);
}

function parse(bytes: Uint8Array): Certificate {
  const outer = derRoot(bytes, certificateLimits).enter(tags.sequence);
  const tbs = outer.raw(tags.sequence);
  const signedWith = readSignatureAlgorithm(outer);
  const { bytes: signature, unusedBits } = outer.bitString();
  if (unusedBits !== 0) throw new DerFault('signature is not whole octets');
  outer.finish();

  // Checked with the whole.
  const fields = new DerReader(tbs).enter(tags.sequence);
  const version = fields.enter(0xa0);
  // Version 1 and 2 say nothing about what their keys may do.
  if (version.smallInteger() !== 2) throw new DerFault('not version 3');
  version.finish();
  const serial = fields.integer();
  // [RFC5280-4.1.2.2]
  if (serial.length > 20 || (serial[0] ?? 0) >= 0x80) throw new DerFault('serial number out of range');
  const inner = readSignatureAlgorithm(fields);
  // [RFC5280-4.1.1.2] The outer identifier is not signed, so it must repeat the signed one.
  if (JSON.stringify(inner) !== JSON.stringify(signedWith)) throw new DerFault('two signature algorithms');
  const issuer = readName(fields);
  if (issuer.attributes.length === 0) throw new DerFault('no issuer name');
  const validity = fields.enter(tags.sequence);
  const notBefore = validity.time();
  const notAfter = validity.time();
  validity.finish();
  const subject = readName(fields);
  const key = readPublicKey(fields.raw(tags.sequence));
  // Unique identifiers [RFC5280-4.1.2.8] are passed over.
  for (const tag of [0x81, 0x82]) if (fields.nextTag === tag) fields.element();
  const holder = fields.enter(0xa3);
  const extensions = readExtensions(holder.enter(tags.sequence), issuer);
  holder.finish();
  fields.finish();
  if (subject.attributes.length === 0) checkNameless(extensions);

  return {
    ...extensions,
    raw: bytes,
    fingerprint: sha256(bytes),
    tbs,
    serial: serial.toString('hex'),
    issuer,
    subject,
    notBefore,
    notAfter,
    key,
    signedWith,
    signature,
  };
}

/** [RFC5280-4.1.2.6] Who has no subject is called by alternative names, and these must then be critical. */
function checkNameless({ alternativeNames, alternativeNamesCritical }: CertificateExtensions): void {
  if (alternativeNames.length === 0) throw new DerFault('no name at all');
  if (alternativeNamesCritical !== true) throw new DerFault('no subject, and alternative names that are not critical');
}
