// The degraded rule for certificates whose revocation nobody can tell: as it is written, and what it makes of a session.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { outcomes } from '../../gateway/contract/outcome.ts';
import { evaluate } from '../../gateway/policy/evaluate.ts';
import { explain } from '../../gateway/policy/explain.ts';
import { runTests } from '../../gateway/policy/test-run.ts';
import type { Fact, Facts } from '../../gateway/verifier/facts.ts';
import { checkText, compiled, hourMs, now, policyText, problemsOf } from './sample-set.ts';

const files = (rules: string, otherwise = 'deny', tests = '') => [
  { path: 'degraded.yaml', text: `no report yet: quarantine\nreport too old: quarantine\n${rules}` },
  { path: 'checks/person.yaml', text: checkText('person', 'person.proven', 'yes') },
  { path: 'access/staff.yaml', text: policyText('staff', { person: otherwise }) },
  ...(tests === '' ? [] : [{ path: 'tests/t.yaml', text: tests }]),
];
const rules = `
revocation:
  - { issuer: any, keep last answer for: 1 hour, then: deny }
  - { issuer: be-eid, keep last answer for: 4 hours, then: quarantine }
  - { issuer: be-eid, groups: [wards, night], keep last answer for: 2 days, then: quarantine }
  - { issuer: be-eid, groups: [visitors], keep last answer for: 0 hours, then: deny }
`;

describe('what follows', () => {
  const set = compiled(files(rules));
  const known = (value: string | number | boolean): Fact => ({
    value,
    source: 'identity certificate',
    observedAt: now,
  });
  const facts = (revocation: string, ageHours?: number, issuer = 'be-eid', proven = true): Facts => ({
    'person.proven': known(proven),
    'person.issuer': known(issuer),
    'person.revocation': known(revocation),
    ...(ageHours === undefined ? {} : { 'person.revocation-age': known(now - ageHours * hourMs) }),
  });
  const judge = (of: Facts, groups: readonly string[] = []) =>
    evaluate(set, { groups, deviceClass: 'managed-laptop' }, of, now);

  it.each<[string, number | undefined, string, readonly string[], string]>([
    ['good', undefined, 'be-eid', [], 'grant'],
    ['unchecked', undefined, 'be-eid', [], 'grant'],
    ['last-good', 3, 'be-eid', [], 'grant'],
    ['last-good', 4, 'be-eid', [], 'grant'],
    ['last-good', 4.001, 'be-eid', [], 'quarantine'],
    ['unavailable', 3, 'be-eid', [], 'grant'],
    ['unavailable', undefined, 'be-eid', [], 'quarantine'],
    ['unavailable', undefined, 'be-eid', ['wards'], 'quarantine'],
    ['unavailable', 47, 'be-eid', ['wards'], 'grant'],
    ['unavailable', 47, 'be-eid', ['night', 'wards', 'others'], 'grant'],
    ['unavailable', 49, 'be-eid', ['wards'], 'quarantine'],
    ['unavailable', 1, 'be-eid', ['visitors'], 'deny'],
    ['unavailable', 1, 'be-eid', ['visitors', 'wards'], 'deny'],
    ['unavailable', 0.5, 'staff-card', [], 'grant'],
    ['unavailable', 2, 'staff-card', ['wards'], 'deny'],
  ])('%s for %s hours, of %s, in %j: %s', (revocation, age, issuer, groups, outcome) => {
    expect(judge(facts(revocation, age, issuer), groups).outcome).toBe(outcome);
  });

  it('is told like a requirement, and holds no longer than the last answer counts', () => {
    const kept = judge(facts('last-good', 3));
    expect([kept.validUntil - now, kept.validUntilBecause]).toEqual([hourMs, 'person.revocation-age']);
    expect(kept.results.find(({ check }) => check === 'revocation-known')).toMatchObject({
      result: 'pass',
      outcome: 'grant',
      value: '3 hours',
      limit: 'at most 4 hours',
    });
    const gone = judge(facts('unavailable', 5));
    expect([gone.reasons, gone.smallestChange]).toEqual([['revocation-unknown'], undefined]);
    const decision = { ...gone, decidedAt: now, policyHash: set.hash, factsHash: '' };
    for (const language of ['nl', 'fr', 'de', 'en'] as const) {
      expect(explain(decision, language).join('\n')).toContain('revocation-known');
    }
    // Where it is known, nobody reads of it.
    expect(judge(facts('good'))).toMatchObject({ results: [], passed: ['person'] });
  });

  it('makes nothing milder, and never grants what is unknown for longer than its rule says', () => {
    const arbitrary = fc.record({
      revocation: fc.constantFrom('good', 'last-good', 'unavailable', 'unchecked'),
      age: fc.option(fc.nat(100), { nil: undefined }),
      issuer: fc.constantFrom('be-eid', 'staff-card'),
      groups: fc.subarray(['wards', 'night', 'visitors', 'others']),
      proven: fc.boolean(),
    });
    fc.assert(
      fc.property(arbitrary, ({ revocation, age, issuer, groups, proven }) => {
        const with_ = judge(facts(revocation, age, issuer, proven), groups).outcome;
        const without = judge(facts('good', undefined, issuer, proven), groups).outcome;
        expect(outcomes.indexOf(with_)).toBeGreaterThanOrEqual(outcomes.indexOf(without));
        const open = revocation === 'last-good' || revocation === 'unavailable';
        if (open && (age === undefined || age > 48)) expect(with_).not.toBe('grant');
      }),
    );
  });

  it('is nothing where the set has no rule for the issuer, or nobody showed a certificate', () => {
    const own = compiled(files('revocation: [{ issuer: staff-card, keep last answer for: 1 hour, then: deny }]\n'));
    const subject = { groups: [], deviceClass: 'managed-laptop' };
    for (const policies of [own, compiled(files(''))]) {
      expect(evaluate(policies, subject, facts('unavailable'), now).outcome).toBe('grant');
    }
    const password: Facts = {
      'person.proven': known(true),
      'person.revocation': { unknown: 'missing', source: 'identity certificate', observedAt: now },
    };
    expect(judge(password).outcome).toBe('grant');
  });

  it('can be named in the tests of a policy set', () => {
    const given = 'person.proven: yes, person.issuer: be-eid, person.revocation: unavailable, groups: [wards]';
    const tests = `
- test: kept
  given: { ${given}, person.revocation-age: 30 hours }
  expect: { outcome: grant, valid until: person.revocation-age }
- test: over
  given: { ${given}, person.revocation-age: 3 days }
  expect: { outcome: quarantine, reasons: ["revocation-known:unknown", revocation-unknown] }
`;
    expect(runTests(compiled(files(rules, 'deny', tests))).map(({ differences }) => differences)).toEqual([[], []]);
  });
});

