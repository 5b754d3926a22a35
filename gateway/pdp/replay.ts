// Two versions of the policies on the same recorded questions: whom the draft treats otherwise. Both are asked as at the gate, at
// the time of the login. What a first failure was is reckoned from the logins themselves where nobody remembered it.

import {
  type Becoming,
  becomings,
  type Concerned,
  type Counted,
  type ReplayedChange,
  replayLimits,
  type ReplayReport,
} from '../contract/replay.ts';
import type { Evaluation } from '../policy/evaluation.ts';
import { isStricter } from '../contract/outcome.ts';
import { becauseOf, judged, type RunningPolicy } from './decide.ts';
import { questionIn, type Snapshot } from './snapshot.ts';

export interface Replay {
  /** In the order in which they were taken. */
  readonly judge: (snapshot: Snapshot) => void;
  readonly report: () => ReplayReport;
  readonly concerned: () => readonly Concerned[];
}

/** `looked`: the facts that the draft looks at. */
export function openReplay(running: RunningPolicy, draft: RunningPolicy, looked: readonly string[]): Replay {
  const all = newCounts();
  const subjects = new Set<string>();
  const denied = new Set<string>();
  const strict = new Set<string>();
  const changes = new Map<Becoming, Change>();
  const concerned = new Map<string, Concerned>();
  const unseen = new Set(looked);
  const sinceByDevice = new Map<string, ReadonlyMap<string, number>>();
  let [from, until, stricterOnes] = [Number.POSITIVE_INFINITY, 0, 0];

  const byDraft = (snapshot: Snapshot): Evaluation => {
    const { at, failingSince = {}, subject } = snapshot;
    if (draft.givesGrace === undefined) return judged(questionIn(snapshot), draft, at).evaluation;
    const [, key = ''] = subject.device ?? [];
    const since = new Map([...(sinceByDevice.get(key) ?? []), ...Object.entries(failingSince)]);
    const { evaluation } = judged(questionIn(snapshot, since), draft, at);
    sinceByDevice.set(key, new Map((evaluation.failing ?? []).map(check => [check, since.get(check) ?? at])));
    return evaluation;
  };

  return {
    judge: snapshot => {
      const { at, facts } = snapshot;
      [from, until] = [Math.min(from, at), Math.max(until, at)];
      for (const name of unseen) if (facts[name] !== undefined) unseen.delete(name);
      const who = whoseOf(snapshot);
      const subject = who.person ?? who.device ?? snapshot.decisionId;
      count(all, who);
      subjects.add(subject);
      const before = judged(questionIn(snapshot), running, at).evaluation;
      const after = byDraft(snapshot);
      if (isStricter(before.outcome, after.outcome)) {
        stricterOnes += 1;
        strict.add(subject);
      }
      const became = becomingOf(before, after);
      if (became === undefined) return;
      if (became === 'denied') denied.add(subject);
      const change = changes.get(became) ?? newChange(snapshot.caseCode);
      changes.set(became, change);
      note(change, snapshot, who, after.outcome === 'grant' ? before : after);
      if (concerned.size < replayLimits.concerned)
        concerned.set(`${became} ${who.person} ${who.device}`, toldOf(became, snapshot, who));
    },
    report: () => ({
      draft: draft.hash,
      running: running.hash,
      from: all.logins === 0 ? 0 : from,
      until,
      ...countsOf(all),
      stricter: stricterOnes,
      subjects: subjects.size,
      deniedSubjects: denied.size,
      stricterSubjects: strict.size,
      changes: becomings.flatMap(became => {
        const change = changes.get(became);
        return change === undefined ? [] : [changeOf(became, change)];
      }),
      unrecorded: all.logins === 0 ? [] : [...unseen].sort(),
    }),
    concerned: () => [...concerned.values()],
  };
}

const words = { deny: 'denied', quarantine: 'quarantined', update: 'to-update', grant: 'granted' } as const;

function becomingOf(before: Evaluation, after: Evaluation): Becoming | undefined {
  if (before.outcome !== after.outcome) return words[after.outcome];
  return after.outcome === 'grant' && before.segment !== after.segment ? 'moved' : undefined;
}

interface Whose {
  readonly device?: string;
  readonly deviceName?: string;
  readonly person?: string;
}

function whoseOf({ subject }: Snapshot): Whose {
  const [deviceName, device] = subject.device ?? [];
  const [person] = subject.person ?? [];
  return {
    ...(device === undefined ? {} : { device }),
    ...(deviceName === undefined ? {} : { deviceName }),
    ...(person === undefined ? {} : { person }),
  };
}

function toldOf(became: Becoming, { caseCode }: Snapshot, { deviceName, person }: Whose): Concerned {
  return {
    became,
    ...(deviceName === undefined ? {} : { deviceName }),
    ...(person === undefined ? {} : { person }),
    caseCode,
  };
}

interface Counts {
  logins: number;
  readonly people: Set<string>;
  readonly devices: Set<string>;
}

function newCounts(): Counts {
  return { logins: 0, people: new Set(), devices: new Set() };
}

function count(counts: Counts, { person, device }: Whose): void {
  counts.logins += 1;
  if (person !== undefined) counts.people.add(person);
  if (device !== undefined) counts.devices.add(device);
}

function countsOf({ logins, people, devices }: Counts): Omit<Counted, 'name'> {
  return { logins, people: people.size, devices: devices.size };
}

interface Change {
  readonly counts: Counts;
  readonly groups: Map<string, Counts>;
  readonly concentrators: Map<string, Counts>;
  readonly because: Map<string, number>;
  readonly example: string;
}

function newChange(example: string): Change {
  return { counts: newCounts(), groups: new Map(), concentrators: new Map(), because: new Map(), example };
}

/** `why`: the evaluation that is not a grant, if one of the two is none. */
function note(change: Change, snapshot: Snapshot, who: Whose, why: Evaluation): void {
  const { groups, concentrator } = snapshot.subject;
  const directory = snapshot.directory?.last?.answer;
  const known = directory?.found === true ? directory.groups : groups;
  count(change.counts, who);
  for (const group of known.length === 0 ? ['(none)'] : known) countIn(change.groups, group, who);
  countIn(change.concentrators, concentrator ?? '(none)', who);
  for (const name of becauseOf(why)) {
    change.because.set(name, (change.because.get(name) ?? 0) + 1);
  }
}

function countIn(all: Map<string, Counts>, name: string, who: Whose): void {
  const counts = all.get(name) ?? newCounts();
  all.set(name, counts);
  count(counts, who);
}

const reasonsTold = 5;

function changeOf(became: Becoming, { counts, groups, concentrators, because, example }: Change): ReplayedChange {
  const mostFirst = [...because].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  return {
    became,
    ...countsOf(counts),
    groups: countedOf(groups),
    concentrators: countedOf(concentrators),
    because: mostFirst.slice(0, reasonsTold).map(([name, logins]) => ({ name, logins })),
    example,
  };
}

function countedOf(all: ReadonlyMap<string, Counts>): Counted[] {
  return [...all]
    .map(([name, counts]) => ({ name, ...countsOf(counts) }))
    .sort((a, b) => b.logins - a.logins || (a.name < b.name ? -1 : 1));
}
