// The four outcomes of an admission, ordered: the strictest one wins.

/** `grant` < `update` < `quarantine` < `deny`. */
export const outcomes = ['grant', 'update', 'quarantine', 'deny'] as const;

export type Outcome = (typeof outcomes)[number];

/** The stricter of two outcomes. */
export function stricter(a: Outcome, b: Outcome): Outcome {
  return outcomes.indexOf(a) >= outcomes.indexOf(b) ? a : b;
}

/** Whether the second is stricter than the first. */
export function isStricter(than: Outcome, outcome: Outcome): boolean {
  return outcomes.indexOf(outcome) > outcomes.indexOf(than);
}

/** The strictest of many; of none it is `grant`, so ask it only once every requirement has been evaluated. */
export function strictest(all: Iterable<Outcome>): Outcome {
  let worst: Outcome = 'grant';
  for (const outcome of all) worst = stricter(worst, outcome);
  return worst;
}
