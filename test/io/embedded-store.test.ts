// The embedded store as a file and a thread: what a crash leaves behind, who may read it, and how it refuses.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, copyFile, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EmbeddedStore, openEmbeddedStore } from '../../gateway/io/embedded-store.ts';
import { dueAt } from '../../gateway/pdp/session-validity.ts';
import { openForWriting } from '../../gateway/io/embedded-store-schema.ts';
import { verifyStoreFile } from '../../gateway/io/embedded-store-verify.ts';
import { Unavailable } from '../../gateway/ports.ts';
import { decision, draft, nonce, now, session } from '../contracts/admission-store-samples.ts';

let directory: string;
let path: string;
const open: EmbeddedStore[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluis-store-'));
  path = join(directory, 'sluis.db');
});
afterEach(async () => {
  await Promise.all(open.splice(0).map(store => store.close()));
  await rm(directory, { recursive: true });
});

async function openStore(options: { readonly deadlineMs?: number; readonly maxPending?: number } = {}) {
  const store = await openEmbeddedStore({ path, writer: 'gateway-1', ...options });
  open.push(store);
  return store;
}

function decide(store: EmbeddedStore, id: string) {
  const whole = decision();
  return store.commit({
    tenant: 'town',
    at: now,
    session: { session: session(id, { decision: whole, decisionId: id }), expectedVersion: 0 },
    decision: draft(id, { decision: whole }),
  });
}

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));

function changeFile(sql: string): void {
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
}

describe('the file', () => {
  it.runIf(process.platform !== 'win32')('is readable by its owner alone, its companions too', async () => {
    await writeFile(path, '');
    await chmod(path, 0o644);
    const store = await openStore();
    await store.putNonce(nonce('n1'));
    const files = await readdir(directory);
    expect(files.sort()).toEqual(['sluis.db', 'sluis.db-shm', 'sluis.db-wal']);
    for (const file of files) expect((await stat(join(directory, file))).mode & 0o777, file).toBe(0o600);
  });

  it('is written with a wait for the disk at each commit', () => {
    const database = openForWriting(path);
    const setting = (name: string) => database.prepare(`PRAGMA ${name}`).get()?.[name];
    expect([setting('journal_mode'), setting('synchronous'), setting('fullfsync')]).toEqual(['wal', 2, 1]);
    database.close();
  });

  it('holds an answered entry for whoever copies file and log right then', async () => {
    const store = await openStore();
    await store.putNonce(nonce('n1'));
    for (const end of ['', '-wal']) await copyFile(path + end, join(directory, `copy.db${end}`));
    const copy = new DatabaseSync(join(directory, 'copy.db'));
    expect(copy.prepare('SELECT value FROM nonces').all()).toMatchObject([{ value: 'n1' }]);
    copy.close();
  });

  it('holds a decision once, whether a session or its record tells it', async () => {
    const store = await openStore();
    const whole = decision({ segment: 'x'.repeat(100_000) });
    const opened = session('s1', { decision: whole, decisionId: 'd1' });
    const record = draft('d1', { decision: whole });
    await store.commit({
      tenant: 'town',
      at: now,
      session: { session: opened, expectedVersion: 0 },
      decision: record,
    });
    const moved = { ...opened, version: 2 };
    await store.commit({ tenant: 'town', at: now, session: { session: moved, expectedVersion: 1 } });
    expect(await store.session('town', 's1')).toEqual(moved);
    await store.close();
    changeFile('VACUUM');
    // Empty tables and indexes take about 150,000 octets.
    const { size } = await stat(path);
    expect(size).toBeGreaterThan(100_000);
    expect(size).toBeLessThan(2.9 * 100_000);
  });

  it('of a newer gateway is refused, with what to do, and left alone', async () => {
    await (await openStore()).close();
    changeFile('PRAGMA user_version = 2');
    await expect(openStore()).rejects.toThrow(/schema version 2 .*up to 1.*newer gateway/s);
    changeFile('PRAGMA user_version = 1');
    await expect(openStore()).resolves.toBeDefined();
  });

  it('of an older gateway: what is open there comes due like everything else', async () => {
    const store = await openStore();
    const open = session('s1', { state: 'started', decisionId: 'd1' });
    await store.commit({
      tenant: 'town',
      at: now,
      session: { session: open, expectedVersion: 0 },
      decision: draft('d1', { sessionId: 's1', decision: open.decision }),
    });
    const refused = session('s2', { decision: { ...open.decision, outcome: 'deny' } });
    await store.commit({ tenant: 'town', at: now, session: { session: refused, expectedVersion: 0 } });
    const due = await store.dueSessions({ tenant: 'town', from: 0, until: Number.MAX_SAFE_INTEGER, limit: 9 });
    await store.close();
    changeFile('DROP INDEX sessions_due');
    changeFile('ALTER TABLE sessions DROP COLUMN due_at');
    const again = await openStore();
    expect(due.map(({ id }) => id)).toEqual(['s1']);
    const at = dueAt(open) ?? Number.NaN;
    expect(await again.dueSessions({ tenant: 'town', from: at, until: at, limit: 9 })).toEqual(due);
    expect(await again.dueSessions({ tenant: 'town', from: 0, until: Number.MAX_SAFE_INTEGER, limit: 9 })).toEqual(due);
  });

  it('of another program is refused', async () => {
    changeFile('CREATE TABLE recipes (title TEXT)');
    await expect(openStore()).rejects.toThrow('another program');
  });

  it('that is no database is refused', async () => {
    await writeFile(path, 'these are not the bytes of a database, and there are quite a few of them'.repeat(20));
    await expect(openStore()).rejects.toThrow('not a database');
  });

  it('that cannot be created is refused', async () => {
    await expect(openEmbeddedStore({ path: join(directory, 'no', 'such', 'place.db'), writer: 'w' })).rejects.toThrow(
      'ENOENT',
    );
  });
});

