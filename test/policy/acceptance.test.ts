// Texts that people accept: what a file says, what makes a version, and what a check makes of it.

import { describe, expect, it } from 'vitest';
import { collectFor } from '../../gateway/policy/policy-set.ts';
import { evaluate } from '../../gateway/policy/evaluate.ts';
import { runTests } from '../../gateway/policy/test-run.ts';
import { watchedPast } from '../../gateway/policy/watched-past.ts';
import { acceptanceFile, acceptanceFiles } from '../support/acceptance-files.ts';
import { compiled, degraded, now, problemsOf, someone } from './sample-set.ts';

const filesWith = (changed: Readonly<Record<string, string>> = {}) => [
  degraded,
  ...Object.entries({ ...acceptanceFiles, ...changed }).map(([path, text]) => ({ path, text })),
];
const hashOf = (changed: Readonly<Record<string, string>> = {}) =>
  compiled(filesWith(changed)).acceptances.get('security-policy')?.hash;

describe('a text to accept', () => {
  it('is read with its lines, its title, its date and the role behind it', () => {
    expect(compiled(filesWith()).acceptances.get('security-policy')).toMatchObject({
      by: 'security office',
      date: '2027-01-15',
      title: { fr: 'Règles', en: 'Rules of security-policy' },
      text: { nl: 'Eerste regel.\nTweede regel.', en: 'What is in security-policy.' },
      hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
  });

  it('is another version when a word of it is another, in any language, and only then', () => {
    const before = hashOf();
    const file = acceptanceFile('security-policy');
    const changed = (from: string, to: string) => hashOf({ 'acceptances/security.yaml': file.replace(from, to) });
    expect(changed('Une règle.', 'Une règle')).not.toBe(before);
    expect(changed('Règles', 'Règlement')).not.toBe(before);
    expect(changed('2027-01-15', '2027-02-01')).toBe(before);
    expect(changed('security office', 'board')).toBe(before);
    expect(changed('  fr: Une règle.\n  de: Eine Regel.', '  de: Eine Regel.\n  fr: "Une règle.  "')).toBe(before);
    // What moves from one part into the next is not what was accepted.
    const moved = file.replace('nl: Regels', 'nl: Regel').replace('Eerste regel.', 'sEerste regel.');
    expect(hashOf({ 'acceptances/security.yaml': moved })).not.toBe(before);
  });

  it.each([
    ['a language is missing', '  de: Eine Regel.\n', ''],
    ['there is no such day', '2027-01-15', '2027-02-30'],
    ['a title is too long', 'nl: Regels', `nl: ${'x'.repeat(201)}`],
    ['the name is no name', 'acceptance: security-policy', 'acceptance: Security Policy'],
    ['nobody answers for it', 'by: security office\n', ''],
  ])('is refused when %s', (_, from, to) => {
    const text = acceptanceFile('security-policy').replace(from, to);
    const problems = problemsOf(filesWith({ 'acceptances/security.yaml': text }));
    expect(problems.filter(({ file }) => file === 'acceptances/security.yaml').length).toBeGreaterThan(0);
  });

  it('has a name of its own, and a check can name no other', () => {
    expect(problemsOf(filesWith({ 'acceptances/again.yaml': acceptanceFile('security-policy') }))).toMatchObject([
      { file: 'acceptances/security.yaml', message: '"security-policy" is already in acceptances/again.yaml, line 2' },
    ]);
    const check = acceptanceFiles['checks/accepted.yaml']?.replace('telework-charter', 'telework-carter') ?? '';
    expect(problemsOf(filesWith({ 'checks/accepted.yaml': check }))).toMatchObject([
      {
        file: 'checks/accepted.yaml',
        message: '"telework-carter" is none of the acceptances: security-policy, telework-charter, house-style',
      },
    ]);
  });

  it('is watched only where something required names it, in its present version', () => {
    const set = compiled(filesWith());
    expect([...(watchedPast(set)?.acceptances ?? [])]).toEqual([
      ['security-policy', set.acceptances.get('security-policy')?.hash],
      ['telework-charter', set.acceptances.get('telework-charter')?.hash],
    ]);
    expect(collectFor(set)).toEqual([]);
  });

  it.each([
    [['security-policy', 'telework-charter'], 'pass'],
    [['security-policy'], 'fail'],
    [[], 'fail'],
    [undefined, 'unknown'],
  ])('%j accepted: %s', (names, result) => {
    const accepted = { value: names ?? [], source: 'accepted texts', observedAt: now };
    const facts = names === undefined ? {} : { 'person.accepted': accepted };
    const answer = evaluate(compiled(filesWith()), someone, facts, now);
    expect(answer.outcome).toBe(result === 'pass' ? 'grant' : 'quarantine');
    if (result === 'fail') expect(answer.smallestChange).toEqual(['texts-accepted']);
  });

  it('is tested in words', () => {
    const text = `
- test: one of two is not enough
  given: { person.accepted: security-policy }
  expect: { outcome: quarantine, reasons: [texts-accepted] }
- test: both are
  given: { person.accepted: "security-policy, telework-charter" }
  expect: { outcome: grant }
`;
    expect(runTests(compiled(filesWith({ 'tests/t.yaml': text }))).map(each => each.differences)).toEqual([[], []]);
  });
});
