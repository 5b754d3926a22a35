// The resident agent: reports at the interval that the gateway names, spread by a fifth either way so that a thousand laptops
// do not come at once, backs off when the gateway cannot be reached, and reports at once when told to.

import { AgentFailure } from './failure.ts';

/** `changed`: something on this laptop, that is worth a report before its time. */
export type WakeReason = 'asked' | 'changed';
export type ReportOccasion = 'first' | 'periodic' | WakeReason;

export interface ResidentParts {
  /** One report; answers in how many seconds the next is due. */
  readonly run: (why: ReportOccasion) => Promise<number>;
  readonly onFailure: (failure: AgentFailure) => void;
  readonly signal: AbortSignal;
  readonly random: () => number;
}

export interface Resident {
  /** Report now instead of at the end of the interval. */
  wake(why?: WakeReason): void;
  /** Resolves once `signal` was aborted and the last run has ended. */
  readonly done: Promise<void>;
}

const firstBackOffMs = 5000;
const longestBackOffMs = 15 * 60_000;
const longestIntervalMs = 24 * 3_600_000;

export function startResident(parts: ResidentParts): Resident {
  let wakeUp: (() => void) | undefined;
  let woken: WakeReason | undefined;
  const stopped = (): boolean => parts.signal.aborted;
  return {
    wake(why = 'asked') {
      // What was asked for is a whole report, and says a change as well.
      if (woken !== 'asked') woken = why;
      wakeUp?.();
    },
    done: loop(),
  };

  async function loop(): Promise<void> {
    let failures = 0;
    let why: ReportOccasion = 'first';
    while (!stopped()) {
      let waitMs: number;
      try {
        waitMs = spread(Math.min(longestIntervalMs, (await parts.run(why)) * 1000), parts.random());
        failures = 0;
      } catch (error) {
        // A faulty setup will not mend itself, and our own mistakes must not hide behind a retry.
        if (!(error instanceof AgentFailure) || error.kind === 'setup') throw error;
        if (!stopped()) parts.onFailure(error);
        waitMs = backOff(failures++, parts.random());
      }
      await sleep(waitMs);
      why = woken ?? 'periodic';
      woken = undefined;
    }
  }

  function sleep(ms: number): Promise<void> {
    if (woken !== undefined || stopped()) return Promise.resolve();
    return new Promise(resolve => {
      const finish = (): void => {
        clearTimeout(timer);
        parts.signal.removeEventListener('abort', finish);
        wakeUp = undefined;
        resolve();
      };
      const timer = setTimeout(finish, ms);
      parts.signal.addEventListener('abort', finish, { once: true });
      wakeUp = finish;
    });
  }
}

/** Between four and six fifths. */
export function spread(ms: number, random: number): number {
  return Math.round(ms * (0.8 + 0.4 * random));
}

/** Doubles from five seconds to a quarter of an hour; anywhere in its upper half. */
export function backOff(failures: number, random: number): number {
  const whole = Math.min(longestBackOffMs, firstBackOffMs * 2 ** Math.min(failures, 20));
  return Math.round(whole * (0.5 + 0.5 * random));
}
