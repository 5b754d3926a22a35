// What must hold for every policy set and every laptop, whatever they are made of.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Outcome, outcomes } from '../../gateway/contract/outcome.ts';
import { type Check, factsOf } from '../../gateway/policy/check.ts';
import { evaluate } from '../../gateway/policy/evaluate.ts';
import type { PolicyFile, PolicySet } from '../../gateway/policy/policy-set.ts';
import {
  factDefinition,
  type FactDefinition,
  type FactName,
  factNames,
} from '../../gateway/verifier/fact-catalogue.ts';
import type { Fact, Facts, FactValue } from '../../gateway/verifier/facts.ts';
import { checkText, compiled, dayMs, hourMs, now, policyText, someone, unknown } from './sample-set.ts';

const limits: Readonly<Partial<Record<FactName, readonly string[]>>> = {
  'os.family': ['windows', 'not one of debian'],
  'os.version': ['at least 10.2', 'one of 12, 13'],
  'os.support-left': ['at least 1 day', 'at least 30 days'],
  'updates.pending-security': ['at most 0', 'at most 3'],
  'updates.list-age': ['at most 1 day'],
  'antimalware.products': ['one of A, B'],
  'antimalware.signature-age': ['at most 3 days', 'at most 2 hours'],
  'antimalware.running': ['yes'],
  'disk.encrypted': ['yes'],
  'accounts.local-admin': ['no'],
  'report.age': ['at most 4 hours'],
  'machine.proven': ['yes'],
  'machine.certificate-left': ['at least 14 days'],
  'device.binding': ['ticket or better', 'confirmed or better'],
  'device.state': ['active'],
};
const used = Object.keys(limits) as FactName[];

function definitionOf(name: FactName): FactDefinition {
  const definition = factDefinition(name);
  if (definition === undefined) throw new Error(name);
  return definition;
}

/** Values near the limits above, so that passing and failing are both common. */
function valueOf({ kind, options = [] }: FactDefinition): fc.Arbitrary<FactValue> {
  switch (kind) {
    case 'flag':
      return fc.boolean();
    case 'choice':
      return fc.constantFrom(...options);
    case 'count':
      return fc.nat({ max: 5 });
    case 'duration':
      return fc.integer({ min: 0, max: 5 * dayMs });
    case 'days':
      return fc.nat({ max: 10 }).map(halves => halves / 2);
    case 'share':
      return fc.nat({ max: 10 }).map(tenths => tenths / 10);
    case 'version':
      return fc.constantFrom('10.1', '10.2', '12', '13.1', 'none at all');
    case 'age':
      return fc.integer({ min: 0, max: 5 * dayMs }).map(age => now - age);
    case 'time-left':
      return fc.integer({ min: -40 * dayMs, max: 60 * dayMs }).map(left => now + left);
    case 'words':
      return fc.subarray(['A', 'B', 'C']);
    case 'text':
      return fc.constantFrom('managed-laptop', 'private-pc');
    case 'moment':
      return fc.constant(now);
  }
}

function checkNamed(set: PolicySet, name: string): Check {
  const check = set.checks.get(name);
  if (check === undefined) throw new Error(name);
  return check;
}

function factOf(name: FactName): fc.Arbitrary<Fact | undefined> {
  const known = fc.record({
    value: valueOf(definitionOf(name)),
    source: fc.constant('test'),
    observedAt: fc.integer({ min: 0, max: 6 * hourMs }).map(age => now - age),
  });
  return fc.oneof({ weight: 6, arbitrary: known }, fc.constant(unknown('denied')), fc.constant(undefined));
}

const facts: fc.Arbitrary<Facts> = fc
  .record(Object.fromEntries(factNames.map(name => [name, factOf(name)])))
  .map(all =>
    Object.fromEntries(Object.entries(all).filter((entry): entry is [string, Fact] => entry[1] !== undefined)),
  );

