// Evaluation: one subject and its facts against a policy set. Every requirement is judged, three-valued; the strictest
// outcome wins; unknown never grants; and the answer says until when it holds if nothing changes but the clock.

import type { RequirementResult } from '../contract/decision.ts';
import { type Outcome, outcomes, stricter, strictest } from '../contract/outcome.ts';
import type { Reason } from '../contract/reason.ts';
import { formatDuration } from '../documents/duration.ts';
import type { Fact, Facts } from '../verifier/facts.ts';
import { type AccessPolicy, type Requirement, sessionCeilingMs } from './access-policy.ts';
import { type Check, checkNeedsReport } from './check.ts';
import type { Degraded } from './degraded.ts';
import type { Evaluation, Subject } from './evaluation.ts';
import { valueInWords } from './fact-words.ts';
import type { PolicySet } from './policy-set.ts';
import { judgeRevocation, revocationCheck } from './revocation-rule.ts';
import { select } from './selection.ts';

/** What lapses first, when it is no fact of its own. */
export const validityWords = ['report-age', 'session-limit', 'day-limit'] as const;

export function evaluate(set: PolicySet, subject: Subject, facts: Facts, now: number): Evaluation {
  const selected = select(set.policies, set.precedence, subject);
  if ('none' in selected) return nothingJudged(selected.none, now);
  const { policy } = selected;
  const required = policy.requires
    .filter(({ check }) => applies(check, facts))
    .map(requirement => judge(requirement, facts, now, set.degraded));
  // A policy none of whose checks concern this system says nothing about it: that must not read as a grant.
  if (required.length === 0) return { ...nothingJudged('policy-gap', now), policy: policy.name };
  const judged = [...required, ...degradedRevocation(set.degraded, subject, facts, now)].sort(worstFirst);
  const outcome = strictest(judged.map(({ result }) => result.outcome));
  const change = smallestChange(judged);
  return {
    outcome,
    policy: policy.name,
    segment: policy.gives,
    ...(policy.sessionAtMostMs === undefined ? {} : { sessionAtMostMs: policy.sessionAtMostMs }),
    reasons: [...new Set(judged.flatMap(({ result }) => result.reason ?? []))],
    results: judged.map(({ result }) => result),
    ...(change === undefined ? {} : { smallestChange: change }),
    ...validity(policy, judged, now),
  };
}

function nothingJudged(reason: Reason, now: number): Evaluation {
  const validUntil = now + sessionCeilingMs;
  return { outcome: 'deny', reasons: [reason], results: [], validUntil, validUntilBecause: 'day-limit' };
}

/** A check for other systems does not concern this one; while the system is unknown, every check does. */
function applies({ families }: Check, facts: Facts): boolean {
  if (families === undefined) return true;
  const family = facts['os.family'];
  return family === undefined || 'unknown' in family || families.has(String(family.value));
}

interface Judged {
  readonly check: Pick<Check, 'name' | 'fact'>;
  readonly result: RequirementResult;
  /** What lapses at `result.validUntil`. */
  readonly because?: string;
}

function degradedRevocation(
  { revocation = [] }: Degraded,
  subject: Subject,
  facts: Facts,
  now: number,
): readonly Judged[] {
  const result = judgeRevocation(revocation, subject, facts, now);
  return result === undefined ? [] : [{ check: revocationCheck, result, because: result.fact }];
}

