// When the load client sends: a fixed number at once, or so many a second. In the second case an answer that is late delays
// nothing that comes after it, and is counted from when its request was due: a server that stalls is seen to stall.

import type { Pace, Sent } from './load-job.ts';

const tickMs = 1;

/** Runs `work` for each item; resolves with how long each took, in milliseconds, once all are done. */
export async function paced<T>(items: readonly T[], pace: Pace, work: (item: T) => Promise<void>): Promise<number[]> {
  const tookMs: number[] = [];
  const timed = async (item: T, dueAt: number): Promise<void> => {
    await work(item);
    tookMs.push(performance.now() - dueAt);
  };
  if ('atOnce' in pace) {
    // One iterator for all: each item is taken once.
    const queue = items.values();
    const worker = async (): Promise<void> => {
      for (const item of queue) await timed(item, performance.now());
    };
    await Promise.all(Array.from({ length: pace.atOnce }, worker));
    return tookMs;
  }
  const startedAt = performance.now();
  const everyMs = 1_000 / pace.perSecond;
  const begun: Promise<void>[] = [];
  for (const item of items) {
    const dueAt = startedAt + begun.length * everyMs;
    // What became due in one tick is sent in one go: timers know no smaller step.
    while (performance.now() < dueAt) await new Promise(resolve => setTimeout(resolve, tickMs));
    const work = timed(item, dueAt);
    // What fails is told at the end.
    work.catch(() => undefined);
    begun.push(work);
  }
  await Promise.all(begun);
  return tookMs;
}

export function latencyOf(tookMs: readonly number[]): Sent['latencyMs'] {
  const ordered = tookMs.toSorted((a, b) => a - b);
  const at = (share: number): number => ordered[Math.min(ordered.length - 1, Math.floor(ordered.length * share))] ?? 0;
  return { median: at(0.5), p99: at(0.99) };
}