describe('a crash', () => {
  it('of the thread rejects what waits, keeps what was answered, and the next call starts another', async () => {
    const store = await openStore();
    await pause(550);
    await Promise.all(Array.from({ length: 50 }, (_, n) => decide(store, `before-${n}`)));
    const waiting = Array.from({ length: 500 }, (_, n) => decide(store, `during-${n}`));
    const [answers] = await Promise.all([Promise.allSettled(waiting), store.crash()]);
    const failures = answers.flatMap(answer => (answer.status === 'rejected' ? [answer.reason as unknown] : []));
    expect(failures.length, 'it was killed in the middle').toBeGreaterThan(0);
    for (const failure of failures) expect(failure).toBeInstanceOf(Unavailable);

    const kept = await store.decisions({ tenant: 'town', limit: 1_000 });
    const ids = new Set(kept.map(({ id }) => id));
    for (let n = 0; n < 50; n++) expect(ids.has(`before-${n}`)).toBe(true);
    answers.forEach((answer, n) => {
      if (answer.status === 'fulfilled') expect(ids.has(`during-${n}`), `during-${n} was answered`).toBe(true);
    });
    for (const { id } of kept) expect(await store.session('town', id), `session of ${id}`).toBeDefined();
    expect(await store.verifyChain()).toEqual({ records: kept.length });
    await decide(store, 'after');
    expect(await store.decision('town', 'after')).toMatchObject({ sequence: kept.length + 1 });
  });

  it('of a thread that has only just started is not answered by starting again and again', async () => {
    const store = await openStore();
    await store.crash();
    await expect(store.nonce('town', 'n')).rejects.toThrow(Unavailable);
    await pause(550);
    await expect(store.nonce('town', 'n')).resolves.toBeUndefined();
  });

  it('after which the file cannot be opened any more is reported in words', async () => {
    const store = await openStore();
    await pause(550);
    await store.crash();
    changeFile('PRAGMA user_version = 9');
    const failure: unknown = await store.nonce('town', 'n').catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Unavailable);
    expect(String(failure)).toContain('schema version 9');
  });

  it('of the whole process loses nothing that was answered', { timeout: 20_000 }, async () => {
    const gateway = spawn(process.execPath, [new URL('./embedded-store-process.ts', import.meta.url).pathname, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const answered = await killAfter(gateway, 300);
    const store = await openStore();
    const kept = await store.decisions({ tenant: 'town', limit: 100_000 });
    const ids = new Set(kept.map(({ id }) => id));
    expect(answered.filter(id => !ids.has(id))).toEqual([]);
    expect(await store.verifyChain()).toEqual({ records: kept.length });
    for (const { id } of kept.slice(0, 20)) expect(await store.session('town', id)).toBeDefined();
  });
});

/** Reads the ids that the process says are committed, and kills it in the middle of its work. */
async function killAfter(gateway: ChildProcess, lines: number): Promise<readonly string[]> {
  const answered: string[] = [];
  if (gateway.stdout === null) throw new Error('the process has no output');
  const output = createInterface({ input: gateway.stdout });
  output.on('line', line => {
    answered.push(line);
    if (answered.length === lines) gateway.kill('SIGKILL');
  });
  await once(output, 'close');
  expect(answered.length).toBeGreaterThanOrEqual(lines);
  return answered;
}

describe('too much or too slow', () => {
  it('is Unavailable at the deadline, and what nobody waits for is not done', async () => {
    const store = await openStore({ deadlineMs: 100 });
    // Another process holds the file for longer than the deadline.
    const other = new DatabaseSync(path);
    other.exec('BEGIN IMMEDIATE');
    const first = decide(store, 'in-hand');
    await pause(20);
    const second = decide(store, 'in-queue');
    await expect(first).rejects.toThrow('within 100 ms');
    await expect(second).rejects.toThrow(Unavailable);
    await pause(50);
    other.exec('ROLLBACK');
    other.close();
    await expect.poll(() => store.sweep(0).catch(() => 'busy')).toBe(0);
    expect(await store.decision('town', 'in-queue')).toBeUndefined();
  });

  it('is Unavailable at once when too many wait', async () => {
    const store = await openStore({ maxPending: 10 });
    const answers = await Promise.allSettled(Array.from({ length: 25 }, (_, n) => store.putNonce(nonce(`n${n}`))));
    expect(answers.filter(({ status }) => status === 'rejected')).toHaveLength(15);
    await expect(store.putNonce(nonce('later'))).resolves.toBeUndefined();
  });

  it('is Unavailable after closing', async () => {
    const store = await openStore();
    const last = decide(store, 'last');
    await store.close();
    expect(await last, 'what was asked before is still done').toMatchObject({ committed: true });
    await expect(store.nonce('town', 'n')).rejects.toThrow(Unavailable);
    await store.close();
  });
});

describe('the chain in the file', () => {
  const changes = {
    'a changed body': [
      `UPDATE decisions SET body = replace(body, '"grant"', '"deny"') WHERE sequence = 2`,
      'sequence 2',
    ],
    'a changed decision': [
      `UPDATE decisions SET decision = replace(decision, '"grant"', '"deny"') WHERE sequence = 2`,
      'its body was changed',
    ],
    'a decision taken out': ['UPDATE decisions SET decision = NULL WHERE sequence = 2', 'its body was changed'],
    'a decision that is not JSON': [`UPDATE decisions SET decision = 'x' WHERE sequence = 2`, 'not a record'],
    'a body that is not JSON': [`UPDATE decisions SET body = 'x' WHERE sequence = 2`, 'not a record'],
    'a body that is no record': [`UPDATE decisions SET body = 'null' WHERE sequence = 2`, 'not a record'],
    'a record taken out': ['DELETE FROM decisions WHERE sequence = 2', 'sequence 2 was expected'],
    'the last record cut off': ['DELETE FROM decisions WHERE sequence = 3', 'ends at 2'],
    'all records taken out': ['DELETE FROM decisions', 'ends at 0'],
    'a refusal hidden from the list': [
      'UPDATE decisions SET refused = 1 - refused WHERE sequence = 2',
      'column refused',
    ],
    'a record moved to another tenant': [`UPDATE decisions SET tenant = 'village' WHERE sequence = 2`, 'column tenant'],
    'a forgotten end': ['DELETE FROM chain_heads', 'how this chain ended'],
    'another end': [`UPDATE chain_heads SET chain_hash = 'ab'`, 'written last'],
  } as const;

  it.each(Object.entries(changes))('shows %s', async (_, [sql, told]) => {
    const store = await openStore();
    for (const id of ['d1', 'd2', 'd3']) await decide(store, id);
    expect(await store.verifyChain()).toEqual({ records: 3 });
    changeFile(sql);
    const check = await store.verifyChain();
    expect(check.broken).toContain(told);
    await store.close();
    expect(verifyStoreFile(path)).toEqual(check);
  });

  it('is one per writer', async () => {
    const store = await openStore();
    await decide(store, 'd1');
    await store.close();
    const other = await openEmbeddedStore({ path, writer: 'gateway-2' });
    open.push(other);
    await decide(other, 'd2');
    expect(await other.decision('town', 'd2')).toMatchObject({ writer: 'gateway-2', sequence: 1 });
    expect(await other.verifyChain()).toEqual({ records: 2 });
  });
});
