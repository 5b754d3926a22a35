// The clock that acts on open sessions: whatever their decisions said until when they hold, that moment is kept. One question to
// the store for all of them, asked every few seconds; nothing is polled per session, and nothing of it is lost by a restart.

import type { Session } from '../pdp/session.ts';
import { dueAt } from '../pdp/session-validity.ts';
import { type AdmissionStore, type Clock, type Log, type Meter, Unavailable } from '../ports.ts';
import type { Redecision } from './redecision.ts';

export interface DuePorts {
  readonly store: Pick<AdmissionStore, 'dueSessions'>;
  readonly clock: Clock;
  readonly meter: Meter;
  readonly log: Log;
  readonly redecide: Redecision['redecide'];
  /** Resolves after that time, or never once the process is ending. */
  readonly wait: (ms: number) => Promise<void>;
}

const pageSize = 200;
/** Between two pages logins get their turn. */
const pauseMs = 25;
/** Under way at once: above that their concentrators are what they wait for. */
const inHandAtMost = 10_000;

/** What it returns looks once, and never rejects. */
export function dueWatch(ports: DuePorts, tenant: string): () => Promise<void> {
  const { store, clock, meter, log, redecide, wait } = ports;
  const inHand = new Set<string>();
  let looking = false;

  function take({ id }: Session): void {
    if (inHand.has(id) || inHand.size >= inHandAtMost) return;
    inHand.add(id);
    void redecide({ tenant, because: 'validity-ended', sessionIds: [id] }).finally(() => inHand.delete(id));
  }

  return async () => {
    if (looking) return;
    looking = true;
    try {
      const now = clock.now();
      let overdueSinceMs: number | undefined;
      for await (const page of duePages(store, { tenant, until: now })) {
        overdueSinceMs ??= Math.min(...page.map(each => dueAt(each) ?? now));
        page.forEach(take);
        if (inHand.size >= inHandAtMost) break;
        await wait(pauseMs);
      }
      meter.gauge('sluis_sessions_overdue_seconds', (now - (overdueSinceMs ?? now)) / 1_000);
    } catch (error) {
      // The next look finds the same.
      if (error instanceof Unavailable) log.warn('due-sessions-not-seen', { tenant, error });
      else log.error('due-sessions-not-seen', { tenant, error });
    } finally {
      looking = false;
    }
  };
}

/** Open sessions in the order in which they come due; each once, unless it comes due later meanwhile. */
export async function* duePages(
  store: Pick<AdmissionStore, 'dueSessions'>,
  { tenant, until }: { readonly tenant: string; readonly until: number },
): AsyncGenerator<readonly Session[]> {
  let from = 0;
  let seen: ReadonlySet<string> = new Set();
  for (;;) {
    const page = await store.dueSessions({ tenant, from, until, limit: pageSize });
    const fresh = page.filter(({ id }) => !seen.has(id));
    if (fresh.length > 0) yield fresh;
    const last = page.at(-1);
    if (last === undefined || page.length < pageSize) return;
    // The next page begins in the moment in which this one ends: there may be more of that moment.
    const next = dueAt(last) ?? from;
    from = fresh.length === 0 ? from + 1 : next;
    seen = new Set(page.filter(each => dueAt(each) === next).map(({ id }) => id));
  }
}
