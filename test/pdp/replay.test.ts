// Replays: what is recorded of a question gives the same answer as the question, and what is counted is what a second count finds.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fileURLToPath } from 'node:url';
import { isStricter, outcomes } from '../../gateway/contract/outcome.ts';
import { readPolicyFiles } from '../../gateway/io/policy-files.ts';
import { answer, type RunningPolicy } from '../../gateway/pdp/decide.ts';
import { type Question, questionOf } from '../../gateway/pdp/question.ts';
import type { Register } from '../../gateway/pdp/register.ts';
import { openReplay } from '../../gateway/pdp/replay.ts';
import { questionIn, type Snapshot, snapshotOf } from '../../gateway/pdp/snapshot.ts';
import { compilePolicySet } from '../../gateway/policy/policy-set.ts';
import { runningSet } from '../../gateway/policy/running-set.ts';
import type { Fact } from '../../gateway/verifier/facts.ts';

const now = 1_800_000_000_000;
const hourMs = 3_600_000;
const register: Register = { devices: new Map(), groupsByPerson: new Map(), groupsByProfile: new Map() };
const base = (): RunningPolicy => {
  const read = readPolicyFiles(fileURLToPath(new URL('../../policies', import.meta.url)));
  if ('problems' in read) throw new Error('the policies cannot be read');
  const compiled = compilePolicySet(read.files);
  if ('problems' in compiled) throw new Error('the policies do not compile');
  return runningSet(compiled.set);
};

const flag = fc.boolean();
const facts = fc.record({
  'disk.encrypted': flag,
  'firewall.enabled': flag,
  'os.family': fc.constantFrom('windows', 'debian'),
});
const questions: fc.Arbitrary<Question> = fc
  .record({
    known: facts,
    observedAgoMs: fc.nat(48 * hourMs),
    person: fc.option(fc.constantFrom('p-1', 'p-2')),
    groups: fc.subarray(['staff', 'board']),
    silentMs: fc.option(fc.nat(5 * hourMs)),
    since: fc.option(fc.nat(hourMs)),
    untold: flag,
  })
  .map(({ known, observedAgoMs, person, groups, silentMs, since, untold }) => {
    const observedAt = now - observedAgoMs;
    const told: Record<string, Fact> = {};
    for (const [name, value] of Object.entries(known)) told[name] = { value, source: 'report', observedAt };
    const last = { answer: { found: true, groups, disabled: false, displayName: 'Jan Peeters' } as const };
    const question = questionOf(
      {
        tenant: 'main',
        way: 'ticket',
        binding: 'ticket',
        device: { key: 'b'.repeat(64), name: 'pc-1.example', certificateNotAfter: now + hourMs },
        ...(person === null ? {} : { person: { pseudonym: person, profile: 'eid', assurance: 'high' } as const }),
        ...(since === null ? {} : { failingSince: new Map([['disk-encrypted', now - since]]) }),
        directory:
          silentMs === null
            ? { last: { ...last, observedAt: now } }
            : { last: { ...last, observedAt: now - silentMs }, unanswered: 'timeout' },
      },
      register,
      now,
    );
    return {
      ...question,
      facts: { ...question.facts, ...told },
      inService: true,
      tells: segment => !(untold && segment === 'quarantine'),
    };
  });

const case1 = { decisionId: 'd', caseCode: 'BCDFHJ', decidedAt: now };

describe('a snapshot', () => {
  it('asks what was asked, after it has been written down and read', () => {
    const policy = base();
    fc.assert(
      fc.property(questions, question => {
        const written = JSON.parse(JSON.stringify(snapshotOf(question, case1))) as Snapshot;
        expect(answer(questionIn(written), policy, now)).toEqual(answer(question, policy, now));
      }),
    );
  });

  it('holds no name of a person', () => {
    fc.assert(
      fc.property(questions, question => {
        expect(JSON.stringify(snapshotOf(question, case1))).not.toContain('Peeters');
      }),
    );
  });
});

/** Says of each person what it was told to say. */
const saying = (hash: string, said: (person: string) => (typeof outcomes)[number]): RunningPolicy => ({
  hash,
  evaluate: ({ person = [''] }) => ({
    outcome: said(person[0] ?? ''),
    segment: 'office',
    reasons: ['requirement-failed'],
    results: [],
    validUntil: now,
    validUntilBecause: 'x',
  }),
});

