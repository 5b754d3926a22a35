// Ends the whole process, and says where it was, when a portion takes too long: a loop without an end lets nothing else run
// in its own thread, so somebody in another has to watch.

import { writeSync } from 'node:fs';
import { isMainThread, Worker, workerData } from 'node:worker_threads';

export interface Watchdog {
  /** Something has come to an end, and this comes now: named if it hangs. */
  readonly begin: (what: string) => void;
  readonly stop: () => Promise<void>;
}

const patienceMs = 60_000;
const nameOctets = 200;

interface Shared {
  readonly count: Int32Array;
  readonly name: Uint8Array;
}

export function startWatchdog(): Watchdog {
  const shared: Shared = {
    count: new Int32Array(new SharedArrayBuffer(4)),
    name: new Uint8Array(new SharedArrayBuffer(nameOctets)),
  };
  const worker = new Worker(new URL(import.meta.url), { workerData: shared });
  return {
    begin: what => {
      shared.name.fill(0x20);
      shared.name.set(Buffer.from(what).subarray(0, nameOctets));
      Atomics.add(shared.count, 0, 1);
    },
    stop: async () => {
      await worker.terminate();
    },
  };
}

function watch({ count, name }: Shared): void {
  let seen = Atomics.load(count, 0);
  setInterval(() => {
    const now = Atomics.load(count, 0);
    if (now === seen) {
      // Not by the stream, which belongs to the thread that hangs.
      writeSync(2, `nothing came to an end for ${patienceMs / 1000} s: ${Buffer.from(name).toString().trim()}\n`);
      process.kill(process.pid, 'SIGKILL');
    }
    seen = now;
  }, patienceMs);
}

if (!isMainThread) watch(workerData as Shared);
