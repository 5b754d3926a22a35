// Which changes of the reader are worth a report. Pure: sightings and times in, changes out. A contact that bounces is no
// change; a card that comes and goes all day is told less and less often, and its last state always.

/** Where the card that proved the person is; `unknown` when the card's software does not say. */
export type CardPlace = 'in' | 'out' | 'unknown';

export interface CardChanges {
  see(place: CardPlace, now: number): void;
  /** When to ask again, if there is something to tell by then. */
  readonly nextAt: number | undefined;
  /** The place, when it has changed since it was last told and may be told now. */
  tell(now: number): CardPlace | undefined;
}

/** A card is out or in when it has been so for as long as this. Software that fails gets time to come back. */
const settleMs = { in: 1000, out: 1000, unknown: 60_000 } as const satisfies Record<CardPlace, number>;
const firstGapMs = 5000;
const longestGapMs = 5 * 60_000;
/** The gap is forgotten after a time this long without a change. */
const calmMs = 15 * 60_000;

/** `told` is what the last report said. */
export function cardChanges(told: CardPlace): CardChanges {
  let [known, seen, seenAt] = [told, told, 0];
  let [toldAt, gapMs] = [-Infinity, 0];
  const dueAt = (): number => Math.max(seenAt + settleMs[seen], toldAt + gapMs);
  return {
    see(place, now) {
      if (place === seen) return;
      [seen, seenAt] = [place, now];
    },
    get nextAt() {
      return seen === known ? undefined : dueAt();
    },
    tell(now) {
      if (seen === known || now < dueAt()) return undefined;
      gapMs = now - toldAt > calmMs ? firstGapMs : Math.min(longestGapMs, gapMs * 2);
      [known, toldAt] = [seen, now];
      return seen;
    },
  };
}
