// HMAC-SHA256 (RFC 2104) over several fields at once.

import { createHmac } from 'node:crypto';

const keyBytes = 32;

/** A key for one purpose, from the key of the installation: gateways of one configuration agree without a word. */
export function purposeKey(masterKey: Uint8Array, purpose: string): Uint8Array {
  if (masterKey.length < keyBytes) throw new RangeError(`the key of an installation has at least ${keyBytes} bytes`);
  return createHmac('sha256', masterKey).update(purpose, 'utf8').digest();
}

export function keyedDigest(key: Uint8Array, fields: readonly string[]): Buffer {
  if (key.length !== keyBytes) throw new RangeError(`a derived key has ${keyBytes} bytes`);
  const mac = createHmac('sha256', key);
  for (const field of fields) {
    const octets = Buffer.from(field, 'utf8');
    // Each field after its length, so that no two fields can run into each other.
    const length = Buffer.alloc(4);
    length.writeUInt32BE(octets.length);
    mac.update(length).update(octets);
  }
  return mac.digest();
}
