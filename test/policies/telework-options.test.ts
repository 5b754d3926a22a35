// The options for telework that policies/README.md describes, each switched on by its line.

import { expect, it } from 'vitest';
import { applicationsFor, collectFor } from '../../gateway/policy/policy-set.ts';
import { runTests } from '../../gateway/policy/test-run.ts';
import { watchedPast } from '../../gateway/policy/watched-past.ts';
import { baseSet, given, withOption } from './option-set.ts';

const apart = (check: string, more = '') => `, reasons: ["${check}${more}"]`;

it.each([
  ['no-remote-control', 'apps.running', 'none', 'grant', ''],
  ['no-remote-control', 'apps.running', 'dropbox', 'grant', ''],
  ['no-remote-control', 'apps.running', '"dropbox, anydesk"', 'quarantine', apart('no-remote-control')],
  ['no-remote-control', 'apps.running', 'unknown', 'quarantine', apart('no-remote-control', ':unknown')],
  ['telework-days', 'telework.days-this-week', '3 days, person.employment: 100 %', 'grant', ''],
  [
    'telework-days',
    'telework.days-this-week',
    '3.5 days, person.employment: 100 %',
    'quarantine',
    apart('telework-days'),
  ],
  ['telework-days', 'telework.days-this-week', '2 days, person.employment: 50 %', 'quarantine', apart('telework-days')],
  ['telework-days', 'telework.days-this-week', '1 day', 'quarantine', apart('telework-days', ':unknown')],
  ['one-session', 'person.other-sessions', '0', 'grant', ''],
  ['one-session', 'person.other-sessions', '1', 'quarantine', apart('one-session')],
])('%s: %s %s is %s', (check, fact, value, outcome, more) => {
  const [result] = runTests(withOption(check, given(fact, value, outcome, more).replace(/test: .*/, 'test: it')));
  expect(result?.differences).toEqual([]);
});

it('nobody is asked, and nothing written down, until one is switched on', () => {
  expect(watchedPast(baseSet)).toBeUndefined();
  expect(applicationsFor(baseSet)).toEqual([]);
  expect(collectFor(baseSet)).not.toContain('applications');
  const asked = withOption('no-remote-control', given('apps.running', 'none', 'grant'));
  expect(applicationsFor(asked).map(({ word }) => word)).toEqual(['anydesk', 'rustdesk', 'teamviewer', 'ultravnc']);
});
