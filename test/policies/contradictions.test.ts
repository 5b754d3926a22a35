// The telework rules of the institutions contradict each other and themselves in thirteen places. Written as policies, the way an
// administrator would who has both papers on the desk, each contradiction is found, with somebody whom it hits.

import { describe, expect, it } from 'vitest';
import type { Problem } from '../../gateway/documents/yaml-tree.ts';
import { analyse } from '../../gateway/policy/analysis.ts';
import { evaluate } from '../../gateway/policy/evaluate.ts';
import type { Finding, FindingKind, Witness } from '../../gateway/policy/finding.ts';
import { compilePolicySet, type PolicyFile, type PolicySet } from '../../gateway/policy/policy-set.ts';
import type { Fact, FactValue } from '../../gateway/verifier/facts.ts';

const now = Date.parse('2026-11-24T09:00:00Z');
const text = 'text: { nl: nl, fr: fr, de: de, en: en }';
const check = (name: string, of: string, must: string, unknown = 'deny', more = ''): PolicyFile => ({
  path: `checks/${name}.yaml`,
  text: `check: ${name}\nfact: ${of}\nmust be: ${must}\nif unknown: ${unknown}\n${more}${text}\n`,
});
const measured = (name: string, of: string, must: string) =>
  check(name, of, must, 'quarantine', 'report not older than: 4 hours\n');
const policy = (name: string, whom: string, requires: readonly string[], more = ''): PolicyFile => ({
  path: `access/${name}.yaml`,
  text: `policy: ${name}\nowner: network team\nfor: ${whom}\n${more}gives: office\nrequires:\n${requires.map(each => `  - ${each}\n`).join('')}`,
});
const floor = (name: string, requires: readonly string[]): PolicyFile => ({
  path: `layers/above/floors/${name}.yaml`,
  text: `floor: ${name}\nowner: above\nfor: everyone\nrequires:\n${requires.map(each => `  - ${each}\n`).join('')}`,
});
const person = check('person-proven', 'person.proven', 'yes');
const byPerson = 'person-proven: { otherwise: deny }';
const applications = {
  path: 'applications.yaml',
  text: 'dropbox: { windows: [Dropbox] }\nedge: { windows: [msedge] }\n',
};
const officeHours = {
  path: 'calendars/hours.yaml',
  text: `
- { calendar: office-hours, zone: Europe/Brussels, open: [{ days: working-days, from: "07:00", to: "19:00" }] }
- { calendar: evenings, zone: Europe/Brussels, open: [{ days: every-day, from: "19:00", to: "22:00" }] }
`,
};

function compiled(
  files: readonly PolicyFile[],
): { readonly set: PolicySet } | { readonly problems: readonly Problem[] } {
  const degraded = { path: 'degraded.yaml', text: 'no report yet: quarantine\nreport too old: quarantine\n' };
  return compilePolicySet([degraded, ...files]);
}

function found(files: readonly PolicyFile[]): { readonly set: PolicySet; readonly findings: readonly Finding[] } {
  const result = compiled(files);
  if ('problems' in result) throw new Error(JSON.stringify(result.problems));
  return { set: result.set, findings: analyse(result.set, now) };
}

function one(files: readonly PolicyFile[], kind: FindingKind, ...words: readonly string[]) {
  const { set, findings } = found(files);
  const [finding] = findings.filter(each => each.kind === kind && words.every(word => each.sentence.includes(word)));
  if (finding?.witness === undefined)
    throw new Error(`not found: ${JSON.stringify(findings.map(each => each.sentence))}`);
  return { set, finding, witness: finding.witness };
}

const seen = (value: FactValue, observedAt: number): Fact => ({ value, source: 'example', observedAt });
const answer = (set: PolicySet, { subject, facts, now: at }: Witness) =>
  evaluate(set, subject, { 'report.age': seen(at, at), ...facts }, at);

