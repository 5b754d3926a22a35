// What stands between a crowd of logins and one responder: so many questions at a time, and none at all for a minute once
// it has stopped answering. One question then tries whether it is back.

export interface BreakerLimits {
  readonly parallel: number;
  /** In a row. */
  readonly failures: number;
  readonly openMs: number;
  readonly waiting: number;
}

export const defaultBreakerLimits: BreakerLimits = { parallel: 8, failures: 5, openMs: 60_000, waiting: 2_000 };

interface Waiter {
  readonly go: () => void;
  readonly stop: () => void;
}

export class ResponderBreaker {
  readonly #limits: BreakerLimits;
  readonly #changed: (open: boolean) => void;
  readonly #waiting = new Set<Waiter>();
  #running = 0;
  #failures = 0;
  #openUntil: number | undefined;

  constructor(limits: BreakerLimits, changed: (open: boolean) => void) {
    this.#limits = limits;
    this.#changed = changed;
  }

  get isIdle(): boolean {
    return this.#running === 0 && this.#waiting.size === 0 && this.#openUntil === undefined;
  }

  /** Takes a place, or `undefined` when there is none to be had before the signal; monotonic time as argument. */
  async enter(now: () => number, signal: AbortSignal): Promise<'entered' | 'open' | 'too-slow'> {
    if (this.#isOpen(now())) return 'open';
    if (this.#running < this.#most) {
      this.#running += 1;
      return 'entered';
    }
    if (this.#openUntil !== undefined) return 'open';
    if (this.#waiting.size >= this.#limits.waiting || signal.aborted) return 'too-slow';
    return new Promise(resolve => {
      const leave = (how: 'entered' | 'open' | 'too-slow') => {
        this.#waiting.delete(waiter);
        signal.removeEventListener('abort', late);
        resolve(how);
      };
      const late = () => leave('too-slow');
      const waiter: Waiter = { go: () => leave('entered'), stop: () => leave('open') };
      this.#waiting.add(waiter);
      signal.addEventListener('abort', late);
    });
  }

  /** Gives the place back; `answered` says whether the responder is alive, whatever it said. */
  leave(answered: boolean, now: number): void {
    this.#running -= 1;
    if (answered) {
      this.#failures = 0;
      if (this.#openUntil !== undefined) this.#changed(false);
      this.#openUntil = undefined;
    } else {
      this.#failures += 1;
      if (this.#failures >= this.#limits.failures) this.#open(now);
    }
    for (const waiter of this.#waiting) {
      if (this.#running >= this.#most) break;
      this.#running += 1;
      waiter.go();
    }
  }

  /** After a minute one may try. */
  get #most(): number {
    return this.#openUntil === undefined ? this.#limits.parallel : 1;
  }

  #isOpen(now: number): boolean {
    return this.#openUntil !== undefined && now < this.#openUntil;
  }

  #open(now: number): void {
    if (this.#openUntil === undefined) this.#changed(true);
    this.#openUntil = now + this.#limits.openMs;
    for (const waiter of this.#waiting) waiter.stop();
  }
}
