// One VPN connection as the gateway knows it, and its legal transitions: decided → started → stopped.
// RFC 2866: order is not guaranteed, so every transition is idempotent and a stopped session never comes back.

import type { SessionChange } from '../contract/change.ts';
import type { Binding, Decision } from '../contract/decision.ts';
import { seen, stopped } from './live-change.ts';
import type { ClientClaims } from './nas-profile.ts';
import type { ProvenPerson } from './request.ts';

/** How the person and the machine came in. */
export type WayIn = 'ticket' | 'eap-tls-identity' | 'eap-tls-machine' | 'eap-tls-both' | 'password';

export interface Session {
  readonly tenant: string;
  /** Our own id; it also travels as Class. */
  readonly id: string;
  readonly state: 'decided' | 'started' | 'stopped';
  readonly way: WayIn;
  readonly nas: string;
  readonly nasGroup: string;
  /** Claims of the NAS, never proof. */
  readonly userName: string;
  /** What the NAS said, where `userName` is not that and it finds its session by nothing else. Never shown. */
  readonly sealedUserName?: string;
  readonly callingStationId: string;
  readonly acctSessionId?: string;
  readonly framedAddress?: string;
  /** What the NAS calls itself (NAS-Identifier, NAS-IP-Address or NAS-IPv6-Address): it finds its session by that. */
  readonly nasIdentifier?: string;
  readonly nasAddress?: string;
  /** What the client says of itself: claims, never proof. */
  readonly clientClaims?: ClientClaims;
  /** SHA-256 of the machine key. */
  readonly device?: string;
  readonly deviceName?: string;
  readonly deviceCertificateNotAfter?: number;
  readonly person?: string;
  /** How the person was proven: what a later decision needs to know of it. */
  readonly personProof?: Omit<ProvenPerson, 'pseudonym' | 'name'>;
  readonly binding: Binding;
  readonly decision: Decision;
  readonly decisionId: string;
  readonly caseCode: string;
  readonly traceId: string;
  /** Milliseconds since 1970 UTC. */
  readonly decidedAt: number;
  readonly startedAt?: number;
  readonly lastSeenAt?: number;
  readonly stoppedAt?: number;
  /** RFC 2866 section 5.10, in words. */
  readonly terminateCause?: string;
  readonly inputOctets: number;
  readonly outputOctets: number;
  /** The latest change while the session lived, if there was one. */
  readonly change?: SessionChange;
  /** Though its decision has lapsed, it is not judged again for that before then. */
  readonly nextLookAt?: number;
  /** Grows with every write: compare-and-set. */
  readonly version: number;
}

/** What an Accounting-Request says about a session, once its attributes are read. */
export interface AccountingEvent {
  readonly kind: 'start' | 'interim' | 'stop';
  readonly acctSessionId: string;
  /** When it happened: Event-Timestamp, or now less Acct-Delay-Time. */
  readonly at: number;
  readonly framedAddress?: string;
  readonly nasIdentifier?: string;
  readonly nasAddress?: string;
  /** Where the session is, as far as the NAS says: from Filter-Id, and from a Class that says `OU=`. */
  readonly segments?: readonly string[];
  readonly inputOctets?: number;
  readonly outputOctets?: number;
  /** How long it has been there by then, as far as the NAS says. */
  readonly sessionMs?: number;
  readonly terminateCause?: string;
}

/** What a NAS said of a session, by which it finds it again; with whom it is of when it is one of ours. */
export type NamedSession = Pick<
  Session,
  'userName' | 'callingStationId' | 'acctSessionId' | 'framedAddress' | 'nasIdentifier' | 'nasAddress' | 'clientClaims'
> &
  Partial<Pick<Session, 'id' | 'person' | 'device' | 'deviceName'>>;

/** A NAS repeats what it could not deliver: so long after its end, a session may still be told of. */
const lateAtMostMs = 120_000;

/** How a session ends without its own Stop: its NAS restarted, or nobody has heard of it for too long. */
export type AssumedEnd = 'NAS-Reboot' | 'not seen';
const assumedEnds: readonly string[] = ['NAS-Reboot', 'not seen'] satisfies readonly AssumedEnd[];

/**
 * The session after the event; the same object when the event changes nothing. In whatever order events come, the earliest
 * says when it began, the latest where it is, the largest what it moved, and a Stop that it has ended.
 */
export function account(session: Session, event: AccountingEvent): Session {
  const known = session.acctSessionId;
  // Until it has started it may go by another name than in its login.
  if (session.state !== 'decided' && known !== undefined && known !== event.acctSessionId) return session;
  const change = seen(session, event);
  const moved: Session = {
    ...session,
    acctSessionId: event.acctSessionId,
    startedAt: Math.min(session.startedAt ?? event.at, event.at),
    lastSeenAt: Math.max(session.lastSeenAt ?? 0, event.at),
    // Counters only grow: a late Interim must not take back what a later one said.
    inputOctets: Math.max(session.inputOctets, event.inputOctets ?? 0),
    outputOctets: Math.max(session.outputOctets, event.outputOctets ?? 0),
    ...whereabouts(session, event),
    ...(change === undefined ? {} : { change }),
    state: session.state === 'decided' ? 'started' : session.state,
  };
  const after = event.kind === 'stop' ? withStop(moved, event) : moved;
  const same = (Object.keys(after) as (keyof Session)[]).every(field => after[field] === session[field]);
  return same ? session : { ...after, version: session.version + 1 };
}

const placeNames = ['framedAddress', 'nasIdentifier', 'nasAddress'] as const;

/** An older event fills in what no later one said, and overrides nothing. */
function whereabouts(session: Session, event: AccountingEvent): Partial<Pick<Session, (typeof placeNames)[number]>> {
  const isLatest = event.at >= (session.lastSeenAt ?? 0);
  const said = placeNames.flatMap(name => {
    const value = event[name];
    return value === undefined || (!isLatest && session[name] !== undefined) ? [] : [[name, value] as const];
  });
  return Object.fromEntries(said);
}

/** Its own Stop says it better than whatever was assumed; of two, the earlier one was the end. */
function withStop(session: Session, { at, terminateCause = 'unknown' }: AccountingEvent): Session {
  const known = session.state === 'stopped' && !isAssumed(session) && at >= (session.stoppedAt ?? 0);
  return known ? session : stopped(session, at, terminateCause);
}

function isAssumed({ terminateCause = '' }: Session): boolean {
  return assumedEnds.includes(terminateCause);
}

/** Ended, though no Stop of its own said so. */
export function assumedStopped(session: Session, at: number, cause: AssumedEnd): Session {
  if (session.state === 'stopped') return session;
  const change = seen(session, { kind: 'stop', at });
  const after = { ...session, ...(change === undefined ? {} : { change }), version: session.version + 1 };
  return stopped(after, at, cause);
}

/** The NAS tells of it as open, and that cannot be an old message. */
export function goesOnAfterEnd(session: Session, event: AccountingEvent): boolean {
  const { state, stoppedAt = 0 } = session;
  return state === 'stopped' && event.kind !== 'stop' && event.at > stoppedAt + lateAtMostMs;
}
