// Which changes of a reader are told: times and places in, no card and no clock.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cardChanges, type CardPlace } from '../../posture-client/card-changes.ts';

const minuteMs = 60_000;

/** Asked at every moment that it names, as a timer would; what was told, and when. */
function toldOf(sights: readonly (readonly [atMs: number, place: CardPlace])[], untilMs: number) {
  const changes = cardChanges('in');
  const told: [number, CardPlace][] = [];
  const runTo = (end: number): void => {
    for (let { nextAt } = changes; nextAt !== undefined && nextAt <= end; { nextAt } = changes) {
      const place = changes.tell(nextAt);
      if (place === undefined) throw new Error(`nothing to tell at ${nextAt}`);
      told.push([nextAt, place]);
    }
  };
  for (const [at, place] of sights) {
    runTo(at);
    changes.see(place, at);
  }
  runTo(untilMs);
  return told;
}

describe('a card', () => {
  it('that is taken out is told once it has been out for a second, and when it is back', () => {
    const sights = [
      [10_000, 'out'],
      [12_000, 'out'],
      [30_000, 'in'],
    ] as const;
    expect(toldOf(sights, 60_000)).toEqual([
      [11_000, 'out'],
      [31_000, 'in'],
    ]);
  });

  it('that only bounces is not told', () => {
    expect(
      toldOf(
        [
          [10_000, 'out'],
          [10_400, 'in'],
          [10_800, 'out'],
          [11_200, 'in'],
        ],
        minuteMs,
      ),
    ).toEqual([]);
  });

  it('that is back before it could be told is told as what it is now', () => {
    const sights = [
      [1000, 'out'],
      [3000, 'in'],
      [4000, 'out'],
    ] as const;
    expect(toldOf(sights, minuteMs)).toEqual([[2000, 'out']]);
  });

  it('whose software fails is unknown after a minute, and never out', () => {
    expect(
      toldOf(
        [
          [5000, 'unknown'],
          [50_000, 'in'],
        ],
        10 * minuteMs,
      ),
    ).toEqual([]);
    expect(toldOf([[5000, 'unknown']], 10 * minuteMs)).toEqual([[65_000, 'unknown']]);
  });

  it('is told again at once after a quiet quarter of an hour', () => {
    const flaps = Array.from({ length: 40 }, (_, index) => [index * 2000, index % 2 === 0 ? 'out' : 'in'] as const);
    const calm = 60 * minuteMs;
    const told = toldOf([...flaps, [calm, 'out'], [calm + 10_000, 'in']], calm + minuteMs);
    expect(told.slice(-2)).toEqual([
      [calm + 1000, 'out'],
      [calm + 11_000, 'in'],
    ]);
  });

  it('that flaps all day is told less and less often', () => {
    const flaps = Array.from({ length: 8000 }, (_, index) => [index * 3000, index % 2 === 0 ? 'out' : 'in'] as const);
    const hour = 60 * minuteMs;
    const told = toldOf(flaps, 8000 * 3000);
    expect(told.filter(([at]) => at < hour).length).toBeLessThan(20);
    expect(told.filter(([at]) => at > hour && at <= 2 * hour).length).toBeLessThanOrEqual(12);
  });
});

describe('whatever a reader does', () => {
  const place = fc.constantFrom<CardPlace>('in', 'out', 'unknown');
  const story = fc.array(fc.tuple(fc.integer({ min: 1, max: 20 * minuteMs }), place), { maxLength: 60 }).map(steps => {
    let at = 0;
    return steps.map(([waitMs, next]): [number, CardPlace] => [(at += waitMs), next]);
  });

  it('no change is told twice, none sooner than five seconds after another, and the last one always', () => {
    fc.assert(
      fc.property(story, sights => {
        const [lastAt, last] = sights.at(-1) ?? [0, 'in'];
        const told = toldOf(sights, lastAt + 10 * minuteMs);
        let [at, known] = [-Infinity, 'in'];
        for (const [when, what] of told) {
          expect(what).not.toBe(known);
          expect(when - at).toBeGreaterThanOrEqual(5000);
          [at, known] = [when, what];
        }
        expect(known).toBe(last);
      }),
    );
  });
});
