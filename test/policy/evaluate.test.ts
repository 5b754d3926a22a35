import { describe, expect, it } from 'vitest';
import type { Facts } from '../../gateway/verifier/facts.ts';
import type { Evaluation } from '../../gateway/policy/evaluation.ts';
import { evaluate } from '../../gateway/policy/evaluate.ts';
import {
  checkText,
  compiled,
  dayMs,
  degraded,
  fact,
  healthy,
  hourMs,
  minuteMs,
  now,
  policyText,
  sampleFiles,
  sampleSet,
  someone,
  unknown,
  withoutReport,
} from './sample-set.ts';

const judged = (facts: Facts, at = now): Evaluation => evaluate(sampleSet, someone, facts, at);
const open = ({ results }: Evaluation): readonly string[] =>
  results.flatMap(({ check, result }) => (result === 'pass' ? [] : [`${check}:${result}`]));

describe('a healthy laptop', () => {
  it('is granted what the policy gives, with every requirement named as met', () => {
    const answer = judged(healthy);
    expect(answer).toMatchObject({
      outcome: 'grant',
      policy: 'staff',
      segment: 'office',
      reasons: [],
      smallestChange: [],
    });
    expect(answer.results).toEqual([]);
    expect(answer.passed).toEqual(['bound', 'disk', 'fresh', 'in-service', 'machine', 'updates']);
  });

  it('with one fault is shown what was seen, against which limit, from where and how old', () => {
    const answer = judged({ ...healthy, 'disk.encrypted': fact(false) });
    expect(answer.results).toEqual([
      {
        check: 'disk',
        result: 'fail',
        outcome: 'quarantine',
        reason: 'requirement-failed',
        fact: 'disk.encrypted',
        value: 'no',
        limit: 'yes',
        source: 'report: test',
        ageMs: 5 * minuteMs,
        validUntil: now - 5 * minuteMs + 4 * hourMs,
        text: { nl: 'nl', fr: 'fr', de: 'de', en: 'en' },
        help: 'disk.encrypt',
      },
    ]);
    expect(answer.passed).toEqual(['bound', 'fresh', 'in-service', 'machine', 'updates']);
    const [machine] = judged({ ...healthy, 'machine.proven': fact(false, now) }).results;
    expect(machine).not.toHaveProperty('ageMs');
    expect(machine).not.toHaveProperty('validUntil');
  });
});

