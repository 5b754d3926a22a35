// Packed serial numbers answer as a set does.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PackedSerials, packSerials } from '../../gateway/identity/crl-serials.ts';

const serial = fc.uint8Array({ minLength: 1, maxLength: 20 }).map(bytes => Buffer.from(bytes).toString('latin1'));

it('has what was packed, and nothing else', () => {
  fc.assert(
    fc.property(fc.uniqueArray(serial, { maxLength: 60 }), fc.array(serial), (members, others) => {
      const set = new Set(members);
      const packed = new PackedSerials(packSerials(set));
      expect(packed.size).toBe(set.size);
      for (const each of [...members, ...others]) expect(packed.has(each)).toBe(set.has(each));
    }),
  );
});

it('tells serial numbers apart that differ by zeros in front or behind', () => {
  const packed = new PackedSerials(packSerials(['\x01', '\x01\x00']));
  expect(['\x01', '\x01\x00', '\x00\x01', '\x01\x00\x00', ''].map(each => packed.has(each))).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});

it('leaves out what no certificate can have, and is not misled by it', () => {
  const long = 'a'.repeat(21);
  const packed = new PackedSerials(packSerials([long, 'a'.repeat(20)]));
  expect([packed.size, packed.has(long), packed.has('a'.repeat(20))]).toEqual([1, false, true]);
});

it('takes no torn buffer', () => {
  expect(() => new PackedSerials(new Uint8Array(22))).toThrow(RangeError);
});
