// When an open session is to be judged again although nothing has happened to it but time: its decision lapses, or nobody knows
// whether the NAS has done what it was last asked for. Pure; a store finds sessions by it, so that nobody has to look at each.

import type { Session } from './session.ts';
import { askedUntil, isEnding, isLive } from './live-change.ts';

/** Sessions that lapse in the same moment, such as the end of office hours, are spread over this time. */
const spreadMs = 15_000;
/** At the end of its time a NAS ends a session by itself, and tells of it; some let it begin anew in the same moment. */
const ownTimeoutMs = 60_000;
/** However short a decision holds, it is not made anew more often. */
const leastMs = 10_000;
const retryAfterMs = { least: 5 * 60_000, most: 60 * 60_000 } as const;

/** Milliseconds since 1970 UTC; absent: no moment changes anything about it. */
export function dueAt(session: Session): number | undefined {
  const { decision, nextLookAt = 0 } = session;
  if (!isLive(session) || isEnding(session)) return undefined;
  const asks = asksAgainAt(session);
  // Who is to be out is out, however the clock goes on.
  const lapses = decision.outcome === 'deny' ? undefined : lapsesAt(session);
  if (asks === undefined && lapses === undefined) return undefined;
  const first = Math.min(asks ?? Number.POSITIVE_INFINITY, lapses ?? Number.POSITIVE_INFINITY);
  return Math.max(first, nextLookAt);
}

/** Open sessions by when they are due, earliest first; both ends are included. */
export interface DueQuery {
  readonly tenant: string;
  readonly from: number;
  readonly until: number;
  readonly limit: number;
}

export function isDue(session: Session, now: number): boolean {
  const at = dueAt(session);
  return at !== undefined && at <= now;
}

export function hasLapsed({ decision }: Pick<Session, 'decision'>, now: number): boolean {
  return decision.validUntil < now;
}

function lapsesAt({ id, decision }: Session): number {
  const { validUntil, validUntilBecause, decidedAt } = decision;
  const endsItself = ['session-limit', 'day-limit'].includes(validUntilBecause);
  // `validUntil` is the last moment of which the decision speaks.
  const lapsed = Math.ceil(validUntil) + 1 + (endsItself ? ownTimeoutMs : 0) + spreadOf(id);
  return Math.max(lapsed, decidedAt + leastMs);
}

/** What an operator asked for is the operator's to ask again; what the NAS refused it will refuse again. */
function asksAgainAt({ change, decision }: Session): number | undefined {
  if (change === undefined || change.because === 'operator') return undefined;
  const { state, stateAt, kind } = change;
  // Whoever asked waits for the answer, unless its process has ended.
  if (state === 'asked') return askedUntil(change) + ownTimeoutMs;
  const goesOn = kind === 'disconnect' && state === 'acknowledged';
  if (state !== 'unanswered' && !goesOn) return undefined;
  const passed = stateAt - decision.decidedAt;
  return stateAt + Math.min(Math.max(passed, retryAfterMs.least), retryAfterMs.most);
}

/** The same for a session whenever it is asked for, and another for each. */
function spreadOf(id: string): number {
  let sum = 0;
  for (let index = 0; index < id.length; index++) sum = (sum * 31 + id.charCodeAt(index)) % 1_000_003;
  return sum % spreadMs;
}
