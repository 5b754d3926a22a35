// Pseudonyms: HMAC-SHA256 (RFC 2104) under a key of the gateway, scoped by tenant, 130 bits in lower-case base32 (RFC 4648).
// National numbers can be guessed (a birth date and three digits), so a hash without a key would hide nobody.

import { createHash, createHmac } from 'node:crypto';

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
const characters = 26;

/** `canonical` is the identifier in semantics form (ETSI EN 319 412-1), for example `PNOBE-` and eleven digits. */
export function pseudonymOf(key: Uint8Array, tenant: string, canonical: string): string {
  if (key.byteLength < 32) throw new Error('a pseudonym key has at least 32 bytes');
  const mac = createHmac('sha256', key);
  // Each field is hashed first, so that no two fields can run into each other.
  for (const field of ['sluis-pseudonym/1', tenant, canonical]) mac.update(createHash('sha256').update(field).digest());
  return base32(mac.digest());
}

function base32(bytes: Buffer): string {
  let text = '';
  let held = 0;
  let bits = 0;
  for (const octet of bytes) {
    held = (held << 8) | octet;
    bits += 8;
    while (bits >= 5 && text.length < characters) {
      bits -= 5;
      text += alphabet[(held >> bits) & 31] ?? '';
    }
    held &= (1 << bits) - 1;
    if (text.length === characters) break;
  }
  return text;
}