const logins = fc.array(
  fc.record({
    person: fc.constantFrom('p-1', 'p-2', 'p-3', 'p-4'),
    device: fc.constantFrom('d-1', 'd-2', 'd-3'),
    group: fc.constantFrom('staff', 'board'),
    concentrator: fc.constantFrom('ghent', 'mons'),
  }),
  { maxLength: 40 },
);
const verdicts = fc.record(
  Object.fromEntries(['p-1', 'p-2', 'p-3', 'p-4'].map(person => [person, fc.constantFrom(...outcomes)])),
);

const taken = ({ person, device, group, concentrator }: Record<string, string>, index: number): Snapshot => ({
  decisionId: `d-${index}`,
  caseCode: `CASE${index}`,
  at: now + index,
  subject: {
    groups: [group ?? ''],
    deviceClass: 'laptop',
    concentrator: concentrator ?? '',
    device: [`${device}.x`, device ?? ''],
    person: [person ?? ''],
  },
  facts: { 'disk.encrypted': { value: true, source: 'report', observedAt: now } },
  inService: true,
  untold: [],
});

describe('a replay', () => {
  it('counts what a second count finds, by group and by concentrator', () => {
    fc.assert(
      fc.property(logins, verdicts, verdicts, (all, before, after) => {
        const said = (of: Record<string, (typeof outcomes)[number]>) => (person: string) => of[person] ?? 'deny';
        const replay = openReplay(saying('r', said(before)), saying('d', said(after)), ['disk.encrypted', 'av.age']);
        for (const snapshot of all.map(taken)) replay.judge(snapshot);
        const report = replay.report();
        const denied = all.filter(({ person }) => after[person] === 'deny' && before[person] !== 'deny');
        const change = report.changes.find(({ became }) => became === 'denied');
        expect(report).toMatchObject({
          logins: all.length,
          people: new Set(all.map(({ person }) => person)).size,
          devices: new Set(all.map(({ device }) => device)).size,
          deniedSubjects: new Set(denied.map(({ person }) => person)).size,
          stricter: all.filter(({ person }) => isStricter(said(before)(person), said(after)(person))).length,
          unrecorded: all.length === 0 ? [] : ['av.age'],
        });
        expect(change?.logins ?? 0).toBe(denied.length);
        for (const [key, found] of [
          ['group', change?.groups],
          ['concentrator', change?.concentrators],
        ] as const) {
          for (const { name, logins: count, people } of found ?? []) {
            const mine = denied.filter(each => each[key] === name);
            expect([count, people]).toEqual([mine.length, new Set(mine.map(({ person }) => person)).size]);
          }
          expect((found ?? []).reduce((sum, each) => sum + each.logins, 0)).toBe(denied.length);
        }
        expect(report.changes.reduce((sum, each) => sum + each.logins, 0)).toBe(
          all.filter(({ person }) => before[person] !== after[person]).length,
        );
        for (const each of replay.concerned()) expect(each.person).not.toBe(undefined);
      }),
    );
  });

  it('of a version against itself finds nothing', () => {
    const policy = base();
    fc.assert(
      fc.property(fc.array(questions, { maxLength: 5 }), asked => {
        const replay = openReplay(policy, policy, []);
        for (const question of asked) replay.judge(snapshotOf(question, case1));
        expect(replay.report().changes).toEqual([]);
      }),
    );
  });

  it('reckons the grace of a draft from the logins, where nobody remembered since when', () => {
    const seen: (number | undefined)[] = [];
    const draft: RunningPolicy = {
      ...saying('d', () => 'grant'),
      givesGrace: true,
      evaluate: ({ failingSince, person }, known) => {
        seen.push(failingSince?.get('disk-encrypted'));
        const failing = Object.hasOwn(known, 'broken') ? ['disk-encrypted'] : [];
        return {
          ...saying('d', () => 'grant').evaluate(
            { groups: [], deviceClass: '', ...(person ? { person } : {}) },
            {},
            now,
          ),
          failing,
        };
      },
    };
    const replay = openReplay(
      saying('r', () => 'grant'),
      draft,
      [],
    );
    const broken = { broken: { value: true, source: 'report', observedAt: now } };
    const at = (index: number, more: Partial<Snapshot> = {}) =>
      replay.judge({ ...taken({ person: 'p', device: 'd', group: 'g', concentrator: 'c' }, index), ...more });
    at(1, { facts: broken });
    at(2, { facts: broken });
    at(3);
    at(4, { facts: broken });
    at(5, { facts: broken, failingSince: { 'disk-encrypted': 77 } });
    at(6, { facts: broken });
    expect(seen).toEqual([undefined, now + 1, now + 1, undefined, 77, 77]);
  });
});
