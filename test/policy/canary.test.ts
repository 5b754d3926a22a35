// Canaries: stable, in proportion, and growing without letting anybody go.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inCanary } from '../../gateway/policy/canary.ts';
import type { Subject } from '../../gateway/policy/evaluation.ts';

const laptop = (key: string, groups: readonly string[] = []): Subject => ({
  groups,
  deviceClass: 'managed-laptop',
  device: [`${key}.example`, key],
  person: ['k1-someone'],
});
const keys = fc.stringMatching(/^[0-9a-f]{64}$/);
const versions = fc.stringMatching(/^[0-9a-f]{64}$/);
const percents = fc.integer({ min: 1, max: 100 });

describe('a canary', () => {
  it('of a group is for those who are in it', () => {
    expect(inCanary({ group: 'pilots' }, 'v', laptop('a', ['staff', 'pilots']))).toBe(true);
    expect(inCanary({ group: 'pilots' }, 'v', laptop('a', ['staff']))).toBe(false);
  });

  it('of a share says the same of a machine whoever sits at it, and keeps whom it has when it grows', () => {
    fc.assert(
      fc.property(keys, versions, percents, percents, (key, version, a, b) => {
        const [less, more] = [Math.min(a, b), Math.max(a, b)];
        const early = inCanary({ percent: less }, version, laptop(key));
        expect(inCanary({ percent: less }, version, { ...laptop(key, ['board']), person: ['k1-other'] })).toBe(early);
        if (early) expect(inCanary({ percent: more }, version, laptop(key))).toBe(true);
        expect(inCanary({ percent: 100 }, version, laptop(key))).toBe(true);
      }),
    );
  });

  it('of a share is about that share of the machines', () => {
    fc.assert(
      fc.property(versions, fc.integer({ min: 5, max: 95 }), (version, percent) => {
        const machines = 4_000;
        let inside = 0;
        for (let n = 0; n < machines; n++) if (inCanary({ percent }, version, laptop(`key-${n}`))) inside++;
        // Six standard deviations: once in half a billion versions.
        const deviation = Math.sqrt((machines * percent * (100 - percent)) / 10_000);
        expect(Math.abs(inside - (machines * percent) / 100)).toBeLessThan(6 * deviation);
      }),
      { numRuns: 20 },
    );
  });

  it('begins with other machines in another version', () => {
    const all = Array.from({ length: 500 }, (_, n) => laptop(`key-${n}`));
    const chosen = (version: string) => all.map(each => inCanary({ percent: 10 }, version, each));
    expect(chosen('one')).not.toEqual(chosen('two'));
  });

  it('knows a computer without a key by its person, and nobody at all by nothing', () => {
    const person: Subject = { groups: [], deviceClass: 'none', person: ['k1-someone'] };
    expect(inCanary({ percent: 100 }, 'v', person)).toBe(true);
    expect(inCanary({ percent: 100 }, 'v', { groups: [], deviceClass: 'none' })).toBe(false);
  });
});
