// Everything the storage thread of the embedded store answers, over one open database. Statements are prepared once.

import type { DatabaseSync } from 'node:sqlite';
import { readCaseCode } from '../audit/case-code.ts';
import type { DecisionRecord } from '../audit/record.ts';
import type { Session } from '../pdp/session.ts';
import type { Kept, KeptKind } from '../kept.ts';
import type { DeviceKey, Nonce, PersonProof, SessionQuery, Ticket } from '../ports.ts';
import type { AttestationResult } from '../verifier/facts.ts';
import { prepareCommit } from './embedded-store-commit.ts';
import type { BlockingStore } from './embedded-store-messages.ts';
import { readAllDecided, readBody, readDecided, readSnapshots } from './embedded-store-rows.ts';
import { sessionKeptMs } from './store-entries.ts';

/** Rows forgotten per table and call, so that a sweep never holds up an admission for long. */
const sweepRows = 1_000;

export function blockingStore(database: DatabaseSync, writer: string): BlockingStore {
  return {
    commit: prepareCommit(database, writer),
    ...prepareNoncesAndTickets(database),
    ...prepareDevices(database),
    ...prepareKept(database),
    ...prepareSessions(database),
    ...prepareDecisions(database),
    ...prepareSnapshots(database),
    sweep: prepareSweep(database),
  };
}

function prepareNoncesAndTickets(database: DatabaseSync) {
  const putNonce = database.prepare('INSERT INTO nonces (tenant, value, expires_at, body) VALUES (?, ?, ?, ?)');
  const nonce = database.prepare('SELECT body FROM nonces WHERE tenant = ? AND value = ?');
  const putTicket = database.prepare(
    'INSERT INTO tickets (tenant, handle, expires_at, redeemed, body) VALUES (?, ?, ?, ?, ?)',
  );
  const ticket = database.prepare('SELECT redeemed, body FROM tickets WHERE tenant = ? AND handle = ?');
  return {
    putNonce(put) {
      putNonce.run(put.tenant, put.value, put.expiresAt, JSON.stringify(put));
    },
    nonce: (tenant, value) => readBody<Nonce>(nonce.get(tenant, value)),
    putTicket({ redeemed, ...put }) {
      const use = redeemed === undefined ? null : JSON.stringify(redeemed);
      putTicket.run(put.tenant, put.handle, put.expiresAt, use, JSON.stringify(put));
    },
    ticket(tenant, handle) {
      const row = ticket.get(tenant, handle);
      const found = readBody<Ticket>(row);
      const redeemed = readBody<NonNullable<Ticket['redeemed']>>(row && { body: row['redeemed'] ?? null });
      return found === undefined || redeemed === undefined ? found : { ...found, redeemed };
    },
  } satisfies Partial<BlockingStore>;
}

function prepareDevices(database: DatabaseSync) {
  const attestation = database.prepare('SELECT body FROM attestations WHERE tenant = ? AND device = ?');
  const person = database.prepare('SELECT body FROM persons WHERE tenant = ? AND device = ? AND expires_at > ?');
  const deviceKey = database.prepare('SELECT body FROM device_keys WHERE tenant = ? AND key = ? AND expires_at > ?');
  return {
    attestation: (tenant, device) => readBody<AttestationResult>(attestation.get(tenant, device)),
    personProof: (tenant, device, now) => readBody<PersonProof>(person.get(tenant, device, now)),
    deviceKey: (tenant, key, now) => readBody<DeviceKey>(deviceKey.get(tenant, key, now)),
  } satisfies Partial<BlockingStore>;
}

function prepareKept(database: DatabaseSync) {
  const one = database.prepare('SELECT body FROM kept WHERE tenant = ? AND kind = ? AND key = ?');
  const all = database.prepare('SELECT body FROM kept WHERE tenant = ? AND kind = ? ORDER BY rowid DESC LIMIT ?');
  return {
    kept: <K extends KeptKind>(tenant: string, kind: K, key: string) => readBody<Kept<K>>(one.get(tenant, kind, key)),
    keptAll: <K extends KeptKind>(tenant: string, kind: K, limit: number) =>
      all.all(tenant, kind, limit).flatMap(row => readBody<Kept<K>>(row) ?? []),
  };
}

/** What a session can be asked for by, and where it stands. */
const sessionColumns = {
  state: 'state',
  device: 'device',
  person: 'person',
  framedAddress: 'framed_address',
} as const satisfies Partial<Record<keyof SessionQuery, string>>;

