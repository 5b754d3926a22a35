// Waivers (`waivers/*.yaml`): who is excused from a check of the institution, until when, why, who asked, who agreed, and what is
// done instead. Emergency profiles (`emergencies/*.yaml`) excuse whole groups for a while. Neither reaches a floor, nor what proves
// who comes.

import { useOneOf } from '../documents/nearest-word.ts';
import { formatDuration } from '../documents/duration.ts';
import {
  formOf,
  listOf,
  located,
  optional,
  problem,
  type Reading,
  record,
  required,
  type Shape,
  text,
} from '../documents/shape.ts';
import type { Tree } from '../documents/yaml-tree.ts';
import { type Check, unexcusable } from './check.ts';
import type { Subject } from './evaluation.ts';
import { name } from './names.ts';
import { fits, type Selection, selectionShape } from './selection.ts';
import type { Calendar } from './calendar.ts';
import { type MomentIn, wallClock, wallClockEnd } from './wall-clock.ts';

export interface Waiver {
  readonly kind: 'waiver' | 'emergency';
  readonly name: string;
  readonly checks: ReadonlySet<string>;
  /** Machines by name or key, people by pseudonym; empty for an emergency profile. */
  readonly holders: ReadonlySet<string>;
  /** Whom an emergency profile is for. */
  readonly for?: Selection;
  readonly reason: string;
  readonly requestedBy: string;
  readonly approvedBy: readonly string[];
  /** What is done in the meantime. */
  readonly instead?: string;
  readonly from: number;
  /** The first moment at which it no longer holds. */
  readonly until: number;
  readonly file: string;
  readonly line: number;
}

export interface WaiverContext {
  readonly checks: ReadonlyMap<string, Check>;
  readonly names: ReadonlySet<string>;
  readonly calendars: ReadonlyMap<string, Calendar>;
  readonly zone: string;
}

const dayMs = 86_400_000;
const waiverAtMostMs = 30 * dayMs;
const emergencyAtMostMs = 92 * dayMs;

/** A machine name or key, or a pseudonym. */
const holder: Shape<string> = (tree, reading) => {
  const word = text(128)(tree, reading);
  if (word === undefined || /^[A-Za-z0-9][A-Za-z0-9._:-]*$/.test(word)) return word;
  return problem(
    reading,
    tree.line,
    `"${word}" names no machine and no person`,
    'write a machine name, a key or a pseudonym',
  );
};

const waiverDocument = listOf(
  record({
    waiver: required(located(name)),
    for: required(record({ device: optional(listOf(holder), []), person: optional(listOf(holder), []) })),
    check: required(located(listOf(text(64)))),
    reason: required(text(400)),
    'requested by': required(text(128)),
    'approved by': required(text(128)),
    instead: required(text(400)),
    from: required(wallClock),
    until: required(wallClockEnd),
  }),
);

export const waiversForm = formOf(waiverDocument);

const emergencyDocument = (calendars: ReadonlyMap<string, Calendar>) =>
  listOf(
    record({
      emergency: required(located(name)),
      for: required(selectionShape(calendars)),
      suspends: required(located(listOf(text(64)))),
      reason: required(text(400)),
      'requested by': required(text(128)),
      'approved by': required(listOf(text(128))),
      from: required(wallClock),
      until: required(wallClockEnd),
    }),
  );

export const emergenciesForm = formOf(emergencyDocument(new Map()));

export function readWaivers(tree: Tree, reading: Reading, context: WaiverContext): readonly Waiver[] {
  return (waiverDocument(tree, reading) ?? []).map(read => {
    const holders = new Set([...read.for.device, ...read.for.person]);
    if (holders.size === 0) problem(reading, read.for.line, 'is for nobody', 'name a device or a person');
    return compile(read.waiver, read.check, { ...read, approvedBy: [read['approved by']] }, reading, context, {
      kind: 'waiver',
      holders,
      instead: read.instead,
      atMostMs: waiverAtMostMs,
    });
  });
}

export function readEmergencies(tree: Tree, reading: Reading, context: WaiverContext): readonly Waiver[] {
  return (emergencyDocument(context.calendars)(tree, reading) ?? []).map(read => {
    const approvedBy = [...new Set(read['approved by'])];
    if (approvedBy.length < 2) {
      problem(reading, read.emergency.line, 'an emergency profile needs two who agree', 'name two under "approved by"');
    }
    return compile(read.emergency, read.suspends, { ...read, approvedBy }, reading, context, {
      kind: 'emergency',
      holders: new Set(),
      for: read.for,
      atMostMs: emergencyAtMostMs,
    });
  });
}

interface Agreed {
  readonly reason: string;
  readonly 'requested by': string;
  readonly approvedBy: readonly string[];
  readonly from: MomentIn;
  readonly until: MomentIn;
}

function compile(
  named: { readonly value: string; readonly line: number },
  checks: { readonly value: readonly string[]; readonly line: number },
  agreed: Agreed,
  reading: Reading,
  context: WaiverContext,
  { atMostMs, ...own }: Pick<Waiver, 'kind' | 'holders' | 'for' | 'instead'> & { readonly atMostMs: number },
): Waiver {
  const wrong = (message: string, remedy: string) => problem(reading, named.line, message, remedy);
  const [from, until] = [agreed.from(context.zone), agreed.until(context.zone)];
  if (until <= from) wrong('ends before it begins', 'write a later "until"');
  else if (until - from > atMostMs + dayMs) {
    wrong(
      `is longer than ${formatDuration(atMostMs)}`,
      'write an earlier "until": it can be renewed by those who agree again',
    );
  }
  if (agreed.approvedBy.includes(agreed['requested by'])) {
    wrong(`"${agreed['requested by']}" asked for it and agreed to it`, 'somebody else must agree');
  }
  for (const each of checks.value) {
    const check = context.checks.get(each);
    if (check !== undefined && unexcusable(check)) {
      problem(reading, checks.line, `nobody can be excused from "${each}": it proves who comes`, 'remove it');
    } else if (check === undefined && !context.names.has(each)) {
      problem(reading, checks.line, `no check is called "${each}"`, useOneOf(context.names));
    }
  }
  return {
    ...own,
    name: named.value,
    checks: new Set(checks.value),
    reason: agreed.reason,
    requestedBy: agreed['requested by'],
    approvedBy: agreed.approvedBy,
    from,
    until,
    file: reading.file,
    line: named.line,
  };
}

/** It excuses this subject from this check now. */
export function covers(waiver: Waiver, check: string, subject: Subject, now: number): boolean {
  if (now < waiver.from || now >= waiver.until || !waiver.checks.has(check)) return false;
  if (waiver.for !== undefined) return fits(waiver.for, subject, now);
  return [...(subject.device ?? []), ...(subject.person ?? [])].some(each => waiver.holders.has(each));
}
