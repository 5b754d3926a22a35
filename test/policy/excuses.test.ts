import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Evaluation, Subject } from '../../gateway/policy/evaluation.ts';
import { evaluate } from '../../gateway/policy/evaluate.ts';
import type { PolicyFile, PolicySet } from '../../gateway/policy/policy-set.ts';
import type { Facts } from '../../gateway/verifier/facts.ts';
import {
  compiled,
  dayMs,
  fact,
  healthy,
  hourMs,
  now,
  policyText,
  problemsOf,
  sampleFiles,
  someone,
  unknown,
} from './sample-set.ts';

const inClear = { ...healthy, 'disk.encrypted': fact(false) };
const staff = (disk: string, more: readonly string[] = []): PolicyFile => ({
  path: 'access/staff.yaml',
  text: policyText('staff', { machine: 'deny', disk }, more),
});
const withFiles = (...files: readonly PolicyFile[]): readonly PolicyFile[] => [
  ...sampleFiles.filter(({ path }) => !files.some(file => file.path === path)),
  ...files,
];
const setOf = (...files: readonly PolicyFile[]): PolicySet => compiled(withFiles(...files));
const judged = (set: PolicySet, facts: Facts = inClear, subject: Subject = someone, at = now): Evaluation =>
  evaluate(set, subject, facts, at);
const diskOf = (evaluation: Evaluation) => evaluation.results.find(({ check }) => check === 'disk');
const remembered = (since?: number): Subject => ({
  ...someone,
  failingSince: new Map(since === undefined ? [] : [['disk', since]]),
});

describe('grace', () => {
  const set = setOf(staff('quarantine, grace: 2 days, remind: [1 day, 4 hours]'));

  it('lets in from the first failure on, and says until when', () => {
    const first = judged(set, inClear, remembered());
    expect(first).toMatchObject({ outcome: 'grant', reasons: [], failing: ['disk'], smallestChange: [] });
    expect(diskOf(first)).toMatchObject({ result: 'fail', excuse: { by: 'grace', until: now + 2 * dayMs } });
  });

  it('ends that long after the first failure, to the millisecond', () => {
    const since = now - 2 * dayMs;
    expect(judged(set, inClear, remembered(since + 1))).toMatchObject({
      outcome: 'grant',
      validUntil: now,
      validUntilBecause: 'grace',
    });
    expect(judged(set, inClear, remembered(since))).toMatchObject({ outcome: 'quarantine', failing: ['disk'] });
  });

  it('reminds of its end', () => {
    const reminder = (leftMs: number) => diskOf(judged(set, inClear, remembered(now - 2 * dayMs + leftMs)))?.excuse;
    expect(reminder(2 * dayMs)).not.toHaveProperty('reminderMs');
    expect(reminder(dayMs)).toMatchObject({ reminderMs: dayMs });
    expect(reminder(3 * hourMs)).toMatchObject({ reminderMs: 4 * hourMs });
  });

  it('is not given where nobody remembers, nor for what nobody knows', () => {
    expect(judged(set).outcome).toBe('quarantine');
    const hidden = judged(set, { ...healthy, 'disk.encrypted': unknown('denied') }, remembered());
    expect(hidden.outcome).toBe('quarantine');
    expect(hidden).not.toHaveProperty('failing');
  });

  it('is forgotten once the check passes', () => {
    expect(judged(set, healthy, remembered(now - dayMs))).not.toHaveProperty('failing');
  });
});

describe('a deadline', () => {
  const set = setOf(staff('update, deadline: 2026-03-16 18:00'));
  const deadline = Date.parse('2026-03-16T17:00:00Z');

  it('is on the clock of the institution, and until then the failure is only told', () => {
    expect(diskOf(judged(set))?.excuse).toEqual({ by: 'deadline', until: deadline });
    expect(judged(set, inClear, someone, deadline - 1).outcome).toBe('grant');
    expect(judged(set, { ...inClear, 'disk.encrypted': fact(false, deadline) }, someone, deadline).outcome).toBe(
      'update',
    );
  });

  it('moves with the zone of the set', () => {
    const other = setOf(staff('update, deadline: 2026-03-16 18:00'), { path: 'set.yaml', text: 'zone: UTC\n' });
    expect(diskOf(judged(other))?.excuse).toMatchObject({ until: deadline + hourMs });
  });

  it('holds for what nobody knows as well: the agents of today may not measure it yet', () => {
    expect(judged(set, { ...healthy, 'disk.encrypted': unknown('unsupported') }).outcome).toBe('grant');
  });
});

