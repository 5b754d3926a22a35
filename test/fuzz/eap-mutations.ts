// Ways in which what a peer of EAP says goes wrong, for each layer that it says it in: beside the blind ones those that know
// where its lengths, flags and types are.

import { extend, flipBit, mutated, type Mutation, setOctet, truncate } from './octet-mutations.ts';
import type { Random } from './random.ts';

/**
 * A whole packet of EAP, its data in a method of TLS, a message of TLS before it is cut, what is said inside a tunnel, the
 * data of another method.
 */
export const layers = ['packet', 'fragment', 'message', 'inside', 'method'] as const;
export type Layer = (typeof layers)[number];

export function mutateSaid(layer: Layer, octets: Uint8Array, random: Random): Uint8Array {
  return mutated(octets, [...blind, ...knowing[layer]], random, 2);
}

const blind: readonly Mutation[] = [flipBit, setOctet, truncate, extend];

const eapLength: Mutation = (packet, random) => {
  if (packet.length >= 4) packet.writeUInt16BE(random.pick([0, 3, 4, 5, packet.length + 1, 65_535]), 2);
  return packet;
};

/** The length put right, so that what lies behind it is reached. */
const mendedLength: Mutation = packet => {
  if (packet.length >= 4 && packet.length <= 65_535) packet.writeUInt16BE(packet.length, 2);
  return packet;
};

const eapCode: Mutation = (packet, random) => {
  packet[0] = random.pick([0, 1, 2, 3, 4, 5, 6, 255]);
  return packet;
};

const eapIdentifier: Mutation = (packet, random) => {
  if (packet.length >= 2) packet[1] = ((packet[1] ?? 0) + random.pick([1, 128, 255])) % 256;
  return packet;
};

const eapType: Mutation = (packet, random) => {
  if (packet.length >= 5) packet[4] = random.pick([0, 1, 2, 3, 4, 6, 13, 21, 25, 26, 33, 43, 55, 254, 255]);
  return packet;
};

/** A list of wishes in place of whatever it was, also in the expanded form. */
const nak: Mutation = (packet, random) => {
  const wishes = Array.from({ length: random.below(6) }, () => random.pick([0, 1, 6, 13, 21, 25, 26, 33, 55, 254]));
  const expanded = [254, 0, 0, 0, 0, 0, 0, 3, 254, 0, 0, 0, 0, 0, 0, ...wishes.slice(0, 1)];
  const data = random.below(4) === 0 ? expanded : [3, ...wishes];
  return Buffer.from([2, packet[1] ?? 0, 0, 4 + data.length, ...data]);
};

const fragmentFlags: Mutation = (data, random) => {
  data[0] = random.pick([0x00, 0x20, 0x40, 0x80, 0xc0, 0xe0, 0x1f, 0xff]);
  return data;
};

const messageLength: Mutation = (data, random) => {
  const rest = (data[0] ?? 0) & 0x80 ? data.subarray(5) : data.subarray(1);
  const said = random.pick([0, 1, rest.length, rest.length + 1, 65_536, 65_537, 0x7fff_ffff, 0xffff_ffff]);
  const head = Buffer.alloc(5, ((data[0] ?? 0) & 0x40) | 0x80);
  head.writeUInt32BE(said, 1);
  return Buffer.concat([head, rest]);
};

const nothing: Mutation = () => Buffer.alloc(0);

const many: Mutation = (octets, random) => {
  const copies = random.pick([2, 3, 40]);
  return Buffer.concat(Array.from({ length: copies }, () => octets)).subarray(0, 4_000);
};

/** Where an AVP of EAP-TTLS, a TLV of PEAP or a field of MSCHAPv2 has its length, found blindly: a small number. */
const innerLength: Mutation = (octets, random) => {
  const places = [...octets.keys()].filter(at => octets[at] === 0);
  if (places.length === 0) return octets;
  const at = random.pick(places) + 1;
  if (at < octets.length) octets[at] = random.pick([0, 1, 2, 3, 4, 7, 8, 11, 12, 49, 255, (octets[at] ?? 0) + 1]);
  return octets;
};

const avpFlags: Mutation = (octets, random) => {
  if (octets.length >= 5) octets[4] = random.pick([0x00, 0x40, 0x80, 0xc0, 0x3f, 0xff]);
  return octets;
};

/** An AVP that is of EAP, of a vendor, of nobody; before or after what is there. */
const avpBeside: Mutation = (octets, random) => {
  const code = random.pick([1, 2, 3, 11, 25, 60, 79, 79, 999]);
  const [withVendor, vendor] = random.pick([
    [false, 0],
    [false, 0],
    [true, 311],
    [true, 0],
  ] as const);
  const data = random.bytes(random.below(60));
  const head = Buffer.alloc(withVendor ? 12 : 8);
  head.writeUInt32BE(code);
  head.writeUInt32BE(head.length + data.length, 4);
  head[4] = (withVendor ? 0x80 : 0) | random.pick([0, 0x40]);
  if (withVendor) head.writeUInt32BE(vendor, 8);
  const made = Buffer.concat([head, data, Buffer.alloc((4 - (data.length % 4)) % 4)]);
  return Buffer.concat(random.below(2) === 0 ? [octets, made] : [made, octets]);
};

/** PEAP says inside that all is well: a Result TLV, among others. */
const result: Mutation = (_octets, random) => {
  const tlv = [0x80, 3, 0, random.pick([2, 2, 1, 3]), 0, random.pick([1, 1, 2, 0])];
  const before = random.below(2) === 0 ? [] : [0, 12, 0, random.pick([0, 2, 56, 255]), ...random.bytes(2)];
  const data = [33, ...before, ...tlv];
  return Buffer.from([2, random.below(256), 0, 4 + data.length, ...data]);
};

const knowing: Readonly<Record<Layer, readonly Mutation[]>> = {
  packet: [eapLength, mendedLength, mendedLength, eapCode, eapIdentifier, eapType, eapType, nak, nak],
  fragment: [fragmentFlags, fragmentFlags, messageLength, messageLength, nothing],
  message: [nothing, many, innerLength],
  inside: [innerLength, innerLength, avpFlags, avpBeside, avpBeside, result, result, many, nothing],
  method: [innerLength, nothing, many],
};
