// Runs the tests of a policy set: each difference between what was expected and what came out, in words.

import type { Evaluation } from './evaluation.ts';
import { evaluate } from './evaluate.ts';
import { isReasonWord } from './names.ts';
import type { PolicySet } from './policy-set.ts';
import type { Expectation, PolicyTest } from './test-case.ts';

export interface TestResult {
  readonly test: PolicyTest;
  readonly evaluation: Evaluation;
  /** Empty when the test holds: `outcome: expected grant, got update`. */
  readonly differences: readonly string[];
}

export function runTests(set: PolicySet): readonly TestResult[] {
  return set.tests.map(test => {
    const evaluation = evaluate(set, test.subject, test.facts, test.now);
    return { test, evaluation, differences: differences(test.expect, evaluation) };
  });
}

/** What a test expected and did not get, in words. */
export function differences(expect: Expectation, got: Evaluation): readonly string[] {
  const found: string[] = [];
  const compare = (what: string, expected: string | undefined, seen: string | undefined) => {
    if (expected !== undefined && expected !== seen) found.push(`${what}: expected ${expected}, got ${seen ?? 'none'}`);
  };
  compare('outcome', expect.outcome, got.outcome);
  compare('policy', expect.policy, got.policy);
  compare('segment', expect.segment, got.outcome === 'grant' ? got.segment : undefined);
  compare('valid until', expect.validUntil, got.validUntilBecause);
  if (expect.reasons !== undefined) {
    const open = got.results.flatMap(({ check, result, excuse }) =>
      excuse !== undefined || result === 'pass' ? [] : [result === 'fail' ? check : `${check}:unknown`],
    );
    compare('reasons', inOrder(expect.reasons.filter(word => !isReasonWord(word))), inOrder(open));
    const words: readonly string[] = got.reasons;
    for (const word of expect.reasons.filter(isReasonWord)) {
      if (!words.includes(word)) found.push(`reasons: expected ${word}, got ${inOrder(words)}`);
    }
  }
  if (expect.smallestChange !== undefined) {
    compare('smallest change', inOrder(expect.smallestChange), inOrder(got.smallestChange ?? []));
  }
  if (expect.notices !== undefined) {
    const told = got.results.flatMap(({ check, excuse }) => (excuse === undefined ? [] : [check]));
    compare('notices', inOrder(expect.notices), inOrder(told));
  }
  return found;
}

function inOrder(words: readonly string[]): string {
  return words.length === 0 ? 'nothing' : words.toSorted().join(', ');
}
