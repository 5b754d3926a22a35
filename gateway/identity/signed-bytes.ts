// Signature algorithms of certificates and CRLs (RFC 3279, 4055, 5758) and the check of one signature by node:crypto.

import { constants, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { DerFault, type DerReader, tags } from './der.ts';
import type { PublicKey } from './public-key.ts';

export const hashNames = ['sha1', 'sha256', 'sha384', 'sha512'] as const;
export type HashName = (typeof hashNames)[number];

export interface SignedWith {
  readonly oid: string;
  /** Absent when the algorithm is none that can be checked here. */
  readonly scheme?: {
    readonly hash: HashName;
    readonly padding: 'ecdsa' | 'pkcs1' | 'pss';
    readonly saltBytes?: number;
  };
}

const ecdsa: Readonly<Record<string, HashName>> = {
  '1.2.840.10045.4.1': 'sha1',
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
};
const pkcs1: Readonly<Record<string, HashName>> = {
  '1.2.840.113549.1.1.5': 'sha1',
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
};
const hashes: Readonly<Record<string, HashName>> = {
  '1.3.14.3.2.26': 'sha1',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};
const pssOid = '1.2.840.113549.1.1.10';
const mgf1Oid = '1.2.840.113549.1.1.8';

/** Reads an AlgorithmIdentifier. */
export function readSignatureAlgorithm(reader: DerReader): SignedWith {
  const sequence = reader.enter(tags.sequence);
  const oid = sequence.oid();
  const hash = ecdsa[oid] ?? pkcs1[oid];
  if (hash !== undefined) {
    // RFC 5758 section 3.2 wants no parameters after an ECDSA identifier; cards exist that carry NULL. [tolerance]
    // RFC 4055 section 5 wants both forms accepted after an RSA one.
    if (!sequence.atEnd) sequence.content(tags.null);
    sequence.finish();
    return { oid, scheme: { hash, padding: oid in ecdsa ? 'ecdsa' : 'pkcs1' } };
  }
  return oid === pssOid ? { oid, ...readPss(sequence) } : { oid };
}

/** Whether `signature` over `data` was made with the private half of `key`. */
export function isSignedBy(algorithm: SignedWith, key: PublicKey, data: Uint8Array, signature: Uint8Array): boolean {
  const { scheme } = algorithm;
  if (scheme === undefined) return false;
  const fits =
    scheme.padding === 'ecdsa'
      ? key.kind.type === 'ec'
      : key.kind.type === 'rsa' || (scheme.padding === 'pss' && key.kind.type === 'rsa-pss');
  if (!fits) return false;
  const padding = scheme.padding === 'pss' ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING;
  return verifies(scheme.hash, key.spki, data, signature, {
    ...(scheme.padding === 'ecdsa' ? { dsaEncoding: 'der' } : { padding }),
    ...(scheme.saltBytes === undefined ? {} : { saltLength: scheme.saltBytes }),
  });
}

export interface VerifyOptions {
  readonly dsaEncoding?: 'der' | 'ieee-p1363';
  readonly padding?: number;
  readonly saltLength?: number;
}

export function verifies(
  hash: HashName,
  spki: Uint8Array,
  data: Uint8Array,
  signature: Uint8Array,
  options: VerifyOptions,
): boolean {
  try {
    const key = keyOf(spki);
    return verify(hash, data, { key, ...options }, signature);
  } catch {
    // OpenSSL throws for a key it cannot use (a point off its curve, a salt that does not fit): that key signed nothing.
    return false;
  }
}

/** Keys of anchors and configured authorities are read once for as long as their certificates live. */
const keys = new WeakMap<Uint8Array, KeyObject>();

function keyOf(spki: Uint8Array): KeyObject {
  const known = keys.get(spki);
  if (known !== undefined) return known;
  const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
  keys.set(spki, key);
  return key;
}

/** RFC 4055 section 3.1. Its defaults are SHA-1 and a salt of 20 octets. */
function readPss(sequence: DerReader): Omit<SignedWith, 'oid'> {
  if (sequence.atEnd) return {};
  const parameters = sequence.enter(tags.sequence);
  sequence.finish();
  const hash = parameters.nextTag === 0xa0 ? readHash(parameters.enter(0xa0)) : 'sha1';
  let mask: HashName | undefined = 'sha1';
  if (parameters.nextTag === 0xa1) {
    const outer = parameters.enter(0xa1);
    const generator = outer.enter(tags.sequence);
    outer.finish();
    if (generator.oid() !== mgf1Oid) throw new DerFault('mask generation function is not MGF1');
    mask = readHash(generator);
  }
  let saltBytes = 20;
  if (parameters.nextTag === 0xa2) {
    const outer = parameters.enter(0xa2);
    saltBytes = outer.smallInteger();
    outer.finish();
  }
  parameters.finish();
  return hash === undefined || mask !== hash ? {} : { scheme: { hash, padding: 'pss', saltBytes } };
}

function readHash(holder: DerReader): HashName | undefined {
  const sequence = holder.enter(tags.sequence);
  holder.finish();
  const oid = sequence.oid();
  if (!sequence.atEnd) sequence.content(tags.null);
  sequence.finish();
  return hashes[oid];
}
