import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tokenBuckets } from '../../gateway/radius/token-bucket.ts';

const taken = (buckets: ReturnType<typeof tokenBuckets>, key: string, times: number, now: number) =>
  Array.from({ length: times }, () => buckets.take(key, now)).filter(Boolean).length;

describe('token buckets', () => {
  it('give a burst at once, and then as many as the rate', () => {
    const buckets = tokenBuckets({ perSecond: 2, burst: 10 });
    expect(taken(buckets, 'jan', 80, 0)).toBe(10);
    expect(taken(buckets, 'jan', 80, 499)).toBe(0);
    expect(taken(buckets, 'jan', 80, 5_000)).toBe(10);
    expect(taken(buckets, 'jan', 80, 6_000)).toBe(2);
  });
  it('a login every quarter of a second, as a concentrator with a wrong timeout makes them, is let through as often as the rule says', () => {
    const buckets = tokenBuckets({ perSecond: 20 / 60, burst: 20 });
    const given = Array.from({ length: 80 }, (_, turn) => buckets.take('jan', turn * 250)).filter(Boolean).length;
    expect(given).toBe(26);
  });
  it('are one for each key', () => {
    const buckets = tokenBuckets({ perSecond: 1, burst: 1 });
    expect([buckets.take('a', 0), buckets.take('b', 0), buckets.take('a', 0)]).toEqual([true, true, false]);
  });
  it('what is refused costs nothing: who keeps asking gets as much as who waits', () => {
    const [busy, calm] = [1, 2].map(() => tokenBuckets({ perSecond: 1, burst: 1 }));
    const ask = (buckets: typeof busy, everyMs: number) => {
      let given = 0;
      for (let now = 0; now <= 10_000; now += everyMs) if (buckets?.take('x', now) === true) given++;
      return given;
    };
    expect(ask(busy, 10)).toBe(ask(calm, 1_000));
  });
  it('a clock that is set back fills nothing and breaks nothing', () => {
    const buckets = tokenBuckets({ perSecond: 1, burst: 1 });
    expect([buckets.take('a', 100_000), buckets.take('a', 50_000), buckets.take('a', 51_000)]).toEqual([
      true,
      false,
      true,
    ]);
  });
  it('know how many are refused lately', () => {
    const buckets = tokenBuckets({ perSecond: 0.001, burst: 1 });
    taken(buckets, 'a', 2, 0);
    taken(buckets, 'b', 1, 0);
    expect([buckets.refusing(1), buckets.refusing(59_999), buckets.refusing(60_000)]).toEqual([1, 1, 0]);
  });
  it('are never more than they may be, and forget who was heard of longest ago', () => {
    const buckets = tokenBuckets({ perSecond: 0.001, burst: 1, keys: 3 });
    for (const key of ['a', 'b', 'c', 'a', 'd']) buckets.take(key, 0);
    expect(buckets.count()).toBe(3);
    expect([buckets.take('a', 0), buckets.take('b', 0)]).toEqual([false, true]);
  });
  it('never give more than burst and rate allow, in any stretch of time', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(3_000), { maxLength: 100 }),
        fc.integer({ min: 1, max: 10 }),
        fc.integer({ min: 1, max: 5 }),
        (pauses, burst, perSecond) => {
          const buckets = tokenBuckets({ perSecond, burst });
          let now = 0;
          const given = pauses
            .map(pause => ((now += pause), buckets.take('x', now) ? now : undefined))
            .filter(at => at !== undefined);
          given.forEach((from, index) => {
            given.slice(index).forEach((to, more) => {
              expect(more + 1).toBeLessThanOrEqual(burst + ((to - from) / 1000) * perSecond + 1e-6);
            });
          });
        },
      ),
    );
  });
});
