// The replays of a gateway: one at a time, and its result for an hour. Whoever asked reads it meanwhile.

import { randomUUID } from 'node:crypto';
import type { Concerned, ReplayState } from '../contract/replay.ts';
import { type Refused, refused } from '../contract/reason.ts';
import type { SnapshotStore } from '../pdp/snapshot.ts';
import type { PolicyFile } from '../policy/policy-set.ts';
import type { Clock, Log } from '../ports.ts';
import { judgeReplay } from './replay-thread.ts';

export interface PolicyReplays {
  /** Begins one; its id. */
  readonly begin: (tenant: string, draft: readonly PolicyFile[], sinceMs: number) => string | Refused;
  readonly state: (tenant: string, id: string) => ReplayState | undefined;
  /** Of one that is done. */
  readonly concerned: (tenant: string, id: string) => readonly Concerned[] | undefined;
  readonly close: () => Promise<void>;
}

export interface ReplayParts {
  readonly store: SnapshotStore;
  readonly clock: Clock;
  readonly log: Log;
  /** What was asked last is in the store as well. */
  readonly written: () => Promise<void>;
  /** Of the version that decides. */
  readonly runningFiles: () => readonly PolicyFile[];
}

interface Run {
  readonly tenant: string;
  readonly begunAt: number;
  readonly stop: AbortController;
  logins: number;
  result?: Pick<ReplayState, 'state' | 'report' | 'problems'>;
  concerned?: readonly Concerned[];
  ended: Promise<void>;
}

const keptMs = 3_600_000;

export function policyReplays({ store, clock, log, written, runningFiles }: ReplayParts): PolicyReplays {
  const runs = new Map<string, Run>();
  const found = (tenant: string, id: string): Run | undefined => {
    const run = runs.get(id);
    return run?.tenant === tenant ? run : undefined;
  };

  const work = async (run: Run, draft: readonly PolicyFile[], sinceMs: number): Promise<void> => {
    try {
      await written();
      const replayed = await judgeReplay({
        running: runningFiles(),
        draft,
        store,
        tenant: run.tenant,
        from: run.begunAt - sinceMs,
        before: run.begunAt,
        judged: logins => (run.logins += logins),
        signal: run.stop.signal,
      });
      if (replayed.notice === 'refused') run.result = { state: 'refused', problems: [...replayed.problems] };
      else {
        run.result = { state: 'done', report: replayed.report };
        run.concerned = replayed.concerned;
      }
    } catch (error) {
      // The store was silent or the draft too much for its thread: whoever asked is told, and the gateway goes on.
      run.result = { state: 'failed' };
      log.warn('replay-failed', { tenant: run.tenant, error });
    }
  };

  return {
    begin: (tenant, draft, sinceMs) => {
      const now = clock.now();
      for (const [id, { begunAt, result }] of runs) if (result && begunAt + keptMs < now) runs.delete(id);
      if ([...runs.values()].some(({ result }) => result === undefined)) {
        return refused('overloaded', 'another replay is under way');
      }
      const id = randomUUID();
      const run: Run = { tenant, begunAt: now, stop: new AbortController(), logins: 0, ended: Promise.resolve() };
      runs.set(id, run);
      run.ended = work(run, draft, sinceMs);
      return id;
    },
    state: (tenant, id) => {
      const run = found(tenant, id);
      return run && { state: 'running', logins: run.logins, ...run.result };
    },
    concerned: (tenant, id) => found(tenant, id)?.concerned,
    close: async () => {
      for (const { stop } of runs.values()) stop.abort();
      await Promise.all([...runs.values()].map(({ ended }) => ended));
    },
  };
}
