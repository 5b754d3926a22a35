// Durations as people write them, both ways.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from '../../gateway/documents/duration.ts';

describe('parseDuration', () => {
  const good: readonly (readonly [text: string, ms: number])[] = [
    ['1 second', 1_000],
    ['0 seconds', 0],
    ['90 seconds', 90_000],
    ['1 minute', 60_000],
    ['4 hours', 14_400_000],
    ['35 days', 3_024_000_000],
    ['2 weeks', 1_209_600_000],
    ['1 hour 30 minutes', 5_400_000],
    ['1 day  2 hours   3 minutes', 93_780_000],
    ['  4 hours ', 14_400_000],
    ['1 hours', 3_600_000],
  ];
  for (const [text, ms] of good) {
    it(`"${text}" is ${ms} ms`, () => {
      expect(parseDuration(text)).toBe(ms);
    });
  }

  const bad = [
    '',
    ' ',
    '4',
    'hours',
    '4hours',
    '-1 day',
    '1.5 hours',
    '4 Hours',
    '1 month',
    '1 hour and 2 minutes',
    '4 hours,',
    '1 hour30 minutes',
    '12345678 days',
    'P1D',
  ];
  for (const text of bad) {
    it(`"${text}" is no duration`, () => {
      expect(parseDuration(text)).toBeUndefined();
    });
  }
});

describe('formatDuration', () => {
  const cases: readonly (readonly [ms: number, text: string])[] = [
    [0, '0 seconds'],
    [999, '0 seconds'],
    [1_000, '1 second'],
    [45_000, '45 seconds'],
    [60_000, '1 minute'],
    [3_660_000, '1 hour 1 minute'],
    [273_600_000, '3 days 4 hours'],
    [259_500_000, '3 days 5 minutes'],
    [90_061_000, '1 day 1 hour'],
    [-1, '0 seconds'],
    [-999, '0 seconds'],
    [-1_000, '-1 second'],
    [-273_600_000, '-3 days 4 hours'],
  ];
  for (const [ms, text] of cases) {
    it(`${ms} ms reads "${text}"`, () => {
      expect(formatDuration(ms)).toBe(text);
    });
  }

  it('is read back exactly when it has at most two units', () => {
    const units = [1_000, 60_000, 3_600_000, 86_400_000];
    const count = fc.integer({ min: 1, max: 23 });
    fc.assert(
      fc.property(fc.constantFrom(...units), fc.constantFrom(...units), count, count, (a, b, m, n) => {
        const ms = a === b ? a * m : a * m + b * n;
        expect(parseDuration(formatDuration(ms))).toBe(ms);
      }),
    );
  });

  it('never says more than there is, and leaves out less than its smallest unit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 400 * 86_400_000 }), ms => {
        const said = parseDuration(formatDuration(ms)) ?? Number.NaN;
        expect(said).toBeLessThanOrEqual(ms);
        expect(ms - said).toBeLessThan(Math.max(1_000, ms / 2));
      }),
    );
  });
});
