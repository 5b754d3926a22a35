// The real clock and the real random source: the only places where time and chance enter the gateway.

import { randomFillSync } from 'node:crypto';
import { setTimeout as after } from 'node:timers/promises';
import type { Clock, Random } from '../ports.ts';

export const systemClock: Clock = { now: () => Date.now() };

/** Keeps no process alive. */
export function systemWait(ms: number): Promise<void> {
  return after(ms, undefined, { ref: false });
}

/** Drawn from the kernel-seeded generator in one go: a call of it costs more than the bytes it gives. */
const pool = new Uint8Array(4_096);
let used = pool.length;

/** Every byte is handed out once, and nothing of it stays behind. */
export const systemRandom: Random = {
  bytes(count) {
    if (!Number.isSafeInteger(count) || count < 0) throw new RangeError(`${count} is not a count of random bytes`);
    if (count > pool.length) return randomFillSync(new Uint8Array(count));
    if (used + count > pool.length) {
      randomFillSync(pool);
      used = 0;
    }
    const given = pool.slice(used, used + count);
    pool.fill(0, used, used + count);
    used += count;
    return given;
  },
};
