// Telework days against a limit: in halves, pro rata, and until when an answer holds.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { teleworkOf } from '../../gateway/pdp/telework.ts';
import { analyse } from '../../gateway/policy/analysis.ts';
import { evaluate } from '../../gateway/policy/evaluate.ts';
import { proRataOf } from '../../gateway/policy/limit.ts';
import type { PolicyFile } from '../../gateway/policy/policy-set.ts';
import { runTests } from '../../gateway/policy/test-run.ts';
import { watchedPast } from '../../gateway/policy/watched-past.ts';
import type { Fact, Facts } from '../../gateway/verifier/facts.ts';
import { checkText, compiled, degraded, fact, hourMs, now, policyText, problemsOf, someone } from './sample-set.ts';

const weekly = 'telework.days-this-week';
const setFor = (limit: string, ...more: readonly PolicyFile[]) => [
  degraded,
  { path: 'checks/quota.yaml', text: checkText('quota', weekly, limit) },
  { path: 'access/staff.yaml', text: policyText('staff', { quota: 'quarantine' }) },
  ...more,
];
const judged = (limit: string, facts: Facts, at = now) => evaluate(compiled(setFor(limit)), someone, facts, at);
const days = (value: number, later: readonly { readonly at: number; readonly value: number }[] = []): Fact => ({
  value,
  later,
  source: 'earlier sessions of this person',
  observedAt: now,
});
const working = (share: number): Facts => ({ 'person.employment': fact(share) });

