// Applications in a policy: required, forbidden, discouraged, and only what was looked for is known.

import { describe, expect, it } from 'vitest';
import { evaluate } from '../../gateway/policy/evaluate.ts';
import { applicationsFor, collectFor } from '../../gateway/policy/policy-set.ts';
import type { Fact } from '../../gateway/verifier/facts.ts';
import { checkText, compiled, degraded, fact, now, policyText, problemsOf, someone } from './sample-set.ts';

const table = `
teamviewer: { windows: [TeamViewer*], linux: [teamviewer] }
anydesk: { windows: [AnyDesk], macos: [AnyDesk], linux: [anydesk] }
dropbox: { windows: [Dropbox] }
wazuh: { linux: [wazuh-agent] }
defender: { windows: [Microsoft Defender*] }
`;
const files = (limit: string, otherwise = 'quarantine', applications = table) => [
  degraded,
  { path: 'applications.yaml', text: applications },
  { path: 'checks/apps.yaml', text: checkText('apps', 'apps.running', limit, ['if unknown: quarantine']) },
  { path: 'checks/other.yaml', text: checkText('other', 'apps.installed', 'not one of dropbox') },
  { path: 'access/staff.yaml', text: policyText('staff', { apps: otherwise }) },
];
const running = (value: readonly string[], lookedFor?: readonly string[]): Fact => ({
  value,
  source: 'report: ps',
  observedAt: now,
  ...(lookedFor === undefined ? {} : { lookedFor }),
});
const judged = (limit: string, apps: Fact, otherwise?: string) =>
  evaluate(compiled(files(limit, otherwise)), someone, { 'report.age': fact(now), 'apps.running': apps }, now);

describe('an application', () => {
  it.each([
    ['forbidden, and not there', 'not one of teamviewer, anydesk', [], 'grant'],
    ['forbidden, and there', 'not one of teamviewer, anydesk', ['anydesk'], 'quarantine'],
    ['one of which is required', 'one of wazuh, defender', ['defender'], 'grant'],
    ['one of which is required, and none there', 'one of wazuh, defender', [], 'quarantine'],
    ['all of which are required', 'all of wazuh, defender', ['defender', 'wazuh'], 'grant'],
    ['all of which are required, and one is not there', 'all of wazuh, defender', ['wazuh'], 'quarantine'],
  ])('%s', (_, limit, there, outcome) => {
    expect(judged(limit, running(there, ['teamviewer', 'anydesk', 'wazuh', 'defender'])).outcome).toBe(outcome);
  });

  it('that is discouraged is only told', () => {
    const answer = judged('not one of anydesk', running(['anydesk'], ['anydesk']), 'notice');
    expect(answer).toMatchObject({ outcome: 'grant', results: [{ excuse: { by: 'notice' }, value: 'anydesk' }] });
  });

  it('that the report did not look for is not known to be absent', () => {
    const answer = judged('not one of teamviewer, anydesk', running([], ['teamviewer']));
    expect(answer).toMatchObject({
      outcome: 'quarantine',
      reasons: ['requirement-unknown'],
      results: [{ result: 'unknown', value: 'unknown: not-asked' }],
    });
    expect(judged('not one of teamviewer', running([], ['teamviewer'])).outcome).toBe('grant');
  });

  it('is asked about only where something required names it', () => {
    const set = compiled(files('not one of teamviewer, anydesk'));
    expect(applicationsFor(set)).toEqual([
      { word: 'teamviewer', windows: ['TeamViewer*'], macos: [], linux: ['teamviewer'] },
      { word: 'anydesk', windows: ['AnyDesk'], macos: ['AnyDesk'], linux: ['anydesk'] },
    ]);
    expect(collectFor(set)).toEqual(['applications']);
  });

  it.each([
    ['a word without a name', 'dropbox: {}\n', '"dropbox" has no name on any system'],
    ['a star after two letters', 'dropbox: { windows: [Dr*] }\n', undefined],
    ['a star alone', 'dropbox: { windows: ["*"] }\n', undefined],
    ['a star in the middle', 'dropbox: { windows: ["Drop*box"] }\n', undefined],
    ['a system that there is not', 'dropbox: { beos: [Dropbox] }\n', undefined],
    ['a word with a space', 'Drop box: { windows: [Dropbox] }\n', undefined],
    [
      'a table of everything',
      Array.from({ length: 201 }, (_, at) => `word-${at}: { linux: [word-${at}] }\n`).join(''),
      'more than 200 applications',
    ],
    ['a list', '- dropbox\n', 'expected applications'],
    [
      'too many names',
      `dropbox: { linux: [${Array.from({ length: 21 }, (_, at) => `name-${at}`).join(', ')}] }\n`,
      undefined,
    ],
  ])('%s is refused', (_, text, message) => {
    const found = problemsOf(files('not one of dropbox', 'quarantine', text)).filter(
      ({ file }) => file === 'applications.yaml',
    );
    expect(found.length).toBeGreaterThan(0);
    if (message !== undefined) expect(found.map(each => each.message)).toContain(message);
  });

  it('that stands in no table is refused, with those that do', () => {
    expect(problemsOf(files('not one of skype'))).toMatchObject([
      {
        file: 'checks/apps.yaml',
        message: '"skype" is none of the applications: teamviewer, anydesk, dropbox, wazuh, defender',
      },
    ]);
  });
});
