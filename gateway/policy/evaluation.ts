// The question put to the policy and its answer. `policy` knows neither RADIUS nor HTTP.

import type { RequirementResult } from '../contract/decision.ts';
import type { Outcome } from '../contract/outcome.ts';
import type { Reason } from '../contract/reason.ts';

/** Whom an access policy selects by; every session must fall in exactly one policy. */
export interface Subject {
  readonly groups: readonly string[];
  /** Device class of the register (`managed-laptop`, `private-pc`, …). */
  readonly deviceClass: string;
  /** NAS group; absent when no concentrator is involved yet (a report). */
  readonly concentrator?: string;
}

export interface Evaluation {
  readonly outcome: Outcome;
  readonly policy?: string;
  /** What the policy `gives`; only meaningful for `grant`. */
  readonly segment?: string;
  /** The longest session the policy allows, in milliseconds. */
  readonly sessionAtMostMs?: number;
  readonly reasons: readonly Reason[];
  readonly results: readonly RequirementResult[];
  readonly smallestChange?: readonly string[];
  readonly validUntil: number;
  readonly validUntilBecause: string;
}
