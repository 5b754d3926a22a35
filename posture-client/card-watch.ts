// Watches the reader for the card that proved the person, as long as the agent stays. The card's software may fail at any
// time: then it is started again, and the card counts as unknown, never as removed.

import { setTimeout as delay } from 'node:timers/promises';
import { type CardConfig, watchCards } from './card.ts';
import { cardChanges, type CardPlace } from './card-changes.ts';
import { CardFailure } from './card-fault.ts';
import { type CardSight, sightOf } from './card-sight.ts';
import { backOff } from './resident.ts';

export interface CardWatchParts {
  readonly config: CardConfig;
  /** Of the card that proved the person. */
  readonly mark: string;
  readonly onChange: (place: CardPlace) => void;
  readonly signal: AbortSignal;
}

/** Software that ran for as long as this has not failed at once. */
const soundMs = 60_000;

/** Resolves once `signal` was aborted. */
export async function watchProvenCard({ config, mark, onChange, signal }: CardWatchParts): Promise<void> {
  const changes = cardChanges('in');
  let timer: NodeJS.Timeout | undefined;
  signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  for (let failures = 0; !signal.aborted; ) {
    const startedAt = Date.now();
    try {
      await watchCards({ config, signal }, readers => see(placeOf(sightOf(readers, mark))));
    } catch (error) {
      if (!(error instanceof CardFailure)) throw error;
      // A process that reached its limit is only replaced.
      if (error.fault !== 'card-timeout') see('unknown');
    }
    if (Date.now() - startedAt > soundMs) failures = 0;
    // Only the end of the watch cuts this short.
    await delay(backOff(failures++, Math.random()), undefined, { signal }).catch(() => undefined);
  }

  function see(place: CardPlace): void {
    changes.see(place, Date.now());
    arm();
  }

  function arm(): void {
    clearTimeout(timer);
    const { nextAt } = changes;
    if (nextAt !== undefined && !signal.aborted) timer = setTimeout(tell, Math.max(0, nextAt - Date.now()));
  }

  function tell(): void {
    const place = changes.tell(Date.now());
    if (place === undefined) arm();
    else onChange(place);
  }
}

function placeOf({ card }: CardSight): CardPlace {
  if (card === null) return 'unknown';
  return card === 'proven-card' ? 'in' : 'out';
}