function judge({ check, otherwise }: Requirement, facts: Facts, now: number, degraded: Degraded): Judged {
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
  const companion = goodUntil(check, facts);
  if (companion !== undefined && now > companion.at) return untold(companion.inWords);
  const judgement = check.limit.judge(fact.value, now);
  if (judgement === 'unusable') return untold('error');

  const lapses: Lapse[] = [...stale];
  if (companion !== undefined) lapses.push({ at: companion.at, because: companion.fact });
  if (judgement.until !== undefined) lapses.push({ at: judgement.until, because: check.factName });
  const lapse = earliest(lapses);
  const result: RequirementResult = {
    check: check.name,
    result: judgement.pass ? 'pass' : 'fail',
    outcome: judgement.pass ? 'grant' : otherwise,
    ...(judgement.pass ? {} : { reason: reasonOf(check, fact) }),
    fact: check.factName,
    value: valueInWords(check.fact, fact.value, now),
    limit: check.limit.words,
    source: fact.source,
    ...ageOf(check, fact, now),
    ...(lapse === undefined ? {} : { validUntil: lapse.at }),
    text: check.text,
    ...(judgement.pass || check.help === undefined ? {} : { help: check.help }),
  };
  return { check, result, ...(lapse === undefined ? {} : { because: lapse.because }) };
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

function unknown(check: Check, { now, fact, why, reason, atLeast = 'grant' }: Untold, lapse?: Lapse): Judged {
  const result: RequirementResult = {
    check: check.name,
    result: 'unknown',
    outcome: stricter(check.ifUnknown, atLeast),
    reason,
    fact: check.factName,
    value: `unknown: ${why}`,
    limit: check.limit.words,
    source: fact?.source ?? 'nothing',
    ...(fact === undefined ? {} : ageOf(check, fact, now)),
    ...(lapse === undefined ? {} : { validUntil: lapse.at }),
    text: check.text,
    ...(check.help === undefined ? {} : { help: check.help }),
  };
  return { check, result, ...(lapse === undefined ? {} : { because: lapse.because }) };
}

function ageOf(check: Check, fact: Fact, now: number): { readonly ageMs?: number } {
  return checkNeedsReport(check) ? { ageMs: Math.max(0, now - fact.observedAt) } : {};
}

/** Until when the fact is worth something, where that hangs on another one. */
function goodUntil(check: Check, facts: Facts): { at: number; fact: string; inWords: string } | undefined {
  const { goodWhile } = check.fact;
  if (goodWhile === undefined) return undefined;
  const other = facts[goodWhile.fact];
  const since = other !== undefined && 'value' in other && typeof other.value === 'number' ? other.value : undefined;
  const inWords = `${goodWhile.fact} ${since === undefined ? 'unknown' : `above ${formatDuration(goodWhile.atMostMs)}`}`;
  return {
    at: since === undefined ? Number.NEGATIVE_INFINITY : since + goodWhile.atMostMs,
    fact: goodWhile.fact,
    inWords,
  };
}

const deviceReasons: Readonly<Record<string, Reason>> = {
  stolen: 'device-stolen',
  retired: 'device-retired',
  unregistered: 'device-unregistered',
};

function reasonOf(check: Check, fact: Fact): Reason {
  if (check.factName === 'device.binding') return 'binding-too-weak';
  if (check.factName !== 'device.state' || !('value' in fact)) return 'requirement-failed';
  return deviceReasons[String(fact.value)] ?? 'requirement-failed';
}

interface Lapse {
  readonly at: number;
  readonly because: string;
}

function earliest(lapses: readonly Lapse[]): Lapse | undefined {
  return lapses.reduce<Lapse | undefined>(
    (first, next) => (first === undefined || next.at < first.at ? next : first),
    undefined,
  );
}

/** The earliest moment at which any result can turn by itself, capped by the longest session. */
function validity(
  policy: AccessPolicy,
  judged: readonly Judged[],
  now: number,
): { readonly validUntil: number; readonly validUntilBecause: string } {
  const cap: Lapse =
    policy.sessionAtMostMs === undefined
      ? { at: now + sessionCeilingMs, because: 'day-limit' }
      : { at: now + policy.sessionAtMostMs, because: 'session-limit' };
  const lapses = judged.flatMap(({ result, because }) =>
    result.validUntil === undefined || because === undefined ? [] : [{ at: result.validUntil, because }],
  );
  const { at, because } = earliest([...lapses, cap]) ?? cap;
  return { validUntil: at, validUntilBecause: because };
}

/** What is worst stands first, then by name: the order of the files never shows. */
function worstFirst(a: Judged, b: Judged): number {
  const severity = outcomes.indexOf(b.result.outcome) - outcomes.indexOf(a.result.outcome);
  return severity !== 0 ? severity : a.check.name < b.check.name ? -1 : 1;
}

/** Every check that does not pass; none of it helps when one of them only the institution can change. */
function smallestChange(judged: readonly Judged[]): readonly string[] | undefined {
  const open = judged.filter(({ result }) => result.result !== 'pass');
  if (open.some(({ check }) => check.fact.changedBy === 'institution')) return undefined;
  return open.map(({ check }) => check.name);
}
