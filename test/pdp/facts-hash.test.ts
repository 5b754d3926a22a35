import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { factsHash } from '../../gateway/pdp/facts-hash.ts';
import { factNames } from '../../gateway/verifier/fact-catalogue.ts';
import type { Fact, Facts } from '../../gateway/verifier/facts.ts';
import { factsDigest } from '../../gateway/verifier/facts-digest.ts';

const text = fc.string({ maxLength: 6 });
const at = fc.integer({ min: 0, max: 3 });
const value = fc.oneof(text, at, fc.boolean(), fc.array(text, { maxLength: 3 }));
const fact: fc.Arbitrary<Fact> = fc.oneof(
  fc.record(
    { value, source: text, observedAt: at, later: fc.array(fc.record({ at, value }), { maxLength: 2 }) },
    { requiredKeys: ['value', 'source', 'observedAt'] },
  ),
  fc.record({ unknown: fc.constantFrom('missing', 'error', 'denied'), source: text, observedAt: at }),
);
const facts: fc.Arbitrary<Facts> = fc.dictionary(fc.constantFrom(...factNames, 'of.nobody'), fact, { maxKeys: 8 });

const report = { 'disk.encrypted': { value: true, source: 'report: x', observedAt: 1 } };
const gateway = { 'device.class': { value: 'laptop', source: 'device register', observedAt: 2 } };

describe('the hash of the facts of a decision', () => {
  it('is the same for the same facts in any order, and only for them', () => {
    const canonical = (all: Facts) =>
      JSON.stringify(
        Object.entries(all)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([name, each]) => [name, Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1))]),
      );
    fc.assert(
      fc.property(facts, facts, (a, b) => {
        const reversed = Object.fromEntries(Object.entries(a).toReversed());
        expect(factsHash(reversed)).toBe(factsHash(a));
        expect(factsHash(a) === factsHash(b)).toBe(canonical(a) === canonical(b));
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['another value', { 'device.class': { value: 'laptop2', source: 'device register', observedAt: 2 } }],
    ['a value of another kind', { 'device.class': { value: ['laptop'], source: 'device register', observedAt: 2 } }],
    ['another source', { 'device.class': { value: 'laptop', source: 'elsewhere', observedAt: 2 } }],
    ['another time', { 'device.class': { value: 'laptop', source: 'device register', observedAt: 3 } }],
    ['what it becomes', { 'device.class': { ...gateway['device.class'], later: [{ at: 9, value: 'x' }] } }],
    ['another name', { 'device.state': gateway['device.class'] }],
    ['a fact more', { ...gateway, 'device.state': gateway['device.class'] }],
    ['nothing', {}],
  ])('is another one with %s', (_what, other: Facts) => {
    expect(factsHash({ ...report, ...other })).not.toBe(factsHash({ ...report, ...gateway }));
  });

  it('needs of a report no more than its digest', () => {
    expect(factsHash({ ...report, ...gateway }, factsDigest(report))).toBe(factsHash({ ...report, ...gateway }));
    expect(factsHash(gateway, factsDigest({}))).toBe(factsHash(gateway));
    expect(factsHash({ ...report, ...gateway }, factsDigest({}))).not.toBe(factsHash({ ...report, ...gateway }));
  });
});