describe('one thing wrong', () => {
  it.each<[string, Facts, Partial<Evaluation>]>([
    ['a disk in clear', { 'disk.encrypted': fact(false) }, { outcome: 'quarantine', reasons: ['requirement-failed'] }],
    ['old signatures', { 'antimalware.signature-age': fact(now - 4 * dayMs) }, { outcome: 'update' }],
    ['a waiting update', { 'updates.pending-security': fact(1) }, { outcome: 'update' }],
    ['stolen', { 'device.state': fact('stolen', now) }, { outcome: 'deny', reasons: ['device-stolen'] }],
    ['retired', { 'device.state': fact('retired', now) }, { outcome: 'deny', reasons: ['device-retired'] }],
    [
      'unregistered',
      { 'device.state': fact('unregistered', now) },
      { outcome: 'deny', reasons: ['device-unregistered'] },
    ],
    ['no device', { 'device.state': unknown() }, { outcome: 'deny', reasons: ['requirement-unknown'] }],
    [
      'a mere ticket',
      { 'device.binding': fact('ticket', now) },
      { outcome: 'quarantine', reasons: ['binding-too-weak'] },
    ],
    [
      'no rights to read',
      { 'disk.encrypted': unknown('denied') },
      { outcome: 'quarantine', reasons: ['requirement-unknown'] },
    ],
    [
      'a value of another type',
      { 'disk.encrypted': fact('yes') },
      { outcome: 'quarantine', reasons: ['requirement-unknown'] },
    ],
    [
      'measured too long ago',
      { 'disk.encrypted': fact(true, now - 4 * hourMs - 1) },
      { outcome: 'quarantine', reasons: ['report-stale'] },
    ],
    [
      'a list of updates from the day before yesterday',
      { 'updates.list-age': fact(now - dayMs - 1) },
      { outcome: 'quarantine', reasons: ['requirement-unknown'] },
    ],
    ['a list of updates of unknown age', { 'updates.list-age': unknown() }, { outcome: 'quarantine' }],
  ])('%s', (_what, change, expected) => {
    const answer = judged({ ...healthy, ...change });
    expect(answer).toMatchObject(expected);
    expect(open(answer)).toHaveLength(1);
  });

  it('at the very limit is not yet wrong', () => {
    expect(judged({ ...healthy, 'disk.encrypted': fact(true, now - 4 * hourMs) }).outcome).toBe('grant');
    expect(judged({ ...healthy, 'antimalware.signature-age': fact(now - 3 * dayMs) }).outcome).toBe('grant');
    expect(judged({ ...healthy, 'updates.list-age': fact(now - dayMs) }).outcome).toBe('grant');
  });

  it('says in words why it is unknown', () => {
    const valueOf = (facts: Facts, check: string) => judged(facts).results.find(each => each.check === check)?.value;
    expect(valueOf({ ...healthy, 'disk.encrypted': unknown('denied') }, 'disk')).toBe('unknown: denied');
    expect(valueOf({ ...healthy, 'disk.encrypted': fact(true, now - dayMs) }, 'disk')).toBe('unknown: stale');
    expect(valueOf({ ...healthy, 'updates.list-age': fact(now - 2 * dayMs) }, 'updates')).toBe(
      'unknown: updates.list-age above 1 day',
    );
    expect(valueOf(withoutReport(healthy), 'disk')).toBe('unknown: no report');
  });

  it('offers the action that mends it', () => {
    const answer = judged({ ...healthy, 'disk.encrypted': fact(false) });
    expect(answer.results[0]).toMatchObject({ check: 'disk', help: 'disk.encrypt' });
  });
});

describe('several things wrong', () => {
  const answer = judged({
    ...healthy,
    'disk.encrypted': fact(false),
    'antimalware.signature-age': fact(now - 9 * dayMs),
    'updates.pending-security': unknown('denied'),
    'device.binding': fact('claimed', now),
  });

  it('are all reported, the strictest first, and the strictest counts', () => {
    expect(answer.outcome).toBe('quarantine');
    expect(open(answer)).toEqual(['bound:fail', 'disk:fail', 'updates:unknown', 'fresh:fail']);
    expect(answer.reasons).toEqual(['binding-too-weak', 'requirement-failed', 'requirement-unknown']);
    expect(answer.smallestChange).toEqual(['bound', 'disk', 'updates', 'fresh']);
  });

  it('have no change on the laptop that helps, when one of them is the institution’s', () => {
    const stolen = judged({ ...healthy, 'disk.encrypted': fact(false), 'device.state': fact('stolen', now) });
    expect(stolen.outcome).toBe('deny');
    expect(stolen).not.toHaveProperty('smallestChange');
  });
});

describe('a missing report', () => {
  it('has its own reason, and is no failure', () => {
    const answer = judged(withoutReport(healthy));
    expect(answer.outcome).toBe('quarantine');
    expect(answer.reasons).toEqual(['report-missing']);
    expect(open(answer)).toEqual(['disk:unknown', 'fresh:unknown', 'updates:unknown']);
  });

  it('leads at least to what the degraded rules say, and never to less than the check says', () => {
    const set = (noReport: string, ifUnknown: string) =>
      compiled([
        { path: 'degraded.yaml', text: `no report yet: ${noReport}\nreport too old: ${noReport}\n` },
        { path: 'checks/disk.yaml', text: checkText('disk', 'disk.encrypted', 'yes', `if unknown: ${ifUnknown}`) },
        { path: 'access/all.yaml', text: policyText('all', { disk: 'update' }) },
      ]);
    const outcomeOf = (noReport: string, ifUnknown: string, facts: Facts) =>
      evaluate(set(noReport, ifUnknown), someone, facts, now).outcome;
    expect(outcomeOf('deny', 'update', {})).toBe('deny');
    expect(outcomeOf('update', 'deny', {})).toBe('deny');
    const stale = { 'report.age': fact(now - dayMs), 'disk.encrypted': fact(true, now - dayMs) };
    expect(outcomeOf('deny', 'update', stale)).toBe('deny');
    // A report that came, but could not tell, is the check's own business.
    expect(outcomeOf('deny', 'update', { ...healthy, 'disk.encrypted': unknown('denied') })).toBe('update');
  });

  it('does not matter to a policy that asks nothing of it', () => {
    const set = compiled([
      degraded,
      { path: 'checks/machine.yaml', text: checkText('machine', 'machine.proven', 'yes') },
      { path: 'access/all.yaml', text: policyText('all', { machine: 'deny' }) },
    ]);
    expect(evaluate(set, someone, withoutReport(healthy), now)).toMatchObject({ outcome: 'grant', reasons: [] });
  });
});

