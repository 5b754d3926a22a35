// What may be done to a session that is open, and how far that has come. Pure: from a session and what is known, which change,
// if any, the NAS is to be asked for (RFC 5176), and what its answer makes of the session.

import type { AfterRefusal, ChangeCause, ChangeKind, ChangeState, SessionChange } from '../contract/change.ts';
import type { Decision } from '../contract/decision.ts';
import { outcomes } from '../contract/outcome.ts';
import type { Reason } from '../contract/reason.ts';
import { movesByCoa, type ReplyAttribute } from './authorization.ts';
import type { Nas } from './nas.ts';
import { type Change, takesChanges } from './nas-profile.ts';
import type { NamedSession, Session } from './session.ts';

/** What a NAS is asked to do. */
export interface LiveChange {
  readonly kind: ChangeKind;
  readonly session: NamedSession;
  /** As the NAS said it, where the `userName` that is kept is not that. */
  readonly saidUserName?: Uint8Array;
  /** What the session may do from now on; empty for a Disconnect-Request. */
  readonly attributes: readonly ReplyAttribute[];
}

/** What came of it. */
export type LiveChangeAnswer =
  | { readonly answer: 'ack' }
  /** With its Error-Cause as number and word, and what that says about asking again. */
  | { readonly answer: 'nak'; readonly errorCause?: number; readonly word: string; readonly then: AfterRefusal }
  /** No copy is sent when too many others waited before it. `networkError`: for example ECONNREFUSED. */
  | { readonly answer: 'silent'; readonly copiesSent: number; readonly networkError?: string }
  /** Never asked: the NAS takes no such request, or we know nothing by which it would find the session. */
  | { readonly answer: 'impossible' };

/** A request and its repetitions are over by then: whoever asked is no longer there to hear the answer. */
const askedAtMostMs = 120_000;
/** A NAS may send one more Interim while it is ending a session. */
const endingMs = 15_000;
/** A NAS sets up a session after our answer to its login, and knows nothing of it before. */
const settingUpMs = 60_000;
/** Nobody who was told that a session is to end looks at it again sooner than that. */
const deniedForMs = 24 * 3_600_000;

/** A login that was refused leaves a session behind that was never open. */
export function isLive({ state, decision, change }: Session): boolean {
  return state !== 'stopped' && (decision.outcome !== 'deny' || change !== undefined);
}

/** Its end was agreed to by the NAS; one that goes on reporting it all the same has lied. */
export function isEnding({ change, lastSeenAt = 0 }: Session): boolean {
  return change?.kind === 'disconnect' && change.state === 'acknowledged' && lastSeenAt <= change.stateAt + endingMs;
}

/** The NAS may not have done what was decided last. What an operator asked for is the operator's to ask again. */
export function isUnsettled(session: Session, nas: Nas | undefined, now: number): boolean {
  const { change } = session;
  if (change === undefined || change.because === 'operator') return false;
  switch (change.state) {
    case 'refused':
    case 'unanswered':
      return true;
    case 'asked':
      return now >= askedUntil(change);
    case 'acknowledged':
      return change.kind === 'disconnect' && !isEnding(session);
    case 'impossible':
      return takenBy(nas) !== 'none';
    default:
      return false;
  }
}

export function askedUntil({ askedAt }: SessionChange): number {
  return askedAt + askedAtMostMs;
}

export function isSettingUp({ state, decidedAt }: Session, now: number): boolean {
  return state === 'decided' && now < decidedAt + settingUpMs;
}

export function isSameAccess(before: Decision, after: Decision): boolean {
  return before.outcome === after.outcome && before.segment === after.segment;
}

export interface PlannedChange {
  readonly kind: ChangeKind;
  /** `keep`: it would do more harm than good. `impossible`: the NAS takes none. */
  readonly then: 'ask' | 'keep' | 'impossible';
}

/** Which change brings `after` about. */
export function plannedChange(
  nas: Nas | undefined,
  session: Session,
  because: ChangeCause,
  after: Decision,
): PlannedChange {
  const takes = takenBy(nas);
  const moves = nas !== undefined && movesByCoa(nas, session.decision.segment, after.segment);
  const kind = moves && after.outcome !== 'deny' ? 'coa' : 'disconnect';
  if (takes === 'none') return { kind, then: 'impossible' };
  return { kind, then: kind === 'disconnect' && mustStay(session, because, after) ? 'keep' : 'ask' };
}

function takenBy(nas: Nas | undefined): Change {
  return nas?.dynamicAuthorization === undefined || !takesChanges(nas.profile) ? 'none' : nas.profile.change;
}

/**
 * Who is to get more comes back by a new login, and gets it then. But what was confirmed of this session would be lost with
 * it: the new one would be confirmed, ended and opened again without end.
 */
export function mustStay(session: Session, because: ChangeCause, after: Decision): boolean {
  const confirmed = because === 'binding-confirmed' || session.binding === 'confirmed';
  const { decision } = session;
  // Asked once more for a grant, it is not known what the session has: it may be less.
  const mayGetMore = isMilder(decision, after) || (after.outcome === 'grant' && isSameAccess(decision, after));
  return confirmed && mayGetMore;
}

/** The session may do less now than it should: nobody is endangered when it stays as it is. */
export function isMilder(before: Decision, after: Decision): boolean {
  return outcomes.indexOf(after.outcome) < outcomes.indexOf(before.outcome);
}

/** What no policy is asked about: the ground on which the session was admitted is gone. */
export function ended(reason: Reason, policyHash: string, now: number): Decision {
  return {
    outcome: 'deny',
    reasons: [reason],
    results: [],
    validUntil: now + deniedForMs,
    validUntilBecause: 'day-limit',
    decidedAt: now,
    policyHash,
    // No facts were looked at.
    factsHash: '0'.repeat(64),
  };
}

export function withChange(
  session: Session,
  change: Omit<SessionChange, 'askedAt' | 'stateAt'>,
  now: number,
): Session & { readonly change: SessionChange } {
  return { ...session, change: { ...change, askedAt: now, stateAt: now }, version: session.version + 1 };
}

/** `gone`: the NAS knows no such session. */
export function withAnswer(
  session: Session,
  answer: { readonly state: ChangeState; readonly word?: string; readonly gone?: boolean },
  now: number,
): Session {
  if (session.change === undefined) throw new Error(`nothing was asked about session ${session.id}`);
  const { state, word, gone = false } = answer;
  const change = { ...session.change, state, stateAt: now, ...(word === undefined ? {} : { word }) };
  const answered = { ...session, change, version: session.version + 1 };
  return gone ? stopped(answered, now, 'not seen') : answered;
}

/** Accounting shows the effect of what was asked for: the end, or the new segment. */
export function seen(
  session: Session,
  event: { readonly kind: 'start' | 'interim' | 'stop'; readonly at: number; readonly segments?: readonly string[] },
): SessionChange | undefined {
  const { change, decision } = session;
  if (change === undefined || !['asked', 'acknowledged', 'unanswered'].includes(change.state)) return change;
  const shown =
    change.kind === 'disconnect'
      ? event.kind === 'stop'
      : event.kind !== 'stop' && decision.segment !== undefined && event.segments?.includes(decision.segment) === true;
  return shown ? { ...change, state: 'seen', stateAt: event.at } : change;
}

/** What only a live session needs is forgotten with it. */
export function stopped(session: Session, stoppedAt: number, terminateCause: string): Session {
  const after: { -readonly [K in keyof Session]: Session[K] } = {
    ...session,
    state: 'stopped',
    stoppedAt,
    terminateCause,
  };
  delete after.sealedUserName;
  return after;
}
