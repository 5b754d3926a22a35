// Which decision an Accounting-Request is about: by what this kind of NAS really sends, most reliable first, and never across
// groups of NAS. Nobody echoes Class reliably, and some give a session its id only after the login.

import type { Nas } from '../pdp/nas.ts';
import type { JoinKey } from '../pdp/nas-profile.ts';
import { type AccountingEvent, goesOnAfterEnd, type Session } from '../pdp/session.ts';
import type { AdmissionStore, SessionKey } from '../ports.ts';

/** What the NAS says of a session, beside the event itself. */
export interface Joining {
  readonly nas: Nas;
  readonly event: AccountingEvent;
  /** Our session id, when the NAS sends Class back. */
  readonly sessionId?: string;
  readonly userName: string;
  readonly callingStationId: string;
}

/** No decision admits it: there is none, or its session has ended. */
export interface WithoutDecision {
  readonly joined: 'none';
  readonly because: 'undecided' | 'ended';
  /** The one that has ended. */
  readonly known?: Session;
}

export type Joined = { readonly joined: 'session'; readonly session: Session } | WithoutDecision;

export async function join(store: Pick<AdmissionStore, 'findSession'>, joining: Joining): Promise<Joined> {
  let without: WithoutDecision = { joined: 'none', because: 'undecided' };
  for (const by of joining.nas.profile.joinedBy) {
    const session = await lookUp(store, joining, by);
    if (session === undefined) continue;
    if (!goesOnAfterEnd(session, joining.event)) return { joined: 'session', session };
    without = { joined: 'none', because: 'ended', known: session };
    // A NAS that counts its sessions from 1 uses the id of an old one again; Class it never does.
    if (by === 'class' || joining.event.kind !== 'start') break;
  }
  return without;
}

async function lookUp(
  store: Pick<AdmissionStore, 'findSession'>,
  joining: Joining,
  by: JoinKey,
): Promise<Session | undefined> {
  const { nas, event, sessionId, userName, callingStationId } = joining;
  const find = (key: Omit<SessionKey, 'tenant' | 'nas'>) =>
    store.findSession({ tenant: nas.tenant, nas: nas.name, ...key });
  switch (by) {
    case 'class': {
      const session = sessionId === undefined ? undefined : await find({ id: sessionId });
      // A twin of the same group may have taken it over; nobody else may speak for it.
      return session?.nas === nas.name || session?.nasGroup === nas.group ? session : undefined;
    }
    case 'acct-session-id':
      return find({ acctSessionId: event.acctSessionId });
    case 'user-name-and-caller': {
      const session = userName === '' ? undefined : await find({ userName, callingStationId });
      return session !== undefined && mayBegin(session, event) ? session : undefined;
    }
  }
}

/** That person from that address may have several sessions, and an old login may never have become one. */
function mayBegin({ acctSessionId, decision }: Session, event: AccountingEvent): boolean {
  const isAnother = acctSessionId !== undefined && acctSessionId !== event.acctSessionId;
  return !isAnother && beganAt(event) < decision.validUntil;
}

/** As far as the NAS says. */
export function beganAt({ at, sessionMs = 0 }: AccountingEvent): number {
  return at - sessionMs;
}
