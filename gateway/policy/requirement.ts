// What an access policy or a floor requires: a check, what follows when it fails, and for how long that is put off. From here
// to `excuse.ts`: putting off is told as such, and ends at a moment that is known beforehand.

import { useOneOf } from '../documents/nearest-word.ts';
import { formatDuration, parseDuration } from '../documents/duration.ts';
import {
  flag,
  formed,
  formOf,
  listOf,
  located,
  optional,
  parsed,
  problem,
  type Reading,
  record,
  required,
  type Shape,
} from '../documents/shape.ts';
import { type Check, unexcusable } from './check.ts';
import { noticeOr, type RefusalOutcome, severity } from './names.ts';
import { type MomentIn, wallClock } from './wall-clock.ts';

export interface Requirement {
  readonly check: Check;
  /** `notice`: it is told, and changes nothing. */
  readonly otherwise: RefusalOutcome | 'notice';
  /** From the first failure on, for this long, a failure is only told. */
  readonly graceMs?: number;
  /** Until then it is only told. Milliseconds since 1970 UTC. */
  readonly deadline?: number;
  /** Times before the end of grace or deadline at which the person is reminded, longest first. */
  readonly remindMs: readonly number[];
  /** Whether a waiver or an emergency profile may excuse from it. */
  readonly waivable: boolean;
}

/** What a requirement may refer to. */
export interface RequirementContext {
  readonly checks: ReadonlyMap<string, Check>;
  /** Names of the checks of the set, of those too that are themselves broken. */
  readonly names: ReadonlySet<string>;
  /** For deadlines. */
  readonly zone: string;
  /** Without a word of its own: those of the institution are, those of a floor are not. */
  readonly waivable: boolean;
}

/** A year is more than anyone needs to mend a laptop. */
const graceAtMostMs = 90 * 86_400_000;

const grace = parsed(
  value => {
    const ms = parseDuration(value);
    return ms !== undefined && ms > 0 && ms <= graceAtMostMs ? ms : undefined;
  },
  `a duration of at most ${formatDuration(graceAtMostMs)}`,
);
const before = parsed(value => {
  const ms = parseDuration(value);
  return ms !== undefined && ms > 0 ? ms : undefined;
}, 'a duration (2 days)');

const follows = record({
  otherwise: required(noticeOr),
  grace: optional(located(grace)),
  deadline: optional(located(wallClock)),
  remind: optional(located(listOf(before))),
  waivable: optional(flag),
});

interface Written {
  readonly check: string;
  readonly line: number;
  readonly otherwise: RefusalOutcome | 'notice';
  readonly grace?: { readonly value: number; readonly line: number } | undefined;
  readonly deadline?: { readonly value: MomentIn; readonly line: number } | undefined;
  readonly remind?: { readonly value: readonly number[]; readonly line: number } | undefined;
  readonly waivable?: boolean | undefined;
}

/** `- disk-encrypted: { otherwise: quarantine, grace: 2 days }` */
const requirement: Shape<Written> = formed({ kind: 'map', value: formOf(follows), only: 1 }, (tree, reading) => {
  const [entry, ...more] = tree.kind === 'map' ? tree.entries : [];
  if (entry === undefined || more.length > 0) {
    return problem(reading, tree.line, 'expected one check and what follows', 'write "- name: { otherwise: deny }"');
  }
  const [check, { value, line }] = entry;
  const read = follows(value, reading);
  return read && { ...read, check, line };
});

export const requirements = located(listOf(requirement));
export type WrittenRequirements = NonNullable<ReturnType<typeof requirements>>;

/** Each check at most once; what cannot be is told, and left out. */
export function compileRequirements(
  written: WrittenRequirements,
  reading: Reading,
  context: RequirementContext,
): readonly Requirement[] {
  const requires = new Map<string, Requirement>();
  if (written.value.length === 0) {
    problem(reading, written.line, 'requires nothing, so it would grant to anyone', 'name at least one check');
  }
  for (const wanted of written.value) {
    const check = context.checks.get(wanted.check);
    if (check === undefined) {
      if (context.names.has(wanted.check)) continue;
      problem(reading, wanted.line, `no check is called "${wanted.check}"`, useOneOf(context.names));
    } else if (requires.has(wanted.check)) {
      problem(reading, wanted.line, `"${wanted.check}" is required twice`, 'keep one of the two');
    } else {
      checkUnknown(wanted, check, reading);
      checkExcuses(wanted, check, reading);
      requires.set(wanted.check, compile(wanted, check, context));
    }
  }
  return [...requires.values()];
}

function compile(wanted: Written, check: Check, context: RequirementContext): Requirement {
  return {
    check,
    otherwise: wanted.otherwise,
    ...(wanted.grace === undefined ? {} : { graceMs: wanted.grace.value }),
    ...(wanted.deadline === undefined ? {} : { deadline: wanted.deadline.value(context.zone) }),
    remindMs: (wanted.remind?.value ?? []).toSorted((a, b) => b - a),
    waivable: (wanted.waivable ?? context.waivable) && !unexcusable(check),
  };
}

/** Else a laptop would fare better by hiding a fact than by telling it. */
function checkUnknown(wanted: Written, check: Check, reading: Reading): void {
  if (severity(check.ifUnknown) >= severity(wanted.otherwise)) return;
  const message = `"${wanted.check}" means ${wanted.otherwise} when it fails, but only ${check.ifUnknown} when it is unknown`;
  const remedy = `write "if unknown: ${wanted.otherwise}" in ${check.file}, or soften this one`;
  problem(reading, wanted.line, message, remedy);
}

function checkExcuses({ otherwise, grace: graceOf, deadline, remind }: Written, check: Check, reading: Reading): void {
  const put = graceOf ?? deadline;
  if (graceOf !== undefined && deadline !== undefined) {
    problem(reading, graceOf.line, 'grace and deadline together', 'keep one of the two');
  }
  if (put === undefined && remind !== undefined) {
    problem(reading, remind.line, 'there is no end to remind of', 'add grace or deadline, or remove "remind"');
  }
  if (put !== undefined && otherwise === 'notice') {
    problem(reading, put.line, 'a notice has nothing to put off', 'remove grace and deadline');
  }
  if (graceOf !== undefined && unexcusable(check)) {
    problem(reading, graceOf.line, `"${check.name}" cannot be put off`, 'remove "grace"');
  }
}

/** The same check, required by several: nothing gets laxer by being required once more. */
export function bothRequired(a: Requirement, b: Requirement): Requirement {
  const graceMs = both(a.graceMs, b.graceMs);
  const deadline = both(a.deadline, b.deadline);
  return {
    check: a.check,
    otherwise: severity(a.otherwise) >= severity(b.otherwise) ? a.otherwise : b.otherwise,
    ...(graceMs === undefined ? {} : { graceMs }),
    ...(deadline === undefined ? {} : { deadline }),
    remindMs: [...new Set([...a.remindMs, ...b.remindMs])].toSorted((x, y) => y - x),
    waivable: a.waivable && b.waivable,
  };
}

function both(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : Math.min(a, b);
}