describe('a notice', () => {
  it('is told and changes nothing', () => {
    const set = setOf(staff('notice'));
    expect(judged(set)).toMatchObject({ outcome: 'grant', reasons: [], smallestChange: [] });
    expect(diskOf(judged(set))).toMatchObject({ result: 'fail', outcome: 'grant', excuse: { by: 'notice' } });
  });
});

const waiver = (changes: Readonly<Record<string, string>> = {}): PolicyFile => {
  const lines = {
    for: '{ device: lt-0042.example.be }',
    check: 'disk',
    reason: 'the new disk comes on Thursday',
    'requested by': 'help desk Ghent',
    'approved by': 'security office',
    instead: 'stays in the office',
    from: '2026-03-10',
    until: '2026-03-20',
    ...changes,
  };
  const text = Object.entries(lines).map(([key, value]) => `${key}: ${value}\n`);
  return { path: 'waivers/disk.yaml', text: `waiver: w-1\n${text.join('')}` };
};
const holder: Subject = { ...someone, device: ['lt-0042.example.be', 'a'.repeat(64)] };

describe('a waiver', () => {
  const set = setOf(staff('quarantine'), waiver());
  const end = Date.parse('2026-03-20T23:00:00Z');

  it('excuses its holder from its check, to the end of its last day', () => {
    expect(diskOf(judged(set, inClear, holder))?.excuse).toEqual({ by: 'waiver', name: 'w-1', until: end });
    expect(judged(set, inClear, holder).outcome).toBe('grant');
    const last = { ...inClear, 'disk.encrypted': fact(false, end - 1) };
    expect(judged(set, last, holder, end - 1)).toMatchObject({ outcome: 'grant', validUntil: end - 1 });
    expect(judged(set, { ...inClear, 'disk.encrypted': fact(false, end) }, holder, end).outcome).toBe('quarantine');
  });

  it('excuses nobody else, from nothing else, and not before its time', () => {
    expect(judged(set, inClear, { ...someone, device: ['lt-0043.example.be'] }).outcome).toBe('quarantine');
    expect(judged(set, { ...inClear, 'machine.proven': fact(false, now) }, holder).outcome).toBe('deny');
    const early = Date.parse('2026-03-09T22:59:59Z');
    expect(judged(set, { ...inClear, 'disk.encrypted': fact(false, early) }, holder, early).outcome).toBe('quarantine');
  });

  it('may be for a person', () => {
    const personal = setOf(staff('quarantine'), waiver({ for: '{ person: k1-abc }' }));
    expect(judged(personal, inClear, { ...someone, person: ['k1-abc'] }).outcome).toBe('grant');
    expect(judged(personal, inClear, { ...someone, person: ['k1-abd'] }).outcome).toBe('quarantine');
  });

  it.each([
    ['for longer than thirty days', { until: '2026-04-20' }, 'is longer than 30 days'],
    ['that ends before it begins', { until: '2026-03-09' }, 'ends before it begins'],
    ['that its requester agreed to', { 'approved by': 'help desk Ghent' }, 'asked for it and agreed to it'],
    ['for nobody', { for: '{ device: [] }' }, 'is for nobody'],
    ['from who comes', { check: 'machine' }, 'nobody can be excused from "machine"'],
    ['from a check that there is not', { check: 'dusk' }, 'no check is called "dusk"'],
  ])('%s is refused', (_, changes, message) => {
    const problems = problemsOf(withFiles(staff('quarantine'), waiver(changes)));
    expect(problems.map(each => `${each.file}: ${each.message}`).join()).toContain(message);
  });
});

const emergency: PolicyFile = {
  path: 'emergencies/flood.yaml',
  text: `emergency: flood
for: { groups: [staff] }
suspends: [disk]
reason: the offices are closed
requested by: crisis cell
approved by: [director, security office]
from: 2026-03-15
until: 2026-03-31
`,
};

describe('an emergency profile', () => {
  it('excuses a group for a while', () => {
    const set = setOf(staff('quarantine'), emergency);
    expect(diskOf(judged(set))?.excuse).toMatchObject({ by: 'emergency', name: 'flood' });
    expect(judged(set, inClear, { ...someone, groups: ['guests'] }).outcome).toBe('quarantine');
  });

  it('needs two who agree', () => {
    const alone = { ...emergency, text: emergency.text.replace('[director, security office]', 'director') };
    expect(problemsOf(withFiles(alone)).map(each => each.message)).toEqual([
      'an emergency profile needs two who agree',
    ]);
  });
});

