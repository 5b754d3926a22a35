// Everything that an embedded store holds, brought into a Redis that holds nothing yet. Records keep their writer, number and
// hashes, so their chains can be verified as before; a gateway of the same name goes on with its chain.

import { DatabaseSync } from 'node:sqlite';
import type { DecisionRecord } from '../audit/record.ts';
import type { Kept } from '../kept.ts';
import type { Session } from '../pdp/session.ts';
import type { Commit, DeviceKey, Nonce, PersonProof, Ticket } from '../ports.ts';
import type { AttestationResult } from '../verifier/facts.ts';
import { type Row, readBody, readDecided, readSnapshots } from './embedded-store-rows.ts';
import { openForReading } from './embedded-store-schema.ts';
import { connectRedis, type RedisConnection, type RedisConnectionOptions } from './redis-connection.ts';
import {
  chainOf,
  commitWords,
  headOf,
  keepOperation,
  operationWords,
  recordOperation,
  snapshotsOperation,
  whole,
} from './redis-store-commit.ts';
import { entryName, tenantKey, tenantsKey } from './redis-store-names.ts';
import { addScript, commitScript, type RedisScript } from './redis-store-scripts.ts';

export interface Migrated {
  readonly entries: number;
  readonly records: number;
}

/** Rejects with the reason in words; what was brought until then stays in Redis, which is then not empty any more. */
export async function migrateToRedis(path: string, options: RedisConnectionOptions): Promise<Migrated> {
  const database = openAlone(path);
  try {
    const redis = await connectRedis(options);
    try {
      const held = Number(await redis.command(['SCARD', tenantsKey]));
      if (held > 0) throw new Error('this Redis holds a store already: empty its database, or name another one');
      return await bring(database, redis);
    } finally {
      await redis.close();
    }
  } finally {
    database.close();
  }
}

/** A gateway that goes on writing to the file would write what is never brought. */
function openAlone(path: string): DatabaseSync {
  openForReading(path).close();
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    return database;
  } catch (error) {
    database.close();
    throw new Error(`${path} is in use: stop the gateway first`, { cause: error });
  }
}

/** One call to a script: what it is about, and what it answers when all is well. */
interface Step {
  readonly tenant: string;
  readonly name: string;
  readonly script: RedisScript;
  readonly words: readonly string[];
}

const stepsAtOnce = 200;

async function bring(database: DatabaseSync, redis: RedisConnection): Promise<Migrated> {
  const tenants = new Set<string>();
  const take = async ({ tenant, name, script, words }: Step): Promise<void> => {
    const answer = await redis.script(script, tenantKey(tenant), words);
    if (answer !== 'committed' && answer !== 1) throw new Error(`${name} of tenant ${tenant}: ${String(answer)}`);
  };
  let entries = 0;
  let records = 0;
  for (const some of portions(stepsOf(database))) {
    for (const { tenant } of some) {
      if (!tenants.has(tenant)) await redis.command(['SADD', tenantsKey, tenant]);
      tenants.add(tenant);
    }
    await Promise.all(some.map(take));
    const chained = some.filter(({ name }) => name.startsWith('record:')).length;
    records += chained;
    entries += some.length - chained;
  }
  return { entries, records };
}

function* portions(steps: Iterable<Step>): Generator<readonly Step[]> {
  let portion: Step[] = [];
  for (const step of steps) {
    portion.push(step);
    if (portion.length < stepsAtOnce) continue;
    yield portion;
    portion = [];
  }
  yield portion;
}

/** Records come first: a session leaves its decision to its record. */
function* stepsOf(database: DatabaseSync): Generator<Step> {
  const rows = (table: string): Iterable<NonNullable<Row>> =>
    database.prepare(`SELECT * FROM ${table} ORDER BY rowid`).iterate();
  const heads = new Map<string, string>();
  for (const row of rows('decisions')) {
    const record = needed(readDecided<DecisionRecord>(row));
    const chain = `${record.tenant} ${chainOf(record)}`;
    const words = operationWords([recordOperation({ record, before: heads.get(chain) ?? '' })]);
    heads.set(chain, headOf(record));
    yield { tenant: record.tenant, name: entryName.record(record.id), script: commitScript, words };
  }
  const committed = (name: string, commit: Omit<Commit, 'at'>): Step => {
    // Only nonces and tickets are compared with the time of a commit.
    return { tenant: commit.tenant, name, script: commitScript, words: commitWords({ ...commit, at: 0 }) };
  };
  for (const row of rows(sessionsWithDecision)) {
    const session = needed(readDecided<Session>(row));
    const { tenant } = session;
    yield committed(entryName.session(session.id), { tenant, session: { session, expectedVersion: 0 } });
  }
  for (const row of rows('attestations')) {
    const attestation = needed(readBody<AttestationResult>(row));
    yield committed(entryName.attestation(attestation.device), { tenant: attestation.tenant, attestation });
  }
  for (const row of rows('persons')) {
    const person = needed(readBody<PersonProof>(row));
    yield committed(entryName.person(person.device), { tenant: person.tenant, person });
  }
  for (const row of rows('device_keys')) {
    const deviceKey = needed(readBody<DeviceKey>(row));
    yield committed(entryName.deviceKey(deviceKey.key), { tenant: deviceKey.tenant, deviceKey });
  }
  for (const row of rows('kept')) {
    const kept = needed(readBody<Kept>(row));
    const words = operationWords([keepOperation(kept, 0)]);
    yield { tenant: String(row['tenant']), name: entryName.kept(kept.kind, kept.key), script: commitScript, words };
  }
  for (const row of holds(database, 'snapshots') ? rows('snapshots') : []) {
    const batch = readSnapshots(row);
    const words = operationWords([snapshotsOperation(batch)]);
    yield { tenant: batch.tenant, name: entryName.snapshots(batch.id), script: commitScript, words };
  }
  for (const row of rows('nonces')) {
    const nonce = needed(readBody<Nonce>(row));
    const name = entryName.nonce(nonce.value);
    const used = row['used_at'] === null ? [] : ['used', String(row['used_at'])];
    const words = [name, whole(nonce.expiresAt), 'body', JSON.stringify(nonce), ...used];
    yield { tenant: nonce.tenant, name, script: addScript, words };
  }
  for (const row of rows('tickets')) {
    const ticket = needed(readBody<Ticket>(row));
    const name = entryName.ticket(ticket.handle);
    const redeemed = row['redeemed'] === null ? [] : ['redeemed', String(row['redeemed'])];
    const words = [name, whole(ticket.expiresAt), 'body', JSON.stringify(ticket), ...redeemed];
    yield { tenant: ticket.tenant, name, script: addScript, words };
  }
}

const sessionsWithDecision = `(SELECT sessions.rowid, sessions.body, coalesce(sessions.decision, decisions.decision) AS decision
  FROM sessions LEFT JOIN decisions ON decisions.tenant = sessions.tenant AND decisions.id = sessions.decision_id)`;

/** A file of an older gateway has fewer tables. */
function holds(database: DatabaseSync, table: string): boolean {
  return database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?").get(table) !== undefined;
}

function needed<T>(found: T | undefined): T {
  if (found === undefined)
    throw new Error('a row of the embedded store has no body: check it with `sluis audit verify`');
  return found;
}
