// How long a session may go without a word from its NAS: then it is not seen, which is no state, and a day later it is lost.
// Both are matters of time alone, so they hold whether or not anybody looks. RFC 2869 section 2.1.

import { interimIntervalMs, sessionAtMostMs } from './authorization.ts';
import type { Session } from './session.ts';

/** Two reports may be lost; of three, one would have come. */
export const notSeenAfterMs = 3 * interimIntervalMs;

/** No session lasts longer than a day without a new answer of ours, and its last report may have been lost as well. */
export const lostAfterMs = sessionAtMostMs + notSeenAfterMs;

/** Its Stop may have been lost, or it may go on: nobody here knows. */
export function isNotSeen(session: Session, now: number): boolean {
  return session.state === 'started' && now >= lastSignAt(session) + notSeenAfterMs;
}

/** When anything was last known of it. */
export function lastSignAt({ decidedAt, startedAt = 0, lastSeenAt = 0, stoppedAt = 0 }: Session): number {
  return Math.max(decidedAt, startedAt, lastSeenAt, stoppedAt);
}
