// The option that policies/README.md describes: the base set with that one line, and laptops whose key is in use twice.

import { expect, it } from 'vitest';
import { runTests } from '../../gateway/policy/test-run.ts';
import { given, withOption } from './option-set.ts';

it('lets in whose key is in use once, and keeps apart whose key is in use twice', () => {
  const of = (value: string, outcome: string, more: string) => given('device.live-elsewhere', value, outcome, more);
  const set = withOption(
    'not-live-elsewhere',
    of('no', 'grant', ', segment: office'),
    of('yes', 'quarantine', ', reasons: [not-live-elsewhere]'),
    of('unknown', 'quarantine', ', reasons: ["not-live-elsewhere:unknown"]'),
  );
  const results = runTests(set);
  expect(results).toHaveLength(3);
  for (const { test, differences } of results) expect([test.name, ...differences]).toEqual([test.name]);
});
