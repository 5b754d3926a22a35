// One check against the facts of one moment, three-valued: it passes, it fails, or nobody knows. What follows is said by
// `evaluate.ts`; the words for it are found here only for what is shown.

import type { RequirementResult } from '../contract/decision.ts';
import { type Outcome, stricter } from '../contract/outcome.ts';
import type { Reason } from '../contract/reason.ts';
import { formatDuration } from '../documents/duration.ts';
import type { FactDefinition } from '../verifier/fact-catalogue.ts';
import type { Fact, Facts } from '../verifier/facts.ts';
import { type AnyOfCheck, type Check, checkNeedsReport, type FactCheck } from './check.ts';
import type { Degraded } from './degraded.ts';
import { valueInWords } from './fact-words.ts';
import { judgeLimit } from './limit-parts.ts';

/** A moment at which something ends, and what it is that ends. */
export interface Lapse {
  readonly at: number;
  readonly because: string;
}

export interface Judged {
  readonly result: 'pass' | 'fail' | 'unknown';
  /** Why it is not met. */
  readonly reason?: Reason;
  /** What the degraded rules ask for at least, where nobody knows. */
  readonly atLeast: Outcome;
  /** When this can turn by itself. */
  readonly lapse?: Lapse;
  /** What was seen and against what. */
  readonly shown: Pick<RequirementResult, 'fact' | 'value' | 'limit' | 'source' | 'ageMs'>;
}

export function judge(check: Check, facts: Facts, now: number, degraded: Degraded): Judged {
  return check.kind === 'fact' ? judgeFact(check, facts, now, degraded) : judgeAnyOf(check, facts, now, degraded);
}

/**
 * The last moment at which a check that passes now still passes, and `NaN` when it does not: the same answer as `judge` gives, without
 * the words and without leaving anything behind.
 */
export function passesUntil(check: Check, facts: Facts, now: number): number {
  if (check.kind === 'fact') return factPassesUntil(check, facts, now);
  let last = Number.NaN;
  for (const member of check.anyOf) {
    const until = concerns(member, facts) ? factPassesUntil(member, facts, now) : Number.NaN;
    if (!(until <= last)) last = Number.isNaN(until) ? last : until;
  }
  return last;
}

function factPassesUntil(check: FactCheck, facts: Facts, now: number): number {
  const fact = facts[check.factName];
  if (fact === undefined || 'unknown' in fact) return Number.NaN;
  if (fact.lookedFor !== undefined && !hasLooked(check, fact.lookedFor)) return Number.NaN;
  const share = shareOf(check, facts);
  let until = check.limit.passesUntil(fact.value, now, share);
  if (fact.later !== undefined) until = Math.min(until, (turn(check, fact, true, share) ?? until + 1) - 1);
  if (check.measuredWithinMs !== undefined) until = Math.min(until, fact.observedAt + check.measuredWithinMs);
  until = Math.min(until, goodUntil(check, facts));
  return until >= now ? until : Number.NaN;
}

/** A check for other systems does not concern this one; while the system is unknown, every check does. */
export function concerns(check: Check, facts: Facts): boolean {
  if (check.kind === 'any-of') return check.anyOf.some(member => concerns(member, facts));
  const { families } = check;
  if (families === undefined) return true;
  const family = facts['os.family'];
  return family === undefined || 'unknown' in family || families.has(String(family.value));
}

function judgeFact(check: FactCheck, facts: Facts, now: number, degraded: Degraded): Judged {
  const fact = facts[check.factName];
  if (fact === undefined) {
    if (!checkNeedsReport(check)) return unknown(check, { now, why: 'missing', reason: 'requirement-unknown' });
    return facts['report.age'] === undefined
      ? unknown(check, { now, why: 'no report', reason: 'report-missing', atLeast: degraded.noReport })
      : // Never measured is no better than measured long ago.
        unknown(check, { now, why: 'missing', reason: 'requirement-unknown', atLeast: degraded.staleReport });
  }
  // A moment counts as still within the limit when it is the limit.
  const staleAt = check.measuredWithinMs === undefined ? undefined : fact.observedAt + check.measuredWithinMs;
  if (staleAt !== undefined && now > staleAt) {
    return unknown(check, { now, fact, why: 'stale', reason: 'report-stale', atLeast: degraded.staleReport });
  }
  const stale: readonly Lapse[] = staleAt === undefined ? [] : [{ at: staleAt, because: 'report-age' }];
  const untold = (why: string) => unknown(check, { now, fact, why, reason: 'requirement-unknown' }, earliest(stale));
  if ('unknown' in fact) return untold(fact.unknown);
  const { goodWhile } = check.fact;
  const goodUntilMs = goodUntil(check, facts);
  if (goodWhile !== undefined && now > goodUntilMs) return untold(tooOldInWords(goodWhile, goodUntilMs));
  // A policy that asks for more than the report looked for.
  if (fact.lookedFor !== undefined && !hasLooked(check, fact.lookedFor)) return untold('not-asked');
  const share = shareOf(check, facts);
  if (Number.isNaN(share)) return untold(`${employment} unknown`);
  const judgement = judgeLimit(check.limit, fact.value, now, share);
  if (judgement === 'unusable') return untold('error');
  const turnsAt = turn(check, fact, judgement.pass, share);

  const lapses: Lapse[] = [...stale];
  if (goodWhile !== undefined) lapses.push({ at: goodUntilMs, because: goodWhile.fact });
  if (judgement.until !== undefined) lapses.push({ at: judgement.until, because: check.factName });
  // Up to the last moment before, as for every other lapse.
  if (turnsAt !== undefined) lapses.push({ at: turnsAt - 1, because: check.factName });
  const lapse = earliest(lapses);
  return {
    result: judgement.pass ? 'pass' : 'fail',
    ...(judgement.pass ? {} : { reason: reasonOf(check, fact) }),
    atLeast: 'grant',
    ...(lapse === undefined ? {} : { lapse }),
    shown: {
      fact: check.factName,
      value: valueInWords(check.fact, fact.value, now),
      limit: check.limit.proRata?.wordsFor(share) ?? check.limit.words,
      source: fact.source,
      ...ageOf(check, fact, now),
    },
  };
}

