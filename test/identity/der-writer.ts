// Writes DER, right and wrong, for tests: whole certificates with any deviation from the norm, signed by a real key.

import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

export function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.of(tag), lengthOf(content.length), content]);
}

export const sequence = (...parts: readonly Uint8Array[]) => der(0x30, ...parts);
export const bool = (value: boolean) => der(0x01, Buffer.of(value ? 0xff : 0));
export const nothing = Buffer.of(5, 0);
export const utf8 = (text: string) => der(0x0c, Buffer.from(text, 'utf8'));
export const printable = (text: string) => der(0x13, Buffer.from(text, 'latin1'));
export const octets = (content: Uint8Array) => der(0x04, content);
export const bits = (content: Uint8Array, unused = 0) => der(0x03, Buffer.of(unused), content);

export function integer(value: number | Uint8Array): Buffer {
  if (typeof value !== 'number') return der(0x02, value);
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  return der(0x02, (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes);
}

export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return der(0x06, Buffer.from([first * 40 + second, ...rest].flatMap(base128)));
}

export function utcTime(ms: number): Buffer {
  return der(0x17, Buffer.from(`${new Date(ms).toISOString().slice(2, 19).replaceAll(/[-:T]/g, '')}Z`, 'latin1'));
}

export function name(...attributes: readonly (readonly [string, Uint8Array])[]): Buffer {
  return sequence(...attributes.map(([type, value]) => der(0x31, sequence(oid(type), value))));
}

export function extension(id: string, value: Uint8Array, critical = false): Buffer {
  return sequence(oid(id), ...(critical ? [bool(true)] : []), octets(value));
}

export const extensions = {
  authority: (pathLength?: number) =>
    extension('2.5.29.19', sequence(bool(true), ...(pathLength === undefined ? [] : [integer(pathLength)])), true),
  notAuthority: extension('2.5.29.19', sequence(), true),
  explicitlyNotAuthority: extension('2.5.29.19', sequence(bool(false)), true),
  signsCertificates: extension('2.5.29.15', bits(Buffer.of(0x06), 1), true),
  digitalSignature: extension('2.5.29.15', bits(Buffer.of(0x80), 7), true),
  clientAuth: extension('2.5.29.37', sequence(oid('1.3.6.1.5.5.7.3.2'))),
  policy: (id: string) => extension('2.5.29.32', sequence(sequence(oid(id)))),
};

export interface Pair {
  readonly privateKey: KeyObject;
  readonly spki: Buffer;
}

export function makePair(namedCurve = 'P-384'): Pair {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve });
  return { privateKey, spki: createPublicKey(privateKey).export({ format: 'der', type: 'spki' }) };
}

export const ecdsaSha384 = sequence(oid('1.2.840.10045.4.3.3'));
export const ecdsaSha384WithNull = sequence(oid('1.2.840.10045.4.3.3'), nothing);

export interface CertificateParts {
  readonly version?: Uint8Array;
  readonly serial?: Uint8Array;
  readonly algorithm?: Uint8Array;
  readonly outerAlgorithm?: Uint8Array;
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly notBefore?: number;
  readonly notAfter?: number;
  readonly spki: Uint8Array;
  readonly extensions: readonly Uint8Array[];
  readonly signer: KeyObject;
  /** The signature is made with SHA-384 unless a test says otherwise, whatever `algorithm` claims. */
  readonly hash?: 'sha1';
}

/** A certificate with exactly these parts, signed over what results. */
export function certificate(parts: CertificateParts): Buffer {
  const { notBefore = Date.UTC(2026, 0, 1), notAfter = Date.UTC(2036, 0, 1), algorithm = ecdsaSha384 } = parts;
  const tbs = sequence(
    parts.version ?? der(0xa0, integer(2)),
    parts.serial ?? integer(4711),
    algorithm,
    parts.issuer,
    sequence(utcTime(notBefore), utcTime(notAfter)),
    parts.subject,
    parts.spki,
    der(0xa3, sequence(...parts.extensions)),
  );
  return sequence(tbs, parts.outerAlgorithm ?? algorithm, bits(sign(parts.hash ?? 'sha384', tbs, parts.signer)));
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.of(length);
  const hex = length.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  return Buffer.concat([Buffer.of(0x80 | bytes.length), bytes]);
}

function base128(arc: number): number[] {
  const out = [arc % 128];
  for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128)) out.unshift((rest % 128) | 0x80);
  return out;
}
