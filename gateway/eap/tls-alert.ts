// TLS alerts that we write ourselves, in place of a handshake's last flight (RFC 5246 section 7.2, RFC 8446 sections 5.2,
// 5.3, 6 and 7.3). In TLS 1.2 the server has not changed its cipher yet, so the record is in clear; in TLS 1.3 it is sealed
// with the server's first application traffic keys.

import { createCipheriv, createHmac } from 'node:crypto';

const alertType = 21;
const applicationDataType = 23;
const fatal = 2;
const tagBytes = 16;

interface Suite {
  readonly aead: 'aes-128-gcm' | 'aes-256-gcm' | 'chacha20-poly1305';
  readonly hash: 'sha256' | 'sha384';
  readonly keyBytes: number;
}

/** The TLS 1.3 suites; the engine offers no others. */
const suites: Readonly<Record<string, Suite>> = {
  TLS_AES_128_GCM_SHA256: { aead: 'aes-128-gcm', hash: 'sha256', keyBytes: 16 },
  TLS_AES_256_GCM_SHA384: { aead: 'aes-256-gcm', hash: 'sha384', keyBytes: 32 },
  TLS_CHACHA20_POLY1305_SHA256: { aead: 'chacha20-poly1305', hash: 'sha256', keyBytes: 32 },
};

export const sealableSuites: readonly string[] = Object.keys(suites);

/** A fatal alert in a plaintext record. */
export function plainAlert(code: number): Uint8Array {
  return Uint8Array.of(alertType, 3, 3, 0, 2, fatal, code);
}

export interface TrafficKeys {
  readonly suite: string;
  /** SERVER_TRAFFIC_SECRET_0. */
  readonly secret: Uint8Array;
  /** How many records were delivered under this secret before. */
  readonly sequence: number;
}

/** A fatal alert sealed as a TLS 1.3 record. */
export function sealedAlert(code: number, keys: TrafficKeys): Uint8Array {
  return sealRecord(Uint8Array.of(fatal, code), alertType, keys);
}

/** Seals one TLS 1.3 record (RFC 8446 section 5.2). */
export function sealRecord(content: Uint8Array, contentType: number, keys: TrafficKeys): Uint8Array {
  const suite = suites[keys.suite];
  if (suite === undefined) throw new Error(`no TLS 1.3 suite: ${keys.suite}`);
  const key = expandLabel(suite, keys.secret, 'key', suite.keyBytes);
  const nonce = nonceOf(expandLabel(suite, keys.secret, 'iv', 12), keys.sequence);
  const sealedBytes = content.length + 1 + tagBytes;
  const header = Uint8Array.of(applicationDataType, 3, 3, sealedBytes >> 8, sealedBytes & 0xff);
  const cipher = cipherOf(suite, key, nonce);
  cipher.setAAD(header, { plaintextLength: content.length + 1 });
  const body = cipher.update(Uint8Array.of(...content, contentType));
  cipher.final();
  return Uint8Array.of(...header, ...body, ...cipher.getAuthTag());
}

function cipherOf(suite: Suite, key: Uint8Array, nonce: Uint8Array) {
  // The two kinds have different overloads in the type declarations, though the call is the same.
  return suite.aead === 'chacha20-poly1305'
    ? createCipheriv(suite.aead, key, nonce, { authTagLength: tagBytes })
    : createCipheriv(suite.aead, key, nonce, { authTagLength: tagBytes });
}

/** [RFC8446-5.3] The IV with the record's sequence number, padded to its length, mixed in. */
function nonceOf(iv: Uint8Array, sequence: number): Uint8Array {
  const nonce = iv.slice();
  const view = new DataView(nonce.buffer);
  view.setBigUint64(4, view.getBigUint64(4) ^ BigInt(sequence));
  return nonce;
}

/** HKDF-Expand-Label with an empty context [RFC8446-7.1]; one HMAC block is more than any key or IV needs. */
function expandLabel(suite: Suite, secret: Uint8Array, name: string, length: number): Uint8Array {
  const label = new TextEncoder().encode(`tls13 ${name}`);
  const info = Uint8Array.of(length >> 8, length & 0xff, label.length, ...label, 0);
  const block = createHmac(suite.hash, secret).update(info).update(Uint8Array.of(1)).digest();
  return new Uint8Array(block.subarray(0, length));
}
