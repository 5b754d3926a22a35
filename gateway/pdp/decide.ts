// The Policy Decision Point: one question in, one explained decision out. Pure; the policy language does the judging, this
// file says what the gateway heeds beside it: a silent directory, what the concentrator can be told, how long a session has lasted.

import type { BesideAnswer, Decision } from '../contract/decision.ts';
import type { DirectoryRule } from '../policy/degraded.ts';
import type { Evaluation, Subject } from '../policy/evaluation.ts';
import type { RunningSet } from '../policy/running-set.ts';
import type { Facts } from '../verifier/facts.ts';
import { sessionAtMostMs as dayMs } from './authorization.ts';
import { earlier, noDirectoryRule, type Standing, standing, withoutGroups } from './directory.ts';
import { factsHash } from './facts-hash.ts';
import { heard, type Question, questionOf } from './question.ts';
import type { Register } from './register.ts';
import type { AdmissionRequest } from './request.ts';

/** The policy set that decides, and another version of it that is asked as well. */
export interface RunningPolicy extends RunningSet {
  readonly beside?: {
    readonly policy: RunningSet;
    /** How far the newer one of the two has come. */
    readonly stage: BesideAnswer['stage'];
    readonly isNewer: boolean;
    /** It decides about this subject, in place of the other one. */
    readonly decides: (subject: Subject) => boolean;
  };
}

/** Where people and machines go that are not granted. */
const segmentOf = { update: 'update', quarantine: 'quarantine', deny: undefined } as const;

/** Decides. `now` in milliseconds since 1970 UTC. Never throws for anything a peer sent. */
export function decide(request: AdmissionRequest, policy: RunningPolicy, register: Register, now: number): Decision {
  return answer(questionOf(request, register, now), policy, now);
}

export function answer(question: Question, policy: RunningPolicy, now: number): Decision {
  const { beside } = policy;
  const { reportDigest } = question;
  const first = judged(question, policy, now);
  if (beside === undefined) return decisionOf(first.evaluation, first.facts, policy.hash, now, reportDigest);
  const second = judged(question, beside.policy, now);
  const [mine, other, hash, otherHash] = beside.decides(first.subject)
    ? [second, first, beside.policy.hash, policy.hash]
    : [first, second, policy.hash, beside.policy.hash];
  return {
    ...decisionOf(mine.evaluation, mine.facts, hash, now, reportDigest),
    beside: {
      stage: beside.stage,
      isNewer: (other === second) === beside.isNewer,
      policyHash: otherHash,
      outcome: other.evaluation.outcome,
      because: becauseOf(other.evaluation),
    },
  };
}

/** The checks that keep from a grant, or words where no check was judged. */
export function becauseOf({ results, reasons }: Pick<Evaluation, 'results' | 'reasons'>): readonly string[] {
  const open = results.filter(({ outcome }) => outcome !== 'grant').map(({ check }) => check);
  return open.length === 0 ? reasons : open;
}

/** What one version of the policies makes of a question, and the facts as it was told them. */
export function judged(
  question: Question,
  policy: Pick<RunningPolicy, 'evaluate' | 'directory'>,
  now: number,
): { readonly evaluation: Evaluation; readonly subject: Subject; readonly facts: Facts } {
  const rule = policy.directory ?? noDirectoryRule;
  const person = question.directory && standing(question.directory, rule, now);
  const { subject, facts } = heard(question, person, now);
  const heeded = heedDirectory(policy.evaluate(subject, facts, now), person, rule, question.inService, now);
  return { evaluation: heedLimit(heedConcentrator(heeded, question), question.admittedAt, now), subject, facts };
}

/** What was evaluated, as it is kept and told. */
export function decisionOf(
  evaluation: Evaluation,
  facts: Facts,
  policyHash: string,
  now: number,
  reportDigest?: string,
): Decision {
  const segment = evaluation.outcome === 'grant' ? evaluation.segment : segmentOf[evaluation.outcome];
  return {
    outcome: evaluation.outcome,
    ...(evaluation.policy === undefined ? {} : { policy: evaluation.policy }),
    ...(segment === undefined ? {} : { segment }),
    reasons: evaluation.reasons,
    results: evaluation.results,
    passed: evaluation.passed ?? [],
    ...(evaluation.smallestChange === undefined ? {} : { smallestChange: evaluation.smallestChange }),
    validUntil: evaluation.validUntil,
    validUntilBecause: evaluation.validUntilBecause,
    ...(evaluation.failing === undefined ? {} : { failing: evaluation.failing }),
    ...(evaluation.breakGlass === undefined ? {} : { breakGlass: evaluation.breakGlass }),
    decidedAt: now,
    policyHash,
    factsHash: factsHash(facts, reportDigest),
  };
}

/** Where nothing tells the concentrator of a segment, its session would have the whole network. */
function heedConcentrator(judged: Evaluation, { tells }: Question): Evaluation {
  if (judged.outcome === 'grant') return judged;
  const segment = segmentOf[judged.outcome];
  if (segment === undefined || tells(segment)) return judged;
  return { ...judged, outcome: 'deny', reasons: ['segment-untold', ...judged.reasons] };
}

/** Judged again, a session does not get its time anew. */
function heedLimit(judged: Evaluation, admittedAt: number | undefined, now: number): Evaluation {
  if (admittedAt === undefined || judged.outcome === 'deny') return judged;
  const { sessionAtMostMs } = judged;
  const ends = admittedAt + (sessionAtMostMs ?? dayMs);
  if (now >= ends) return { ...judged, outcome: 'deny', reasons: ['session-limit-reached', ...judged.reasons] };
  if (ends > judged.validUntil) return judged;
  return {
    ...judged,
    validUntil: ends,
    validUntilBecause: sessionAtMostMs === undefined ? 'day-limit' : 'session-limit',
  };
}

/** A policy knows groups or none; what follows from not knowing them is said here. */
function heedDirectory(
  judged: Evaluation,
  person: Standing | undefined,
  rule: DirectoryRule,
  deviceInService: boolean,
  now: number,
): Evaluation {
  if (person === undefined || person.groups === 'nobody') return judged;
  if (person.groups === 'unknown') return withoutGroups(judged, rule, deviceInService, now);
  return { ...judged, ...earlier(judged, 'until' in person ? person.until : undefined) };
}
