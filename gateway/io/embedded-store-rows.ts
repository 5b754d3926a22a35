// Rows of the embedded store: a JSON body, beside the columns by which it is found and forgotten.

import type { SQLOutputValue } from 'node:sqlite';
import type { DecisionRecord } from '../audit/record.ts';
import type { Decision } from '../contract/decision.ts';
import type { Session } from '../pdp/session.ts';
import type { SnapshotBatch } from '../pdp/snapshot.ts';

export type Row = Record<string, SQLOutputValue> | undefined;

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

export function readSnapshots(row: NonNullable<Row>): SnapshotBatch {
  const { tenant, id, until, expires_at: expiresAt, body } = row;
  const packed = body instanceof Uint8Array ? body : new Uint8Array();
  return { tenant: String(tenant), id: String(id), until: Number(until), expiresAt: Number(expiresAt), body: packed };
}

export function readAllDecided<T extends Session | DecisionRecord>(rows: readonly NonNullable<Row>[]): readonly T[] {
  return rows.flatMap(row => readDecided<T>(row) ?? []);
}
