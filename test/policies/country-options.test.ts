// The two options that need a country file: the base set with the line of policies/README.md, and laptops that came from
// somewhere or from nobody knows where.

import { expect, it } from 'vitest';
import { runTests } from '../../gateway/policy/test-run.ts';
import { given, withOption } from './option-set.ts';

const travel = (value: string, outcome: string, more: string) =>
  given('device.impossible-travel', value, outcome, more);
const country = (value: string, outcome: string, more: string) => given('session.country', value, outcome, more);
const failed = (check: string) => `, reasons: ["${check}"]`;
const granted = ', segment: office';

it.each([
  [
    'plausible-place',
    [
      travel('no', 'grant', granted),
      travel('yes', 'quarantine', failed('plausible-place')),
      travel('unknown', 'quarantine', failed('plausible-place:unknown')),
    ],
  ],
  [
    'in-allowed-country',
    [
      country('BE', 'grant', granted),
      country('LU', 'grant', granted),
      country('SG', 'quarantine', failed('in-allowed-country')),
      country('unknown', 'quarantine', failed('in-allowed-country:unknown')),
    ],
  ],
] as const)('%s does what policies/README.md says', (check, tests) => {
  const results = runTests(withOption(check, ...tests));
  expect(results).toHaveLength(tests.length);
  for (const { test, differences } of results) expect([test.name, ...differences]).toEqual([test.name]);
});
