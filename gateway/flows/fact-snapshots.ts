// What policies were asked at admissions, written down behind them: a login does not wait for it, and what a crash loses is no loss.
//   1 take     remembered, as it was asked
//   2 write    every few seconds, or as soon as a batch is full: packed, and put in the store
//   3 read     for a replay, oldest first

import { type Snapshot, snapshotOf, type SnapshotStore } from '../pdp/snapshot.ts';
import type { Question } from '../pdp/question.ts';
import type { Session } from '../pdp/session.ts';
import type { Log, Meter, Random } from '../ports.ts';

export interface SnapshotPorts {
  readonly store: SnapshotStore;
  readonly random: Random;
  readonly meter: Meter;
  readonly log: Log;
  /** Makes text small, beside the thread that answers concentrators. */
  readonly pack: (text: string) => Promise<Uint8Array>;
}

export interface FactSnapshots {
  readonly take: (
    question: Question,
    session: Pick<Session, 'tenant' | 'decisionId' | 'caseCode' | 'decidedAt'>,
  ) => void;
  /** What waits, written. */
  readonly write: () => Promise<void>;
}

/** Turned into text in one go: some milliseconds. */
const batchAtMost = 64;
/** More wait only when the store does not answer. */
const waitingAtMost = 1_024;

export function openFactSnapshots(ports: SnapshotPorts, keepMs: number): FactSnapshots {
  let waiting: { readonly tenant: string; readonly snapshot: Snapshot }[] = [];
  let writing = Promise.resolve();

  const put = async (tenant: string, snapshots: readonly Snapshot[]): Promise<void> => {
    const until = Math.max(...snapshots.map(({ at }) => at));
    const body = await ports.pack(JSON.stringify(snapshots));
    const id = `${until}-${Buffer.from(ports.random.bytes(6)).toString('hex')}`;
    await ports.store.putSnapshots({ tenant, id, until, expiresAt: until + keepMs, body });
  };

  const writeAll = async (): Promise<void> => {
    while (waiting.length > 0) {
      const [{ tenant } = { tenant: '' }] = waiting;
      const batch = waiting.filter(each => each.tenant === tenant).slice(0, batchAtMost);
      waiting = waiting.filter(each => !batch.includes(each));
      try {
        await put(
          tenant,
          batch.map(({ snapshot }) => snapshot),
        );
        ports.meter.count('sluis_snapshots_total', { result: 'kept' });
      } catch (error) {
        // A store that is down is told of at every login; a replay will do without these.
        ports.meter.count('sluis_snapshots_total', { result: 'lost' });
        ports.log.warn('snapshots-lost', { tenant, snapshots: batch.length, error });
      }
    }
  };
  const write = (): Promise<void> => (writing = writing.then(writeAll));

  return {
    take: (question, session) => {
      if (waiting.length >= waitingAtMost) return;
      waiting.push({ tenant: session.tenant, snapshot: snapshotOf(question, session) });
      if (waiting.length === batchAtMost) void write();
    },
    write,
  };
}