/** What a limit pro rata is reckoned by. */
export const employment = 'person.employment';

/** Of the limit; `NaN` when it takes a share that nobody knows. */
function shareOf({ limit }: FactCheck, facts: Facts): number {
  if (limit.proRata === undefined) return 1;
  const fact = facts[employment];
  return fact !== undefined && 'value' in fact && typeof fact.value === 'number' ? fact.value : Number.NaN;
}

function hasLooked({ limit }: FactCheck, lookedFor: readonly string[]): boolean {
  return limit.members === undefined || limit.members.every(member => lookedFor.includes(member));
}

/** The first moment at which the check comes out otherwise than now, because the fact becomes another one. */
function turn({ limit }: FactCheck, fact: Fact, passes: boolean, share: number): number | undefined {
  if (!('value' in fact) || fact.later === undefined) return undefined;
  return fact.later.find(({ at, value }) => limit.passesUntil(value, at, share) >= at !== passes)?.at;
}

/** As good as the best of them; not known as long as one of them might do. */
function judgeAnyOf(check: AnyOfCheck, facts: Facts, now: number, degraded: Degraded): Judged {
  const members = check.anyOf
    .filter(member => concerns(member, facts))
    .map(member => judgeFact(member, facts, now, degraded));
  const shown = {
    fact: members.map(member => member.shown.fact).join(', '),
    value: members.map(member => `${member.shown.fact}: ${member.shown.value}`).join('; '),
    limit: members.map(member => `${member.shown.fact}: ${member.shown.limit}`).join('; '),
    source: [...new Set(members.map(member => member.shown.source))].join(', '),
  };
  const passing = members.filter(({ result }) => result === 'pass');
  if (passing.length > 0) {
    const forGood = passing.some(({ lapse }) => lapse === undefined);
    const lapse = forGood ? undefined : latest(passing.flatMap(member => member.lapse ?? []));
    return { result: 'pass', atLeast: 'grant', ...(lapse === undefined ? {} : { lapse }), shown };
  }
  const open = members.find(({ result }) => result === 'unknown') ?? members[0];
  const lapse = earliest(members.flatMap(member => member.lapse ?? []));
  return {
    result: open?.result ?? 'unknown',
    reason: open?.reason ?? 'requirement-unknown',
    atLeast: members.reduce<Outcome>((worst, { atLeast }) => stricter(worst, atLeast), 'grant'),
    ...(lapse === undefined ? {} : { lapse }),
    shown,
  };
}

interface Untold {
  readonly now: number;
  readonly fact?: Fact;
  /** Why, in words. */
  readonly why: string;
  readonly reason: Reason;
  /** What the degraded rules add. */
  readonly atLeast?: Outcome;
}

function unknown(check: FactCheck, { now, fact, why, reason, atLeast = 'grant' }: Untold, lapse?: Lapse): Judged {
  return {
    result: 'unknown',
    reason,
    atLeast,
    ...(lapse === undefined ? {} : { lapse }),
    shown: {
      fact: check.factName,
      value: `unknown: ${why}`,
      limit: check.limit.words,
      source: fact?.source ?? 'nothing',
      ...(fact === undefined ? {} : ageOf(check, fact, now)),
    },
  };
}

function ageOf(check: FactCheck, fact: Fact, now: number): { readonly ageMs?: number } {
  return checkNeedsReport(check) ? { ageMs: Math.max(0, now - fact.observedAt) } : {};
}

/** Until when the fact is worth something, where that hangs on another one; `Infinity` where it does not. */
function goodUntil(check: FactCheck, facts: Facts): number {
  const { goodWhile } = check.fact;
  if (goodWhile === undefined) return Number.POSITIVE_INFINITY;
  const other = facts[goodWhile.fact];
  const since = other !== undefined && 'value' in other && typeof other.value === 'number' ? other.value : undefined;
  return since === undefined ? Number.NEGATIVE_INFINITY : since + goodWhile.atMostMs;
}

function tooOldInWords({ fact, atMostMs }: NonNullable<FactDefinition['goodWhile']>, until: number): string {
  return `${fact} ${Number.isFinite(until) ? `above ${formatDuration(atMostMs)}` : 'unknown'}`;
}

const deviceReasons: Readonly<Record<string, Reason>> = {
  stolen: 'device-stolen',
  retired: 'device-retired',
  unregistered: 'device-unregistered',
};

function reasonOf(check: FactCheck, fact: Fact): Reason {
  if (check.factName === 'device.binding') return 'binding-too-weak';
  if (check.factName !== 'device.state' || !('value' in fact)) return 'requirement-failed';
  return deviceReasons[String(fact.value)] ?? 'requirement-failed';
}

export function earliest(lapses: readonly Lapse[]): Lapse | undefined {
  return lapses.reduce<Lapse | undefined>(
    (first, next) => (first === undefined || next.at < first.at ? next : first),
    undefined,
  );
}

function latest(lapses: readonly Lapse[]): Lapse | undefined {
  return lapses.reduce<Lapse | undefined>(
    (last, next) => (last === undefined || next.at > last.at ? next : last),
    undefined,
  );
}
