// Whether this gateway has too much to do for so long that concentrators should turn to another one. Slow to begin and slow to
// end: a gateway that comes and goes is worse than one that is busy.

export interface Overload {
  /** A login was dropped because there was too much. */
  shed(now: number): void;
  isOverloaded(now: number): boolean;
}

/** Dropping with no longer pause than this is one overload. */
const pauseMs = 2_000;

export function overload({ afterMs = 5_000, untilMs = 10_000 } = {}): Overload {
  let since = -Infinity;
  let last = -Infinity;
  let overloaded = false;
  return {
    shed(now) {
      if (now - last > pauseMs) since = now;
      last = now;
      if (now - since >= afterMs) overloaded = true;
    },
    isOverloaded(now) {
      if (now - last >= untilMs) overloaded = false;
      return overloaded;
    },
  };
}