function prepareSessions(database: DatabaseSync) {
  const newest = 'ORDER BY decided_at DESC, rowid DESC LIMIT ?';
  // A session whose decision stands in its record has none of its own.
  const decision = `coalesce(decision,
    (SELECT decision FROM decisions WHERE tenant = sessions.tenant AND id = sessions.decision_id))`;
  const select = `SELECT body, ${decision} AS decision FROM sessions WHERE tenant = ?`;
  const list = (condition: string) => database.prepare(`${select} ${condition} ${newest}`);
  const lists = new Map<string, ReturnType<typeof list>>();
  const byId = database.prepare(`${select} AND id = ?`);
  // A refused login stands there as well, and admits nobody.
  const admitted = `(state <> 'decided' OR json_extract(body, '$.change') IS NOT NULL
    OR json_extract(${decision}, '$.outcome') <> 'deny')`;
  const byAccounting = list(`AND nas = ? AND acct_session_id = ? AND ${admitted}`);
  const byClaim = list(
    `AND nas = ? AND user_name = ? AND calling_station_id = ? AND state = 'decided' AND ${admitted}`,
  );
  const silent = (where: string) =>
    database.prepare(`${select} AND state = 'started' AND expires_at < ? ${where} ORDER BY expires_at, rowid LIMIT ?`);
  const silentAnywhere = silent('');
  const silentAt = silent('AND nas = ?');
  const due = database.prepare(`${select} AND due_at BETWEEN ? AND ? ORDER BY due_at, rowid LIMIT ?`);
  return {
    session: (tenant, id) => readDecided<Session>(byId.get(tenant, id)),
    findSession({ tenant, nas, id, acctSessionId, userName, callingStationId = '' }) {
      const ours = id === undefined ? undefined : readDecided<Session>(byId.get(tenant, id));
      if (ours !== undefined) return ours;
      if (acctSessionId !== undefined) {
        const theirs = readDecided<Session>(byAccounting.get(tenant, nas, acctSessionId, 1));
        if (theirs !== undefined) return theirs;
      }
      if (userName === undefined) return undefined;
      return readDecided<Session>(byClaim.get(tenant, nas, userName, callingStationId, 1));
    },
    sessions({ tenant, limit, ...wanted }) {
      const asked = Object.entries(sessionColumns).flatMap(([field, column]) => {
        const value = wanted[field as keyof typeof sessionColumns];
        return value === undefined ? [] : [{ column, value }];
      });
      const condition = asked.map(({ column }) => `AND ${column} = ?`).join(' ');
      const statement = lists.get(condition) ?? list(condition);
      lists.set(condition, statement);
      return readAllDecided<Session>(statement.all(tenant, ...asked.map(({ value }) => value), limit));
    },
    silentSessions({ tenant, nas, lastSeenBefore, limit }) {
      const expiresBefore = lastSeenBefore + sessionKeptMs;
      const rows =
        nas === undefined
          ? silentAnywhere.all(tenant, expiresBefore, limit)
          : silentAt.all(tenant, expiresBefore, nas, limit);
      return readAllDecided<Session>(rows);
    },
    dueSessions: ({ tenant, from, until, limit }) => readAllDecided<Session>(due.all(tenant, from, until, limit)),
  } satisfies Partial<BlockingStore>;
}

function prepareDecisions(database: DatabaseSync) {
  const newest = 'ORDER BY at DESC, rowid DESC LIMIT ?';
  const all = database.prepare(`SELECT body, decision FROM decisions WHERE tenant = ? ${newest}`);
  const refused = database.prepare(`SELECT body, decision FROM decisions WHERE tenant = ? AND refused = 1 ${newest}`);
  const byId = database.prepare('SELECT body, decision FROM decisions WHERE tenant = ? AND id = ?');
  const byCase = database.prepare(`SELECT body, decision FROM decisions WHERE tenant = ? AND case_code = ? ${newest}`);
  return {
    decisions({ tenant, only, limit }) {
      return readAllDecided<DecisionRecord>((only === 'refused' ? refused : all).all(tenant, limit));
    },
    decision(tenant, idOrCaseCode) {
      const found = readDecided<DecisionRecord>(byId.get(tenant, idOrCaseCode));
      if (found !== undefined) return found;
      const code = readCaseCode(idOrCaseCode);
      return code === undefined ? undefined : readDecided<DecisionRecord>(byCase.get(tenant, code, 1));
    },
  } satisfies Partial<BlockingStore>;
}

function prepareSnapshots(database: DatabaseSync) {
  const put = database.prepare('INSERT INTO snapshots (tenant, until, id, expires_at, body) VALUES (?, ?, ?, ?, ?)');
  const between = database.prepare(
    'SELECT * FROM snapshots WHERE tenant = ? AND until >= ? AND until < ? ORDER BY until, id',
  );
  return {
    putSnapshots({ tenant, until, id, expiresAt, body }) {
      put.run(tenant, until, id, expiresAt, body);
    },
    snapshots: (tenant, from, before) => between.all(tenant, from, before).map(readSnapshots),
  } satisfies Partial<BlockingStore>;
}

function prepareSweep(database: DatabaseSync): BlockingStore['sweep'] {
  // Decisions stay: the archive forgets by retention class, never by a timer.
  const tables = ['nonces', 'tickets', 'attestations', 'persons', 'device_keys', 'sessions', 'kept', 'snapshots'];
  const statements = tables.map(table =>
    database.prepare(
      `DELETE FROM ${table} WHERE rowid IN (SELECT rowid FROM ${table} WHERE expires_at <= ? LIMIT ${sweepRows})`,
    ),
  );
  return now => statements.reduce((sum, statement) => sum + Number(statement.run(now).changes), 0);
}
