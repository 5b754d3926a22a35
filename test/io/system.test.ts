// The real random source: its bytes come from a pool, and nobody may be able to tell.

import { describe, expect, it } from 'vitest';
import { systemRandom } from '../../gateway/io/system.ts';

describe('random bytes', () => {
  it('are as many as asked for, in memory of their own', () => {
    for (const count of [0, 1, 12, 32, 4_095, 4_096, 4_097, 10_000]) {
      const bytes = systemRandom.bytes(count);
      expect([bytes.length, bytes.buffer.byteLength]).toEqual([count, count]);
    }
  });

  it('never come twice, over many fillings of the pool', () => {
    // 7 does not divide the pool, so the end of a filling is met at every offset.
    const drawn = Array.from({ length: 60_000 }, () => Buffer.from(systemRandom.bytes(7)).toString('hex'));
    expect(new Set(drawn).size).toBe(drawn.length);
  });

  it('are spread evenly, so that no wiped byte is among them', () => {
    const counts = new Array<number>(256).fill(0);
    for (let n = 0; n < 40_000; n++) for (const byte of systemRandom.bytes(13)) counts[byte] = (counts[byte] ?? 0) + 1;
    // 520,000 bytes: 2,031 of each are expected, with a standard deviation of 45; ten of them are never met by chance.
    for (const count of counts) expect(Math.abs(count - 2_031)).toBeLessThan(450);
  });

  it.each([-1, 1.5, NaN, Infinity])('cannot be %d', count => {
    expect(() => systemRandom.bytes(count)).toThrow(RangeError);
  });
});
