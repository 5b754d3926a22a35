// The flows side of the storage thread: starts it, gives every request a deadline, and turns its death into `Unavailable`.

import { Worker } from 'node:worker_threads';
import { Unavailable } from '../ports.ts';
import {
  monotonicMs,
  type StoreAnswer,
  type StoredMethod,
  type StoreNotice,
  type StoreRequest,
  type StoreThreadData,
} from './embedded-store-messages.ts';

export interface StoreThreadOptions extends StoreThreadData {
  readonly deadlineMs: number;
  readonly maxPending: number;
}

export interface StoreThread {
  /** Fulfilled once the file is open; rejects when it cannot be. */
  opened(): Promise<unknown>;
  call(method: StoredMethod, args: readonly unknown[]): Promise<unknown>;
  close(): Promise<void>;
  /** Ends the thread where it stands, as a crash would. */
  crash(): Promise<void>;
}

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

interface Running {
  readonly worker: Worker;
  readonly startedMs: number;
  readonly opened: Promise<unknown>;
  readonly ended: Promise<void>;
}

/** A thread that dies sooner than this is not started again at once. */
const restartPauseMs = 500;

export function startStoreThread(options: StoreThreadOptions): StoreThread {
  const pending = new Map<number, Pending>();
  let nextId = 1;
  let running: Running | undefined;
  let lastStartedMs = Number.NEGATIVE_INFINITY;
  let lastFailure = 'its thread has ended';
  let closed = false;

  const failAll = () => {
    for (const { reject, timer } of pending.values()) {
      clearTimeout(timer);
      reject(new Unavailable(`the store is not available: ${lastFailure}`));
    }
    pending.clear();
  };

  const settle = ({ id, value, failed, message = '' }: StoreAnswer) => {
    const waiting = pending.get(id);
    if (waiting === undefined) return;
    pending.delete(id);
    clearTimeout(waiting.timer);
    if (failed === undefined) waiting.resolve(value);
    else if (failed === 'misuse') waiting.reject(new Error(`the store was asked for something impossible: ${message}`));
    else waiting.reject(new Unavailable(`the store is not available: ${message}`));
  };

  const start = (): Running => {
    const { path, writer } = options;
    const worker = new Worker(new URL('./embedded-store-worker.ts', import.meta.url), {
      workerData: { path, writer } satisfies StoreThreadData,
      name: 'sluis-store',
    });
    const { promise: opened, resolve, reject } = Promise.withResolvers<undefined>();
    // Whoever waits for `opened` sees the failure; a restart has nobody waiting, only pending calls, which fail below.
    opened.catch(() => undefined);
    worker.on('message', (notice: StoreNotice) => {
      if (notice.notice === 'opened') resolve(undefined);
      else if (notice.notice === 'refused') lastFailure = notice.message;
      else for (const answer of notice.answers) settle(answer);
    });
    worker.on('error', error => {
      lastFailure = error instanceof Error ? error.message : String(error);
    });
    const ended = new Promise<void>(end => {
      worker.on('exit', () => {
        running = undefined;
        reject(new Error(lastFailure));
        failAll();
        end();
      });
    });
    lastStartedMs = monotonicMs();
    lastFailure = 'its thread has ended';
    running = { worker, startedMs: lastStartedMs, opened, ended };
    return running;
  };

  const call = (method: StoredMethod, args: readonly unknown[]): Promise<unknown> => {
    if (closed) return Promise.reject(new Unavailable('the store is closed'));
    if (pending.size >= options.maxPending)
      return Promise.reject(new Unavailable('too many requests wait for the store'));
    if (running === undefined && monotonicMs() - lastStartedMs < restartPauseMs) {
      return Promise.reject(new Unavailable(`the store is not available: ${lastFailure}`));
    }
    const { worker } = running ?? start();
    const id = nextId++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        pending.delete(id);
        reject(new Unavailable(`the store did not answer within ${options.deadlineMs} ms`));
      }, options.deadlineMs);
      pending.set(id, { resolve, reject, timer });
      worker.postMessage({ method, id, args, dueMs: monotonicMs() + options.deadlineMs } satisfies StoreRequest);
    });
  };

  start();
  return {
    opened: () => running?.opened ?? Promise.reject(new Error(lastFailure)),
    call,
    async close() {
      closed = true;
      const last = running;
      if (last === undefined) return;
      last.worker.postMessage({ method: 'close' } satisfies StoreRequest);
      const patience = setTimeout(() => void last.worker.terminate(), options.deadlineMs);
      await last.ended;
      clearTimeout(patience);
    },
    async crash() {
      await running?.worker.terminate();
    },
  };
}
