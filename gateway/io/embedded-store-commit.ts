// The one write on admission: every condition is checked, then everything is written, in the caller's transaction.
// One thread holds the only write transaction, so nothing can come between a check and its write.

import type { DatabaseSync } from 'node:sqlite';
import { chainRecord, chainStart } from '../audit/chain.ts';
import type { DecisionDraft } from '../audit/record.ts';
import { dueAt } from '../pdp/session-validity.ts';
import type { Commit, Committed } from '../ports.ts';
import { attestationExpiry, isDenial, sessionExpiry } from './store-entries.ts';

type Conflict = (Committed & { readonly committed: false })['conflict'];

export function prepareCommit(database: DatabaseSync, writer: string): (commit: Commit) => Committed {
  const findConflict = prepareConditions(database);
  const write = prepareWrites(database);
  const append = prepareChain(database, writer);
  return commit => {
    const conflict = findConflict(commit);
    if (conflict !== undefined) return { committed: false, conflict };
    if (commit.decision !== undefined) append(commit.decision);
    write(commit);
    return { committed: true };
  };
}

function prepareConditions(database: DatabaseSync): (commit: Commit) => Conflict | undefined {
  const nonce = database.prepare('SELECT used_at, expires_at FROM nonces WHERE tenant = ? AND value = ?');
  const ticket = database.prepare('SELECT redeemed, expires_at FROM tickets WHERE tenant = ? AND handle = ?');
  const attestation = database.prepare('SELECT sequence FROM attestations WHERE tenant = ? AND device = ?');
  const session = database.prepare('SELECT version FROM sessions WHERE tenant = ? AND id = ?');
  const kept = database.prepare('SELECT version FROM kept WHERE tenant = ? AND kind = ? AND key = ?');
  return commit => {
    const { tenant, at } = commit;
    if (commit.consumeNonce !== undefined) {
      const row = nonce.get(tenant, commit.consumeNonce);
      if (row === undefined) return 'nonce-unknown';
      if (row['used_at'] !== null) return 'nonce-used';
      if (Number(row['expires_at']) <= at) return 'nonce-expired';
    }
    if (commit.redeemTicket !== undefined) {
      const row = ticket.get(tenant, commit.redeemTicket.handle);
      if (row !== undefined && row['redeemed'] !== null) return 'ticket-used';
      // An expired ticket is as good as swept; which of the two it is must not depend on when the sweep ran.
      if (row === undefined || Number(row['expires_at']) <= at) return 'ticket-unknown';
    }
    if (commit.attestation !== undefined) {
      const row = attestation.get(tenant, commit.attestation.device);
      if (row !== undefined && commit.attestation.sequence <= Number(row['sequence'])) return 'report-sequence-old';
    }
    if (commit.session !== undefined) {
      const row = session.get(tenant, commit.session.session.id);
      if (Number(row?.['version'] ?? 0) !== commit.session.expectedVersion) return 'version-conflict';
    }
    for (const { kind, key, version } of commit.keep ?? []) {
      const row = kept.get(tenant, kind, key);
      if (Number(row?.['version'] ?? 0) !== version - 1) return 'version-conflict';
    }
    return undefined;
  };
}