const refusal = fc.constantFrom<Outcome>('update', 'quarantine', 'deny');
const inOrder = (some: readonly Outcome[]): Outcome[] =>
  some.toSorted((a, b) => outcomes.indexOf(a) - outcomes.indexOf(b));
const families = fc.constantFrom('', 'applies to: windows', 'applies to: linux', 'applies to: [macos, debian]');

interface Wanted {
  readonly fact: FactName;
  readonly must: string;
  readonly otherwise: string;
  readonly unknown: string;
  readonly families: string;
}

const wanted: fc.Arbitrary<Wanted> = fc.constantFrom(...used).chain(fact =>
  fc
    .record({
      fact: fc.constant(fact),
      must: fc.constantFrom(...(limits[fact] ?? ['yes'])),
      outcomes: fc.tuple(refusal, refusal),
      families,
    })
    .map(({ outcomes: pair, ...rest }) => {
      // A check may not be laxer about the unknown than about the failure: the compiler refuses that.
      const [otherwise, stricter] = inOrder(pair);
      return { ...rest, otherwise: otherwise ?? 'deny', unknown: stricter ?? 'deny' };
    }),
);

const sets = fc
  .record({
    requires: fc.uniqueArray(wanted, { minLength: 1, maxLength: 8, selector: each => each.fact }),
    // No report yet is at least as bad as an old one: the compiler refuses the other way round.
    degraded: fc.tuple(refusal, refusal).map(pair => inOrder(pair).reverse()),
    session: fc.constantFrom('', 'session at most: 90 minutes', 'session at most: 10 hours'),
  })
  .map(({ requires, degraded, session }) => filesOf(requires, degraded, session));

function filesOf(requires: readonly Wanted[], degraded: readonly string[], session: string): readonly PolicyFile[] {
  const name = (at: number) => `check-${at}`;
  return [
    { path: 'degraded.yaml', text: `no report yet: ${degraded[0] ?? ''}\nreport too old: ${degraded[1] ?? ''}\n` },
    ...requires.map(({ fact, must, unknown: ifUnknown, families: applies }, at) => ({
      path: `checks/${name(at)}.yaml`,
      text: checkText(name(at), fact, must, [`if unknown: ${ifUnknown}`, ...(applies === '' ? [] : [applies])]),
    })),
    {
      path: 'access/staff.yaml',
      text: policyText(
        'staff',
        Object.fromEntries(requires.map(({ otherwise }, at) => [name(at), otherwise])),
        session === '' ? [] : [session],
      ),
    },
  ];
}

const rank = (outcome: Outcome): number => outcomes.indexOf(outcome);
const judge = (set: PolicySet, laptop: Facts, at = now) => evaluate(set, someone, laptop, at);

