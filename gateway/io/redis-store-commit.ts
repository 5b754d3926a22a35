// A commit as operations of the commit script, in the order in which their conditions are checked.

import type { DecisionRecord } from '../audit/record.ts';
import type { Kept } from '../kept.ts';
import type { SnapshotBatch } from '../pdp/snapshot.ts';
import type { Commit } from '../ports.ts';
import { entryName, listName, listsOfRecord, listsOfSession } from './redis-store-names.ts';
import { attestationExpiry, sessionExpiry } from './store-entries.ts';

type Operation = readonly [name: string, ...words: string[]];

/** What `commitScript` is given. */
export function commitWords(commit: Commit, record?: ChainedRecord): readonly string[] {
  return operationWords([...operationsOf(commit), ...(record === undefined ? [] : [recordOperation(record)])]);
}

export function operationWords(operations: readonly Operation[]): readonly string[] {
  return operations.flatMap(([name, ...words]) => [name, String(words.length), ...words]);
}

/** A record, and what the chain of its writer ended with in this tenant before it: `SEQUENCE HASH`, or nothing. */
export interface ChainedRecord {
  readonly record: DecisionRecord;
  readonly before: string;
}

export function chainOf({ writer, epoch }: { readonly writer: string; readonly epoch: number }): string {
  return `${writer} ${epoch}`;
}

export function headOf({ sequence, chainHash }: Pick<DecisionRecord, 'sequence' | 'chainHash'>): string {
  return `${sequence} ${chainHash}`;
}

function* operationsOf(commit: Commit): Generator<Operation> {
  const at = whole(commit.at);
  const { consumeNonce, redeemTicket, attestation, person, deviceKey } = commit;
  if (consumeNonce !== undefined) yield ['nonce', entryName.nonce(consumeNonce), at];
  if (redeemTicket !== undefined) {
    yield ['ticket', entryName.ticket(redeemTicket.handle), at, JSON.stringify(redeemTicket.redeemed)];
  }
  if (attestation !== undefined) {
    const until = whole(attestationExpiry(attestation));
    yield [
      'attestation',
      entryName.attestation(attestation.device),
      whole(attestation.sequence),
      until,
      JSON.stringify(attestation),
    ];
  }
  if (person !== undefined) {
    yield ['put', entryName.person(person.device), whole(person.expiresAt), JSON.stringify(person)];
  }
  if (deviceKey !== undefined) {
    yield ['put', entryName.deviceKey(deviceKey.key), whole(deviceKey.expiresAt), JSON.stringify(deviceKey)];
  }
  if (commit.session !== undefined) yield sessionOperation(commit.session, commit.decision);
  // Written backwards, so that the last one is written last.
  for (const kept of (commit.keep ?? []).toReversed()) yield keepOperation(kept, kept.version - 1);
}

export function keepOperation(kept: Kept, expectedVersion: number): Operation {
  const { kind, key, version, expiresAt } = kept;
  const versions = [whole(expectedVersion), whole(version)] as const;
  const until = expiresAt === undefined ? '' : whole(expiresAt);
  return ['keep', entryName.kept(kind, key), ...versions, until, listName.kept(kind), JSON.stringify(kept)];
}

function sessionOperation(
  { session, expectedVersion }: NonNullable<Commit['session']>,
  record: Commit['decision'],
): Operation {
  const { decision, ...body } = session;
  const inRecord = record?.id === session.decisionId && record.decision !== undefined;
  return [
    'session',
    entryName.session(session.id),
    whole(expectedVersion),
    whole(session.version),
    whole(sessionExpiry(session)),
    whole(session.decidedAt),
    listsOfSession(session),
    session.decisionId,
    inRecord ? '' : JSON.stringify(decision),
    JSON.stringify(body),
  ];
}

export function snapshotsOperation({ body, ...batch }: SnapshotBatch): Operation {
  const text = JSON.stringify({ ...batch, body: Buffer.from(body).toString('base64') });
  const times = [whole(batch.until), whole(batch.expiresAt)] as const;
  return ['listed', entryName.snapshots(batch.id), ...times, listName.snapshots, text];
}

/** What `snapshotsOperation` wrote. */
export function snapshotsIn(written: Omit<SnapshotBatch, 'body'> & { readonly body: string }): SnapshotBatch {
  return { ...written, body: Buffer.from(written.body, 'base64') };
}

export function recordOperation({ record, before }: ChainedRecord): Operation {
  const { decision, ...body } = record;
  const told = decision === undefined ? '' : JSON.stringify(decision);
  const chained = [record.id, chainOf(record), before, headOf(record)] as const;
  return ['record', ...chained, whole(record.at), listsOfRecord(record), told, JSON.stringify(body)];
}

/** A script that stops half-way has written half: what would stop it is stopped here. */
export function whole(number: number): string {
  if (!Number.isSafeInteger(number)) throw new RangeError(`${number} is no instant, sequence or version`);
  return String(number);
}
