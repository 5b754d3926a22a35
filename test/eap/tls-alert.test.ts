// Alerts that we write ourselves, against the published trace of RFC 8448 and opened with keys that the `openssl` program derived.

import { execFileSync } from 'node:child_process';
import { createDecipheriv } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { plainAlert, sealableSuites, sealedAlert, sealRecord } from '../../gateway/eap/tls-alert.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('alert in clear', () => {
  it('is a fatal alert record of TLS 1.2', () => {
    expect(plainAlert(44)).toEqual(Uint8Array.of(0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 44));
  });
});

describe('sealed record', () => {
  // RFC 8448 section 3: the application traffic secrets of both ends and the close notification that each sends.
  it.each([
    [
      'server',
      'a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643',
      2,
      '17 03 03 00 13 b5 8f d6 71 66 eb f5 99 d2 47 20 cf be 7e fa 7a 88 64 a9',
    ],
    [
      'client',
      '9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5',
      1,
      '17 03 03 00 13 c9 87 27 60 65 56 66 b7 4d 7f f1 15 3e fd 6d b6 d0 b0 e3',
    ],
  ])('[RFC8448-3] equals what the %s sent', (_end, secret, sequence, record) => {
    const keys = { suite: 'TLS_AES_128_GCM_SHA256', secret: hex(secret), sequence };
    expect(Buffer.from(sealRecord(Uint8Array.of(1, 0), 21, keys))).toEqual(hex(record));
  });

  it.each([
    ['TLS_AES_128_GCM_SHA256', 'aes-128-gcm', 'sha256', 16],
    ['TLS_AES_256_GCM_SHA384', 'aes-256-gcm', 'sha384', 32],
    ['TLS_CHACHA20_POLY1305_SHA256', 'chacha20-poly1305', 'sha256', 32],
  ] as const)('%s opens to a fatal alert', (suite, aead, hash, keyBytes) => {
    const secret = Buffer.alloc(hash === 'sha384' ? 48 : 32, 7);
    const record = Buffer.from(sealedAlert(48, { suite, secret, sequence: 0 }));
    const key = expand(hash, secret, 'key', keyBytes);
    const iv = expand(hash, secret, 'iv', 12);
    // The declarations know one overload per cipher; the call is the same for all three.
    const opened = createDecipheriv(aead as 'aes-128-gcm', key, iv, { authTagLength: 16 });
    opened.setAAD(record.subarray(0, 5), { plaintextLength: 3 });
    opened.setAuthTag(record.subarray(-16));
    const inner = Buffer.concat([opened.update(record.subarray(5, -16)), opened.final()]);
    expect([...inner]).toEqual([2, 48, 21]);
  });

  it('knows the three suites and throws on any other', () => {
    expect(sealableSuites).toHaveLength(3);
    expect(() => sealedAlert(48, { suite: 'TLS_AES_128_CCM_SHA256', secret: Buffer.alloc(32), sequence: 0 })).toThrow(
      'CCM',
    );
  });
});

/** HKDF-Expand-Label by the `openssl` program. */
function expand(hash: 'sha256' | 'sha384', secret: Buffer, name: string, length: number): Buffer {
  const info = Buffer.concat([
    Buffer.from([0, length, 6 + name.length]),
    Buffer.from(`tls13 ${name}`),
    Buffer.from([0]),
  ]);
  const options = ['-keylen', String(length), '-kdfopt', `digest:${hash}`, '-kdfopt', 'mode:EXPAND_ONLY'];
  const values = ['-kdfopt', `hexkey:${secret.toString('hex')}`, '-kdfopt', `hexinfo:${info.toString('hex')}`];
  return execFileSync('openssl', ['kdf', '-binary', ...options, ...values, 'HKDF']);
}
