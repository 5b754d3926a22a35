// What the directory says of a person, how long its word counts while it is silent, and what a decision makes of a person
// about whom nothing is known. Unknown groups are never "no groups".

import { type Outcome, outcomes, strictest } from '../contract/outcome.ts';
import type { Reason } from '../contract/reason.ts';
import type { DirectoryRule } from '../policy/degraded.ts';
import type { Evaluation } from '../policy/evaluation.ts';
import type { Fact } from '../verifier/facts.ts';

/** One person in the directory, or the certainty that there is none of that pseudonym. */
export type DirectoryAnswer =
  | {
      readonly found: true;
      /** In the words of the policies. */
      readonly groups: readonly string[];
      readonly disabled: boolean;
      /** Milliseconds since 1970 UTC; absent when the account has no end. */
      readonly expiresAt?: number;
      readonly displayName?: string;
      /** Of full time, 0 to 1. */
      readonly employment?: number;
    }
  | { readonly found: false };

/** What is known of a person at the moment of a question. Nothing in it means that nobody was asked about. */
export interface KnownPerson {
  readonly last?: { readonly answer: DirectoryAnswer; readonly observedAt: number };
  /** Why `last` is no answer of now; absent when it is one. */
  readonly unanswered?: 'timeout' | 'error';
}

/** Without a rule of the policy, a silent directory is believed no longer than its answers are fresh. */
export const noDirectoryRule: DirectoryRule = { keepMs: 0, then: 'quarantine' };

export type Standing =
  | {
      readonly groups: readonly string[];
      readonly account: Account;
      readonly employment?: number;
      readonly until?: number;
      readonly fact: Fact;
    }
  /** The directory is silent and its last word too old, or there was none. */
  | { readonly groups: 'unknown'; readonly fact: Fact }
  /** Nobody is proven, so nobody was looked up. */
  | { readonly groups: 'nobody'; readonly fact: Fact };

export type Account = 'active' | 'disabled' | 'expired' | 'absent';

export function standing({ last, unanswered }: KnownPerson, rule: DirectoryRule, now: number): Standing {
  const keptUntil = unanswered !== undefined && last !== undefined ? last.observedAt + rule.keepMs : undefined;
  if (last !== undefined && (keptUntil === undefined || now < keptUntil)) {
    const { answer, observedAt } = last;
    const account = accountOf(answer, now);
    const source = keptUntil === undefined ? 'directory' : 'last answer of the directory';
    const ends = answer.found && account === 'active' ? answer.expiresAt : undefined;
    const until = [keptUntil, ends].filter(each => each !== undefined);
    return {
      groups: answer.found ? answer.groups : [],
      account,
      ...(answer.found && answer.employment !== undefined ? { employment: answer.employment } : {}),
      ...(until.length === 0 ? {} : { until: Math.min(...until) }),
      fact: { value: account, source, observedAt },
    };
  }
  const fact: Fact = { unknown: unanswered ?? 'missing', source: 'directory', observedAt: now };
  return { groups: unanswered === undefined ? 'nobody' : 'unknown', fact };
}

export function accountOf(answer: DirectoryAnswer, now: number): Account {
  if (!answer.found) return 'absent';
  if (answer.disabled) return 'disabled';
  return answer.expiresAt !== undefined && now >= answer.expiresAt ? 'expired' : 'active';
}

/** The directory may answer again any minute: what was decided without it is decided again soon. */
const judgedAgainAfterMs = 5 * 60_000;

/**
 * The answer of a policy that could not be told the groups. The rule says what follows from not knowing them, and not the
 * check of the account; everything else that was found counts on. Never a grant.
 */
export function withoutGroups(
  evaluation: Evaluation,
  rule: DirectoryRule,
  deviceInService: boolean,
  now: number,
): Evaluation {
  const results = evaluation.results.map(each =>
    each.fact === 'person.account' && each.result === 'unknown' ? { ...each, outcome: rule.then } : each,
  );
  // No policy fitted, perhaps only because the groups were missing; a stolen laptop must not profit from that.
  const { passed = [] } = evaluation;
  const judged = results.length + passed.length > 0;
  const selected: Outcome = judged || deviceInService ? rule.then : 'deny';
  const outcome = strictest([selected, ...results.map(each => each.outcome)]);
  const reasons = new Set<Reason>(evaluation.reasons);
  if (!judged && outcome !== 'deny') {
    reasons.delete('policy-gap');
    reasons.delete('policy-overlap');
  }
  return {
    // No segment and no smallest change: nothing that the person could do would help.
    ...(evaluation.policy === undefined ? {} : { policy: evaluation.policy }),
    ...(evaluation.sessionAtMostMs === undefined ? {} : { sessionAtMostMs: evaluation.sessionAtMostMs }),
    outcome,
    reasons: [...reasons.add('requirement-unknown')],
    passed,
    results: results.toSorted((a, b) => outcomes.indexOf(b.outcome) - outcomes.indexOf(a.outcome)),
    ...earlier(evaluation, now + judgedAgainAfterMs),
  };
}

/** Holds no longer than what the directory said. */
export function earlier(
  { validUntil, validUntilBecause }: Evaluation,
  until: number | undefined,
): Pick<Evaluation, 'validUntil' | 'validUntilBecause'> {
  return until !== undefined && until < validUntil
    ? { validUntil: until, validUntilBecause: 'person.account' }
    : { validUntil, validUntilBecause };
}
