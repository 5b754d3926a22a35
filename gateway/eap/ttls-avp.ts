// The attribute-value pairs inside an EAP-TTLS tunnel (RFC 5281 section 10): Code, flags, length without the padding, the
// vendor where there is one, and data padded to a multiple of four octets.

import { type Refused, refused } from '../contract/reason.ts';

const vendorFlag = 0x80;
const mandatoryFlag = 0x40;
const headerOctets = 8;
const vendorOctets = 4;
const largestAvp = 0xff_ffff;

export interface Avp {
  /** 1 to 255 are those of RADIUS, where there is no vendor. */
  readonly code: number;
  readonly vendor?: number;
  /** Who does not know it must not go on. */
  readonly mandatory: boolean;
  readonly data: Uint8Array;
}

/** Reads the sequence that one message holds; each length is held against what is there. */
export function decodeAvps(octets: Uint8Array): readonly Avp[] | Refused {
  const avps: Avp[] = [];
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  for (let at = 0; at < octets.length; ) {
    const left = octets.length - at;
    if (left < headerOctets) return refused('eap-malformed', `${left} octets are no AVP`);
    // [RFC5281-10.1] Reserved flags are ignored on reception.
    const flags = view.getUint8(at + 4);
    const length = view.getUint32(at + 4) & largestAvp;
    const withVendor = (flags & vendorFlag) !== 0;
    const head = headerOctets + (withVendor ? vendorOctets : 0);
    if (length < head || length > left)
      return refused('eap-malformed', `an AVP of ${length} octets, ${left} are there`);
    const data = octets.slice(at + head, at + length);
    const known = { code: view.getUint32(at), mandatory: (flags & mandatoryFlag) !== 0, data };
    avps.push(withVendor ? { ...known, vendor: view.getUint32(at + headerOctets) } : known);
    // [RFC5281-10.2] Of the last one too; some leave it out there.
    at += padded(length);
  }
  return avps;
}

export function encodeAvp({ code, vendor, mandatory, data }: Avp): Uint8Array {
  const head = headerOctets + (vendor === undefined ? 0 : vendorOctets);
  const length = head + data.length;
  if (length > largestAvp) throw new RangeError(`an AVP of ${length} octets`);
  const octets = new Uint8Array(padded(length));
  const view = new DataView(octets.buffer);
  view.setUint32(0, code);
  view.setUint32(4, length);
  octets[4] = (vendor === undefined ? 0 : vendorFlag) | (mandatory ? mandatoryFlag : 0);
  if (vendor !== undefined) view.setUint32(headerOctets, vendor);
  octets.set(data, head);
  return octets;
}

function padded(length: number): number {
  return Math.ceil(length / 4) * 4;
}
