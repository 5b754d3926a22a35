// What a policy was asked when somebody was admitted, kept for some weeks so that a draft can be judged on it: the facts with their
// sources, pseudonyms, and no name of a person. Snapshots are kept by the batch: few writes, and little space.

import type { Question } from './question.ts';
import type { KnownPerson } from './directory.ts';

export interface Snapshot {
  readonly decisionId: string;
  readonly caseCode: string;
  /** When it was decided. */
  readonly at: number;
  readonly subject: Omit<Question['subject'], 'failingSince'>;
  /** By check. */
  readonly failingSince?: Readonly<Record<string, number>>;
  readonly facts: Question['facts'];
  readonly directory?: KnownPerson;
  readonly inService: boolean;
  /** Segments that its concentrator could not be told. */
  readonly untold: readonly string[];
}

/** Snapshots as a store keeps them. */
export interface SnapshotBatch {
  readonly tenant: string;
  readonly id: string;
  /** When the last of them was taken. */
  readonly until: number;
  readonly expiresAt: number;
  /** Packed: a store looks at none of it. */
  readonly body: Uint8Array;
}

export interface SnapshotStore {
  putSnapshots(batch: SnapshotBatch): Promise<void>;
  /** Those that ended in this time, in the order in which they did; the second end is not included. */
  snapshots(tenant: string, from: number, before: number): Promise<readonly SnapshotBatch[]>;
}

const restricted = ['update', 'quarantine'] as const;

export function snapshotOf(
  { subject, facts, directory, inService, tells }: Question,
  {
    decisionId,
    caseCode,
    decidedAt,
  }: { readonly decisionId: string; readonly caseCode: string; readonly decidedAt: number },
): Snapshot {
  const { failingSince, ...whom } = subject;
  return {
    decisionId,
    caseCode,
    at: decidedAt,
    subject: whom,
    ...(failingSince === undefined ? {} : { failingSince: Object.fromEntries(failingSince) }),
    facts,
    ...(directory === undefined ? {} : { directory: unnamed(directory) }),
    inService,
    untold: restricted.filter(segment => !tells(segment)),
  };
}

/** As it was asked. `failingSince` instead of what was remembered then, where another version would have remembered something else. */
export function questionIn(
  { subject, facts, directory, inService, untold, ...taken }: Snapshot,
  failingSince: ReadonlyMap<string, number> | undefined = taken.failingSince &&
    new Map(Object.entries(taken.failingSince)),
): Question {
  return {
    subject: { ...subject, ...(failingSince === undefined ? {} : { failingSince }) },
    facts,
    ...(directory === undefined ? {} : { directory }),
    inService,
    tells: segment => !untold.includes(segment),
  };
}

/** Directories show names. */
function unnamed({ last, ...known }: KnownPerson): KnownPerson {
  if (last === undefined) return known;
  if (!last.answer.found) return { ...known, last };
  const { found, groups, disabled, expiresAt, employment } = last.answer;
  const answer = {
    found,
    groups,
    disabled,
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(employment === undefined ? {} : { employment }),
  };
  return { ...known, last: { ...last, answer } };
}
