// DER (ITU-T X.690 section 10 and 11), read strictly: definite and minimal lengths, single-octet tags, no constructed
// strings, canonical booleans, integers and object identifiers, limits on size and depth, nothing after the last element.
// Two tolerances exist because national cards need them, each by name at its one place: an encoded default in
// basicConstraints (`certificate-extensions.ts`) and NULL after an ECDSA identifier (`signed-bytes.ts`).

import type { Reason, Refused } from '../contract/reason.ts';
import { refused } from '../contract/reason.ts';

/** Thrown inside a reader, turned into a `Refused` by `reading`: it never leaves this folder. */
export class DerFault extends Error {
  override readonly name = 'DerFault';
  /** Where a fault deserves another word than the rest of what is being read. */
  readonly reason: Reason | undefined;

  constructor(message: string, reason?: Reason) {
    super(message);
    this.reason = reason;
  }
}

export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  enumerated: 0x0a,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

export interface DerLimits {
  readonly maxBytes: number;
  readonly maxDepth: number;
}

export const certificateLimits: DerLimits = { maxBytes: 16 * 1024, maxDepth: 16 };

/** Runs a parser over hostile bytes: its value, or the refusal. The detail names the rule broken, never the content. */
export function reading<T>(reason: Reason, parse: () => T): T | Refused {
  try {
    return parse();
  } catch (fault) {
    if (fault instanceof DerFault) return refused(fault.reason ?? reason, fault.message);
    throw fault;
  }
}

export interface DerElement {
  readonly tag: number;
  /** Tag, length and content. */
  readonly raw: Buffer;
  readonly content: Buffer;
}

/** A cursor over the elements of one level. */
export class DerReader {
  readonly #bytes: Buffer;
  readonly #end: number;
  #at: number;
  #contentAt = 0;
  #contentEnd = 0;

