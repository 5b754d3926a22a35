// Values enciphered by MD5 chaining: User-Password (RFC 2865 section 5.2), MS-MPPE keys (RFC 2548 section 2.4.2),
// Tunnel-Password (RFC 2868 section 3.5). R is the authenticator of the Access-Request, also inside a reply.

import { hash } from 'node:crypto';
import { type Refused, refused } from '../contract/reason.ts';

const block = 16;
const maximumPassword = 128;

/** Padded with zero octets to a multiple of 16. Throws a RangeError on more than 128 octets. */
export function hidePassword(password: Uint8Array, requestAuthenticator: Uint8Array, secret: Uint8Array): Uint8Array {
  if (password.length > maximumPassword) throw new RangeError('a password has at most 128 octets');
  return encipher(padded(password), requestAuthenticator, secret);
}

/** [RFC2865-5.2] 16 to 128 octets in steps of 16; zero octets at the end are padding. */
export function revealPassword(
  hidden: Uint8Array,
  requestAuthenticator: Uint8Array,
  secret: Uint8Array,
): Uint8Array | Refused {
  if (hidden.length < block || hidden.length > maximumPassword || hidden.length % block !== 0) {
    return refused('password-malformed', `${hidden.length} octets`);
  }
  const clear = decipher(hidden, requestAuthenticator, secret);
  let end = clear.length;
  while (end > 0 && clear[end - 1] === 0) end--;
  return clear.subarray(0, end);
}

/**
 * Salt and ciphertext of a key. The two octets of `salt` are random and differ within one packet; the top bit is set here.
 */
export function hideKey(
  key: Uint8Array,
  salt: Uint8Array,
  requestAuthenticator: Uint8Array,
  secret: Uint8Array,
): Uint8Array {
  const [high, low] = salt;
  if (high === undefined || low === undefined || salt.length !== 2) throw new RangeError('a salt has two octets');
  if (key.length > 239) throw new RangeError('a salted key has at most 239 octets');
  const used = Uint8Array.of(high | 0x80, low);
  const plain = padded(Uint8Array.of(key.length, ...key));
  return Buffer.concat([used, encipher(plain, Buffer.concat([requestAuthenticator, used]), secret)]);
}

/** The key out of salt and ciphertext; `undefined` when it cannot be one. For clients, probes and tests. */
export function revealKey(
  hidden: Uint8Array,
  requestAuthenticator: Uint8Array,
  secret: Uint8Array,
): Uint8Array | undefined {
  const salt = hidden.subarray(0, 2);
  const ciphertext = hidden.subarray(2);
  if (((salt[0] ?? 0) & 0x80) === 0 || ciphertext.length === 0 || ciphertext.length % block !== 0) return undefined;
  const plain = decipher(ciphertext, Buffer.concat([requestAuthenticator, salt]), secret);
  const length = plain[0] ?? 0;
  return length < plain.length ? plain.subarray(1, 1 + length) : undefined;
}

function padded(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(Math.max(block, Math.ceil(bytes.length / block) * block));
  out.set(bytes);
  return out;
}

/** c(i) = p(i) xor MD5(secret | c(i-1)), with `start` as c(0). */
function encipher(plain: Uint8Array, start: Uint8Array, secret: Uint8Array): Uint8Array {
  const out = new Uint8Array(plain.length);
  for (let at = 0; at < plain.length; at += block) {
    const mask = hash('md5', Buffer.concat([secret, at === 0 ? start : out.subarray(at - block, at)]), 'buffer');
    for (let i = 0; i < block; i++) out[at + i] = (plain[at + i] ?? 0) ^ (mask[i] ?? 0);
  }
  return out;
}

function decipher(hidden: Uint8Array, start: Uint8Array, secret: Uint8Array): Uint8Array {
  const out = new Uint8Array(hidden.length);
  for (let at = 0; at < hidden.length; at += block) {
    const mask = hash('md5', Buffer.concat([secret, at === 0 ? start : hidden.subarray(at - block, at)]), 'buffer');
    for (let i = 0; i < block; i++) out[at + i] = (hidden[at + i] ?? 0) ^ (mask[i] ?? 0);
  }
  return out;
}
