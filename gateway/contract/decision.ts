// The decision and its explanation: one object, the same in CLI, API, console and agent.
// Instants are milliseconds since 1970 UTC.

import type { Texts } from './language.ts';
import type { Outcome } from './outcome.ts';
import type { Reason } from './reason.ts';

/** How strongly the device is tied to the session, weakest first. */
export const bindings = ['none', 'claimed', 'ticket', 'confirmed', 'one-conversation'] as const;
export type Binding = (typeof bindings)[number];

/** Why a requirement that is not met is only told for now. */
export interface Excuse {
  readonly by: 'notice' | 'grace' | 'deadline' | 'waiver' | 'emergency';
  /** Of the waiver or the emergency profile. */
  readonly name?: string;
  /** The first moment at which it counts no longer; absent for a notice. */
  readonly until?: number;
  /** The last reminder that is due: so long before the end. */
  readonly reminderMs?: number;
}

/** How one requirement of the access policy turned out. */
export interface RequirementResult {
  /** Name of the check, for example `disk-encrypted`. */
  readonly check: string;
  readonly result: 'pass' | 'fail' | 'unknown';
  /** What this requirement contributes to the outcome: `grant` when it passed or is excused. */
  readonly outcome: Outcome;
  /** Only of what did not pass. */
  readonly excuse?: Excuse;
  readonly reason?: Reason;
  /** The fact looked at, for example `disk.encrypted`. */
  readonly fact: string;
  /** The value seen, in words (`3 days`, `no`, `unknown: denied`). */
  readonly value: string;
  /** The limit, in words (`at most 35 days`). */
  readonly limit: string;
  /** Where the value came from, for example `report: dpkg`. */
  readonly source: string;
  /** Age of the value when judged, in milliseconds; absent for facts of the moment itself. */
  readonly ageMs?: number;
  /** When this result can change by itself. */
  readonly validUntil?: number;
  /** What the person reads. */
  readonly text: Texts;
  /** Action the agent may run from its own allow-list, for example `antimalware.update-signatures`. */
  readonly help?: string;
}

/** The answer of the version of the policies that did not decide. */
export interface BesideAnswer {
  /** How far the newer one of the two has come. */
  readonly stage: 'shadow' | 'canary' | 'enforce';
  /** It is the newer one; else that decided. */
  readonly isNewer: boolean;
  readonly policyHash: string;
  readonly outcome: Outcome;
  /** The checks that keep it from a grant, or words where no check was judged. */
  readonly because: readonly string[];
}

export interface Decision {
  readonly outcome: Outcome;
  /** The one access policy that applied; absent when none did. */
  readonly policy?: string;
  /** Where the session may go, by name: the policy's segment for `grant`, else `update` or `quarantine`. */
  readonly segment?: string;
  /** Every reason word behind an outcome other than `grant`, each once, in the order found. */
  readonly reasons: readonly Reason[];
  /** What is not met, excused or not, and what is met only by an answer of earlier; the worst first. */
  readonly results: readonly RequirementResult[];
  /** The checks that are met; in records of earlier versions they stand among the results. */
  readonly passed?: readonly string[];
  /** The checks that would have to pass for `grant`; empty for `grant`, absent when no change on the laptop helps. */
  readonly smallestChange?: readonly string[];
  /** The earliest moment anything here could lapse, and what lapses. */
  readonly validUntil: number;
  readonly validUntilBecause: string;
  /** By a policy for emergencies of the institution itself: an alarm. */
  readonly breakGlass?: true;
  /** Checks with grace that fail, in the order of their names. */
  readonly failing?: readonly string[];
  /** Two versions of the policies were asked: what the other one answered, which did not count. */
  readonly beside?: BesideAnswer;
  readonly decidedAt: number;
  /** Content hash of the policy set (SHA-256, hex). */
  readonly policyHash: string;
  /** Hash of the fact snapshot (SHA-256, hex). */
  readonly factsHash: string;
}