  constructor(bytes: Uint8Array, from = 0, to = bytes.byteLength) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = from;
    this.#end = to;
  }

  get atEnd(): boolean {
    return this.#at >= this.#end;
  }

  /** Tag of the next element, or -1 at the end. */
  get nextTag(): number {
    return this.#at < this.#end ? (this.#bytes[this.#at] ?? -1) : -1;
  }

  element(): DerElement {
    const start = this.#at;
    const tag = this.#header();
    const content = this.#bytes.subarray(this.#contentAt, this.#contentEnd);
    this.#at = this.#contentEnd;
    return { tag, raw: this.#bytes.subarray(start, this.#at), content };
  }

  content(tag: number): Buffer {
    this.#expect(tag);
    this.#at = this.#contentEnd;
    return this.#bytes.subarray(this.#contentAt, this.#contentEnd);
  }

  raw(tag: number): Buffer {
    const start = this.#at;
    this.#expect(tag);
    this.#at = this.#contentEnd;
    return this.#bytes.subarray(start, this.#at);
  }

  enter(tag: number): DerReader {
    this.#expect(tag);
    this.#at = this.#contentEnd;
    return new DerReader(this.#bytes, this.#contentAt, this.#contentEnd);
  }

  /** Two's complement octets of an INTEGER. */
  integer(tag: number = tags.integer): Buffer {
    const content = this.content(tag);
    checkInteger(content);
    return content;
  }

  smallInteger(tag: number = tags.integer): number {
    const content = this.integer(tag);
    if (content.length > 4 || (content[0] ?? 0) >= 0x80) throw new DerFault('integer out of range');
    return content.readUIntBE(0, content.length);
  }

  boolean(tag: number = tags.boolean): boolean {
    const content = this.content(tag);
    checkBoolean(content);
    return content[0] === 0xff;
  }

  oid(tag: number = tags.oid): string {
    return readOid(this.content(tag));
  }

  bitString(tag: number = tags.bitString): { readonly bytes: Buffer; readonly unusedBits: number } {
    const content = this.content(tag);
    checkBitString(content);
    return { bytes: content.subarray(1), unusedBits: content[0] ?? 0 };
  }

  /** UTCTime or GeneralizedTime in the forms of RFC 5280 section 4.1.2.5, as milliseconds since 1970. */
  time(): number {
    const short = this.nextTag === tags.utcTime;
    const digits = this.content(short ? tags.utcTime : tags.generalizedTime).toString('latin1');
    return readTime(digits, short);
  }

  finish(): void {
    if (!this.atEnd) throw new DerFault('unexpected element or trailing bytes');
  }

  #expect(tag: number): void {
    if (this.#header() !== tag) throw new DerFault(`expected tag ${hexOctet(tag)}`);
  }

  /** Reads tag and length at the cursor, and leaves the content's bounds. */
  #header(): number {
    const bytes = this.#bytes;
    let at = this.#at;
    if (at + 2 > this.#end) throw new DerFault('truncated');
    const tag = bytes[at++] ?? 0;
    if ((tag & 0x1f) === 0x1f) throw new DerFault('tag of more than one octet');
    let length = bytes[at++] ?? 0;
    if (length === 0x80) throw new DerFault('indefinite length');
    if (length > 0x80) {
      const octets = length & 0x7f;
      if (octets > 4 || at + octets > this.#end) throw new DerFault('length out of range');
      length = bytes.readUIntBE(at, octets);
      if (bytes[at] === 0 || length < 0x80) throw new DerFault('length not minimal');
      at += octets;
    }
    if (length > this.#end - at) throw new DerFault('truncated');
    this.#contentAt = at;
    this.#contentEnd = at + length;
    return tag;
  }
}

/** The one element that fills `bytes`, after the whole tree below it has been checked. */
export function derRoot(bytes: Uint8Array, limits: DerLimits): DerReader {
  if (bytes.byteLength > limits.maxBytes) throw new DerFault(`longer than ${limits.maxBytes} bytes`);
  const level = new DerReader(bytes);
  checkElement(level, limits.maxDepth);
  level.finish();
  return new DerReader(bytes);
}

/** Card files are padded with zeros behind the certificate: the certificate alone, or `undefined` for an empty file. */
export function cutPadding(file: Uint8Array): Uint8Array | undefined {
  if (file.every(octet => octet === 0)) return undefined;
  const first = reading('certificate-malformed', () => new DerReader(file).raw(tags.sequence));
  if ('refused' in first) return file;
  return file.subarray(first.length).every(octet => octet === 0) ? first : file;
}

function checkElement(level: DerReader, depthLeft: number): void {
  if (depthLeft < 0) throw new DerFault('nested too deeply');
  const { tag, content } = level.element();
  const constructed = (tag & 0x20) !== 0;
  if (tag < 0x40) checkUniversal(tag, content);
  if (!constructed) return;
  const inside = new DerReader(content);
  while (!inside.atEnd) checkElement(inside, depthLeft - 1);
}

function checkUniversal(tag: number, content: Buffer): void {
  const constructed = (tag & 0x20) !== 0;
  const container = (tag & 0x1f) === 0x10 || (tag & 0x1f) === 0x11;
  if (tag === 0 || constructed !== container) throw new DerFault(`tag ${hexOctet(tag)} is not allowed in DER`);
  if (tag === tags.boolean) checkBoolean(content);
  else if (tag === tags.integer || tag === tags.enumerated) checkInteger(content);
  else if (tag === tags.bitString) checkBitString(content);
  else if (tag === tags.null && content.length > 0) throw new DerFault('NULL with content');
  else if (tag === tags.oid) checkOid(content);
}

function checkBoolean(content: Buffer): void {
  if (content.length !== 1 || (content[0] !== 0 && content[0] !== 0xff)) throw new DerFault('boolean not canonical');
}

function checkInteger(content: Buffer): void {
  const [first, second] = content;
  if (first === undefined) throw new DerFault('integer without content');
  if (second === undefined) return;
  if ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80)) throw new DerFault('integer not minimal');
}

function checkBitString(content: Buffer): void {
  const unused = content[0];
  const last = content.at(-1) ?? 0;
  if (unused === undefined || unused > 7 || (content.length === 1 && unused > 0))
    throw new DerFault('bit string wrong');
  if ((last & ((1 << unused) - 1)) !== 0 && content.length > 1) throw new DerFault('unused bits are set');
}

function checkOid(content: Buffer): void {
  if (content.length === 0 || content.length > 64) throw new DerFault('object identifier of wrong length');
  let started = false;
  for (const octet of content) {
    if (!started && octet === 0x80) throw new DerFault('object identifier not minimal');
    started = octet >= 0x80;
  }
  if (started) throw new DerFault('object identifier truncated');
}

function readOid(content: Buffer): string {
  checkOid(content);
  let text = '';
  let arc = 0;
  // Seven octets hold 49 bits, which a number can; longer arcs are rare (identifiers made of UUIDs).
  let long: bigint | undefined;
  let octets = 0;
  for (const octet of content) {
    octets += 1;
    if (octets === 8) long = BigInt(arc);
    if (long === undefined) arc = arc * 128 + (octet & 0x7f);
    else long = long * 128n + BigInt(octet & 0x7f);
    if (octet >= 0x80) continue;
    if (text === '') text = firstArcs(long ?? arc);
    else text += `.${long ?? arc}`;
    arc = 0;
    long = undefined;
    octets = 0;
  }
  return text;
}

/** The first two arcs share a number: X.690 section 8.19.4. */
function firstArcs(both: number | bigint): string {
  if (both >= 80) return `2.${BigInt(both) - 80n}`;
  return `${Math.floor(Number(both) / 40)}.${Number(both) % 40}`;
}

const shortTime = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/;
const longTime = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/;

function readTime(digits: string, short: boolean): number {
  const match = (short ? shortTime : longTime).exec(digits);
  if (match === null) throw new DerFault('time not in the form of RFC 5280');
  const [given = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  // RFC 5280 section 4.1.2.5.1: two-digit years below 50 are of this century.
  const year = short ? given + (given < 50 ? 2000 : 1900) : given;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const exists =
    date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
  if (!exists) throw new DerFault('time that does not exist');
  return date.getTime() + ((hour * 60 + minute) * 60 + second) * 1000;
}

function hexOctet(octet: number): string {
  return `0x${octet.toString(16).padStart(2, '0')}`;
}
