// Everything the storage thread of the embedded store answers, over one open database. Statements are prepared once.

import type { DatabaseSync } from 'node:sqlite';
import { readCaseCode } from '../audit/case-code.ts';
import type { DecisionRecord } from '../audit/record.ts';
import type { Session } from '../pdp/session.ts';
import type { DeviceKey, Nonce, PersonProof, Ticket } from '../ports.ts';
import type { AttestationResult } from '../verifier/facts.ts';
import { prepareCommit } from './embedded-store-commit.ts';
import type { BlockingStore } from './embedded-store-messages.ts';
import { readAllDecided, readBody, readDecided } from './embedded-store-rows.ts';

/** Rows forgotten per table and call, so that a sweep never holds up an admission for long. */
const sweepRows = 1_000;

export function blockingStore(database: DatabaseSync, writer: string): BlockingStore {
  return {
    commit: prepareCommit(database, writer),
    ...prepareNoncesAndTickets(database),
    ...prepareDevices(database),
    ...prepareSessions(database),
    ...prepareDecisions(database),
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

function prepareSessions(database: DatabaseSync) {
  const newest = 'ORDER BY decided_at DESC, rowid DESC LIMIT ?';
  // A session whose decision stands in its record has none of its own.
  const select = `
    SELECT body, coalesce(decision,
      (SELECT decision FROM decisions WHERE tenant = sessions.tenant AND id = sessions.decision_id)) AS decision
    FROM sessions WHERE tenant = ?`;
  const list = (condition: string) => database.prepare(`${select} ${condition} ${newest}`);
  const all = list('');
  const byState = list('AND state = ?');
  const byDevice = list('AND device = ?');
  const byBoth = list('AND state = ? AND device = ?');
  const byId = database.prepare(`${select} AND id = ?`);
  const byAccounting = list('AND nas = ? AND acct_session_id = ?');
  const byClaim = list(`AND nas = ? AND user_name = ? AND calling_station_id = ? AND state = 'decided'`);
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
    sessions({ tenant, state, device, limit }) {
      if (state !== undefined && device !== undefined)
        return readAllDecided<Session>(byBoth.all(tenant, state, device, limit));
      if (state !== undefined) return readAllDecided<Session>(byState.all(tenant, state, limit));
      if (device !== undefined) return readAllDecided<Session>(byDevice.all(tenant, device, limit));
      return readAllDecided<Session>(all.all(tenant, limit));
    },
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

function prepareSweep(database: DatabaseSync): BlockingStore['sweep'] {
  // Decisions stay: the archive forgets by retention class, never by a timer.
  const tables = ['nonces', 'tickets', 'attestations', 'persons', 'device_keys', 'sessions'];
  const statements = tables.map(table =>
    database.prepare(
      `DELETE FROM ${table} WHERE rowid IN (SELECT rowid FROM ${table} WHERE expires_at <= ? LIMIT ${sweepRows})`,
    ),
  );
  return now => statements.reduce((sum, statement) => sum + Number(statement.run(now).changes), 0);
}
