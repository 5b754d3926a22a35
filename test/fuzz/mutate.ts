// Ways in which a RADIUS packet goes wrong: blind ones, and ones that know where the lengths are.

import { createHash, createHmac } from 'node:crypto';
import { extend, flipBit, mutated, type Mutation, setOctet, truncate } from './octet-mutations.ts';
import type { Random } from './random.ts';

const wrongLength: Mutation = (packet, random) => {
  if (packet.length >= 4)
    packet.writeUInt16BE(random.pick([0, 19, 20, 4095, 4096, 4097, 65_535, (packet.length + 1) & 0xffff]), 2);
  return packet;
};

const changeCode: Mutation = (packet, random) => {
  packet[0] = random.pick([0, 1, 2, 3, 4, 5, 11, 12, 40, 41, 42, 43, 44, 45, 52, 255]);
  return packet;
};

/** An attribute taken out, doubled, moved to the end, or with another Length. */
const shuffleAttributes: Mutation = (packet, random) => {
  const attributes = split(packet);
  if (attributes.length === 0) return packet;
  const at = random.below(attributes.length);
  const chosen = Buffer.from(attributes[at] ?? Buffer.alloc(2));
  const action = random.below(4);
  if (action === 0) attributes.splice(at, 1);
  else if (action === 1) attributes.splice(random.below(attributes.length + 1), 0, chosen);
  else if (action === 2) attributes.push(...attributes.splice(at, 1));
  else {
    chosen[1] = random.pick([0, 1, 2, 3, 17, 19, 255, chosen.length + 1]);
    attributes[at] = chosen;
  }
  return join(packet, attributes);
};

const insertAttribute: Mutation = (packet, random) => {
  const attributes = split(packet);
  const type = random.pick([1, 2, 3, 24, 26, 33, 79, 79, 80, 241, 245, random.below(256)]);
  const size = type === 80 ? random.pick([16, 16, 15, 17]) : random.below(254);
  const made = Buffer.concat([Uint8Array.of(type, size + 2), random.bytes(size)]);
  const copies = random.below(40) === 0 ? 201 : 1;
  for (let copy = 0; copy < copies; copy++) attributes.splice(random.below(attributes.length + 1), 0, made);
  return join(packet, attributes);
};

const mutations: readonly Mutation[] = [
  flipBit,
  flipBit,
  setOctet,
  truncate,
  extend,
  wrongLength,
  changeCode,
  shuffleAttributes,
  shuffleAttributes,
  insertAttribute,
  insertAttribute,
];

/** One to four mutations of a copy. */
export function mutate(packet: Uint8Array, random: Random): Uint8Array {
  return mutated(packet, mutations, random);
}

/** Both digests of a request made right again, so that what lies behind them is reached. Leaves alone what has no shape. */
export function resign(packet: Uint8Array, secret: Uint8Array): Uint8Array {
  const out = Buffer.from(packet);
  if (out.length < 20) return out;
  const overZeros = [4, 40, 43].includes(out[0] ?? 0);
  if (overZeros) out.fill(0, 4, 20);
  signMessage(out, secret);
  if (overZeros) out.set(createHash('md5').update(out).update(secret).digest(), 4);
  return out;
}

/** The same for an answer to the request of this authenticator. */
export function resignAnswer(packet: Uint8Array, requestAuthenticator: Uint8Array, secret: Uint8Array): Uint8Array {
  const out = Buffer.from(packet);
  if (out.length < 20) return out;
  out.set(requestAuthenticator, 4);
  signMessage(out, secret);
  out.set(createHash('md5').update(out).update(secret).digest(), 4);
  return out;
}

function signMessage(out: Buffer, secret: Uint8Array): void {
  out.writeUInt16BE(Math.min(out.length, 65_535), 2);
  const at = messageAuthenticatorAt(out);
  if (at === undefined) return;
  out.fill(0, at, at + 16);
  out.set(createHmac('md5', secret).update(out).digest(), at);
}

/**
 * Whether a request is signed with this secret, judged from the octets alone and on its own: the second opinion that the
 * gateway's is held against. Unsigned requests are not.
 */
export function isSigned(datagram: Uint8Array, secret: Uint8Array): boolean {
  const packet = upToLength(datagram);
  if (packet === undefined) return false;
  const code = packet[0] ?? 0;
  const claimed = Buffer.from(packet.subarray(4, 20));
  const overZeros = [4, 40, 43].includes(code);
  if (overZeros) {
    packet.fill(0, 4, 20);
    if (!createHash('md5').update(packet).update(secret).digest().equals(claimed)) return false;
  } else if (code !== 1 && code !== 12) return false;
  if (messageAuthenticatorAt(packet) === undefined) return overZeros;
  return isMessageSigned(packet, secret);
}

/** The same for an answer to the request of this authenticator; a Message-Authenticator need not be there. */
export function isSignedAnswer(datagram: Uint8Array, requestAuthenticator: Uint8Array, secret: Uint8Array): boolean {
  const packet = upToLength(datagram);
  if (packet === undefined) return false;
  const claimed = Buffer.from(packet.subarray(4, 20));
  packet.set(requestAuthenticator, 4);
  return createHash('md5').update(packet).update(secret).digest().equals(claimed) && isMessageSigned(packet, secret);
}

/** A copy, up to its Length. */
function upToLength(datagram: Uint8Array): Buffer | undefined {
  const [, , high = 0, low = 0] = datagram;
  const packet = Buffer.from(datagram.subarray(0, (high << 8) | low));
  return packet.length < 20 ? undefined : packet;
}

function isMessageSigned(packet: Buffer, secret: Uint8Array): boolean {
  const at = messageAuthenticatorAt(packet);
  if (at === undefined) return true;
  const mac = Buffer.from(packet.subarray(at, at + 16));
  packet.fill(0, at, at + 16);
  return createHmac('md5', secret).update(packet).digest().equals(mac);
}

function messageAuthenticatorAt(packet: Buffer): number | undefined {
  for (let at = 20; at + 2 <= packet.length; ) {
    const size = packet[at + 1] ?? 0;
    if (packet[at] === 80 && size === 18 && at + 18 <= packet.length) return at + 2;
    if (size < 2) return undefined;
    at += size;
  }
  return undefined;
}

function split(packet: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 20; at + 2 <= packet.length; ) {
    const size = Math.max(2, packet[at + 1] ?? 2);
    found.push(packet.subarray(at, at + size));
    at += size;
  }
  return found;
}

function join(packet: Buffer, attributes: readonly Buffer[]): Buffer {
  const out = Buffer.concat([packet.subarray(0, 20), ...attributes]);
  if (out.length >= 20 && out.length <= 65_535) out.writeUInt16BE(out.length, 2);
  return out;
}
