// What is said inside a PEAPv0 tunnel (MS-PEAP sections 2.2 and 3.1): EAP packets without their header, as the outer packet
// implies it, and at the end a Result TLV in a packet of type 33 that keeps it. Cryptographic binding is not offered.

import { type Refused, isRefused, refused } from '../contract/reason.ts';
import { decodeEap, type EapExchange, eapTypes, encodeEap } from './packet.ts';

const headerOctets = 4;
const resultTlv = 3;
const mandatory = 0x80;
const results = { success: 1, failure: 2 } as const;
export type PeapResult = keyof typeof results;

/** The identity is asked for inside: what was said outside is for everyone to read. */
export const identityRequest: Uint8Array = Uint8Array.of(eapTypes.identity);

/** An EAP packet as it travels inside. */
export function withoutHeader(packet: Uint8Array): Uint8Array {
  return packet.slice(headerOctets);
}

/** The response that was said inside; the outer packet says that it answers this request. Some peers leave the header on. */
export function withHeader(data: Uint8Array, identifier: number): EapExchange | Refused {
  const [type, , high = 0, low = 0] = data;
  const whole = data.length === ((high << 8) | low) ? decodeEap(data) : undefined;
  if (whole !== undefined && !isRefused(whole) && whole.code === 'response') return { ...whole, identifier };
  if (type === undefined) return refused('eap-malformed', 'an empty packet inside the tunnel');
  return { code: 'response', identifier, type, data: data.slice(1) };
}

/** How the server says inside what came of it. */
export function resultRequest(result: PeapResult, identifier: number): Uint8Array {
  const data = Uint8Array.of(mandatory, resultTlv, 0, 2, 0, results[result]);
  return encodeEap({ code: 'request', identifier, type: eapTypes.extensions, data });
}

/** What the peer made of it. */
export function readResult(data: Uint8Array): PeapResult | Refused {
  const packet = decodeEap(data);
  if (isRefused(packet)) return packet;
  if (packet.code !== 'response' || packet.type !== eapTypes.extensions) {
    return refused('eap-unexpected', 'no result where one was due');
  }
  const tlvs = new DataView(packet.data.buffer, packet.data.byteOffset, packet.data.byteLength);
  for (let at = 0; at + headerOctets <= packet.data.length; ) {
    const [type, length] = [tlvs.getUint16(at) & 0x3fff, tlvs.getUint16(at + 2)];
    if (at + headerOctets + length > packet.data.length) break;
    if (type === resultTlv && length === 2) {
      return tlvs.getUint16(at + headerOctets) === results.success ? 'success' : 'failure';
    }
    at += headerOctets + length;
  }
  return refused('eap-malformed', 'no Result TLV');
}
