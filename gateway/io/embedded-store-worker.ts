// The storage thread of the embedded store: the only writer of its file. It takes all requests that are waiting, carries
// them out in one transaction and answers after the commit, so that one wait for the disk serves the whole batch.

import type { DatabaseSync } from 'node:sqlite';
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import {
  monotonicMs,
  type StoreAnswer,
  type StoreNotice,
  type StoreRequest,
  type StoreThreadData,
  writingMethods,
} from './embedded-store-messages.ts';
import { blockingStore } from './embedded-store-queries.ts';
import { openForWriting } from './embedded-store-schema.ts';

const batchRequests = 512;

type Call = Exclude<StoreRequest, { readonly method: 'close' }>;

if (parentPort !== null) serve(parentPort, workerData as StoreThreadData);

function serve(port: MessagePort, { path, writer }: StoreThreadData): void {
  const tell = (notice: StoreNotice) => port.postMessage(notice);
  let carryOut: (calls: readonly Call[]) => readonly StoreAnswer[];
  let database: DatabaseSync;
  try {
    database = openForWriting(path);
    carryOut = prepareBatch(database, writer);
  } catch (error) {
    // Whatever is wrong with the file, the flows thread is told in words and this thread ends.
    tell({ notice: 'refused', message: words(error) });
    port.close();
    return;
  }
  tell({ notice: 'opened' });
  port.on('message', (first: StoreRequest) => {
    const { calls, close } = waiting(port, first);
    if (calls.length > 0) tell({ notice: 'answers', answers: carryOut(calls) });
    if (!close) return;
    database.close();
    port.close();
  });
}

function waiting(port: MessagePort, first: StoreRequest): { readonly calls: readonly Call[]; readonly close: boolean } {
  const calls: Call[] = [];
  for (let request: StoreRequest | undefined = first; request !== undefined; ) {
    if (request.method === 'close') return { calls, close: true };
    // Nobody waits for this one any more: doing it now would only surprise.
    if (request.dueMs > monotonicMs()) calls.push(request);
    if (calls.length >= batchRequests) break;
    request = (receiveMessageOnPort(port) as { readonly message: StoreRequest } | undefined)?.message;
  }
  return { calls, close: false };
}

function prepareBatch(database: DatabaseSync, writer: string): (calls: readonly Call[]) => readonly StoreAnswer[] {
  const store = blockingStore(database, writer);
  const [begin, commit, savepoint, release, undo] = [
    'BEGIN IMMEDIATE',
    'COMMIT',
    'SAVEPOINT request',
    'RELEASE request',
    'ROLLBACK TO request',
  ].map(sql => database.prepare(sql));

  const answer = (call: Call, writes: boolean): StoreAnswer => {
    if (writes) savepoint?.run();
    try {
      // Each method gets the arguments that the port's own type gave it on the other side.
      const method = store[call.method] as (...args: readonly unknown[]) => unknown;
      const value = method(...call.args);
      if (writes) release?.run();
      return { id: call.id, value };
    } catch (error) {
      // A full disk ends the whole transaction, and then there is no savepoint to return to.
      if (writes && database.isTransaction) {
        undo?.run();
        release?.run();
      }
      return { id: call.id, ...failure(error) };
    }
  };

  return calls => {
    if (!calls.some(({ method }) => writingMethods.has(method))) return calls.map(call => answer(call, false));
    try {
      begin?.run();
      const answers: StoreAnswer[] = [];
      for (const call of calls) {
        answers.push(answer(call, writingMethods.has(call.method)));
        if (!database.isTransaction) throw new Error('the transaction of the batch was lost');
      }
      commit?.run();
      return answers;
    } catch (error) {
      // Nothing of the batch is on disk, so nobody may be told that it is.
      if (database.isTransaction) database.exec('ROLLBACK');
      const failed = { failed: 'unavailable', message: words(error) } as const;
      return calls.map(({ id }) => ({ id, ...failed }));
    }
  };
}

/** SQLITE_CONSTRAINT and errors that are not SQLite's own are misuse; everything else is the disk or the file. */
function failure(error: unknown): Omit<StoreAnswer, 'id'> {
  const code =
    typeof error === 'object' && error !== null && 'errcode' in error ? Number(error.errcode) & 0xff : undefined;
  return { failed: code === undefined || code === 19 ? 'misuse' : 'unavailable', message: words(error) };
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
