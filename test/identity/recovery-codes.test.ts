// Recovery codes: enough of them, typed in any way, hashed for one person, used once.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isRecoveryCode,
  recoveryCodeHash,
  recoveryCodeKey,
  recoveryCodes,
  recoveryCodesBytes,
  useRecoveryCode,
} from '../../gateway/identity/recovery-codes.ts';

const key = recoveryCodeKey(Buffer.alloc(32, 7));
const hashOf = (code: string) => recoveryCodeHash(key, 'town', 'p-1', code);
const random = fc.uint8Array({ minLength: recoveryCodesBytes, maxLength: recoveryCodesBytes });

describe('recovery codes', () => {
  it('are ten, in four groups of four that can be told over the telephone', () => {
    const codes = recoveryCodes(Buffer.from(Array.from({ length: recoveryCodesBytes }, (_, at) => (at * 37) & 0xff)));
    expect(codes).toHaveLength(10);
    expect(new Set(codes).size).toBe(10);
    for (const code of codes) expect(code).toMatch(/^([0-9a-hjkmnp-tv-z]{4}-){3}[0-9a-hjkmnp-tv-z]{4}$/);
  });

  it('show all of their 80 bits', () => {
    const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
    fc.assert(
      fc.property(random, bytes => {
        const shown = recoveryCodes(bytes)
          .map(code => code.replaceAll('-', ''))
          .join('');
        const value = Array.from(shown).reduce((sum, letter) => sum * 32n + BigInt(alphabet.indexOf(letter)), 0n);
        expect(value).toBe(BigInt(`0x${Buffer.from(bytes).toString('hex')}`));
      }),
    );
  });

  it('take as many bytes as they show', () => {
    expect(() => recoveryCodes(new Uint8Array(recoveryCodesBytes - 1))).toThrow(RangeError);
    expect(() => recoveryCodes(new Uint8Array(recoveryCodesBytes + 1))).toThrow(RangeError);
  });
});

describe('a typed code', () => {
  const code = 'k0q1-m1z0-7x3v-00ab';

  it.each([
    'K0Q1-M1Z0-7X3V-00AB',
    'k0q1m1z07x3v00ab',
    ' k0q1 m1z0  7x3v\t00ab\n',
    'k0q1–m1z0—7x3v‐00ab',
    'koqi-mlzO-7x3v-Ooab',
    'KOQL-MIZO-7X3V-OOAB',
  ])('%j is the same code', typed => {
    expect(isRecoveryCode(typed)).toBe(true);
    expect(hashOf(typed)).toBe(hashOf(code));
  });

  it.each([
    '',
    '123456',
    '123 456',
    'k0q1-m1z0-7x3v-00a',
    'k0q1-m1z0-7x3v-00abc',
    'u0q1-m1z0-7x3v-00ab',
    'k0q1_m1z0_7x3v_00ab',
  ])('%j is none', typed => {
    expect(isRecoveryCode(typed)).toBe(false);
  });

  it('is recognised however it was drawn', () => {
    fc.assert(fc.property(random, bytes => recoveryCodes(bytes).every(isRecoveryCode)));
  });
});

describe('the hash', () => {
  it('is another for another code, person, tenant, key and key of the installation', () => {
    const code = 'aaaa-bbbb-cccc-dddd';
    const otherKey = recoveryCodeKey(Buffer.alloc(32, 8));
    const hashes = [
      recoveryCodeHash(key, 'town', 'p-1', code),
      recoveryCodeHash(key, 'town', 'p-1', 'aaaa-bbbb-cccc-ddde'),
      recoveryCodeHash(key, 'town', 'p-2', code),
      recoveryCodeHash(key, 'townp', '-1', code),
      recoveryCodeHash(otherKey, 'town', 'p-1', code),
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
    for (const hash of hashes) expect(hash).toMatch(/^[\w-]{43}$/);
  });

  it('needs a whole key', () => {
    expect(() => recoveryCodeHash(key.subarray(1), 'town', 'p-1', 'x')).toThrow(RangeError);
    expect(() => recoveryCodeKey(new Uint8Array(31))).toThrow(RangeError);
  });
});

describe('use', () => {
  it('takes the code out of the list, and only that one, and only once', () => {
    fc.assert(
      fc.property(random, fc.nat(9), (bytes, index) => {
        const hashes = recoveryCodes(bytes).map(hashOf);
        fc.pre(new Set(hashes).size === hashes.length);
        const remaining = useRecoveryCode(hashes, hashes[index] ?? '');
        expect(remaining).toEqual(hashes.filter((_, at) => at !== index));
        expect(useRecoveryCode(remaining ?? [], hashes[index] ?? '')).toBeUndefined();
      }),
    );
  });

  it('of a code that is not in the list is nothing', () => {
    expect(useRecoveryCode([], hashOf('aaaa-bbbb-cccc-dddd'))).toBeUndefined();
    expect(useRecoveryCode([hashOf('aaaa-bbbb-cccc-dddd')], hashOf('aaaa-bbbb-cccc-ddde'))).toBeUndefined();
    expect(useRecoveryCode([hashOf('aaaa-bbbb-cccc-dddd')], '')).toBeUndefined();
  });
});
