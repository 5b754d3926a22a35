// The thread of one replay: it compiles both versions of the policies and judges what it is given. Facts come in packed, and only
// counts go out.

import { parentPort, workerData } from 'node:worker_threads';
import { openReplay, type Replay } from '../pdp/replay.ts';
import { compilePolicySet, type PolicyFile, requiredChecks } from '../policy/policy-set.ts';
import { runningSet } from '../policy/running-set.ts';
import { problemLines } from './configuration.ts';
import type { ReplayNotice, ReplayOrder, ReplayThreadData } from './replay-thread.ts';

import { unpackSnapshots } from './snapshot-packing.ts';

if (parentPort !== null) {
  const port = parentPort;
  const tell = (notice: ReplayNotice) => port.postMessage(notice);
  const { running, draft } = workerData as ReplayThreadData;
  const replay = compiled(running, draft);
  if ('problems' in replay) {
    tell({ notice: 'refused', problems: replay.problems });
    port.close();
  } else {
    port.on('message', (order: ReplayOrder) => {
      if (order.order === 'judge') tell({ notice: 'judged', logins: judge(replay, order.bodies) });
      else tell({ notice: 'done', report: replay.report(), concerned: replay.concerned() });
    });
    tell({ notice: 'compiled' });
  }
}

function compiled(
  running: readonly PolicyFile[],
  draft: readonly PolicyFile[],
): Replay | { readonly problems: readonly string[] } {
  const [now, then] = [compilePolicySet(running), compilePolicySet(draft)];
  if ('problems' in then) return { problems: problemLines(then.problems) };
  if ('problems' in now) return { problems: problemLines(now.problems) };
  const looked = new Set(requiredChecks(then.set).map(({ factName }) => factName));
  return openReplay(runningSet(now.set), runningSet(then.set), [...looked]);
}

function judge(replay: Replay, bodies: readonly Uint8Array[]): number {
  let logins = 0;
  for (const body of bodies) {
    for (const snapshot of unpackSnapshots(body)) {
      replay.judge(snapshot);
      logins += 1;
    }
  }
  return logins;
}
