// Base32 (RFC 4648 section 6) without padding: octets in characters that a person can type.

const rfc4648 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The last character is filled up with zero bits. `alphabet` has 32 characters. */
export function base32(octets: Uint8Array, alphabet = rfc4648): string {
  let text = '';
  let held = 0;
  let bits = 0;
  for (const octet of octets) {
    held = (held << 8) | octet;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += alphabet.charAt((held >> bits) & 31);
    }
    held &= (1 << bits) - 1;
  }
  return bits === 0 ? text : text + alphabet.charAt((held << (5 - bits)) & 31);
}
