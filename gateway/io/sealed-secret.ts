// A secret at rest: one line `sluis-sealed/1 KEYID NONCE CIPHERTEXT`, all but the key id in base64url. AES-256-GCM
// [SP800-38D] twice: the content under a key of its own, that key under the master key. Both are bound to the base name of the
// file, so that two sealed files cannot be swapped.
// CIPHERTEXT: wrapped key (32 + 16 octets of tag), then content and its tag. The nonce serves both, under different keys.

import { createCipheriv, createDecipheriv, hash, randomBytes } from 'node:crypto';
import type { Unopened } from '../config-files.ts';

export interface MasterKey {
  /** First 8 hexadecimal digits of a hash: names the key in a sealed file and tells nothing of it. */
  readonly id: string;
  readonly key: Uint8Array;
}

export interface Opened {
  readonly secret: Uint8Array;
  readonly keyId: string;
}

const format = 'sluis-sealed/1';
const line = /^sluis-sealed\/1 ([0-9a-f]{8}) ([A-Za-z0-9_-]{16}) ([A-Za-z0-9_-]+)\n?$/;
const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;

/** A private key with its chain is a few kilobytes; whatever is larger is not a secret. */
export const maxSecretBytes = 65_536;

export function masterKey(key: Uint8Array): MasterKey {
  if (key.length !== keyBytes) throw new RangeError(`a master key has ${keyBytes} bytes, not ${key.length}`);
  return { id: hash('sha256', Buffer.concat([Buffer.from('sluis-master-key-id/1\0'), key])).slice(0, 8), key };
}

/** Of any version: what a later one sealed is not a plain secret either. */
export function isSealed(content: Uint8Array): boolean {
  return Buffer.from(content.subarray(0, 13)).toString('latin1') === 'sluis-sealed/';
}

/** The line for the file of this base name, with the line feed. */
export function seal(secret: Uint8Array, baseName: string, { id, key }: MasterKey): string {
  const nonce = randomBytes(nonceBytes);
  const contentKey = randomBytes(keyBytes);
  const wrapped = encrypt(contentKey, key, nonce, bound('key', id, baseName));
  const content = encrypt(secret, contentKey, nonce, bound('content', id, baseName));
  contentKey.fill(0);
  return `${format} ${id} ${nonce.toString('base64url')} ${Buffer.concat([wrapped, content]).toString('base64url')}\n`;
}

/** Hostile content included: it opens as it was sealed, or not at all. */
export function open(content: Uint8Array, baseName: string, keys: readonly MasterKey[]): Opened | Unopened {
  const [, id, nonceText, boxText] = line.exec(Buffer.from(content).toString('latin1')) ?? [];
  const nonce = fromBase64url(nonceText);
  const box = fromBase64url(boxText);
  if (id === undefined || nonce === undefined || box === undefined || box.length < keyBytes + 2 * tagBytes) {
    return { sealed: 'damaged' };
  }
  const candidates = keys.filter(each => each.id === id);
  if (candidates.length === 0) return { sealed: 'wrong-key', keyId: id, known: keys.map(each => each.id) };
  const wrapped = box.subarray(0, keyBytes + tagBytes);
  for (const { key } of candidates) {
    const contentKey = decrypt(wrapped, key, nonce, bound('key', id, baseName));
    if (contentKey === undefined) continue;
    const secret = decrypt(box.subarray(wrapped.length), contentKey, nonce, bound('content', id, baseName));
    contentKey.fill(0);
    if (secret !== undefined) return { secret, keyId: id };
  }
  return { sealed: 'damaged' };
}

/** The key that a sealed file names, whether it is known or not. */
export function keyIdOf(content: Uint8Array): string | undefined {
  return line.exec(Buffer.from(content).toString('latin1'))?.[1];
}

/** No part can hold a NUL, so that no two triples give the same octets. */
function bound(part: 'key' | 'content', id: string, baseName: string): Uint8Array {
  return Buffer.from([format, part, id, baseName].join('\0'), 'utf8');
}

function encrypt(plain: Uint8Array, key: Uint8Array, nonce: Uint8Array, aad: Uint8Array): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes }).setAAD(aad);
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(box: Uint8Array, key: Uint8Array, nonce: Uint8Array, aad: Uint8Array): Buffer | undefined {
  const end = box.length - tagBytes;
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes }).setAAD(aad);
  decipher.setAuthTag(box.subarray(end));
  const plain = decipher.update(box.subarray(0, end));
  try {
    return Buffer.concat([plain, decipher.final()]);
  } catch {
    // The tag does not fit: what was deciphered so far is nobody's.
    plain.fill(0);
    return undefined;
  }
}

/** Only the one way of writing these octets: a line that was touched must not open. */
export function fromBase64url(text: string | undefined): Buffer | undefined {
  const bytes = Buffer.from(text ?? '', 'base64url');
  return bytes.toString('base64url') === text ? bytes : undefined;
}
