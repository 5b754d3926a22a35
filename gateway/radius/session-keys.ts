// The key material of an EAP method on its way to the NAS. RFC 2548 section 2.4.2 and 2.4.3; which half is which: RFC 5216
// section 2.3. An IKEv2 concentrator computes its AUTH payload from these: without them an Access-Accept is worth nothing.

import { type Attributes, attribute } from './attributes.ts';
import { hideKey } from './hiding.ts';

/**
 * MS-MPPE-Recv-Key (MSK 0..31) and MS-MPPE-Send-Key (MSK 32..63), named from the NAS's side. `saltOctets`: four random ones.
 */
export function sessionKeyAttributes(
  msk: Uint8Array,
  saltOctets: Uint8Array,
  requestAuthenticator: Uint8Array,
  secret: Uint8Array,
): Attributes {
  if (msk.length !== 64) throw new RangeError('an MSK has 64 octets');
  if (saltOctets.length !== 4) throw new RangeError('two salts have four octets');
  const [a = 0, b = 0, c = 0, d = 0] = saltOctets;
  // [RFC2548-2.4.2] Every salt in a packet is different: the last bit keeps these two apart, whatever was drawn.
  const recvSalt = Uint8Array.of(a, b | 1);
  const sendSalt = Uint8Array.of(c, d & 0xfe);
  return [
    attribute('MS-MPPE-Recv-Key', hideKey(msk.subarray(0, 32), recvSalt, requestAuthenticator, secret)),
    attribute('MS-MPPE-Send-Key', hideKey(msk.subarray(32, 64), sendSalt, requestAuthenticator, secret)),
  ];
}