describe('a quota', () => {
  it.each([
    ['at most 3 days', 3, 'grant'],
    ['at most 3 days', 3.5, 'quarantine'],
    ['at most 2.5 days', 2.5, 'grant'],
    ['at most 1 day', 1.5, 'quarantine'],
    ['at most 0 days', 0.5, 'quarantine'],
  ])('%s: %d is %s', (limit, value, outcome) => {
    expect(judged(limit, { [weekly]: days(value) }).outcome).toBe(outcome);
  });

  it.each([
    [1, 3, 'grant'],
    [0.5, 1.5, 'grant'],
    [0.5, 2, 'quarantine'],
    // 2.4 days: to the next half day.
    [0.8, 2.5, 'grant'],
    [0.8, 3, 'quarantine'],
    [0, 0.5, 'quarantine'],
  ])('pro rata, at %d of full time %d days are %s', (share, value, outcome) => {
    expect(judged('at most 3 days, pro rata', { [weekly]: days(value), ...working(share) }).outcome).toBe(outcome);
  });

  it('shows what pro rata comes to', () => {
    const [result] = judged('at most 3 days, pro rata', { [weekly]: days(2.5), ...working(0.5) }).results;
    expect(result).toMatchObject({
      value: '2.5 days',
      limit: 'at most 1.5 days (3 days, pro rata 50 %)',
      source: 'earlier sessions of this person',
    });
  });

  it('pro rata is not known while the employment is not', () => {
    const [result] = judged('at most 3 days, pro rata', { [weekly]: days(0.5) }).results;
    expect(result).toMatchObject({
      result: 'unknown',
      outcome: 'deny',
      value: 'unknown: person.employment unknown',
      limit: 'at most 3 days, pro rata',
    });
  });

  it('holds until the session itself uses it up', () => {
    const later = [
      { at: now + 2 * hourMs, value: 2.5 },
      { at: now + 14 * hourMs, value: 3 },
    ];
    const facts = { [weekly]: days(2, later) };
    expect(judged('at most 2 days', facts)).toMatchObject({
      outcome: 'grant',
      validUntil: now + 2 * hourMs - 1,
      validUntilBecause: weekly,
    });
    expect(judged('at most 2.5 days', facts)).toMatchObject({ outcome: 'grant', validUntil: now + 14 * hourMs - 1 });
    expect(judged('at most 3 days', facts)).toMatchObject({ outcome: 'grant', validUntilBecause: 'day-limit' });
  });

  it('that is used up says when a new week begins', () => {
    const facts = { [weekly]: days(3.5, [{ at: now + hourMs, value: 0.5 }]) };
    expect(judged('at most 3 days', facts)).toMatchObject({ outcome: 'quarantine', validUntil: now + hourMs - 1 });
  });

  it('of a whole day holds as the reckoning of it says', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 14 * 24 * 60 }), fc.integer({ min: 0, max: 6 }), (minutes, halves) => {
        const at = now + minutes * 60_000;
        const { week } = teleworkOf({ '2026-03-16': 'both', '2026-03-17': 'morning' }, at, 'Europe/Brussels');
        const answer = judged(`at most ${halves / 2} days`, { [weekly]: { ...days(0), ...week } }, at);
        const then = week.later.findLast(each => each.at <= answer.validUntil)?.value ?? week.value;
        const after = week.later.find(each => each.at === answer.validUntil + 1)?.value;
        const passes = (value: number) => value <= halves / 2;
        expect(answer.outcome === 'grant').toBe(passes(week.value));
        expect(passes(then)).toBe(passes(week.value));
        if (answer.validUntilBecause === weekly) expect(after !== undefined && passes(after)).toBe(!passes(week.value));
      }),
      { numRuns: 60 },
    );
  });

  it.each(['at most 3', 'at most 2.3 days', 'at least 2 days', 'at most 3 days a week', 'at most 1 hour, pro rata'])(
    '"%s" is refused with what can be written',
    limit => {
      expect(problemsOf(setFor(limit))).toMatchObject([
        {
          file: 'checks/quota.yaml',
          remedy: 'write "at most 3 days", "at most 2.5 days" or "at most 3 days, pro rata"',
        },
      ]);
    },
  );

  it('is tested in words', () => {
    const text = `
- test: half time is half of it
  given: { telework.days-this-week: 2 days, person.employment: 50 % }
  expect: { outcome: quarantine, reasons: [quota] }
- test: a day and a half is not
  given: { telework.days-this-week: 1.5 days, person.employment: 50 % }
  expect: { outcome: grant }
- test: nobody knows how much they work
  given: { telework.days-this-week: 1 day, person.employment: unknown }
  expect: { outcome: deny, reasons: ["quota:unknown"] }
`;
    const set = compiled(setFor('at most 3 days, pro rata', { path: 'tests/quota.yaml', text }));
    expect(runTests(set).map(each => each.differences)).toEqual([[], [], []]);
  });

  it('can be told apart by the analyser: a quota that nobody can be within is found', () => {
    const files = [
      ...setFor('at most 3 days, pro rata'),
      { path: 'checks/none.yaml', text: checkText('half', 'person.employment', 'at most 50 %') },
      { path: 'checks/full.yaml', text: checkText('full', 'person.employment', 'at least 80 %') },
    ].filter(({ path }) => path !== 'access/staff.yaml');
    const access = policyText('staff', { quota: 'deny', half: 'deny', full: 'deny' });
    const findings = analyse(compiled([...files, { path: 'access/staff.yaml', text: access }]), now);
    expect(findings.map(({ kind }) => kind)).toContain('impossible-requirement');
    const possible = policyText('staff', { quota: 'deny', full: 'deny' });
    const none = analyse(compiled([...files, { path: 'access/staff.yaml', text: possible }]), now);
    expect(none.map(({ kind }) => kind)).not.toContain('impossible-requirement');
  });

  it('is the only thing that has days written down', () => {
    expect(watchedPast(compiled(setFor('at most 3 days')))).toEqual({ teleworkZone: 'Europe/Brussels' });
    const zoned = compiled(setFor('at most 3 days', { path: 'set.yaml', text: 'zone: Europe/Amsterdam\n' }));
    expect(watchedPast(zoned)).toEqual({ teleworkZone: 'Europe/Amsterdam' });
    const unasked = [
      ...setFor('at most 3 days').slice(0, 2),
      { path: 'checks/machine.yaml', text: checkText('machine', 'machine.proven', 'yes') },
      { path: 'access/staff.yaml', text: policyText('staff', { machine: 'deny' }) },
    ];
    expect(watchedPast(compiled(unasked))).toBeUndefined();
  });
});

describe('pro rata', () => {
  it('is a share in halves, never less than the share and never half a day more', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 62 }), fc.integer({ min: 0, max: 10_000 }), (halves, share) => {
        const [full, part] = [halves / 2, share / 10_000];
        const limit = proRataOf(full, part);
        expect(Number.isInteger(limit * 2)).toBe(true);
        expect(limit).toBeGreaterThanOrEqual(full * part - 1e-6);
        expect(limit).toBeLessThan(full * part + 0.5);
      }),
    );
    expect(proRataOf(3, 0.7)).toBe(2.5);
    expect(proRataOf(10, 0.7)).toBe(7);
    expect(proRataOf(3, 1)).toBe(3);
  });
});
