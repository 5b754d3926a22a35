// Which version decides: by what is there, what was released when, and what somebody went back from.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Release } from '../../gateway/policy/release.ts';
import {
  type Candidate,
  chosen,
  isBeyondForecast,
  leastStricter,
  type Ran,
  type Versions,
  watchMs,
} from '../../gateway/policy/rollout.ts';

const now = 1_800_000_000_000;
const version = (hash: string, release?: Partial<Release>): Candidate => ({
  hash,
  ...(release === undefined ? {} : { release: { policy: hash, stage: 'enforce', signedAt: 1, ...release } }),
});
const ran = (hash: string, more: Partial<Ran> = {}): Ran => ({ hash, since: now - 1, ...more });
const forecast = { subjects: 100, stricter: 1 };

describe('what decides', () => {
  const table: readonly (readonly [title: string, versions: Versions, running: string | undefined, beside?: string])[] =
    [
      ['is what the configuration names', { base: version('a') }, 'a'],
      ['is nothing where there is nothing', {}, undefined],
      ['is what ran, while the files are broken', { ran: ran('a') }, 'a'],
      ['is not a draft that only stands there', { base: version('a'), draft: version('b') }, 'a', 'b shadow'],
      ['is not a draft in shadow', { base: version('a'), draft: version('b', { stage: 'shadow' }) }, 'a', 'b shadow'],
      ['is a draft that is enforced', { base: version('a', {}), draft: version('b', { signedAt: 2 }) }, 'b'],
      ['is what was released last', { base: version('a', { signedAt: 3 }), draft: version('b', { signedAt: 2 }) }, 'a'],
      ['is not what is to come', { base: version('a'), draft: version('b', { validFrom: now + 1 }) }, 'a'],
      ['is what has come', { base: version('a'), draft: version('b', { validFrom: now }) }, 'b'],
      [
        'is what ran, while the set that the configuration names is only looked at',
        { base: version('b', { stage: 'shadow' }), ran: ran('a') },
        'a',
        'b shadow',
      ],
      [
        'is what somebody went back to',
        { base: version('b'), ran: ran('b'), back: { from: 'b', to: 'a', at: now } },
        'a',
      ],
      [
        'is still that after it has run',
        { base: version('b'), ran: ran('a'), back: { from: 'b', to: 'a', at: now } },
        'a',
      ],
      [
        'is another version that came afterwards',
        { base: version('c'), ran: ran('a'), back: { from: 'b', to: 'a', at: now } },
        'c',
      ],
      [
        'is not the version of before, signed before the return',
        { base: version('c', { signedAt: 4 }), ran: ran('a'), back: { from: 'b', signedAt: 5, to: 'a', at: now } },
        'a',
      ],
      [
        'is the same version, signed anew after the return',
        { base: version('b', { signedAt: 6 }), ran: ran('a'), back: { from: 'b', signedAt: 5, to: 'a', at: now } },
        'b',
      ],
      [
        'is never an earlier release put back',
        { base: version('a', { signedAt: 4 }), ran: ran('b', { signedAt: 5 }) },
        'b',
      ],
      [
        'is what ran, after an earlier return has been left behind and the files broke',
        { ran: ran('c'), back: { from: 'b', to: 'a', at: now } },
        'c',
      ],
      [
        'is held against the version before it',
        { base: version('b', { forecast, denyMargin: 0.02 }), ran: ran('b', { previous: 'a' }) },
        'b',
        'a enforce',
      ],
      ['is held against nothing without a forecast', { base: version('b', {}), ran: ran('b', { previous: 'a' }) }, 'b'],
      [
        'is held against it for half an hour',
        { base: version('b', { forecast }), ran: { hash: 'b', since: now - watchMs, previous: 'a' } },
        'b',
      ],
    ];
  for (const [title, versions, running, beside] of table) {
    it(title, () => {
      const found = chosen(versions, now);
      expect([found?.running, found?.beside && `${found.beside.hash} ${found.beside.stage}`]).toEqual([
        running,
        beside,
      ]);
    });
  }

  it('tells of a release that is too old to decide', () => {
    const versions = { base: version('a', { signedAt: 4 }), ran: ran('b', { signedAt: 5 }) };
    expect(chosen(versions, now)?.outdated).toBe('a');
  });

  const hashes = fc.constantFrom('a', 'b', 'c');
  const releases = fc.record({
    stage: fc.constantFrom('shadow', 'enforce' as const),
    signedAt: fc.integer({ min: 1, max: 9 }),
    validFrom: fc.integer({ min: now - 1, max: now + 1 }),
  });
  const candidates = fc.option(fc.tuple(hashes, fc.option(releases)), { nil: undefined });
  const signedOnly = fc.option(fc.tuple(hashes, releases), { nil: undefined });

  it('is never what somebody went back from, unless it was signed later', () => {
    fc.assert(
      fc.property(
        signedOnly,
        signedOnly,
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom('a', 'b'),
        (base, draft, signedAt, at) => {
          const of = (each: typeof base) => each && version(each[0], each[1]);
          const [b, d] = [of(base), of(draft)];
          const found = chosen(
            {
              ...(b && { base: b }),
              ...(d && { draft: d }),
              back: { from: 'b', signedAt, to: 'a', at: now },
              ran: ran(at),
            },
            now,
          );
          const later = [b, d].some(each => each?.hash === 'b' && (each.release?.signedAt ?? 0) > signedAt);
          if (!later) expect(found?.running).not.toBe('b');
        },
      ),
    );
  });

  it('is one of the versions that there are, and never judged beside itself', () => {
    fc.assert(
      fc.property(candidates, candidates, hashes, (base, draft, last) => {
        const of = (each: typeof base) => each && version(each[0], each[1] ?? undefined);
        const [b, d] = [of(base), of(draft)];
        const found = chosen({ ...(b && { base: b }), ...(d && { draft: d }), ran: ran(last) }, now);
        expect([b?.hash, d?.hash, last]).toContain(found?.running);
        expect(found?.beside?.hash).not.toBe(found?.running);
      }),
    );
  });
});

describe('more than was forecast', () => {
  const counts = fc.integer({ min: 0, max: 5_000 });
  const shares = fc.integer({ min: 0, max: 50 }).map(percent => percent / 100);

  it('is never less than a handful, and never what was forecast', () => {
    fc.assert(
      fc.property(counts, counts, counts, shares, (answers, stricter, expected, margin) => {
        const beyond = isBeyondForecast({ answers, stricter }, { subjects: 5_000, stricter: expected }, margin);
        if (beyond) expect(stricter).toBeGreaterThanOrEqual(leastStricter);
        if (beyond) expect(stricter / answers).toBeGreaterThan(expected / 5_000 + margin - 1e-9);
      }),
    );
  });

  it('stays so when there are more of them, and with a smaller margin', () => {
    fc.assert(
      fc.property(counts, counts, counts, shares, shares, (answers, stricter, more, a, b) => {
        const beyond = (count: number, margin: number) =>
          isBeyondForecast({ answers, stricter: count }, forecast, margin);
        const [small, large] = [Math.min(a, b), Math.max(a, b)];
        if (beyond(stricter, large))
          expect([beyond(stricter + more, large), beyond(stricter, small)]).toEqual([true, true]);
      }),
    );
  });

  it('is found', () => {
    expect(isBeyondForecast({ answers: 100, stricter: 6 }, forecast, 0.02)).toBe(true);
    expect(isBeyondForecast({ answers: 400, stricter: 6 }, forecast, 0.02)).toBe(false);
    expect(isBeyondForecast({ answers: 4, stricter: 4 }, forecast, 0)).toBe(false);
  });
});