describe('a contradiction of the telework rules', () => {
  it('1: sharing by Dropbox is allowed here and forbidden there, and somebody works for both', () => {
    const { set, finding, witness } = one(
      [
        applications,
        person,
        measured('no-cloud-sharing', 'apps.running', 'not one of dropbox'),
        policy('volksgezondheid', '{ groups: [volksgezondheid] }', [byPerson]),
        policy('riziv', '{ groups: [riziv] }', [byPerson, 'no-cloud-sharing: { otherwise: quarantine }']),
      ],
      'overlap',
    );
    expect(finding).toMatchObject({ severity: 'error', file: 'access/volksgezondheid.yaml' });
    expect(witness.subject.groups.toSorted()).toEqual(['riziv', 'volksgezondheid']);
    expect(answer(set, witness)).toMatchObject({ outcome: 'deny', reasons: ['policy-overlap'] });
  });

  it('2: no browser on a private PC says the body, the internet through the VPN says the annex', () => {
    const { set, finding, witness } = one(
      [
        applications,
        person,
        measured('no-browser', 'apps.running', 'not one of edge'),
        measured('through-vpn', 'vpn.split-tunnel', 'no'),
        policy('body', '{ device: private-pc }', [byPerson, 'no-browser: { otherwise: quarantine }']),
        policy('annex', '{ device: private-pc }', [byPerson, 'through-vpn: { otherwise: quarantine }']),
      ],
      'overlap',
    );
    expect(finding.sentence).toContain('"annex" and "body" both fit');
    expect(answer(set, witness).reasons).toEqual(['policy-overlap']);
  });

  it('3: by VPN, Explore or Publiwin says one, only by VPN says the other', () => {
    const files = [
      person,
      policy('ocmw', '{ groups: [ocmw], concentrator: [vpn, explore, publiwin] }', [byPerson]),
      policy('rsz', '{ groups: [rsz], concentrator: vpn }', [byPerson]),
    ];
    const { set, witness } = one(files, 'gap', 'somebody in rsz at explore');
    expect(witness.subject).toMatchObject({ groups: ['rsz'], concentrator: 'explore' });
    expect(answer(set, witness).reasons).toEqual(['policy-gap']);
    expect(one(files, 'overlap').witness.subject.concentrator).toBe('vpn');
  });

  it('4: the PC holds no personal data, and if it does, its disk is encrypted', () => {
    const { finding, witness } = one(
      [
        // What holds no data is a class of its own in the device register.
        check('holds-nothing', 'device.class', 'thin-client'),
        measured('disk-encrypted', 'disk.encrypted', 'yes'),
        {
          path: 'checks/either.yaml',
          text: `check: either\nany of: [holds-nothing, disk-encrypted]\nif unknown: quarantine\n${text}\n`,
        },
        policy('pcs', 'everyone', ['holds-nothing: { otherwise: deny }', 'either: { otherwise: quarantine }']),
      ],
      'never-decides',
    );
    expect(finding.sentence).toBe(
      '"either" in "pcs" never decides: wherever it fails, "holds-nothing" already asks for at least as much',
    );
    expect(witness.facts).toMatchObject({ 'device.class': { value: 'something-else' } });
  });

  it('5: a card with its PIN for all, and a VPN that is secured by passwords', () => {
    const { set, finding, witness } = one(
      [
        check('by-card', 'person.password', 'none'),
        check('by-password', 'person.password', 'one of weak, strong'),
        floor('sign-in', ['by-card: { otherwise: deny }']),
        policy('members', 'everyone', ['by-password: { otherwise: deny }']),
      ],
      'impossible-requirement',
    );
    expect(finding.sentence).toMatch(
      /"by-password" and "by-card" can never be met together, so "members" never grants/,
    );
    expect(answer(set, witness).outcome).toBe('deny');
  });

  it('6: three days a week, and five for the time being, written beside it', () => {
    const { finding } = one(
      [
        check('three-days', 'telework.days-this-week', 'at most 3 days'),
        check('five-days', 'telework.days-this-week', 'at most 5 days'),
        policy('staff', 'everyone', ['three-days: { otherwise: deny }', 'five-days: { otherwise: deny }']),
      ],
      'never-decides',
    );
    expect(finding.sentence).toContain('"five-days" in "staff" never decides: wherever it fails, "three-days"');
  });

  it('7: only own laptops, says the layer above; private PCs may, says the institution', () => {
    const { set, finding, witness } = one(
      [
        person,
        check('own-laptop', 'device.class', 'managed-laptop'),
        floor('own-laptops', ['own-laptop: { otherwise: deny }']),
        policy('laptops', '{ device: managed-laptop }', [byPerson]),
        policy('private-pcs', '{ device: private-pc }', [byPerson]),
      ],
      'impossible-requirement',
    );
    expect(finding.sentence).toBe('"own-laptop" can never be met, so "private-pcs" never grants there');
    expect(witness).toMatchObject({
      subject: { deviceClass: 'private-pc' },
      facts: { 'device.class': { value: 'private-pc' } },
    });
    expect(answer(set, witness)).toMatchObject({ outcome: 'deny', policy: 'private-pcs' });
  });

  it('10: the French text is another than the Dutch: one that is missing is told, not one that says something else', () => {
    const result = compiled([
      {
        path: 'checks/agenda.yaml',
        text: 'check: agenda\nfact: person.proven\nmust be: yes\nif unknown: deny\ntext: { nl: agenda, de: Kalender, en: calendar }\n',
      },
      policy('staff', 'everyone', ['agenda: { otherwise: deny }']),
    ]);
    expect(result).toMatchObject({
      problems: [{ file: 'checks/agenda.yaml', line: 5, message: expect.stringContaining('fr') as string }],
    });
  });

  it('11: each ministry comes before the other: nobody can say which leads', () => {
    const ministries = (binnenlandse: string, justitie: string) => [
      person,
      policy('binnenlandse-zaken', '{ groups: [binnenlandse-zaken] }', [byPerson], binnenlandse),
      policy('justitie', '{ groups: [justitie] }', [byPerson], justitie),
    ];
    expect(one(ministries('', ''), 'overlap').witness.subject.groups.length).toBe(2);
    const circle = compiled(ministries('before: [justitie]\n', 'before: [binnenlandse-zaken]\n'));
    expect(circle).toMatchObject({ problems: [{ message: '"binnenlandse-zaken" comes before itself' }, {}] });
    expect(found(ministries('before: [justitie]\n', '')).findings.filter(({ kind }) => kind === 'overlap')).toEqual([]);
  });

  it('12: USB is blocked and the card reader is a USB device: two facts, so that both can be had', () => {
    const { set, findings } = found([
      measured('usb-storage-blocked', 'usb.storage-blocked', 'yes'),
      measured('card-reader', 'smartcard.reader', 'yes'),
      policy('staff', 'everyone', [
        'usb-storage-blocked: { otherwise: quarantine }',
        'card-reader: { otherwise: quarantine }',
      ]),
    ]);
    expect(findings).toEqual([]);
    const facts = {
      'report.age': seen(now, now),
      'usb.storage-blocked': seen(true, now),
      'smartcard.reader': seen(true, now),
    };
    expect(evaluate(set, { groups: [], deviceClass: 'managed-laptop' }, facts, now).outcome).toBe('grant');
  });

  it('13: only within office hours, and independent of time and place', () => {
    const files = [
      officeHours,
      person,
      check('office-hours', 'time.now', 'within office-hours'),
      floor('hours', ['office-hours: { otherwise: deny }']),
      policy('evenings', '{ groups: [flexible], hours: evenings }', [byPerson], 'before: [staff]\n'),
      policy('staff', 'everyone', [byPerson]),
    ];
    const { set, finding, witness } = one(files, 'impossible-requirement');
    expect(finding.sentence).toBe('"office-hours" can never be met, so "evenings" never grants there');
    expect(witness.subject.groups).toEqual(['flexible']);
    expect(answer(set, witness)).toMatchObject({ outcome: 'deny', policy: 'evenings' });
  });
});