describe('valid until', () => {
  it.each<[string, Facts, number, string]>([
    ['the age of the report', {}, now - 5 * minuteMs + 4 * hourMs, 'report-age'],
    [
      'the signatures',
      { 'antimalware.signature-age': fact(now - 3 * dayMs + hourMs) },
      now + hourMs,
      'antimalware.signature-age',
    ],
    ['the list of updates', { 'updates.list-age': fact(now - 23 * hourMs) }, now + hourMs, 'updates.list-age'],
    ['a failure that turns unknown', { 'disk.encrypted': fact(false, now - 3 * hourMs) }, now + hourMs, 'report-age'],
  ])('is the earliest of all: %s', (_what, change, at, because) => {
    const answer = judged({ ...healthy, ...change });
    expect(answer.validUntil).toBe(at);
    expect(answer.validUntilBecause).toBe(because);
  });

  const certificateSet = (more: readonly string[] = []) =>
    compiled([
      degraded,
      { path: 'checks/left.yaml', text: checkText('left', 'machine.certificate-left', 'at least 14 days') },
      { path: 'access/all.yaml', text: policyText('all', { left: 'deny' }, more) },
    ]);

  it('heeds the certificate', () => {
    const facts = { 'machine.certificate-left': fact(now + 14 * dayMs + minuteMs, now) };
    expect(evaluate(certificateSet(), someone, facts, now)).toMatchObject({
      outcome: 'grant',
      validUntil: now + minuteMs,
      validUntilBecause: 'machine.certificate-left',
    });
  });

  it('is capped by the longest session, and by a day', () => {
    const facts = { 'machine.certificate-left': fact(now + 400 * dayMs, now) };
    expect(evaluate(certificateSet(), someone, facts, now)).toMatchObject({
      validUntil: now + dayMs,
      validUntilBecause: 'day-limit',
    });
    expect(evaluate(certificateSet(['session at most: 90 minutes']), someone, facts, now)).toMatchObject({
      validUntil: now + 90 * minuteMs,
      validUntilBecause: 'session-limit',
      sessionAtMostMs: 90 * minuteMs,
    });
  });
});

