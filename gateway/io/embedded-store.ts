// The embedded `AdmissionStore`: one SQLite file, written by one storage thread (`embedded-store-worker.ts`).
// What a resolved promise says is on disk: WAL with synchronous=FULL, answered after the commit.

import { Worker } from 'node:worker_threads';
import type { ChainCheck } from '../audit/chain.ts';
import { type AdmissionStore, Unavailable } from '../ports.ts';
import type { StoredMethod } from './embedded-store-messages.ts';
import { startStoreThread } from './embedded-store-thread.ts';
import { checkCommit } from './store-entries.ts';

export interface EmbeddedStoreOptions {
  readonly path: string;
  /** Name of this process in the decision records. */
  readonly writer: string;
  /** A request without an answer by then is `Unavailable`. */
  readonly deadlineMs?: number;
  /** More requests than this are not queued: a long queue only yields answers that nobody waits for any more. */
  readonly maxPending?: number;
}

export interface EmbeddedStore extends AdmissionStore {
  /** Ends the storage thread where it stands, as a crash would; the next call starts another. For fault tests. */
  crash(): Promise<void>;
}

/** Rejects with the reason in words when the file is no store, is of a newer gateway, or cannot be opened. */
export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<EmbeddedStore> {
  const { path, writer, deadlineMs = 2_000, maxPending = 10_000 } = options;
  const thread = startStoreThread({ path, writer, deadlineMs, maxPending });
  await thread.opened();

  // The storage thread answers each method with the type that the port gives it.
  const ask =
    <M extends StoredMethod>(method: M) =>
    (...args: Parameters<AdmissionStore[M]>) =>
      thread.call(method, args) as ReturnType<AdmissionStore[M]>;
  const sweepOnce = ask('sweep');

  return {
    async commit(commit) {
      checkCommit(commit);
      return ask('commit')(commit);
    },
    putNonce: ask('putNonce'),
    nonce: ask('nonce'),
    putTicket: ask('putTicket'),
    ticket: ask('ticket'),
    attestation: ask('attestation'),
    personProof: ask('personProof'),
    deviceKey: ask('deviceKey'),
    kept: ask('kept') as AdmissionStore['kept'],
    keptAll: ask('keptAll') as AdmissionStore['keptAll'],
    session: ask('session'),
    findSession: ask('findSession'),
    sessions: ask('sessions'),
    silentSessions: ask('silentSessions'),
    dueSessions: ask('dueSessions'),
    decisions: ask('decisions'),
    decision: ask('decision'),
    putSnapshots: ask('putSnapshots'),
    snapshots: ask('snapshots'),
    async sweep(now) {
      let forgotten = 0;
      // In portions, so that admissions get their turn in between.
      for (let last = await sweepOnce(now); last > 0; last = await sweepOnce(now)) forgotten += last;
      return forgotten;
    },
    verifyChain: () => verifyBeside(path),
    close: () => thread.close(),
    crash: () => thread.crash(),
  };
}

/** Reading a whole archive takes seconds: it has its own thread and its own read-only view of the file. */
function verifyBeside(path: string): Promise<ChainCheck> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./embedded-store-verify-worker.ts', import.meta.url), { workerData: path });
    worker.on('message', (check: ChainCheck) => resolve(check));
    worker.on('error', error => reject(new Unavailable(`the store cannot be verified: ${String(error)}`)));
    worker.on('exit', () => reject(new Unavailable('the verification ended without a result')));
  });
}
