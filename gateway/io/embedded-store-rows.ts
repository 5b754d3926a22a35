// Rows of the embedded store: a JSON body, beside the columns by which it is found and forgotten.

import type { SQLOutputValue } from 'node:sqlite';
import type { DecisionDraft, DecisionRecord } from '../audit/record.ts';
import type { Decision } from '../contract/decision.ts';
import type { Session } from '../pdp/session.ts';
import type { AttestationResult } from '../verifier/facts.ts';

export type Row = Record<string, SQLOutputValue> | undefined;

const dayMs = 24 * 60 * 60 * 1000;
/** A session is kept this long after its last sign of life, stopped or not: the NAS may never report the stop. */
const sessionKeptMs = 30 * dayMs;
/** Longer than any leave: a laptop that comes back is judged on age, not as one never seen. */
const attestationKeptMs = 400 * dayMs;

/** The body of a row that this store wrote, or nothing when there is no row. */
export function readBody<T>(row: Row): T | undefined {
  const body = row?.['body'];
  return typeof body === 'string' ? (JSON.parse(body) as T) : undefined;
}

/** The same for a row whose decision, if it has one, stands beside the body. */
export function readDecided<T extends Session | DecisionRecord>(row: Row): T | undefined {
  const body = readBody<T>(row);
  const decision = row?.['decision'];
  if (body !== undefined && typeof decision === 'string')
    Object.assign(body, { decision: JSON.parse(decision) as Decision });
  return body;
}

export function readAllDecided<T extends Session | DecisionRecord>(rows: readonly NonNullable<Row>[]): readonly T[] {
  return rows.flatMap(row => readDecided<T>(row) ?? []);
}

export function sessionExpiry(session: Session): number {
  const { decidedAt, startedAt = 0, lastSeenAt = 0, stoppedAt = 0 } = session;
  return Math.max(decidedAt, startedAt, lastSeenAt, stoppedAt) + sessionKeptMs;
}

export function attestationExpiry(attestation: AttestationResult): number {
  return attestation.receivedAt + attestationKeptMs;
}

/** A denial: every outcome but `grant`, and never `try-again`, by which nothing is said against anyone. */
export function isRefusal(draft: Pick<DecisionDraft, 'outcome'>): boolean {
  return draft.outcome !== 'grant' && draft.outcome !== 'try-again';
}

/** Access was asked for and not given whole. A report asks for none: every laptop's first one comes before its person. */
export function isDenial(draft: Pick<DecisionDraft, 'outcome' | 'kind'>): boolean {
  return isRefusal(draft) && draft.kind !== 'report';
}
