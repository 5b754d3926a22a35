// The EAP packet (RFC 3748 section 4): one octet Code, one Identifier, two Length, and for requests and responses a Type
// with its data. What a type means is not read here.

import { type Refused, refused } from '../contract/reason.ts';

const codes = { request: 1, response: 2, success: 3, failure: 4 } as const;
export type EapCode = keyof typeof codes;

/** The types this gateway names (RFC 3748 section 5 and the IANA list). */
export const eapTypes = {
  identity: 1,
  notification: 2,
  nak: 3,
  gtc: 6,
  tls: 13,
  ttls: 21,
  peap: 25,
  mschapv2: 26,
  extensions: 33,
  teap: 55,
  expanded: 254,
} as const;

export type EapPacket = EapExchange | EapResult;

export interface EapExchange {
  readonly code: 'request' | 'response';
  readonly identifier: number;
  readonly type: number;
  /** What follows the type octet. */
  readonly data: Uint8Array;
}

export interface EapResult {
  readonly code: 'success' | 'failure';
  readonly identifier: number;
}

const headerOctets = 4;
const largestPacket = 65_535;

/** Reads one packet out of what the EAP-Message attributes added up to. */
export function decodeEap(octets: Uint8Array): EapPacket | Refused {
  if (octets.length < headerOctets) return refused('eap-malformed', `${octets.length} octets are no EAP header`);
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  const code = codeNamed(view.getUint8(0));
  const identifier = view.getUint8(1);
  const length = view.getUint16(2);
  if (code === undefined) return refused('eap-malformed', `code ${view.getUint8(0)} is not defined`);
  if (length < headerOctets) return refused('eap-malformed', `length field says ${length}`);
  if (length > octets.length) {
    return refused('eap-malformed', `length field says ${length}, ${octets.length} octets are there`);
  }
  if (code === 'success' || code === 'failure') {
    if (length !== headerOctets) return refused('eap-malformed', `a ${code} of ${length} octets`);
    return { code, identifier };
  }
  if (length === headerOctets) return refused('eap-malformed', `a ${code} without a type`);
  // [RFC3748-4.1] Octets beyond the length are padding of the link and ignored.
  return { code, identifier, type: view.getUint8(headerOctets), data: octets.slice(headerOctets + 1, length) };
}

/** Writes one packet. */
export function encodeEap(packet: EapPacket): Uint8Array {
  if (!Number.isInteger(packet.identifier) || packet.identifier < 0 || packet.identifier > 255) {
    throw new RangeError(`EAP identifier ${packet.identifier}`);
  }
  const length = headerOctets + ('type' in packet ? 1 + packet.data.length : 0);
  if (length > largestPacket) throw new RangeError(`EAP packet of ${length} octets`);
  const octets = new Uint8Array(length);
  octets.set([codes[packet.code], packet.identifier, length >> 8, length & 0xff]);
  if ('type' in packet) {
    octets[headerOctets] = packet.type;
    octets.set(packet.data, headerOctets + 1);
  }
  return octets;
}

/** The identity the peer claims outside TLS: good for routing by realm, never for authorization (RFC 9190 section 2.1.8). */
export function claimedIdentity(packet: EapPacket): string | Refused {
  if (packet.code !== 'response' || packet.type !== eapTypes.identity) {
    return refused('eap-unexpected', 'not an identity response');
  }
  try {
    // [RFC3748-5.1] The displayable part ends at a NUL.
    const end = packet.data.indexOf(0);
    return new TextDecoder('utf-8', { fatal: true }).decode(end < 0 ? packet.data : packet.data.subarray(0, end));
  } catch {
    // Not UTF-8: hostile or broken input, which is a refusal here and not an exception.
    return refused('eap-malformed', 'the identity is not UTF-8');
  }
}

function codeNamed(octet: number): EapCode | undefined {
  for (const [name, value] of Object.entries(codes)) if (value === octet) return name as EapCode;
  return undefined;
}
