// A reject leaves later than it was made, and never after the same time: guessing is slow, a client that tries again at once
// does so once a second, and how long the gateway took says nothing. Accepts, challenges and accounting do not wait.

import type { Random } from '../ports.ts';

export interface RejectDelay {
  /** Until the reject may leave. */
  hold(): Promise<void>;
}

/** A quarter less, or a quarter more. */
const jitter = 0.25;

/** `delayMs` 0: at once. */
export function rejectDelay(
  { wait, random }: { readonly wait: (ms: number) => Promise<void>; readonly random: Random },
  delayMs: number,
): RejectDelay {
  return {
    async hold() {
      if (delayMs === 0) return;
      const [high = 0, low = 0] = random.bytes(2);
      await wait(delayMs * (1 - jitter + (2 * jitter * (high * 256 + low)) / 65_535));
    },
  };
}

/** What is above the bound leaves at once: better answered early than held in memory. */
export function boundedDelay(
  delay: RejectDelay,
  atMost: number,
  onFull: () => void,
): RejectDelay & { readonly held: number } {
  let held = 0;
  return {
    async hold() {
      if (held >= atMost) return onFull();
      held++;
      try {
        await delay.hold();
      } finally {
        held--;
      }
    },
    get held() {
      return held;
    },
  };
}
