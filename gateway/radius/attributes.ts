// The ordered, immutable list of attributes of a packet: order and repetition survive, typed views are functions over it.
// RFC 2865 section 5 and 5.26 (Vendor-Specific), RFC 3579 section 3.1 (EAP-Message).

import { type Refused, refused } from '../contract/reason.ts';
import {
  type AttributeName,
  attributes as dictionary,
  definition,
  type KindOf,
  type NameOfKind,
} from './dictionary.ts';
import { readValue, type ValueTypes, writeValue } from './values.ts';

export interface Attribute {
  readonly type: number;
  /** Without the two header octets; at most 253. A view into the datagram when it was decoded. */
  readonly bytes: Uint8Array;
}

export type Attributes = readonly Attribute[];

export const maximumValueLength = 253;
const vendorSpecific = dictionary['Vendor-Specific'].number;
const eapMessageType = dictionary['EAP-Message'].number;

/** Builds one attribute. Throws a RangeError on a value that cannot be sent. */
export function attribute<N extends AttributeName>(name: N, value: ValueTypes[KindOf<N>]): Attribute {
  const { number, kind, vendor } = definition(name);
  const bytes = writeValue(kind, value);
  // [RFC2865-5] An empty text or string is left out, never sent; EAP-Start is the exception [RFC3579-2.1].
  if (bytes.length === 0 && number !== eapMessageType) throw new RangeError(`${name} would be empty`);
  if (vendor !== undefined) return vendorAttribute(vendor, number, bytes);
  return sized({ type: number, bytes });
}

/** [RFC2865-5.26] One Vendor-Specific attribute with one sub-attribute in the recommended format. */
export function vendorAttribute(vendor: number, type: number, value: Uint8Array): Attribute {
  const bytes = Buffer.alloc(6 + value.length);
  bytes.writeUInt32BE(vendor, 0);
  bytes[4] = type;
  bytes[5] = 2 + value.length;
  bytes.set(value, 6);
  return sized({ type: vendorSpecific, bytes });
}

export function first(attributes: Attributes, name: AttributeName): Uint8Array | undefined {
  const { number, vendor } = definition(name);
  if (vendor !== undefined) return vendorValues(attributes, vendor, number)[0];
  for (const { type, bytes } of attributes) if (type === number) return bytes;
  return undefined;
}

export function all(attributes: Attributes, name: AttributeName): readonly Uint8Array[] {
  const { number, vendor } = definition(name);
  if (vendor !== undefined) return vendorValues(attributes, vendor, number);
  return attributes.filter(({ type }) => type === number).map(({ bytes }) => bytes);
}

export function has(attributes: Attributes, name: AttributeName): boolean {
  return first(attributes, name) !== undefined;
}

/** The list with these at its end. */
export function withAttributes(attributes: Attributes, ...more: Attributes): Attributes {
  return [...attributes, ...more];
}

/** The first value as text; `undefined` when absent or not UTF-8. */
export function text(attributes: Attributes, name: NameOfKind<'text' | 'tagged-text'>): string | undefined {
  return read(attributes, name);
}

export function integer(
  attributes: Attributes,
  name: NameOfKind<'integer' | 'time' | 'tagged-integer'>,
): number | undefined {
  return read(attributes, name);
}

export function address(attributes: Attributes, name: NameOfKind<'address' | 'ipv6-address'>): string | undefined {
  return read(attributes, name);
}

/** One sub-attribute of a vendor, in the order found. Vendor data in another format yields nothing [RFC6929-2.8]. */
export function vendorValues(attributes: Attributes, vendor: number, type: number): readonly Uint8Array[] {
  return attributes
    .flatMap(found => (found.type === vendorSpecific ? vendorParts(found.bytes) : []))
    .filter(part => part.vendor === vendor && part.type === type)
    .map(part => part.bytes);
}

export interface VendorPart {
  readonly vendor: number;
  readonly type: number;
  readonly bytes: Uint8Array;
}

/** The sub-attributes of one Vendor-Specific value; none when it is not in the recommended format. */
export function vendorParts(value: Uint8Array): readonly VendorPart[] {
  const [a = 0, b = 0, c = 0, d = 0] = value;
  const vendor = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
  const parts: VendorPart[] = [];
  for (let at = 4; at < value.length; ) {
    const type = value[at];
    const length = value[at + 1];
    if (type === undefined || length === undefined || length < 2 || at + length > value.length) return [];
    parts.push({ vendor, type, bytes: value.subarray(at + 2, at + length) });
    at += length;
  }
  return parts;
}

/** The EAP packet; empty for EAP-Start, `undefined` without EAP-Message. */
export function eapMessage(attributes: Attributes): Uint8Array | undefined | Refused {
  const parts: Uint8Array[] = [];
  let last = -1;
  for (const [index, { type, bytes }] of attributes.entries()) {
    if (type !== eapMessageType) continue;
    // [RFC3579-3.1] The pieces stand in order and next to each other.
    if (last !== -1 && index !== last + 1)
      return refused('eap-malformed', 'EAP-Message attributes are not consecutive');
    last = index;
    parts.push(bytes);
  }
  const [only] = parts;
  return parts.length > 1 ? Buffer.concat(parts) : only;
}

/** [RFC3579-3.1] As many EAP-Message attributes as the packet needs; one empty one for EAP-Start. */
export function eapAttributes(packet: Uint8Array): Attributes {
  const pieces = Math.max(1, Math.ceil(packet.length / maximumValueLength));
  return Array.from({ length: pieces }, (_, piece) => ({
    type: eapMessageType,
    bytes: packet.subarray(piece * maximumValueLength, (piece + 1) * maximumValueLength),
  }));
}

function read<N extends AttributeName>(attributes: Attributes, name: N): ValueTypes[KindOf<N>] | undefined {
  const bytes = first(attributes, name);
  const kind: KindOf<N> = dictionary[name].kind;
  return bytes === undefined ? undefined : readValue(kind, bytes);
}

function sized(made: Attribute): Attribute {
  if (made.bytes.length > maximumValueLength) throw new RangeError(`attribute ${made.type} is over 253 octets`);
  return made;
}
