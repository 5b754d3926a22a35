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
  /** ISO 3166-1 alpha-2; absent when nobody knows. */
  readonly country?: string;
  /** Name and key of the machine: whose waiver it is. */
  readonly device?: readonly string[];
  /** Pseudonyms of the person, the newest first: whose waiver it is. */
  readonly person?: readonly string[];
  /** Since when a check of this machine fails without a break. Absent: nobody remembers, and there is no grace. */
  readonly failingSince?: ReadonlyMap<string, number>;
}

export interface Evaluation {
  readonly outcome: Outcome;
  readonly policy?: string;
  /** What the policy `gives`; only meaningful for `grant`. */
  readonly segment?: string;
  /** The longest session the policy allows, in milliseconds. */
  readonly sessionAtMostMs?: number;
  readonly reasons: readonly Reason[];
  /** What is not met, excused or not, and what is met only by an answer of earlier; the worst first. */
  readonly results: readonly RequirementResult[];
  /** The checks that are met, in the order of their names. */
  readonly passed?: readonly string[];
  readonly smallestChange?: readonly string[];
  /** The checks whose first failure is to be remembered; any other is forgotten. */
  readonly failing?: readonly string[];
  readonly breakGlass?: true;
  readonly validUntil: number;
  readonly validUntilBecause: string;
}
