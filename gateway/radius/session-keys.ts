// The keys of a login on their way to the NAS. RFC 2548 section 2.4.2 and 2.4.3; of an EAP method: RFC 5216 section 2.3, of
// MSCHAPv2: RFC 3079 section 3. An IKEv2 concentrator computes its AUTH payload from these: without them an Access-Accept is
// worth nothing.

import { type Attributes, attribute } from './attributes.ts';
import { hideKey } from './hiding.ts';

/** As the NAS names them: what it receives with, and what it sends with. 32 octets each of EAP, 16 of MSCHAPv2. */
export interface SessionKeys {
  readonly receive: Uint8Array;
  readonly send: Uint8Array;
}

/** `saltOctets`: four random ones. */
export function sessionKeyAttributes(
  { receive, send }: SessionKeys,
  saltOctets: Uint8Array,
  requestAuthenticator: Uint8Array,
  secret: Uint8Array,
): Attributes {
  if (saltOctets.length !== 4) throw new RangeError('two salts have four octets');
  const [a = 0, b = 0, c = 0, d = 0] = saltOctets;
  // [RFC2548-2.4.2] Every salt in a packet is different: the last bit keeps these two apart, whatever was drawn.
  const recvSalt = Uint8Array.of(a, b | 1);
  const sendSalt = Uint8Array.of(c, d & 0xfe);
  return [
    attribute('MS-MPPE-Recv-Key', hideKey(receive, recvSalt, requestAuthenticator, secret)),
    attribute('MS-MPPE-Send-Key', hideKey(send, sendSalt, requestAuthenticator, secret)),
  ];
}
