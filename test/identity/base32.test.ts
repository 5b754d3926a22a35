// Base32 against the vectors of RFC 4648, and read back by arithmetic.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { base32 } from '../../gateway/identity/base32.ts';

describe('base32', () => {
  it.each([
    ['', ''],
    ['f', 'MY'],
    ['fo', 'MZXQ'],
    ['foo', 'MZXW6'],
    ['foob', 'MZXW6YQ'],
    ['fooba', 'MZXW6YTB'],
    ['foobar', 'MZXW6YTBOI'],
  ])('of %j, without the padding [RFC4648-10]', (text, encoded) => {
    expect(base32(Buffer.from(text))).toBe(encoded);
  });

  it('is the number in base 32, filled up on the right', () => {
    // The digits of BigInt.prototype.toString(32) as the alphabet: an encoder of somebody else.
    const digits = '0123456789abcdefghijklmnopqrstuv';
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), octets => {
        const characters = Math.ceil((octets.length * 8) / 5);
        const number = BigInt(`0x${Buffer.from(octets).toString('hex')}`) << BigInt(characters * 5 - octets.length * 8);
        expect(base32(octets, digits)).toBe(number.toString(32).padStart(characters, '0'));
      }),
    );
  });
});
