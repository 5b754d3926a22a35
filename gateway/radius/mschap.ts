// What the answers to an MS-CHAP2-Response carry. RFC 2548 sections 2.1.5 (MS-CHAP-Error), 2.3.3 (MS-CHAP2-Success), 2.4.4 and
// 2.4.5 (what the keys may be used for).

import { type Attribute, type Attributes, attribute, maximumValueLength } from './attributes.ts';

/** Vendor (4), type and length of the one sub-attribute. */
const vendorHeaderOctets = 6;
/** [RFC2548-2.4.4] Encryption is allowed; what the concentrator itself demands stays demanded. */
const encryptionAllowed = 1;
/** [RFC2548-2.4.5] 128 bits alone: shorter keys are no protection. */
const keysOf128Bits = 4;

/** `message`: `S=` and 40 hexadecimal digits. */
export function mschapSuccess(identifier: number, message: string): Attributes {
  return [
    attribute('MS-CHAP2-Success', Buffer.from([identifier, ...Buffer.from(message, 'latin1')])),
    attribute('MS-MPPE-Encryption-Policy', encryptionAllowed),
    attribute('MS-MPPE-Encryption-Types', keysOf128Bits),
  ];
}

/** `message` in the words of PPP (RFC 2759 section 6), which the concentrator hands on to the client. */
export function mschapError(identifier: number, message: string): Attribute {
  const value = Buffer.from([identifier, ...Buffer.from(message, 'utf8')]);
  return attribute('MS-CHAP-Error', value.subarray(0, maximumValueLength - vendorHeaderOctets));
}