function prepareWrites(database: DatabaseSync): (commit: Commit) => void {
  const consume = database.prepare('UPDATE nonces SET used_at = ? WHERE tenant = ? AND value = ?');
  const redeem = database.prepare('UPDATE tickets SET redeemed = ? WHERE tenant = ? AND handle = ?');
  const attestation = database.prepare(
    'INSERT OR REPLACE INTO attestations (tenant, device, expires_at, sequence, body) VALUES (?, ?, ?, ?, ?)',
  );
  const person = database.prepare(
    'INSERT OR REPLACE INTO persons (tenant, device, expires_at, body) VALUES (?, ?, ?, ?)',
  );
  const deviceKey = database.prepare(
    'INSERT OR REPLACE INTO device_keys (tenant, key, expires_at, body) VALUES (?, ?, ?, ?)',
  );
  // An update keeps the rowid, by which sessions of the same millisecond stay in the order of their decisions.
  const session = database.prepare(`
    INSERT INTO sessions (tenant, id, expires_at, version, state, nas, acct_session_id, user_name, calling_station_id,
      device, person, framed_address, decided_at, due_at, decision_id, decision, body)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (tenant, id) DO UPDATE SET expires_at = excluded.expires_at, version = excluded.version,
      state = excluded.state, nas = excluded.nas, acct_session_id = excluded.acct_session_id,
      user_name = excluded.user_name, calling_station_id = excluded.calling_station_id, device = excluded.device,
      person = excluded.person, framed_address = excluded.framed_address,
      decided_at = excluded.decided_at, due_at = excluded.due_at, decision_id = excluded.decision_id, decision = excluded.decision,
      body = excluded.body`);
  const keep = database.prepare(
    'INSERT OR REPLACE INTO kept (tenant, kind, key, version, expires_at, body) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const recorded = database.prepare('SELECT 1 FROM decisions WHERE tenant = ? AND id = ? AND decision IS NOT NULL');
  return commit => {
    const { tenant } = commit;
    if (commit.consumeNonce !== undefined) consume.run(commit.at, tenant, commit.consumeNonce);
    if (commit.redeemTicket !== undefined) {
      redeem.run(JSON.stringify(commit.redeemTicket.redeemed), tenant, commit.redeemTicket.handle);
    }
    const result = commit.attestation;
    if (result !== undefined) {
      attestation.run(tenant, result.device, attestationExpiry(result), result.sequence, JSON.stringify(result));
    }
    const proof = commit.person;
    if (proof !== undefined) person.run(tenant, proof.device, proof.expiresAt, JSON.stringify(proof));
    const key = commit.deviceKey;
    if (key !== undefined) deviceKey.run(tenant, key.key, key.expiresAt, JSON.stringify(key));
    for (const kept of commit.keep ?? []) {
      keep.run(tenant, kept.kind, kept.key, kept.version, kept.expiresAt ?? null, JSON.stringify(kept));
    }
    const s = commit.session?.session;
    if (s !== undefined) {
      const { decision, ...body } = s;
      const found = [s.nas, s.acctSessionId ?? null, s.userName, s.callingStationId] as const;
      const whose = [s.device ?? null, s.person ?? null, s.framedAddress ?? null] as const;
      const own = recorded.get(tenant, s.decisionId) === undefined ? JSON.stringify(decision) : null;
      const decided = [s.decidedAt, dueAt(s) ?? null, s.decisionId, own, JSON.stringify(body)] as const;
      session.run(tenant, s.id, sessionExpiry(s), s.version, s.state, ...found, ...whose, ...decided);
    }
  };
}

function prepareChain(database: DatabaseSync, writer: string): (draft: DecisionDraft) => void {
  const head = database.prepare(
    'SELECT epoch, sequence, chain_hash FROM chain_heads WHERE writer = ? ORDER BY epoch DESC LIMIT 1',
  );
  const advance = database.prepare(
    'INSERT OR REPLACE INTO chain_heads (writer, epoch, sequence, chain_hash) VALUES (?, ?, ?, ?)',
  );
  const insert = database.prepare(`
    INSERT INTO decisions (tenant, id, case_code, at, refused, writer, epoch, sequence, decision, body)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  return draft => {
    const last = head.get(writer);
    const epoch = Number(last?.['epoch'] ?? 1);
    const sequence = Number(last?.['sequence'] ?? 0) + 1;
    const record = chainRecord(draft, {
      writer,
      epoch,
      sequence,
      previous: String(last?.['chain_hash'] ?? chainStart),
    });
    const { decision, ...body } = record;
    const texts = [decision === undefined ? null : JSON.stringify(decision), JSON.stringify(body)] as const;
    const refused = isDenial(record) ? 1 : 0;
    insert.run(record.tenant, record.id, record.caseCode, record.at, refused, writer, epoch, sequence, ...texts);
    advance.run(writer, epoch, sequence, record.chainHash);
  };
}