const floor = (disk: string, more = ''): PolicyFile => ({
  path: 'layers/federal/floors/ksz.yaml',
  text: `floor: ksz\nowner: KSZ\nfor: everyone\n${more}requires:\n  - disk: { otherwise: ${disk} }\n`,
});

/** So that a floor may ask for deny. */
const ifUnknownDeny: PolicyFile = {
  path: 'checks/disk.yaml',
  text: (sampleFiles[4]?.text ?? '').replace('quarantine', 'deny'),
};

describe('a floor', () => {
  it('counts whatever the policy says, and whatever excuses there are', () => {
    const laxer = [staff('notice'), staff('quarantine, grace: 30 days'), staff('update, deadline: 2027-01-01')];
    for (const policy of laxer) {
      expect(judged(setOf(policy, ifUnknownDeny, floor('deny')), inClear, remembered()).outcome).toBe('deny');
    }
    expect(judged(setOf(staff('quarantine'), floor('quarantine'), waiver(), emergency), inClear, holder).outcome).toBe(
      'quarantine',
    );
  });

  it('may itself allow a waiver', () => {
    const set = setOf(staff('quarantine'), floor('quarantine, waivable: yes'), waiver());
    expect(judged(set, inClear, holder).outcome).toBe('grant');
  });

  it('shortens sessions', () => {
    const set = setOf(
      staff('quarantine', ['session at most: 10 hours']),
      ifUnknownDeny,
      floor('deny', 'session at most: 2 hours\n'),
    );
    expect(judged(set, healthy).sessionAtMostMs).toBe(2 * hourMs);
  });

  it('holds at most what can only add', () => {
    const sneaky = { path: 'layers/federal/waivers/w.yaml', text: waiver().text };
    expect(problemsOf(withFiles(sneaky)).map(each => each.message)).toEqual(['belongs to no part of a policy set']);
    const redefined = { path: 'layers/federal/checks/disk.yaml', text: sampleFiles[4]?.text ?? '' };
    expect(
      problemsOf(withFiles(redefined))
        .map(each => each.message)
        .join(),
    ).toContain('"disk" is already in');
  });

  it('never loosens anything, whatever it and the policy require', () => {
    const follows = fc.constantFrom(
      'notice',
      'update',
      'quarantine',
      'deny',
      'update, grace: 2 days',
      'deny, deadline: 2026-04-01',
    );
    const disk = fc.constantFrom(fact(true), fact(false), unknown('denied'));
    const rank = { grant: 0, update: 1, quarantine: 2, deny: 3 } as const;
    fc.assert(
      fc.property(follows, follows, disk, fc.boolean(), (own, above, seen, waived) => {
        const base = [staff(own), ifUnknownDeny, ...(waived ? [waiver()] : [])];
        const facts = { ...healthy, 'disk.encrypted': seen };
        const subject = { ...holder, failingSince: new Map() };
        const without = judged(setOf(...base), facts, subject).outcome;
        const under = judged(setOf(...base, floor(above)), facts, subject).outcome;
        expect(rank[under]).toBeGreaterThanOrEqual(rank[without]);
      }),
      { numRuns: 200 },
    );
  });
});

describe('any of several checks', () => {
  const either: PolicyFile = {
    path: 'checks/either.yaml',
    text: 'check: protected\nany of: [disk, fresh]\nif unknown: quarantine\ntext: { nl: a, fr: a, de: a, en: a }\n',
  };
  const set = setOf(either, { path: 'access/staff.yaml', text: policyText('staff', { protected: 'quarantine' }) });
  const old = fact(now - 9 * dayMs);

  it('is met when one of them is', () => {
    expect(judged(set, inClear).outcome).toBe('grant');
    expect(judged(set, { ...healthy, 'antimalware.signature-age': old }).outcome).toBe('grant');
    expect(judged(set, { ...inClear, 'antimalware.signature-age': old })).toMatchObject({
      outcome: 'quarantine',
      reasons: ['requirement-failed'],
      smallestChange: ['protected'],
    });
  });

  it('is not known while one of them might be met', () => {
    const answer = judged(set, { ...inClear, 'antimalware.signature-age': unknown('timeout') });
    expect(answer.results[0]).toMatchObject({ check: 'protected', result: 'unknown', outcome: 'quarantine' });
  });

  it('holds as long as the one that holds longest', () => {
    // Both were measured five minutes ago, and a report counts for four hours.
    expect(judged(set, healthy)).toMatchObject({ validUntil: now - 5 * 60_000 + 4 * hourMs, passed: ['protected'] });
  });

  it.each([
    ['one alone', '[disk]', '"any of" needs two checks to choose from'],
    ['itself', '[disk, protected]', '"protected" is this check itself'],
    ['one that there is not', '[disk, dusk]', 'no check is called "dusk"'],
  ])('does not choose from %s', (_, list, message) => {
    const wrong = { ...either, text: either.text.replace('[disk, fresh]', list) };
    expect(problemsOf(withFiles(wrong)).map(each => each.message)).toContain(message);
  });
});

