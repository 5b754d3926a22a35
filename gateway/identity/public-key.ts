// SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7, RFC 5480, RFC 8017): which kind of key, how strong, and its hash,
// by which keys are named everywhere.

import { hash } from 'node:crypto';
import { DerFault, DerReader, tags } from './der.ts';

export const curves = ['P-256', 'P-384', 'P-521'] as const;
export type Curve = (typeof curves)[number];

const curveOids: Readonly<Record<string, Curve>> = {
  '1.2.840.10045.3.1.7': 'P-256',
  '1.3.132.0.34': 'P-384',
  '1.3.132.0.35': 'P-521',
};

export type KeyKind =
  | { readonly type: 'ec'; readonly curve: Curve }
  | { readonly type: 'rsa' | 'rsa-pss'; readonly bits: number }
  /** Readable, but of no kind that is used here. */
  | { readonly type: 'other'; readonly algorithm: string };

export interface PublicKey {
  /** DER of the SubjectPublicKeyInfo. */
  readonly spki: Uint8Array;
  /** SHA-256 of `spki`, hex. */
  readonly hash: string;
  readonly kind: KeyKind;
}

export function readPublicKey(spki: Uint8Array): PublicKey {
  const whole = new DerReader(spki);
  const info = whole.enter(tags.sequence);
  whole.finish();
  const algorithm = info.enter(tags.sequence);
  const oid = algorithm.oid();
  const parameters = algorithm.atEnd ? undefined : algorithm.element();
  algorithm.finish();
  const { bytes, unusedBits } = info.bitString();
  info.finish();
  if (unusedBits !== 0) throw new DerFault('public key is not whole octets');
  return { spki, hash: sha256(spki), kind: kindOf(oid, parameters?.raw, bytes) };
}

/** RFC 8017 keys below `rsaMinBits` and curves outside the list are too weak. */
export function isStrong(
  kind: KeyKind,
  least: { readonly rsaMinBits: number; readonly curves: readonly Curve[] },
): boolean {
  if (kind.type === 'other') return false;
  return kind.type === 'ec' ? least.curves.includes(kind.curve) : kind.bits >= least.rsaMinBits;
}

export function describeKey(kind: KeyKind): string {
  if (kind.type === 'other') return `key of algorithm ${kind.algorithm}`;
  return kind.type === 'ec' ? `key on ${kind.curve}` : `RSA key of ${kind.bits} bits`;
}

export function sha256(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'hex');
}

function kindOf(algorithm: string, parameters: Buffer | undefined, bytes: Buffer): KeyKind {
  if (algorithm === '1.2.840.10045.2.1') {
    // RFC 5480 section 2.1.1: a named curve; parameters that spell a curve out are refused.
    const named = parameters?.[0] === tags.oid ? curveOids[new DerReader(parameters).oid()] : undefined;
    return named === undefined ? { type: 'other', algorithm } : { type: 'ec', curve: named };
  }
  if (algorithm === '1.2.840.113549.1.1.1' || algorithm === '1.2.840.113549.1.1.10') {
    return { type: algorithm.endsWith('.10') ? 'rsa-pss' : 'rsa', bits: readModulusBits(bytes) };
  }
  return { type: 'other', algorithm };
}

function readModulusBits(bytes: Buffer): number {
  const whole = new DerReader(bytes);
  const key = whole.enter(tags.sequence);
  whole.finish();
  const modulus = key.integer();
  const exponent = key.integer();
  key.finish();
  if ((modulus[0] ?? 0) >= 0x80 || (exponent[0] ?? 0) >= 0x80) throw new DerFault('negative RSA key');
  // An exponent of 1, or an even one, makes every signature "valid" or none.
  if (((exponent.at(-1) ?? 0) & 1) === 0 || (exponent.length === 1 && exponent[0] === 1)) {
    throw new DerFault('RSA exponent out of range');
  }
  const top = modulus[0] === 0 ? 1 : 0;
  const bits = (modulus.length - top) * 8 - Math.clz32(modulus[top] ?? 0) + 24;
  // Verification costs grow with the square of the modulus: no card and no server has more than this.
  if (bits > 8192) throw new DerFault(`RSA key of ${bits} bits, at most 8192`, 'certificate-too-large');
  return bits;
}
