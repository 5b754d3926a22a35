// Datagram ⇄ packet. RFC 2865 section 3; limits of RFC 2865 section 3 and 5, RFC 3579 section 3.2.
//
//   Code(1) Identifier(1) Length(2) Authenticator(16) | Type(1) Length(1) Value(0..253) | …

import { type Refused, refused } from '../contract/reason.ts';
import { type Attribute, type Attributes, maximumValueLength } from './attributes.ts';
import { attributes as dictionary } from './dictionary.ts';

export const headerLength = 20;
export const maximumLength = 4096;
/** More attributes than any real packet has: a bound on the work one datagram can ask for. */
const maximumAttributes = 200;

/** What is said, before it is bytes. */
export interface PacketContent {
  readonly code: number;
  /** One octet; of 32 bits where a Token takes its place [RFC9765-4.1]. */
  readonly identifier: number;
  readonly authenticator: Uint8Array;
  readonly attributes: Attributes;
}

export interface Packet extends PacketContent {
  /** The datagram up to Length. Authenticator and attribute values are views into it: do not write to it. */
  readonly bytes: Uint8Array;
  /** Offset of the 16 octets of the Message-Authenticator in `bytes`. */
  readonly messageAuthenticatorAt: number | undefined;
}

const messageAuthenticator = dictionary['Message-Authenticator'].number;

/** `unsigned`: a Message-Authenticator means nothing in it, whatever it looks like [RFC9765-5.2]. */
export function decode(datagram: Uint8Array, { unsigned = false } = {}): Packet | Refused {
  if (datagram.length < headerLength) return refused('packet-too-short', `${datagram.length} octets`);
  const [code = 0, identifier = 0, high = 0, low = 0] = datagram;
  const length = (high << 8) | low;
  if (length < headerLength || length > maximumLength || length > datagram.length) {
    return refused('packet-length-wrong', `Length ${length} in a datagram of ${datagram.length} octets`);
  }
  // [RFC2865-3] Octets beyond Length are padding.
  const bytes = length === datagram.length ? datagram : datagram.subarray(0, length);
  const attributes: Attribute[] = [];
  let messageAuthenticatorAt: number | undefined;
  for (let at = headerLength; at < length; ) {
    const type = bytes[at] ?? 0;
    // 0 also when the packet ends right after Type.
    const size = bytes[at + 1] ?? 0;
    if (size < 2 || at + size > length) {
      return refused('attribute-length-wrong', `attribute ${type} at octet ${at} has Length ${size}`);
    }
    if (attributes.length === maximumAttributes) return refused('too-many-attributes');
    const passedOver = unsigned && type === messageAuthenticator;
    if (type === messageAuthenticator && !passedOver) {
      if (messageAuthenticatorAt !== undefined) return refused('message-authenticator-repeated');
      // [RFC3579-3.2]
      if (size !== 18) return refused('message-authenticator-malformed', `Length ${size}`);
      messageAuthenticatorAt = at + 2;
    }
    if (!passedOver) attributes.push({ type, bytes: bytes.subarray(at + 2, at + size) });
    at += size;
  }
  return {
    code,
    identifier,
    authenticator: bytes.subarray(4, headerLength),
    attributes,
    bytes,
    messageAuthenticatorAt,
  };
}

/** How long the packet will be: ask before encoding what a peer may have made too long. */
export function encodedLength(attributes: Attributes): number {
  return attributes.reduce((sum, { bytes }) => sum + 2 + bytes.length, headerLength);
}

/** Why these are too much for one packet: what a peer sent along comes back, and the other end reads no more than we do. */
export function tooLarge(attributes: Attributes): Refused | undefined {
  const length = encodedLength(attributes);
  if (length > maximumLength) return refused('reply-too-large', `${length} octets`);
  const count = attributes.length;
  return count > maximumAttributes ? refused('reply-too-large', `${count} attributes`) : undefined;
}

/** The octets, authenticator as given. Throws a RangeError on what cannot be a packet. */
export function encode(packet: PacketContent): Uint8Array {
  const length = encodedLength(packet.attributes);
  if (length > maximumLength) throw new RangeError(`a packet of ${length} octets; the most is ${maximumLength}`);
  if (packet.authenticator.length !== 16) throw new RangeError('an authenticator has 16 octets');
  const out = new Uint8Array(length);
  out[0] = octet(packet.code);
  out[1] = octet(packet.identifier);
  out[2] = length >> 8;
  out[3] = length & 0xff;
  out.set(packet.authenticator, 4);
  let at = headerLength;
  for (const { type, bytes } of packet.attributes) {
    if (bytes.length > maximumValueLength) throw new RangeError(`attribute ${type} has ${bytes.length} octets`);
    out[at] = octet(type);
    out[at + 1] = 2 + bytes.length;
    out.set(bytes, at + 2);
    at += 2 + bytes.length;
  }
  return out;
}

function octet(value: number): number {
  if (!Number.isInteger(value) || value < 0 || value > 0xff) throw new RangeError(`not an octet: ${value}`);
  return value;
}
