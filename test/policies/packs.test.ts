// The policy directories of this repository: they load, their tests hold, and their tests are worth having: taking any
// requirement out, or changing what follows from it, breaks at least one.

import { factsOf } from '../../gateway/policy/check.ts';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { languages } from '../../gateway/contract/language.ts';
import { outcomes } from '../../gateway/contract/outcome.ts';
import { readPolicyFiles } from '../../gateway/io/policy-files.ts';
import type { AccessPolicy } from '../../gateway/policy/access-policy.ts';
import { compilePolicySet, type PolicySet } from '../../gateway/policy/policy-set.ts';
import { runTests } from '../../gateway/policy/test-run.ts';
import { supportEndsAt } from '../../gateway/verifier/support-calendar.ts';
import { remedyFor } from '../../posture-client/remedies.ts';

function load(directory: string): PolicySet {
  const read = readPolicyFiles(fileURLToPath(new URL(`../../${directory}`, import.meta.url)));
  const compiled = 'files' in read ? compilePolicySet(read.files) : read;
  if ('set' in compiled) return compiled.set;
  throw new Error(compiled.problems.map(({ file, line, message }) => `${file}:${line}: ${message}`).join('\n'));
}

const sets = ['policies', 'policies/packs/riziv', 'policies/packs/ocmw'].map((directory): [string, PolicySet] => [
  directory,
  load(directory),
]);

/** Checks that are there to be switched on; each has a test of its own beside this one. */
const options: readonly string[] = ['card-present', 'not-live-elsewhere', 'plausible-place', 'in-allowed-country'];

const failing = (set: PolicySet): number => runTests(set).filter(({ differences }) => differences.length > 0).length;

/** The set with one policy replaced. */
function replaced(set: PolicySet, policy: AccessPolicy): PolicySet {
  return { ...set, policies: set.policies.map(each => (each.name === policy.name ? policy : each)) };
}

describe.each(sets)('%s', (_directory, set) => {
  it('has tests, and all of them hold', () => {
    expect(set.tests.length).toBeGreaterThan(10);
    for (const { test, differences } of runTests(set)) expect([test.name, ...differences]).toEqual([test.name]);
  });

  it('reaches all four outcomes in its tests', () => {
    expect(new Set(set.tests.map(({ expect: { outcome } }) => outcome))).toEqual(new Set(outcomes));
  });

  const requirements = set.policies.flatMap(policy =>
    policy.requires.map((requirement): [string, AccessPolicy, typeof requirement] => [
      `${policy.name}: ${requirement.check.name}`,
      policy,
      requirement,
    ]),
  );

  it.each(requirements)('would notice if %s went missing', (_name, policy, requirement) => {
    const rest = policy.requires.filter(each => each !== requirement);
    expect(failing(replaced(set, { ...policy, requires: rest }))).toBeGreaterThan(0);
  });

  it.each(requirements)('would notice if %s had another outcome', (_name, policy, requirement) => {
    for (const otherwise of ['update', 'quarantine', 'deny'] as const) {
      if (otherwise === requirement.otherwise) continue;
      const requires = policy.requires.map(each => (each === requirement ? { ...each, otherwise } : each));
      expect(failing(replaced(set, { ...policy, requires }))).toBeGreaterThan(0);
    }
  });

  it.each(set.policies.map((policy): [string, AccessPolicy] => [policy.name, policy]))(
    'would notice if %s gave another segment or went missing',
    (_name, policy) => {
      expect(failing(replaced(set, { ...policy, gives: 'elsewhere' }))).toBeGreaterThan(0);
      expect(failing({ ...set, policies: set.policies.filter(each => each !== policy) })).toBeGreaterThan(0);
    },
  );

  const checks = [...set.checks.values()].map((check): [string, typeof check] => [check.name, check]);

  it.each(checks)('requires %s somewhere, unless it is an option', (_name, check) => {
    const required = set.policies.some(({ requires }) => requires.some(each => each.check === check));
    expect(required).toBe(!options.includes(check.name));
  });

  it.each(checks)('speaks of %s in four languages, in full sentences', (_name, check) => {
    const sentences = languages.map(language => check.text[language]);
    expect(new Set(sentences).size).toBe(languages.length);
    for (const sentence of sentences) expect(sentence).toMatch(/^\p{Lu}.{20,}\.$/u);
  });

  it.each(checks)('offers for %s only what the agent can do', (_name, check) => {
    if (check.help !== undefined) expect(remedyFor(check.help)).toBeDefined();
  });

  it('lets only what the gateway knows by itself deny', () => {
    for (const { requires } of set.policies) {
      for (const { check, otherwise } of requires) {
        const own = factsOf(check).every(({ fact }) => fact.origin.by === 'gateway');
        expect(own || otherwise !== 'deny', check.name).toBe(true);
      }
    }
  });

  it('has the support calendar', () => {
    const os = { family: 'debian', version: '12' } as const;
    expect(supportEndsAt(set.supportCalendar, os)).toBe(Date.parse('2028-06-30T23:59:59.999Z'));
    expect(supportEndsAt(set.supportCalendar, { family: 'windows', version: '6.1.7601' })).toBeLessThan(
      Date.parse('2021-01-01'),
    );
  });
});
