// Evaluation: one subject and its facts against a policy set.
//   1 select     exactly one access policy, and every floor that fits
//   2 judge      every requirement, three-valued
//   3 excuse     what is only told for now, and until when
//   4 conclude   the strictest outcome wins; unknown never grants; and until when all of this holds if nothing changes
//                but the clock

import type { Excuse, RequirementResult } from '../contract/decision.ts';
import { type Outcome, outcomes, stricter, strictest } from '../contract/outcome.ts';
import type { Reason } from '../contract/reason.ts';
import type { Facts } from '../verifier/facts.ts';
import { type AccessPolicy, sessionCeilingMs } from './access-policy.ts';
import { type Check, factsOf } from './check.ts';
import type { Degraded } from './degraded.ts';
import type { Evaluation, Subject } from './evaluation.ts';
import { excuseFor } from './excuse.ts';
import type { Floor } from './floor.ts';
import { concerns, earliest, judge, type Judged, type Lapse, passesUntil } from './judgement.ts';
import type { PolicySet } from './policy-set.ts';
import { bothRequired, type Requirement } from './requirement.ts';
import { judgeRevocation, revocationCheck } from './revocation-rule.ts';
import { fits, nextBoundary, select } from './selection.ts';

/** What lapses first, when it is no fact of its own. */
export const validityWords = [
  'report-age',
  'session-limit',
  'day-limit',
  'time-window',
  'grace',
  'deadline',
  'waiver',
  'emergency',
] as const;

export function evaluate(set: PolicySet, subject: Subject, facts: Facts, now: number): Evaluation {
  const boundary = clockBoundary(set, now);
  const selected = select(set.policies, set.precedence, subject, now);
  if ('none' in selected) return nothingJudged(selected.none, now, boundary);
  const { policy } = selected;
  const { requirements, names, sessionAtMostMs } = standingOf(set, policy, subject, facts, now);
  // A policy none of whose checks concern this system says nothing about it: that must not read as a grant.
  if (requirements.length === 0) return { ...nothingJudged('policy-gap', now, boundary), policy: policy.name };
  const { open, first } = judgeAll(requirements, set, subject, facts, now);
  const concluded = [...open, ...degradedRevocation(set.degraded, subject, facts, now)].sort(worstFirst);
  const results = concluded.map(({ result }) => result);
  const failing = open
    .flatMap(({ check, result, timed }) => (timed && result.result === 'fail' ? [check.name] : []))
    .sort();
  const change = smallestChange(concluded);
  const lapses = [...boundary, ...first, ...concluded.flatMap(({ lapse }) => lapse ?? [])];
  return {
    outcome: strictest(results.map(({ outcome }) => outcome)),
    policy: policy.name,
    segment: policy.gives,
    ...(sessionAtMostMs === undefined ? {} : { sessionAtMostMs }),
    reasons: [...new Set(results.flatMap(({ reason }) => reason ?? []))],
    results,
    passed: open.length === 0 ? names : names.filter(name => !open.some(({ check }) => check.name === name)),
    ...(change === undefined ? {} : { smallestChange: change }),
    ...(failing.length === 0 ? {} : { failing }),
    ...(policy.breakGlass ? { breakGlass: true } : {}),
    ...validity(sessionAtMostMs, lapses, now),
  };
}

/** What applies to a session: found once for each policy, its floors and a system, and then only looked up. */
interface Standing {
  readonly requirements: readonly Requirement[];
  /** Of their checks, in order. */
  readonly names: readonly string[];
  readonly sessionAtMostMs?: number;
}

const standings = new WeakMap<AccessPolicy, Map<string, Standing>>();

function standingOf(set: PolicySet, policy: AccessPolicy, subject: Subject, facts: Facts, now: number): Standing {
  const floors = set.floors.length === 0 ? [] : set.floors.filter(floor => fits(floor.for, subject, now));
  const family = facts['os.family'];
  const system = family !== undefined && 'value' in family ? String(family.value) : '';
  // Names of floors hold no space, and a system is none of them.
  const key = floors.length === 0 ? system : `${system} ${floors.map(({ name }) => name).join(' ')}`;
  const known = standings.get(policy);
  const found = known?.get(key);
  if (found !== undefined) return found;
  const requirements = requirementsOf(policy, floors).filter(({ check }) => concerns(check, facts));
  const sessionAtMostMs = shortest([policy, ...floors].map(each => each.sessionAtMostMs));
  const standing = {
    requirements,
    names: requirements.map(({ check }) => check.name).sort(),
    ...(sessionAtMostMs === undefined ? {} : { sessionAtMostMs }),
  };
  // The systems that agents know are few; whatever else a report may say is found anew each time.
  if (known === undefined) standings.set(policy, new Map([[key, standing]]));
  else if (known.size < standingsAtMost) known.set(key, standing);
  return standing;
}

const standingsAtMost = 256;

/** What is not met, in words, and the first moment at which something that is met lapses. */
function judgeAll(
  requirements: readonly Requirement[],
  set: PolicySet,
  subject: Subject,
  facts: Facts,
  now: number,
): { readonly open: readonly Concluded[]; readonly first: readonly Lapse[] } {
  const open: Concluded[] = [];
  let at = Number.POSITIVE_INFINITY;
  let first: Check | undefined;
  for (const requirement of requirements) {
    const until = passesUntil(requirement.check, facts, now);
    if (Number.isNaN(until)) {
      const judged = judge(requirement.check, facts, now, set.degraded);
      open.push(conclude(requirement, judged, set, { subject, facts, now }));
    } else if (until < at) {
      at = until;
      first = requirement.check;
    }
  }
  const lapse = first && judge(first, facts, now, set.degraded).lapse;
  return { open, first: lapse === undefined ? [] : [lapse] };
}

