// Sessions that their NAS is silent about: counted while they are not seen, closed once they are lost. RFC 2866 leaves a Stop
// that never came to the server. What is shown as not seen is shown by time alone; nothing of that is written.

import { assumedStopped, type Session } from '../pdp/session.ts';
import { lastSignAt, lostAfterMs, notSeenAfterMs } from '../pdp/session-silence.ts';
import { type Clock, Unavailable } from '../ports.ts';
import { type SessionWritePorts, writeSession } from './session-write.ts';

export interface SilencePorts extends SessionWritePorts {
  readonly clock: Clock;
}

/** Looked at in one go; the longest silent first, so that a larger number only waits for its turn. */
const atOnce = 500;

/** What it returns looks once, and never rejects. */
export function silenceWatch(ports: SilencePorts, tenant: string): () => Promise<void> {
  const { store, clock, meter, log } = ports;
  const listeningSince = clock.now();
  const counted = new Set<string>();

  function count(silent: readonly Session[]): void {
    for (const { nas } of silent) counted.add(nas);
    for (const nas of counted) {
      meter.gauge('sluis_sessions_not_seen', silent.filter(each => each.nas === nas).length, { nas });
    }
  }

  async function close(session: Session, now: number): Promise<void> {
    // Whoever is faster has seen it, or closed it.
    if (!(await writeSession(ports, session, assumedStopped(session, now, 'not seen')))) return;
    meter.count('sluis_sessions_lost_total', { nas: session.nas });
    const { traceId, id, nas, lastSeenAt } = session;
    log.warn('session-lost', { trace: traceId, tenant, session: id, nas, lastSeenAt });
  }

  return async () => {
    const now = clock.now();
    try {
      const silent = await store.silentSessions({ tenant, lastSeenBefore: now - notSeenAfterMs + 1, limit: atOnce });
      count(silent);
      // After a pause of its own a gateway gives every NAS the time to be heard.
      if (now < listeningSince + notSeenAfterMs) return;
      const lost = silent.filter(session => now >= lastSignAt(session) + lostAfterMs);
      await Promise.all(lost.map(session => close(session, now)));
    } catch (error) {
      // The next look finds the same.
      if (error instanceof Unavailable) log.warn('silence-not-watched', { tenant, error });
      else log.error('silence-not-watched', { tenant, error });
    }
  };
}
