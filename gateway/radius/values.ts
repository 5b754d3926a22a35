// Value kinds ⇄ octets. RFC 2865 section 5, RFC 2868 section 3 (tags), RFC 3162, RFC 6929 section 2.
// Reading a value that is wrong inside gives `undefined`: [RFC6929-2.8] such an attribute is ignored, the packet stays.

import { isUtf8 } from 'node:buffer';
import { addressFromBytes, addressToBytes, prefixFromBytes, prefixToBytes } from './addresses.ts';

export interface ValueTypes {
  readonly text: string;
  readonly octets: Uint8Array;
  readonly integer: number;
  /** Seconds since 1970. */
  readonly time: number;
  readonly address: string;
  readonly 'ipv6-address': string;
  readonly 'ipv6-prefix': string;
  readonly integer64: bigint;
  /** The tag is dropped on reading and 0 on writing: this product never groups tunnels. */
  readonly 'tagged-integer': number;
  readonly 'tagged-text': string;
}

export type ValueKind = keyof ValueTypes;

type Codec<T> = {
  /** Throws a RangeError on a value that does not fit: our own mistake, never a peer's. */
  readonly write: (value: T) => Uint8Array;
  readonly read: (bytes: Uint8Array) => T | undefined;
};

const text: Codec<string> = {
  write: value => Buffer.from(value, 'utf8'),
  read: bytes => (isUtf8(bytes) ? asBuffer(bytes).toString('utf8') : undefined),
};

const integer: Codec<number> = {
  write: value => {
    if (!Number.isInteger(value) || value < 0 || value > 0xffff_ffff) throw new RangeError(`not 32 bits: ${value}`);
    return Uint8Array.of(value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
  },
  read: bytes => (bytes.length === 4 ? asBuffer(bytes).readUInt32BE(0) : undefined),
};

const codecs: { readonly [K in ValueKind]: Codec<ValueTypes[K]> } = {
  text,
  octets: { write: value => value, read: bytes => bytes },
  integer,
  time: integer,
  address: address(4),
  'ipv6-address': address(16),
  'ipv6-prefix': {
    write: value => prefixToBytes(value) ?? fail(`not an IPv6 prefix: ${value}`),
    read: prefixFromBytes,
  },
  integer64: {
    write: value => {
      const bytes = Buffer.alloc(8);
      bytes.writeBigUInt64BE(value);
      return bytes;
    },
    read: bytes => (bytes.length === 8 ? asBuffer(bytes).readBigUInt64BE(0) : undefined),
  },
  'tagged-integer': {
    write: value => (value > 0xff_ffff ? fail(`not 24 bits: ${value}`) : integer.write(value)),
    read: bytes => {
      const value = integer.read(bytes);
      return value === undefined ? undefined : value & 0xff_ffff;
    },
  },
  'tagged-text': {
    // [RFC2868-3.3] A first octet above 0x1F is text already, so an untagged value needs no tag octet.
    write: text.write,
    read: bytes => text.read((bytes[0] ?? 0xff) <= 0x1f ? bytes.subarray(1) : bytes),
  },
};

export function writeValue<K extends ValueKind>(kind: K, value: ValueTypes[K]): Uint8Array {
  return codecs[kind].write(value);
}

export function readValue<K extends ValueKind>(kind: K, bytes: Uint8Array): ValueTypes[K] | undefined {
  return codecs[kind].read(bytes);
}

/** The same memory with Buffer's methods. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function address(length: 4 | 16): Codec<string> {
  return {
    write: value => {
      const bytes = addressToBytes(value);
      return bytes?.length === length ? bytes : fail(`not an address of ${length} octets: ${value}`);
    },
    read: bytes => (bytes.length === length ? addressFromBytes(bytes) : undefined),
  };
}

function fail(message: string): never {
  throw new RangeError(message);
}
