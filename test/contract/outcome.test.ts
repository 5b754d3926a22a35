// The order of outcomes: the strictest wins, and of nothing the answer is grant.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { outcomes, stricter, strictest } from '../../gateway/contract/outcome.ts';

const outcome = fc.constantFrom(...outcomes);

describe('outcomes', () => {
  it('are ordered from the most to the least that one may do', () => {
    expect(outcomes).toEqual(['grant', 'update', 'quarantine', 'deny']);
  });

  for (const [index, a] of outcomes.entries()) {
    for (const [other, b] of outcomes.entries()) {
      const expected = outcomes[Math.max(index, other)];
      it(`${a} with ${b} is ${expected ?? ''}`, () => {
        expect(stricter(a, b)).toBe(expected);
      });
    }
  }

  it('do not depend on order or grouping', () => {
    fc.assert(
      fc.property(outcome, outcome, outcome, (a, b, c) => {
        expect(stricter(a, b)).toBe(stricter(b, a));
        expect(stricter(stricter(a, b), c)).toBe(stricter(a, stricter(b, c)));
        expect(stricter(a, a)).toBe(a);
      }),
    );
  });

  it('of many is one of them, and none is stricter', () => {
    fc.assert(
      fc.property(fc.array(outcome, { minLength: 1 }), all => {
        const worst = strictest(all);
        expect(all).toContain(worst);
        for (const each of all) expect(stricter(worst, each)).toBe(worst);
      }),
    );
  });

  it('of none is grant, as the empty list of requirements asks nothing', () => {
    expect(strictest([])).toBe('grant');
  });

  it('are read from anything that can be walked through', () => {
    expect(strictest(new Set(['update', 'grant'] as const))).toBe('update');
  });
});