describe('for every set and every laptop', () => {
  it('a grant means that something was required, and all of it passed', () => {
    let grants = 0;
    fc.assert(
      fc.property(sets, facts, (files, laptop) => {
        const answer = judge(compiled(files), laptop);
        const { passed = [], results } = answer;
        expect(answer.outcome === 'grant').toBe(passed.length > 0 && results.every(({ result }) => result === 'pass'));
        if (answer.outcome === 'grant') grants++;
      }),
      { numRuns: 400 },
    );
    // The property would also hold of nothing.
    expect(grants).toBeGreaterThan(10);
  });

  it('the outcome is the strictest of all results, and every reason has a result behind it', () => {
    fc.assert(
      fc.property(sets, facts, (files, laptop) => {
        const { results, outcome, reasons } = judge(compiled(files), laptop);
        if (results.length === 0) return;
        expect(rank(outcome)).toBe(Math.max(...results.map(each => rank(each.outcome))));
        expect([...reasons].sort()).toEqual([...new Set(results.flatMap(each => each.reason ?? []))].sort());
        for (const each of results) expect(each.outcome === 'grant').toBe(each.result === 'pass');
        for (const each of results) expect(each.reason === undefined).toBe(each.result === 'pass');
      }),
    );
  });

  it('knowing less is never better: a fact made unknown or taken away makes the outcome no laxer', () => {
    fc.assert(
      fc.property(sets, facts, fc.subarray([...factNames]), fc.boolean(), (files, laptop, hidden, gone) => {
        const set = compiled(files);
        const less = Object.fromEntries(
          Object.entries(laptop).flatMap(([name, fact]): [string, Fact][] => {
            if (!hidden.includes(name as FactName)) return [[name, fact]];
            return gone ? [] : [[name, { unknown: 'timeout', source: fact.source, observedAt: fact.observedAt }]];
          }),
        );
        const before = judge(set, laptop);
        const after = judge(set, less);
        // Where a hidden system brings more checks into play, an empty policy turns into a judged one.
        if (before.results.length === 0) return;
        expect(rank(after.outcome)).toBeGreaterThanOrEqual(rank(before.outcome));
      }),
      { numRuns: 400 },
    );
  });

  it('the order of files and of requirements changes nothing', () => {
    fc.assert(
      fc.property(
        fc
          .record({ requires: fc.uniqueArray(wanted, { minLength: 1, maxLength: 6, selector: each => each.fact }) })
          .chain(({ requires }) => {
            const files = filesOf(requires, ['quarantine', 'quarantine'], '');
            const access = files.find(file => file.path.startsWith('access/'))?.text ?? '';
            const [head = '', tail = ''] = access.split('requires:\n');
            const lines = tail.trimEnd().split('\n');
            return fc.record({
              files: fc.constant(files),
              shuffled: fc
                .tuple(
                  fc.shuffledSubarray([...files], { minLength: files.length }),
                  fc.shuffledSubarray(lines, { minLength: lines.length }),
                )
                .map(([some, order]) =>
                  some.map(file =>
                    file.path.startsWith('access/')
                      ? { ...file, text: `${head}requires:\n${order.join('\n')}\n` }
                      : file,
                  ),
                ),
            });
          }),
        facts,
        ({ files, shuffled }, laptop) => {
          expect(judge(compiled(shuffled), laptop)).toEqual(judge(compiled(files), laptop));
        },
      ),
    );
  });

  it('until the moment it names, nothing changes but ages; and it lies within a day', () => {
    let sharp = 0;
    fc.assert(
      fc.property(sets, facts, fc.double({ min: 0, max: 1, noNaN: true }), (files, laptop, part) => {
        const set = compiled(files);
        const first = judge(set, laptop);
        expect(first.validUntil).toBeGreaterThanOrEqual(now);
        expect(first.validUntil).toBeLessThanOrEqual(now + dayMs);
        const essence = (at: number) => {
          const { outcome, results } = judge(set, laptop, at);
          return { outcome, results: results.map(({ check, result, reason }) => [check, result, reason ?? 'none']) };
        };
        const between = now + Math.floor(part * (first.validUntil - now));
        expect(essence(between)).toEqual(essence(now));
        expect(essence(first.validUntil)).toEqual(essence(now));
        if (['session-limit', 'day-limit'].includes(first.validUntilBecause)) return;
        // And a millisecond later some result has turned: the moment is exact, not merely early.
        expect(essence(first.validUntil + 1)).not.toEqual(essence(now));
        sharp++;
      }),
      { numRuns: 400 },
    );
    expect(sharp).toBeGreaterThan(50);
  });

  it('making every check of the smallest change pass grants', () => {
    let changes = 0;
    fc.assert(
      fc.property(sets, facts, (files, laptop) => {
        const set = compiled(files);
        const { smallestChange, results } = judge(set, laptop);
        const open = results.filter(({ result }) => result !== 'pass').map(({ check }) => check);
        if (smallestChange === undefined) {
          const fixed = open.some(name =>
            factsOf(checkNamed(set, name)).every(({ fact }) => fact.changedBy === 'institution'),
          );
          expect(fixed || results.length === 0).toBe(true);
        } else {
          expect([...smallestChange].sort()).toEqual([...open].sort());
          if (open.length > 0) changes++;
        }
      }),
    );
    expect(changes).toBeGreaterThan(5);
  });
});
