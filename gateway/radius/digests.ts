// The two keyed digests over a packet. RFC 2865 section 3 (authenticators), RFC 2866 section 3, RFC 3579 section 3.2
// (Message-Authenticator), RFC 5176 section 2.3. MD5 is the protocol's choice; nothing here chooses it anew.

import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import { type PacketName, packetName } from './code.ts';
import { headerLength } from './packet.ts';
import { asBuffer } from './values.ts';

const zeros = new Uint8Array(16);

/**
 * What stands in the authenticator field while a digest over the packet is computed: the whole authenticator rule.
 *
 * | packet | its authenticator is | its digests are computed over |
 * |---|---|---|
 * | Access-Request, Status-Server | random | itself |
 * | Accounting-, CoA-, Disconnect-Request | an MD5 | zeros |
 * | any reply | an MD5 | the request's authenticator |
 */
export function authenticatorRule(code: number): 'random' | 'over-zeros' | 'over-request' | undefined {
  const name: PacketName | undefined = packetName(code);
  switch (name) {
    case 'Access-Request':
    case 'Status-Server':
      return 'random';
    case 'Accounting-Request':
    case 'Disconnect-Request':
    case 'CoA-Request':
      return 'over-zeros';
    case 'Access-Accept':
    case 'Access-Reject':
    case 'Access-Challenge':
    case 'Accounting-Response':
    case 'Disconnect-ACK':
    case 'Disconnect-NAK':
    case 'CoA-ACK':
    case 'CoA-NAK':
      return 'over-request';
    case undefined:
      return undefined;
  }
}

/** The field by that rule; `requestAuthenticator` serves replies only. */
export function authenticatorField(packet: Uint8Array, requestAuthenticator: Uint8Array = zeros): Uint8Array {
  const rule = authenticatorRule(packet[0] ?? 0);
  if (rule === 'random') return packet.subarray(4, headerLength);
  return rule === 'over-zeros' ? zeros : requestAuthenticator;
}

/** MD5(Code | Identifier | Length | field | attributes | secret). */
export function authenticatorDigest(packet: Uint8Array, field: Uint8Array, secret: Uint8Array): Uint8Array {
  const input = Buffer.allocUnsafe(packet.length + secret.length);
  input.set(packet);
  input.set(field, 4);
  input.set(secret, packet.length);
  return hash('md5', input, 'buffer');
}

/** HMAC-MD5 over the packet with `field` as authenticator and the 16 octets at `at` taken as zero. */
export function messageAuthenticatorDigest(
  packet: Uint8Array,
  at: number,
  field: Uint8Array,
  secret: Uint8Array,
): Uint8Array {
  const input = Buffer.allocUnsafe(packet.length);
  input.set(packet);
  input.set(field, 4);
  input.set(zeros, at);
  return createHmac('md5', secret).update(input).digest();
}

/** Both of 16 octets, compared in constant time: a timing difference would tell a forger how far a guess was right. */
export function sameDigest(a: Uint8Array, b: Uint8Array): boolean {
  return timingSafeEqual(asBuffer(a), asBuffer(b));
}
