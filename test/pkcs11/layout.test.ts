// The layouts of each platform, byte by byte, on whatever machine this runs.

import { describe, expect, it } from 'vitest';
import { withoutPadding } from '../../posture-client/card-padding.ts';
import {
  layoutOf,
  lengthAt,
  mechanism,
  oaepMechanism,
  readSlotInfo,
  readTokenInfo,
  readUlong,
  template,
  ulongBuffer,
} from '../../gateway/pkcs11/layout.ts';

const address = 0x7f00_0000_1000n;
const id = Buffer.from([2]);
const attributes = [
  { type: 0n, value: Buffer.from([1, 0, 0, 0]) },
  { type: 0x102n, value: id },
  { type: 0x11n, value: 0 },
];

describe.each([
  ['linux', 8, 24, 112, 208],
  ['darwin', 8, 24, 112, 208],
  ['win32', 4, 16, 104, 160],
] as const)('%s', (platform, ulongBytes, tripleBytes, slotBytes, tokenBytes) => {
  const layout = layoutOf(platform);

  it('has the sizes of its headers', () => {
    expect(layout).toEqual({ ulongBytes, tripleBytes, slotInfoBytes: slotBytes, tokenInfoBytes: tokenBytes });
  });

  it('keeps a CK_ULONG', () => {
    for (const value of [0n, 1n, 0xffff_fffen]) expect(readUlong(layout, ulongBuffer(layout, value))).toBe(value);
    expect(ulongBuffer(layout, 0x0102n)).toEqual(Buffer.concat([Buffer.from([2, 1]), Buffer.alloc(ulongBytes - 2)]));
  });

  it('points each attribute at its value in the same block', () => {
    const { bytes, count, valueOf } = template(layout, attributes, () => address);
    expect(count).toBe(3);
    expect(bytes).toHaveLength(3 * tripleBytes + 5);
    const pointers = [0, 1, 2].map(index => bytes.readBigUInt64LE(index * tripleBytes + ulongBytes));
    expect(pointers).toEqual([address + BigInt(3 * tripleBytes), address + BigInt(3 * tripleBytes + 4), 0n]);
    expect([0, 1, 2].map(index => lengthAt(layout, bytes, index))).toEqual([4, 1, 0]);
    expect(valueOf(1)).toEqual(id);
  });

  it('takes an answer without a value for none', () => {
    const { bytes, valueOf } = template(layout, attributes, () => address);
    bytes.fill(0xff, 2 * tripleBytes + ulongBytes + 8, 3 * tripleBytes);
    expect(lengthAt(layout, bytes, 2)).toBeUndefined();
    expect(valueOf(2)).toBeUndefined();
  });

  it('writes a mechanism without parameter', () => {
    const bytes = mechanism(layout, 0x1041n);
    expect(bytes).toHaveLength(tripleBytes);
    expect(bytes.subarray(0, 2)).toEqual(Buffer.from([0x41, 0x10]));
    expect(bytes.subarray(2).every(byte => byte === 0)).toBe(true);
  });

  it.each([
    ['sha1', 0x220n, 1n],
    ['sha256', 0x250n, 2n],
  ] as const)('points the OAEP mechanism at its parameters behind it: %s', (hash, hashed, masked) => {
    const bytes = oaepMechanism(layout, hash, () => address);
    const [pointer, length] = [bytes.readBigUInt64LE(ulongBytes), lengthAt(layout, bytes, 0)];
    expect(readUlong(layout, bytes)).toBe(9n);
    expect(pointer).toBe(address + BigInt(tripleBytes));
    expect(length).toBe(bytes.length - tripleBytes);
    expect(length).toBe(platform === 'win32' ? 24 : 40);
    const words = [0, 1, 2].map(index => readUlong(layout, bytes, tripleBytes + index * ulongBytes));
    expect(words).toEqual([hashed, masked, 1n]);
    // No label: a null pointer and no length.
    expect(bytes.subarray(tripleBytes + 3 * ulongBytes).every(byte => byte === 0)).toBe(true);
  });

  it('reads flags behind the texts, and texts without their blanks and control characters', () => {
    const slot = Buffer.alloc(slotBytes, 0x20);
    slot.write('Reader 0\u001b[31m', 0);
    slot.writeUInt32LE(7, 96);
    if (ulongBytes === 8) slot.writeUInt32LE(0, 100);
    expect(readSlotInfo(layout, slot)).toEqual({ description: 'Reader 0 [31m', flags: 7n });
    const token = Buffer.alloc(tokenBytes);
    token.write('BELPIC'.padEnd(32), 0);
    token.write('Belgium Government', 32);
    token.write('Belgium eID'.padEnd(16), 64);
    token.write('0123456789ABCDEF', 80);
    token.writeUInt32LE(0x1_0404, 96);
    expect(readTokenInfo(layout, token)).toEqual({
      ...{ label: 'BELPIC', manufacturer: 'Belgium Government', model: 'Belgium eID', flags: 0x1_0404n },
      serial: '0123456789ABCDEF',
    });
  });
});

describe('a padded certificate', () => {
  const value = Buffer.concat([Buffer.from([0x30, 0x82, 0x01, 0x00]), Buffer.alloc(256, 5)]);
  const zeros = Buffer.alloc(100);

  it.each([
    ['long form', value, Buffer.concat([value, zeros])],
    ['short form', Buffer.from([0x30, 2, 5, 0]), Buffer.from([0x30, 2, 5, 0, 0, 0, 0])],
    ['no padding', value, value],
  ])('is cut where its value ends: %s', (_, whole, padded) => {
    expect(Buffer.compare(withoutPadding(padded), whole)).toBe(0);
  });

  it('stays as it is when something else follows, when it is too short, or when it is no SEQUENCE', () => {
    for (const odd of [
      Buffer.concat([value, zeros, Buffer.from([1])]),
      value.subarray(0, 99),
      zeros,
      Buffer.alloc(0),
    ]) {
      expect(Buffer.compare(withoutPadding(odd), odd)).toBe(0);
    }
  });
});
