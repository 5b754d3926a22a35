// Commits with a decision, chained. This process alone makes the chain of its writer, so it knows how the chain ends and
// makes the links itself; the script commits a record only behind the one that it was made for. One batch is under way at
// a time, and takes all that wait: after a commit that conflicts, those behind it are chained anew in the next batch.

import { chainRecord, chainStart } from '../audit/chain.ts';
import type { DecisionRecord } from '../audit/record.ts';
import { type Commit, type Committed, type Log, Unavailable } from '../ports.ts';
import { type ChainedRecord, chainOf, headOf } from './redis-store-commit.ts';

export interface ChainedCommitOptions {
  readonly writer: string;
  readonly deadlineMs: number;
  readonly log: Log;
  /** What the chains of each tenant end with: chain → head. */
  readonly heads: () => Promise<ReadonlyMap<string, ReadonlyMap<string, string>>>;
  /** The answer of the commit script. */
  readonly send: (commit: Commit, chained: ChainedRecord) => Promise<string>;
}

export interface ChainedCommits {
  readonly commit: (commit: DecidedCommit) => Promise<Committed>;
  /** Once nothing waits. */
  readonly idle: () => Promise<void>;
}

type DecidedCommit = Commit & { readonly decision: NonNullable<Commit['decision']> };

interface Waiting {
  readonly commit: DecidedCommit;
  readonly resolve: (answer: Committed) => void;
  readonly reject: (error: unknown) => void;
  readonly timer: NodeJS.Timeout;
  /** Its deadline has passed. */
  late: boolean;
}

/** Where the writer's chain ends: as a whole, and in each tenant. */
interface Head {
  readonly epoch: number;
  readonly sequence: number;
  readonly chainHash: string;
  readonly ofTenant: Map<string, string>;
}

const batchCommits = 128;

export function chainedCommits({ writer, deadlineMs, log, heads, send }: ChainedCommitOptions): ChainedCommits {
  const waiting: Waiting[] = [];
  let head: Head | undefined;
  let last: Pick<DecisionRecord, 'epoch' | 'sequence'> = { epoch: 0, sequence: 0 };
  let working = false;
  let worked = Promise.resolve();

  const settled = (each: Waiting): Waiting => {
    clearTimeout(each.timer);
    return each;
  };

  const work = async (): Promise<void> => {
    working = true;
    try {
      while (waiting.length > 0) {
        head ??= await readHead();
        waiting.unshift(...(await sendBatch(nextBatch(), head)));
      }
    } catch (error) {
      // Without the end of the chain nobody can be served.
      for (const each of waiting.splice(0)) settled(each).reject(error);
    } finally {
      working = false;
    }
  };

  /** Of one tenant: what one tenant refuses must not be behind what another accepts. */
  const nextBatch = (): readonly Waiting[] => {
    const other = waiting.findIndex(({ commit }) => commit.tenant !== waiting[0]?.commit.tenant);
    const taken = waiting.splice(0, Math.min(other === -1 ? waiting.length : other, batchCommits));
    // What nobody waits for any more would only surprise.
    return taken.filter(({ late }) => !late);
  };

  /** What has to be chained anew. */
  const sendBatch = async (batch: readonly Waiting[], from: Head): Promise<readonly Waiting[]> => {
    let end = from;
    const sent = batch.map(async each => {
      const { tenant, decision } = each.commit;
      const { epoch, sequence, chainHash: previous } = end;
      const record = chainRecord(decision, { writer, epoch, sequence: sequence + 1, previous });
      const before = end.ofTenant.get(tenant) ?? '';
      end = { epoch, sequence: record.sequence, chainHash: record.chainHash, ofTenant: end.ofTenant };
      end.ofTenant.set(tenant, headOf(record));
      return { record, answer: await send(each.commit, { record, before }) };
    });
    head = end;
    const again: Waiting[] = [];
    for (const [index, result] of (await Promise.allSettled(sent)).entries()) {
      const each = batch[index];
      if (each === undefined) continue;
      if (result.status === 'fulfilled' && result.value.answer === 'committed') {
        last = result.value.record;
        settled(each).resolve({ committed: true });
        continue;
      }
      head = undefined;
      if (result.status === 'rejected') settled(each).reject(result.reason);
      else if (result.value.answer === 'head-moved') again.push(each);
      else if (result.value.answer === 'record-exists') {
        settled(each).reject(
          new Error(`the store was asked for something impossible: a second record ${result.value.record.id}`),
        );
      } else settled(each).resolve({ committed: false, conflict: result.value.answer as Conflict });
    }
    return again;
  };

  /** Records that were answered and are gone: their numbers are not given out twice, a new epoch begins. */
  const readHead = async (): Promise<Head> => {
    const found = headOfWriter(await heads(), writer);
    const { epoch, sequence } = last;
    if (found.epoch > epoch || (found.epoch === epoch && found.sequence >= sequence)) return found;
    const next = Math.max(found.epoch, epoch) + 1;
    log.error('decisions-lost', {
      writer,
      epoch,
      last: sequence,
      found: found.epoch === epoch ? found.sequence : 0,
      newEpoch: next,
    });
    return { epoch: next, sequence: 0, chainHash: chainStart, ofTenant: new Map() };
  };

  return {
    commit: commit =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          each.late = true;
          reject(new Unavailable(`the store did not answer within ${deadlineMs} ms`));
        }, deadlineMs);
        const each: Waiting = { commit, resolve, reject, timer, late: false };
        waiting.push(each);
        if (!working) worked = work();
      }),
    idle: () => worked,
  };
}

type Conflict = (Committed & { readonly committed: false })['conflict'];

function headOfWriter(heads: ReadonlyMap<string, ReadonlyMap<string, string>>, writer: string): Head {
  let head: Omit<Head, 'ofTenant'> = { epoch: 1, sequence: 0, chainHash: chainStart };
  for (const ofTenant of heads.values()) {
    for (const [chain, text] of ofTenant) {
      const { writer: whose, epoch, ...end } = readHeadText(chain, text);
      const later = epoch > head.epoch || (epoch === head.epoch && end.sequence > head.sequence);
      if (whose === writer && later) head = { epoch, ...end };
    }
  }
  const mine = chainOf({ writer, epoch: head.epoch });
  const ofTenant = [...heads].flatMap(([tenant, found]) => {
    const text = found.get(mine);
    return text === undefined ? [] : [[tenant, text] as const];
  });
  return { ...head, ofTenant: new Map(ofTenant) };
}

/** `WRITER EPOCH` and `SEQUENCE HASH`. */
export function readHeadText(chain: string, head: string) {
  const [writer = '', epoch = ''] = chain.split(' ');
  const [sequence = '', chainHash = ''] = head.split(' ');
  return { writer, epoch: Number(epoch), sequence: Number(sequence), chainHash };
}
