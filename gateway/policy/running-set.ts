// A policy set as whoever decides sees it: what it is asked, and what has to be known before it is asked.

import type { Facts } from '../verifier/facts.ts';
import type { DirectoryRule } from './degraded.ts';
import { evaluate } from './evaluate.ts';
import type { Evaluation, Subject } from './evaluation.ts';
import { givesGrace, type PolicySet } from './policy-set.ts';
import { type WatchedPast, watchedPast } from './watched-past.ts';

/** A policy set that is asked: its content hash, and the evaluation of one subject on its facts. */
export interface RunningSet {
  readonly hash: string;
  readonly evaluate: (subject: Subject, facts: Facts, now: number) => Evaluation;
  /** It gives grace, which is reckoned from the first failure. */
  readonly givesGrace?: true;
  /** What it looks at of a person's earlier days; absent: nothing. */
  readonly past?: WatchedPast;
  /** What follows while the directory is silent. */
  readonly directory?: DirectoryRule;
}

export function runningSet(set: PolicySet): RunningSet {
  const past = watchedPast(set);
  const { directory } = set.degraded;
  return {
    hash: set.hash,
    evaluate: (subject, facts, now) => evaluate(set, subject, facts, now),
    ...(givesGrace(set) ? { givesGrace: true } : {}),
    ...(past === undefined ? {} : { past }),
    ...(directory === undefined ? {} : { directory }),
  };
}
