// The data of a TEAP packet (RFC 9930 section 4.1): that of EAP-TLS, with a version in its lowest bits, and in the first packet of
// each end TLVs beside TLS, whose length stands before and whose octets stand behind the TLS data.

import { type Refused, refused } from '../contract/reason.ts';
import { startData } from './tls-fragments.ts';

export const teapVersion = 1;
const versionBits = 0x07;
const lengthIncluded = 0x80;
const outerIncluded = 0x10;
const lengthOctets = 4;

/** The first request: no TLS data, and TLVs for the peer to choose a credential by. */
export function teapStart(outer: Uint8Array): Uint8Array {
  const data = new Uint8Array(1 + lengthOctets + outer.length);
  data[0] = (startData[0] ?? 0) | outerIncluded | teapVersion;
  new DataView(data.buffer).setUint32(1, outer.length);
  data.set(outer, 1 + lengthOctets);
  return data;
}

/** Data of EAP-TLS as it goes out in TEAP. */
export function withVersion(data: Uint8Array): Uint8Array {
  const versioned = Uint8Array.from(data);
  versioned[0] = (versioned[0] ?? 0) | teapVersion;
  return versioned;
}

/** What comes in, as data of EAP-TLS, and what stood beside it. */
export function readTeapPacket(data: Uint8Array): { readonly data: Uint8Array; readonly outer: Uint8Array } | Refused {
  const [flags] = data;
  if (flags === undefined) return refused('eap-fragment-malformed', 'no flags octet');
  // [RFC9930-3.1] The peer would have answered a lower one; there is none that we serve.
  if ((flags & versionBits) !== teapVersion) return refused('eap-unexpected', `TEAP version ${flags & versionBits}`);
  const plain = Uint8Array.from(data);
  plain[0] = flags & ~(outerIncluded | versionBits);
  if ((flags & outerIncluded) === 0) return { data: plain, outer: new Uint8Array() };
  const at = (flags & lengthIncluded) === 0 ? 1 : 1 + lengthOctets;
  const behind = at + lengthOctets;
  if (data.length < behind) return refused('eap-fragment-malformed', 'the O flag without a length');
  const length = new DataView(data.buffer, data.byteOffset, data.byteLength).getUint32(at);
  if (length > data.length - behind)
    return refused('eap-fragment-malformed', `${length} octets beside TLS are not there`);
  const end = data.length - length;
  return {
    data: new Uint8Array(Buffer.concat([plain.subarray(0, at), plain.subarray(behind, end)])),
    outer: data.slice(end),
  };
}
