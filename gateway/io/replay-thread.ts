// One replay, seen from the thread that answers concentrators: it reads the store window by window and hands what it finds to a
// thread of its own, which judges.

import { Worker } from 'node:worker_threads';
import type { Concerned, ReplayReport } from '../contract/replay.ts';
import type { SnapshotStore } from '../pdp/snapshot.ts';
import type { PolicyFile } from '../policy/policy-set.ts';

export interface ReplayThreadData {
  readonly running: readonly PolicyFile[];
  readonly draft: readonly PolicyFile[];
}

export type ReplayOrder =
  | { readonly order: 'judge'; readonly bodies: readonly Uint8Array[] }
  | { readonly order: 'finish' };

export type ReplayNotice =
  | { readonly notice: 'compiled' }
  | { readonly notice: 'refused'; readonly problems: readonly string[] }
  | { readonly notice: 'judged'; readonly logins: number }
  | { readonly notice: 'done'; readonly report: ReplayReport; readonly concerned: readonly Concerned[] };

export interface ReplayAsked extends ReplayThreadData {
  readonly store: SnapshotStore;
  readonly tenant: string;
  /** Milliseconds since 1970 UTC; the second end is not included. */
  readonly from: number;
  readonly before: number;
  readonly judged: (logins: number) => void;
  readonly signal: AbortSignal;
}

export type Replayed = Extract<ReplayNotice, { notice: 'refused' | 'done' }>;

/** A store is asked for so much at once: on the busiest gateway some megabytes. */
const windowMs = 10 * 60_000;

/** Rejects when the store does not answer, when it is stopped, and when the thread ends. */
export async function judgeReplay(asked: ReplayAsked): Promise<Replayed> {
  const { running, draft, store, tenant, from, before, signal } = asked;
  const worker = new Worker(new URL('./replay-worker.ts', import.meta.url), {
    workerData: { running, draft } satisfies ReplayThreadData,
    name: 'sluis-replay',
    // A draft that needs more than this must not take it from the gateway.
    resourceLimits: { maxOldGenerationSizeMb: 1_024 },
  });
  const answers = noticesOf(worker, signal);
  const tell = (order: ReplayOrder) => worker.postMessage(order);
  try {
    const compiled = await answers();
    if (compiled.notice === 'refused') return compiled;
    for (let start = from; start < before; start += windowMs) {
      const batches = await store.snapshots(tenant, start, Math.min(start + windowMs, before));
      signal.throwIfAborted();
      if (batches.length === 0) continue;
      tell({ order: 'judge', bodies: batches.map(({ body }) => body) });
      const judged = await answers();
      if (judged.notice === 'judged') asked.judged(judged.logins);
    }
    tell({ order: 'finish' });
    const done = await answers();
    if (done.notice === 'done') return done;
    throw new Error(`the thread of a replay said ${done.notice} instead of its report`);
  } finally {
    await worker.terminate();
  }
}

/** The next notice of the thread; one is awaited at a time. */
function noticesOf(worker: Worker, signal: AbortSignal): () => Promise<ReplayNotice> {
  const came: ReplayNotice[] = [];
  let ended: Error | undefined;
  let wake = (): void => undefined;
  const end = (error: Error): void => {
    ended ??= error;
    wake();
  };
  worker.on('message', (notice: ReplayNotice) => {
    came.push(notice);
    wake();
  });
  worker.on('error', error => end(error instanceof Error ? error : new Error(String(error))));
  worker.on('exit', () => end(new Error('the thread of a replay has ended')));
  signal.addEventListener('abort', () => end(new Error('stopped')));
  return async () => {
    for (;;) {
      const next = came.shift();
      if (next !== undefined) return next;
      if (ended !== undefined) throw ended;
      await new Promise<void>(resolve => {
        wake = resolve;
      });
    }
  };
}