describe('as it is written', () => {
  const messages = (of: ReturnType<typeof files>) =>
    problemsOf(of)
      .map(({ message }) => message)
      .join('\n');
  const rule = (words: string) => `revocation:\n  - { ${words} }\n`;
  it.each([
    ['issuer: any, keep last answer for: 1 hour, then: grant', '"grant" is not one of: quarantine, deny'],
    ['issuer: any, keep last answer for: 8 days, then: deny', 'is not a duration of at most 7 days'],
    ['issuer: any, then: deny', '"keep last answer for" is missing'],
    ['keep last answer for: 1 hour, then: deny', '"issuer" is missing'],
    ['issuer: be-eid, groups: [], keep last answer for: 1 hour, then: deny', 'no groups'],
    [
      'issuer: be-eid, groups: [a1], keep last answer for: 1 hour, then: deny',
      '"be-eid" has no rule for everyone else',
    ],
    ['issuer: any, when: never, keep last answer for: 1 hour, then: deny', 'when'],
  ])('refuses %s', (words, message) => {
    expect(messages(files(rule(words)))).toContain(message);
  });

  it('refuses two rules for everyone of one issuer', () => {
    const twice = `${rule('issuer: any, keep last answer for: 1 hour, then: deny')}  - { issuer: any, keep last answer for: 2 hours, then: deny }\n`;
    expect(messages(files(twice))).toContain('a second rule for everyone of "any"');
  });
});