const hours: PolicyFile = {
  path: 'calendars/office.yaml',
  text: 'calendar: office-hours\nzone: Europe/Brussels\nopen: [{ days: working-days, from: "08:00", to: "18:00" }]\n',
};
const closing = Date.parse('2026-03-16T17:00:00Z');

describe('by the clock', () => {
  it('a policy applies only while its hours last, and its answer ends with them', () => {
    const set = setOf(hours, staff('quarantine', ['for: { groups: [staff], hours: office-hours }']));
    const late = closing - hourMs;
    const facts = { ...healthy, 'disk.encrypted': fact(true, late) };
    expect(judged(set, facts, someone, late)).toMatchObject({
      outcome: 'grant',
      validUntil: closing - 1,
      validUntilBecause: 'time-window',
    });
    expect(judged(set, facts, someone, closing)).toMatchObject({ outcome: 'deny', reasons: ['policy-gap'] });
  });

  it('a check says it in words', () => {
    const check = {
      path: 'checks/hours.yaml',
      text: 'check: in-hours\nfact: time.now\nmust be: within office-hours\nif unknown: deny\ntext: { nl: a, fr: a, de: a, en: a }\n',
    };
    const set = setOf(hours, check, {
      path: 'access/staff.yaml',
      text: policyText('staff', { machine: 'deny', 'in-hours': 'deny' }),
    });
    const at = (moment: number) => judged(set, { ...healthy, 'time.now': fact(moment, moment) }, someone, moment);
    expect(at(now)).toMatchObject({ outcome: 'grant', validUntil: closing - 1, validUntilBecause: 'time.now' });
    expect(at(closing)).toMatchObject({ outcome: 'deny' });
    expect(at(closing).results[0]).toMatchObject({ check: 'in-hours', limit: 'within office-hours' });
  });

  it('a calendar that there is not is named', () => {
    const problems = problemsOf(withFiles(staff('quarantine', ['for: { hours: night }'])));
    expect(problems.map(each => each.message)).toContain('no calendar is called "night"');
  });
});

describe('breaking the glass', () => {
  const assured: PolicyFile = {
    path: 'checks/assured.yaml',
    text: 'check: assured\nfact: person.assurance\nmust be: high or better\nif unknown: deny\ntext: { nl: a, fr: a, de: a, en: a }\n',
  };
  const glass = (requires: Readonly<Record<string, string>>, more: readonly string[]): PolicyFile => ({
    path: 'access/staff.yaml',
    text: policyText('staff', requires, ['break glass: yes', ...more]),
  });
  const group = 'for: { groups: [staff] }';

  it('is told of every admission', () => {
    const set = setOf(assured, glass({ assured: 'deny' }, [group, 'session at most: 2 hours']));
    const facts = { ...healthy, 'person.assurance': fact('high', now) };
    expect(judged(set, facts)).toMatchObject({ outcome: 'grant', breakGlass: true });
  });

  it('is for few, for a short time, and with a token', () => {
    const messages = problemsOf(withFiles(assured, glass({ disk: 'deny' }, []))).map(each => each.message);
    expect(messages.filter(each => each.startsWith('"staff" breaks the glass'))).toHaveLength(3);
  });
});

describe('set.yaml', () => {
  it('names the segments there are', () => {
    const wrong = { path: 'set.yaml', text: 'segments: [offices]\n' };
    expect(problemsOf(withFiles(wrong)).map(each => each.message)).toEqual(['set.yaml knows no segment "office"']);
  });
});
