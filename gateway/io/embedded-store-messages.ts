// What crosses between the flows thread and the storage thread of the embedded store.

import type { AdmissionStore } from '../ports.ts';

/** The calls that the storage thread answers; `verifyChain` reads a whole store and has a thread of its own. */
export type StoredMethod = Exclude<keyof AdmissionStore, 'close' | 'verifyChain'>;

/** The port as the storage thread sees it: `node:sqlite` blocks, so everything is synchronous there. */
export type BlockingStore = {
  readonly [M in StoredMethod]: (...args: Parameters<AdmissionStore[M]>) => Awaited<ReturnType<AdmissionStore[M]>>;
};

/** Calls that change something, and therefore make their batch a transaction. */
export const writingMethods: ReadonlySet<StoredMethod> = new Set([
  'commit',
  'putNonce',
  'putTicket',
  'putSnapshots',
  'sweep',
]);

export interface StoreThreadData {
  readonly path: string;
  readonly writer: string;
}

export type StoreRequest =
  | { readonly method: 'close' }
  | {
      readonly method: StoredMethod;
      readonly id: number;
      /** On the monotonic clock that all threads share: a request that nobody waits for any more is not carried out. */
      readonly dueMs: number;
      readonly args: readonly unknown[];
    };

export interface StoreAnswer {
  readonly id: number;
  readonly value?: unknown;
  /** `unavailable`: the disk or the file failed. `misuse`: our own code asked for something impossible. */
  readonly failed?: 'unavailable' | 'misuse';
  readonly message?: string;
}

export type StoreNotice =
  | { readonly notice: 'opened' }
  | { readonly notice: 'refused'; readonly message: string }
  | { readonly notice: 'answers'; readonly answers: readonly StoreAnswer[] };

/** Milliseconds on the clock of the machine, the same in every thread and never set back. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1_000_000n);
}
