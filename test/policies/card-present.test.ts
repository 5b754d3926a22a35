// The option that policies/README.md describes: the base set with that one line, and laptops whose card was taken out.

import { expect, it } from 'vitest';
import { collectFor } from '../../gateway/policy/policy-set.ts';
import { runTests } from '../../gateway/policy/test-run.ts';
import { baseSet, given, withOption } from './option-set.ts';

it('lets in, keeps apart, and lets in again, as the card is', () => {
  const set = withOption(
    'card-present',
    given('person.card-present', 'yes', 'grant', ', segment: office'),
    given('person.card-present', 'no', 'quarantine', ', reasons: [card-present], smallest change: [card-present]'),
    given('person.card-present', 'unknown', 'quarantine', ', reasons: ["card-present:unknown"]'),
  );
  const results = runTests(set);
  expect(results).toHaveLength(3);
  for (const { test, differences } of results) expect([test.name, ...differences]).toEqual([test.name]);
});

it('has agents look at the reader only where it is switched on', () => {
  expect(collectFor(baseSet)).not.toContain('smart-card');
  expect(collectFor(withOption('card-present', given('person.card-present', 'yes', 'grant')))).toContain('smart-card');
});