describe('the policy that applies', () => {
  const set = (files: Readonly<Record<string, readonly string[]>>) =>
    compiled([
      degraded,
      { path: 'checks/machine.yaml', text: checkText('machine', 'machine.proven', 'yes') },
      ...Object.entries(files).map(([name, more]) => ({
        path: `access/${name}.yaml`,
        text: policyText(name, { machine: 'deny' }, more),
      })),
    ]);
  const staff = { groups: ['staff', 'it'], deviceClass: 'laptop', concentrator: 'vpn-a' };

  it.each<[string, Readonly<Record<string, readonly string[]>>, object]>([
    ['a group', { aa: ['for: { groups: [staff] }'], bb: ['for: { groups: [guests] }'] }, { policy: 'aa' }],
    ['a device class', { aa: ['for: { device: [kiosk] }'], bb: ['for: { device: laptop }'] }, { policy: 'bb' }],
    [
      'a concentrator',
      { aa: ['for: { concentrator: vpn-b }'], bb: ['for: { concentrator: vpn-a }'] },
      { policy: 'bb' },
    ],
    [
      'all together',
      { aa: ['for: { groups: staff, device: kiosk }'], bb: ['for: { groups: staff }'] },
      { policy: 'bb' },
    ],
    ['nobody', { aa: ['for: { groups: [guests] }'] }, { outcome: 'deny', reasons: ['policy-gap'], results: [] }],
    [
      'two',
      { aa: ['for: { groups: staff }'], bb: ['for: { groups: it }'] },
      { outcome: 'deny', reasons: ['policy-overlap'] },
    ],
    [
      'two, one before the other',
      { aa: ['for: { groups: staff }'], bb: ['for: { groups: it }', 'before: [aa]'] },
      { policy: 'bb' },
    ],
    [
      'three in a chain',
      { aa: ['for: everyone'], bb: ['before: aa'], cc: ['before: bb'] },
      { policy: 'cc', outcome: 'grant' },
    ],
    [
      'three, of which two are not ordered',
      { aa: ['for: everyone'], bb: ['before: aa'], cc: ['before: aa'] },
      { outcome: 'deny', reasons: ['policy-overlap'] },
    ],
  ])('is selected for %s', (_what, files, expected) => {
    expect(evaluate(set(files), staff, healthy, now)).toMatchObject(expected);
  });

  it('without a policy there is nothing to change on the laptop', () => {
    const gap = evaluate(set({ aa: ['for: { groups: [guests] }'] }), staff, healthy, now);
    expect(gap).not.toHaveProperty('smallestChange');
    expect(gap).not.toHaveProperty('policy');
  });

  it('is found for a report too, where no concentrator is involved yet', () => {
    const files = { aa: ['for: { concentrator: vpn-b }'] };
    expect(evaluate(set(files), { groups: [], deviceClass: 'laptop' }, healthy, now).policy).toBe('aa');
  });
});

describe('applies to', () => {
  const files = (families: string) => [
    degraded,
    { path: 'checks/machine.yaml', text: checkText('machine', 'machine.proven', 'yes') },
    { path: 'checks/disk.yaml', text: checkText('disk', 'disk.encrypted', 'yes', `applies to: ${families}`) },
    { path: 'access/all.yaml', text: policyText('all', { machine: 'deny', disk: 'quarantine' }) },
  ];
  const outcomeOf = (families: string, family: Facts[string]) =>
    evaluate(
      compiled(files(families)),
      someone,
      { ...healthy, 'disk.encrypted': fact(false), 'os.family': family },
      now,
    );

  it.each([
    ['windows', 'windows', 'quarantine'],
    ['windows', 'debian', 'grant'],
    ['linux', 'debian', 'quarantine'],
    ['linux', 'other-linux', 'quarantine'],
    ['linux', 'macos', 'grant'],
    ['[macos, ubuntu]', 'ubuntu', 'quarantine'],
    ['[macos, ubuntu]', 'debian', 'grant'],
  ])('%s on %s: %s', (families, family, outcome) => {
    const answer = outcomeOf(families, fact(family));
    expect(answer.outcome).toBe(outcome);
    // Not applicable is not listed, rather than listed as passed.
    expect(answer.results.some(({ check }) => check === 'disk')).toBe(outcome !== 'grant');
  });

  it('counts for every system while the system is unknown', () => {
    expect(outcomeOf('windows', unknown()).outcome).toBe('quarantine');
  });

  it('never grants when nothing at all was asked of this system', () => {
    const set = compiled([
      degraded,
      { path: 'checks/disk.yaml', text: checkText('disk', 'disk.encrypted', 'yes', 'applies to: windows') },
      { path: 'access/all.yaml', text: policyText('all', { disk: 'quarantine' }) },
    ]);
    const answer = evaluate(set, someone, { ...healthy, 'os.family': fact('debian') }, now);
    expect(answer).toMatchObject({ outcome: 'deny', reasons: ['policy-gap'], policy: 'all' });
  });
});

describe('the hot path', () => {
  it('judges in far less than a millisecond', () => {
    const rounds = 2000;
    const started = performance.now();
    for (let round = 0; round < rounds; round++) evaluate(sampleSet, someone, healthy, now + round);
    expect((performance.now() - started) / rounds).toBeLessThan(0.5);
    expect(sampleFiles.length).toBeGreaterThan(0);
  });
});
