// The decision record, version 1: what was decided about whom, on which facts and policy, chained per writer by hashes.
// The chain covers the hash of each body, so that a body may later be erased by a signed retention record.

import type { ChangeCause } from '../contract/change.ts';
import type { Decision } from '../contract/decision.ts';
import type { Language } from '../contract/language.ts';
import type { Outcome } from '../contract/outcome.ts';
import type { Reason } from '../contract/reason.ts';

/** What a flow hands over; the store adds writer, sequence and chain in the same transaction as the decision's effect. */
export interface DecisionDraft {
  readonly tenant: string;
  readonly id: string;
  /** Six letters that open exactly this case. */
  readonly caseCode: string;
  /**
   * `change`: a live session was judged again, and gets something else. `renewal`: it was judged again, and goes on as it is.
   * `act`: an operator did something. `observation`: somebody else decided, and otherwise than this. `acceptance`: a person
   * accepted a text.
   */
  readonly kind: 'admission' | 'report' | 'refusal' | 'change' | 'renewal' | 'act' | 'observation' | 'acceptance';
  readonly at: number;
  /** `done`: an act or an acceptance, by which nobody is admitted or refused. */
  readonly outcome: Outcome | 'try-again' | 'done';
  readonly reasons: readonly Reason[];
  /** Name and result of every requirement that did not pass. */
  readonly failures: readonly { readonly check: string; readonly result: 'fail' | 'unknown' }[];
  readonly factsHash: string;
  readonly policyHash: string;
  readonly traceId: string;
  readonly nas?: string;
  readonly device?: string;
  readonly person?: string;
  readonly sessionId?: string;
  /** What the client and the concentrator said of the client: claims, which decided nothing. */
  readonly clientClaims?: Readonly<Record<string, string>>;
  /** The whole explanation, kept for as long as retention allows. */
  readonly decision?: Decision;
  /** Why a live session was judged again. */
  readonly because?: ChangeCause;
  /** Who did it, what, and the reason they gave. */
  readonly act?: { readonly operator: string; readonly what: string; readonly reason: string };
  /** The text that was accepted, its version (SHA-256, hex), and the language in which it was read. */
  readonly accepted?: { readonly name: string; readonly hash: string; readonly language: Language };
  /** For refusals that never reached a decision: what was seen, without secrets or national numbers. */
  readonly detail?: string;
}

export interface DecisionRecord extends DecisionDraft {
  readonly version: 1;
  /** Which process wrote it, and in which epoch of the store. */
  readonly writer: string;
  readonly epoch: number;
  /** 1, 2, 3, … without a gap per writer and epoch. */
  readonly sequence: number;
  /** SHA-256 (hex) of the canonical body. */
  readonly bodyHash: string;
  /** `chainHash` of the record before, or 64 zeros. */
  readonly previous: string;
  /** SHA-256 (hex) of writer, epoch, sequence, previous and bodyHash. */
  readonly chainHash: string;
}
