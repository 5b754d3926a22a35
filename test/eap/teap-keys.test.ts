// The keys of TEAP, against OpenSSL's own PRF of TLS and its HMAC: neither is a line of ours.

import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { bind, bindingRequest, bound } from '../../gateway/eap/teap-binding.ts';
import {
  compoundKey,
  innerKeyOfEmsk,
  innerKeyOfMsk,
  sessionKeySeed,
  suiteHash,
  swappedMschapv2Msk,
  teapKeys,
  tlsPrf,
} from '../../gateway/eap/teap-keys.ts';
import { describeWith } from '../support/programs.ts';

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const toHex = (octets: Uint8Array): string => Buffer.from(octets).toString('hex');
const filled = (length: number, from = 0): Uint8Array => Uint8Array.from({ length }, (_, at) => (from + at) % 251);
const seed = filled(40, 3);
const msk = filled(64, 11);
const emsk = filled(64, 90);

describe('which hash', () => {
  it.each([
    ['ECDHE-RSA-AES128-GCM-SHA256', 'sha256'],
    ['ECDHE-ECDSA-AES256-GCM-SHA384', 'sha384'],
    ['ECDHE-RSA-CHACHA20-POLY1305', 'sha256'],
  ])('%s: %s', (cipher, hash) => expect(suiteHash({ cipher })).toBe(hash));
});

describe('inner keys', () => {
  it('[RFC9930-6.2] an MSK is cut, or padded with zeros', () => {
    expect(toHex(innerKeyOfMsk(msk))).toBe(toHex(msk.slice(0, 32)));
    expect(toHex(innerKeyOfMsk(hex('abcd')))).toBe(`abcd${'00'.repeat(30)}`);
    expect(toHex(innerKeyOfMsk(hex('')))).toBe('00'.repeat(32));
  });
  it('[RFC5422-3.2.3] the two keys of MSCHAPv2 change places', () => {
    expect(toHex(swappedMschapv2Msk(filled(64)))).toBe(toHex(filled(16, 16)) + toHex(filled(16)));
  });
  it('[RFC9930-6.1] the seed is what the exporter gave first', () => {
    expect(sessionKeySeed({ keyMaterial: filled(128) })).toEqual(filled(40));
  });
});

describeWith('openssl', 'against OpenSSL', openssl => {
  const prf = (hash: string, secret: Uint8Array, label: string, more: Uint8Array, octets: number): Uint8Array => {
    const seeded = toHex(Buffer.from(label)) + toHex(more);
    const options = [`digest:${hash}`, `hexsecret:${toHex(secret)}`, `hexseed:${seeded}`].flatMap(each => [
      '-kdfopt',
      each,
    ]);
    const args = ['kdf', '-keylen', String(octets), '-binary', ...options, 'TLS1-PRF'];
    return new Uint8Array(execFileSync(openssl, args));
  };
  const hmac = (hash: string, key: Uint8Array, input: Uint8Array): Uint8Array => {
    const args = ['dgst', `-${hash}`, '-mac', 'HMAC', '-macopt', `hexkey:${toHex(key)}`, '-binary'];
    return new Uint8Array(execFileSync(openssl, args, { input }));
  };

  describe.each(['sha256', 'sha384'] as const)('%s', hash => {
    it.each([1, 32, 48, 60, 64, 100])('[RFC5246-5] %i octets of the PRF', octets => {
      expect(toHex(tlsPrf(hash, seed, 'a label', hex('00ff10'), octets))).toBe(
        toHex(prf(hash, seed, 'a label', hex('00ff10'), octets)),
      );
    });
    it('[RFC9930-6.2] the inner key of an EMSK', () => {
      const expected = prf(hash, emsk, 'TEAPbindkey@ietf.org', hex('000040'), 64).slice(0, 32);
      expect(toHex(innerKeyOfEmsk(hash, emsk))).toBe(toHex(expected));
    });
    it('[RFC9930-6.2] compound keys, one from another', () => {
      const first = compoundKey(hash, seed, innerKeyOfMsk(msk));
      const imck1 = prf(hash, seed, 'Inner Methods Compound Keys', msk.slice(0, 32), 60);
      expect([toHex(first.chain), toHex(first.mac)]).toEqual([toHex(imck1.slice(0, 40)), toHex(imck1.slice(40))]);
      const second = compoundKey(hash, first.chain, filled(32));
      const imck2 = prf(hash, imck1.slice(0, 40), 'Inner Methods Compound Keys', filled(32), 60);
      expect([toHex(second.chain), toHex(second.mac)]).toEqual([toHex(imck2.slice(0, 40)), toHex(imck2.slice(40))]);
    });
    it('[RFC9930-6.4] the MSK and the EMSK', () => {
      const keys = teapKeys(hash, seed);
      expect(toHex(keys.msk)).toBe(toHex(prf(hash, seed, 'Session Key Generating Function', hex(''), 64)));
      expect(toHex(keys.emsk)).toBe(toHex(prf(hash, seed, 'Extended Session Key Generating Function', hex(''), 64)));
    });
    it('[RFC9930-6.3] both MACs of a request, and of an answer', () => {
      const outer = [hex('00010002 6777'), hex('00070004 00000137')];
      const binding = bind(hash, seed, { msk, emsk }, { keys: 'both', random: filled(32, 7), outer });
      const byEmsk = prf(hash, emsk, 'TEAPbindkey@ietf.org', hex('000040'), 64).slice(0, 32);
      const imck = (inner: Uint8Array) => prf(hash, seed, 'Inner Methods Compound Keys', inner, 60);
      const [chainOfEmsk, macOfEmsk] = [imck(byEmsk).slice(0, 40), imck(byEmsk).slice(40)];
      const macOfMsk = imck(msk.slice(0, 32)).slice(40);
      const expected = (
        subtype: string,
        nonce: Uint8Array,
        flags: string,
        keys: readonly (Uint8Array | undefined)[],
      ) => {
        const head = hex(`00 01 01 ${flags}${subtype}`);
        const over = Buffer.concat([hex('800c004c'), head, nonce, new Uint8Array(40), hex('37'), ...outer]);
        const macs = keys.map(key => (key === undefined ? new Uint8Array(20) : hmac(hash, key, over).slice(0, 20)));
        return new Uint8Array(Buffer.concat([head, nonce, ...macs]));
      };
      const nonce = Uint8Array.of(...filled(31, 7), 0x26);
      const odd = Uint8Array.of(...filled(31, 7), 0x27);
      expect(toHex(bindingRequest(binding))).toBe(toHex(expected('0', nonce, '3', [macOfEmsk, macOfMsk])));
      const chains = {
        '1': bound(binding, expected('1', odd, '1', [macOfEmsk, undefined])),
        '2': bound(binding, expected('1', odd, '2', [undefined, macOfMsk])),
        '3': bound(binding, expected('1', odd, '3', [macOfEmsk, macOfMsk])),
      };
      const chainOfMsk = imck(msk.slice(0, 32)).slice(0, 40);
      expect(chains).toEqual({ '1': chainOfEmsk, '2': chainOfMsk, '3': chainOfEmsk });
    });
  });
});
