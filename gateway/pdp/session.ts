// One VPN connection as the gateway knows it, and its legal transitions: decided → started → stopped.
// RFC 2866: order is not guaranteed, so every transition is idempotent and a stopped session never comes back.

import type { Binding, Decision } from '../contract/decision.ts';

/** How the person and the machine came in. */
export type WayIn = 'ticket' | 'eap-tls-identity' | 'eap-tls-machine';

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
  readonly callingStationId: string;
  readonly acctSessionId?: string;
  readonly framedAddress?: string;
  /** SHA-256 of the machine key. */
  readonly device?: string;
  readonly deviceName?: string;
  readonly person?: string;
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
  readonly inputOctets?: number;
  readonly outputOctets?: number;
  readonly terminateCause?: string;
}

/** The session after the event; the same object when the event changes nothing. */
export function account(session: Session, event: AccountingEvent): Session {
  if (session.state === 'stopped') return session;
  const known = session.acctSessionId;
  if (known !== undefined && known !== event.acctSessionId) return session;
  const moved: Session = {
    ...session,
    acctSessionId: event.acctSessionId,
    startedAt: session.startedAt ?? event.at,
    lastSeenAt: Math.max(session.lastSeenAt ?? 0, event.at),
    // Counters only grow: a late Interim must not take back what a later one said.
    inputOctets: Math.max(session.inputOctets, event.inputOctets ?? 0),
    outputOctets: Math.max(session.outputOctets, event.outputOctets ?? 0),
    ...(event.framedAddress === undefined ? {} : { framedAddress: event.framedAddress }),
    version: session.version + 1,
  };
  if (event.kind !== 'stop') return { ...moved, state: 'started' };
  return { ...moved, state: 'stopped', stoppedAt: event.at, terminateCause: event.terminateCause ?? 'unknown' };
}