function nothingJudged(reason: Reason, now: number, boundary: readonly Lapse[]): Evaluation {
  return { outcome: 'deny', reasons: [reason], results: [], passed: [], ...validity(undefined, boundary, now) };
}

/** Another policy or floor may apply then. */
function clockBoundary({ timed }: PolicySet, now: number): readonly Lapse[] {
  // Up to the last moment before, as for every other lapse.
  const ends = timed.flatMap(each => nextBoundary(each, now) ?? []).map(at => at - 1);
  return ends.length === 0 ? [] : [{ at: Math.min(...ends), because: 'time-window' }];
}

/** Those of the policy and of every floor that fits, each check once. */
export function requirementsOf(policy: AccessPolicy, floors: readonly Floor[]): readonly Requirement[] {
  if (floors.length === 0) return policy.requires;
  const merged = new Map(policy.requires.map(requirement => [requirement.check.name, requirement]));
  for (const requirement of floors.flatMap(floor => floor.requires)) {
    const { name } = requirement.check;
    const own = merged.get(name);
    merged.set(name, own === undefined ? requirement : bothRequired(own, requirement));
  }
  return [...merged.values()];
}

interface Concluded {
  readonly check: Pick<Check, 'name'>;
  /** Someone other than the institution can change it. */
  readonly mendable: boolean;
  readonly result: RequirementResult;
  readonly lapse?: Lapse;
  /** Its first failure is remembered. */
  readonly timed: boolean;
}

function conclude(
  requirement: Requirement,
  { result, reason, atLeast, lapse, shown }: Judged,
  { waivers }: PolicySet,
  { subject, facts, now }: { readonly subject: Subject; readonly facts: Facts; readonly now: number },
): Concluded {
  const { check } = requirement;
  const excuse = result === 'pass' ? undefined : excuseFor(requirement, result, subject, waivers, now);
  const ends = lapseOf(excuse);
  const first = earliest([...(lapse === undefined ? [] : [lapse]), ...(ends === undefined ? [] : [ends])]);
  return {
    check,
    mendable: factsOf(check).some(one => one.fact.changedBy === 'laptop' && concerns(one, facts)),
    result: {
      check: check.name,
      result,
      outcome: result === 'pass' || excuse !== undefined ? 'grant' : outcomeOf(requirement, result, atLeast),
      ...(reason === undefined || excuse !== undefined ? {} : { reason }),
      ...shown,
      ...(first === undefined ? {} : { validUntil: first.at }),
      text: check.text,
      ...(excuse === undefined ? {} : { excuse }),
      ...(result === 'pass' || check.help === undefined ? {} : { help: check.help }),
    },
    ...(first === undefined ? {} : { lapse: first }),
    timed: requirement.graceMs !== undefined,
  };
}

/** What a requirement that is not met comes to. */
export function outcomeOf({ check, otherwise }: Requirement, result: 'fail' | 'unknown', atLeast: Outcome): Outcome {
  const follows = result === 'fail' ? otherwise : check.ifUnknown;
  return stricter(follows === 'notice' ? 'grant' : follows, atLeast);
}

/** The last moment at which the excuse counts. */
function lapseOf(excuse: Excuse | undefined): Lapse | undefined {
  if (excuse?.until === undefined || excuse.by === 'notice') return undefined;
  return { at: excuse.until - 1, because: excuse.by };
}

/** A result of its own, also while the last answer still counts: that is worth telling. */
function degradedRevocation(
  { revocation = [] }: Degraded,
  subject: Subject,
  facts: Facts,
  now: number,
): readonly Concluded[] {
  const result = judgeRevocation(revocation, subject, facts, now);
  if (result === undefined) return [];
  const { validUntil } = result;
  const lapse = validUntil === undefined ? {} : { lapse: { at: validUntil, because: result.fact } };
  return [{ check: revocationCheck, mendable: false, result, ...lapse, timed: false }];
}

function shortest(lengths: readonly (number | undefined)[]): number | undefined {
  const given = lengths.filter(each => each !== undefined);
  return given.length === 0 ? undefined : Math.min(...given);
}

/** The earliest moment at which any result can turn by itself, capped by the longest session. */
function validity(
  sessionAtMostMs: number | undefined,
  lapses: readonly Lapse[],
  now: number,
): { readonly validUntil: number; readonly validUntilBecause: string } {
  const cap: Lapse =
    sessionAtMostMs === undefined
      ? { at: now + sessionCeilingMs, because: 'day-limit' }
      : { at: now + sessionAtMostMs, because: 'session-limit' };
  const { at, because } = earliest([...lapses, cap]) ?? cap;
  return { validUntil: at, validUntilBecause: because };
}

/** What is worst stands first, then by name: the order of the files never shows. */
function worstFirst(a: Concluded, b: Concluded): number {
  const severity = outcomes.indexOf(b.result.outcome) - outcomes.indexOf(a.result.outcome);
  return severity !== 0 ? severity : a.check.name < b.check.name ? -1 : 1;
}

/** Every check that keeps from a grant; none of it helps when one of them only the institution can change. */
function smallestChange(concluded: readonly Concluded[]): readonly string[] | undefined {
  const open = concluded.filter(({ result }) => result.outcome !== 'grant');
  if (open.some(({ mendable }) => !mendable)) return undefined;
  return open.map(({ check }) => check.name);
}
