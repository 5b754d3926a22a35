// Why a run of the agent ended without a verdict, and the exit code that says so to scripts.

import type { Refusal } from '../gateway/contract/verdict.ts';

export type FailureKind =
  /** Configuration, key files, recordings: the person who installed the agent must act. */
  | 'setup'
  /** No gateway, no TLS, no readable answer: try again later. */
  | 'unreachable'
  /** The gateway answered and cannot decide now; nothing is known against anyone. */
  | 'try-again'
  /** The identity card, its reader or its PIN: the person at the laptop can act. */
  | 'card'
  /** The gateway refused this request. */
  | 'refused';

export const exitCodes = {
  grant: 0,
  internal: 1,
  setup: 2,
  quarantine: 10,
  deny: 11,
  unreachable: 12,
  'try-again': 12,
  update: 13,
  refused: 14,
  card: 15,
} as const;

export class AgentFailure extends Error {
  override readonly name = 'AgentFailure';
  readonly kind: FailureKind;
  readonly refusal: Refusal | undefined;

  constructor(kind: FailureKind, message: string, refusal?: Refusal, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.kind = kind;
    this.refusal = refusal;
  }
}
