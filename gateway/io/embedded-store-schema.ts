// The file of the embedded store: its tables, its schema version, how it is opened, and who may read it.

import { closeSync, constants, fchmodSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { Session } from '../pdp/session.ts';
import { dueAt } from '../pdp/session-validity.ts';
import { readDecided } from './embedded-store-rows.ts';

export const schemaVersion = 1;

/** "SLUI" in ASCII: tells our files from other SQLite databases. */
const applicationId = 0x53_4c_55_49;

/**
 * Every primary key starts with the tenant. `expires_at` and every other instant: milliseconds since 1970 UTC.
 * A decision is the bulk of a session and of its record, and is stored once: `sessions.decision` is null when the record of
 * `decision_id` has it. No record goes before its session does.
 */
const tables = `
CREATE TABLE nonces (
  tenant TEXT NOT NULL, value TEXT NOT NULL, expires_at INTEGER NOT NULL, used_at INTEGER, body TEXT NOT NULL,
  PRIMARY KEY (tenant, value)) STRICT;
CREATE INDEX nonces_expiry ON nonces (expires_at);

CREATE TABLE tickets (
  tenant TEXT NOT NULL, handle TEXT NOT NULL, expires_at INTEGER NOT NULL, redeemed TEXT, body TEXT NOT NULL,
  PRIMARY KEY (tenant, handle)) STRICT;
CREATE INDEX tickets_expiry ON tickets (expires_at);

CREATE TABLE attestations (
  tenant TEXT NOT NULL, device TEXT NOT NULL, expires_at INTEGER NOT NULL, sequence INTEGER NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY (tenant, device)) STRICT;
CREATE INDEX attestations_expiry ON attestations (expires_at);

CREATE TABLE persons (
  tenant TEXT NOT NULL, device TEXT NOT NULL, expires_at INTEGER NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY (tenant, device)) STRICT;
CREATE INDEX persons_expiry ON persons (expires_at);

CREATE TABLE device_keys (
  tenant TEXT NOT NULL, key TEXT NOT NULL, expires_at INTEGER NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY (tenant, key)) STRICT;
CREATE INDEX device_keys_expiry ON device_keys (expires_at);

CREATE TABLE sessions (
  tenant TEXT NOT NULL, id TEXT NOT NULL, expires_at INTEGER NOT NULL, version INTEGER NOT NULL, state TEXT NOT NULL,
  nas TEXT NOT NULL, acct_session_id TEXT, user_name TEXT NOT NULL, calling_station_id TEXT NOT NULL, device TEXT,
  person TEXT, framed_address TEXT,
  decided_at INTEGER NOT NULL, decision_id TEXT NOT NULL, decision TEXT, body TEXT NOT NULL, due_at INTEGER,
  PRIMARY KEY (tenant, id)) STRICT;
CREATE INDEX sessions_newest ON sessions (tenant, decided_at);
CREATE INDEX sessions_by_state ON sessions (tenant, state, decided_at);
CREATE INDEX sessions_by_device ON sessions (tenant, device, decided_at);
CREATE INDEX sessions_by_person ON sessions (tenant, person, decided_at);
CREATE INDEX sessions_by_address ON sessions (tenant, framed_address, decided_at);
CREATE INDEX sessions_by_accounting ON sessions (tenant, nas, acct_session_id, decided_at);
CREATE INDEX sessions_by_claim ON sessions (tenant, nas, user_name, calling_station_id, state, decided_at);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE kept (
  tenant TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, expires_at INTEGER, body TEXT NOT NULL,
  PRIMARY KEY (tenant, kind, key)) STRICT;
CREATE INDEX kept_expiry ON kept (expires_at);

CREATE TABLE decisions (
  tenant TEXT NOT NULL, id TEXT NOT NULL, case_code TEXT NOT NULL, at INTEGER NOT NULL, refused INTEGER NOT NULL,
  writer TEXT NOT NULL, epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, decision TEXT, body TEXT NOT NULL,
  PRIMARY KEY (tenant, id), UNIQUE (writer, epoch, sequence)) STRICT;
CREATE INDEX decisions_newest ON decisions (tenant, at);
CREATE INDEX decisions_refused ON decisions (tenant, refused, at);
CREATE INDEX decisions_by_case ON decisions (tenant, case_code, at);

CREATE TABLE chain_heads (
  writer TEXT NOT NULL, epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, chain_hash TEXT NOT NULL,
  PRIMARY KEY (writer, epoch)) STRICT;
`;

/** Made when they are missing: a file that an older gateway wrote needs no other change. */
const indexes = `
CREATE TABLE IF NOT EXISTS snapshots (
  tenant TEXT NOT NULL, until INTEGER NOT NULL, id TEXT NOT NULL, expires_at INTEGER NOT NULL, body BLOB NOT NULL,
  PRIMARY KEY (tenant, until, id)) STRICT;
CREATE INDEX IF NOT EXISTS snapshots_expiry ON snapshots (expires_at);
CREATE INDEX IF NOT EXISTS sessions_silent ON sessions (tenant, state, expires_at);
CREATE INDEX IF NOT EXISTS sessions_silent_at ON sessions (tenant, nas, state, expires_at);
CREATE INDEX IF NOT EXISTS sessions_due ON sessions (tenant, due_at) WHERE due_at IS NOT NULL;
`;

/** For the one storage thread. Creates the file when there is none; only its owner may read it. */
export function openForWriting(path: string): DatabaseSync {
  // SQLite gives its -wal and -shm files the mode of the database, so the mode is set before SQLite sees the file.
  const file = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  try {
    fchmodSync(file, 0o600);
  } finally {
    closeSync(file);
  }
  const database = new DatabaseSync(path, { timeout: 2_000 });
  try {
    database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA fullfsync = ON;
      PRAGMA journal_size_limit = 67108864;
      PRAGMA trusted_schema = OFF;
      BEGIN IMMEDIATE`);
    if (readSchema(database, path) === 'empty') {
      database.exec(`${tables} PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${schemaVersion}`);
    }
    if (!columnsOf(database, 'sessions').includes('due_at')) addDue(database);
    database.exec(indexes);
    database.exec('COMMIT');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** For verification beside a running gateway: no write, no lock that a writer would notice. */
export function openForReading(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { readOnly: true, timeout: 2_000 });
  try {
    if (readSchema(database, path) === 'empty') throw new Error(`${path} is empty: there is no store in it`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function readSchema(database: DatabaseSync, path: string): 'empty' | 'ours' {
  const application = pragma(database, 'application_id');
  const version = pragma(database, 'user_version');
  if (application === 0 && version === 0 && isEmpty(database)) return 'empty';
  if (application !== applicationId)
    throw new Error(`${path} is a database of another program: give the store a file of its own`);
  if (version > schemaVersion) {
    throw new Error(
      `${path} has schema version ${version} and this gateway knows versions up to ${schemaVersion}: ` +
        'run the newer gateway that wrote it, or restore the copy made before the upgrade',
    );
  }
  return 'ours';
}

function pragma(database: DatabaseSync, name: string): number {
  const value = database.prepare(`PRAGMA ${name}`).get()?.[name];
  return typeof value === 'number' ? value : Number.NaN;
}

/** In a file of an older gateway what is open comes due like everything else; that gateway could still read it. */
function addDue(database: DatabaseSync): void {
  database.exec('ALTER TABLE sessions ADD COLUMN due_at INTEGER');
  const open = database.prepare("SELECT rowid FROM sessions WHERE state <> 'stopped'").all();
  const held = `coalesce(decision,
    (SELECT decision FROM decisions WHERE tenant = sessions.tenant AND id = sessions.decision_id))`;
  const one = database.prepare(`SELECT body, ${held} AS decision FROM sessions WHERE rowid = ?`);
  const write = database.prepare('UPDATE sessions SET due_at = ? WHERE rowid = ?');
  for (const { rowid = null } of open) {
    const session = readDecided<Session>(one.get(rowid));
    const at = session && dueAt(session);
    if (at !== undefined) write.run(at, rowid);
  }
}

function columnsOf(database: DatabaseSync, table: string): readonly unknown[] {
  return database
    .prepare(`PRAGMA table_info(${table})`)
    .all()
    .map(row => row['name']);
}

function isEmpty(database: DatabaseSync): boolean {
  return database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;
}
