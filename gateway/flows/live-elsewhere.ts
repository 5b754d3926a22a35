// Where else a machine's key is in use at this moment. One key on two machines shows as two open sessions from two addresses;
// the address is a claim of the NAS, so what follows is for policy to say.

import { isEnding, isLive } from '../pdp/live-change.ts';
import type { Session } from '../pdp/session.ts';
import type { AdmissionStore } from '../ports.ts';
import { stationAddress } from '../radius/claims.ts';

/** The NAS is asked to report a session every ten minutes: one that it was silent about twice is over, or as good as. */
const silentAtMostMs = 20 * 60_000;
/** More than any laptop has; whoever has more is live elsewhere in any case. */
const sessionsAtOnce = 20;

export interface Place {
  readonly tenant: string;
  readonly device: string;
  readonly callingStationId: string;
  /** The session itself, once it is one. */
  readonly sessionId?: string;
}

/** The open sessions of this device from another address; somebody who comes back from the same one has only reconnected. */
export async function sessionsElsewhere(
  store: Pick<AdmissionStore, 'sessions'>,
  { tenant, device, callingStationId, sessionId }: Place,
  now: number,
): Promise<readonly Session[]> {
  const open = await openSessions(store, tenant, device, now);
  return open.filter(each => each.id !== sessionId && isElsewhere(each, { callingStationId }));
}

/** Where nothing is known of one of the two, nothing is held against anybody. */
export function isElsewhere(
  one: Pick<Session, 'callingStationId'>,
  other: Pick<Session, 'callingStationId'> | undefined,
): boolean {
  const [here, there] = [callerOf(one.callingStationId), callerOf(other?.callingStationId ?? '')];
  return here !== '' && there !== '' && here !== there;
}

/** Newest first; of those that a NAS has lately reported. */
export async function openSessions(
  store: Pick<AdmissionStore, 'sessions'>,
  tenant: string,
  device: string,
  now: number,
): Promise<readonly Session[]> {
  return openOf(store, { tenant, device }, now);
}

/** The same, of a device or of a person. */
export async function openOf(
  store: Pick<AdmissionStore, 'sessions'>,
  whose: { readonly tenant: string; readonly device?: string; readonly person?: string },
  now: number,
): Promise<readonly Session[]> {
  const started = await store.sessions({ ...whose, state: 'started', limit: sessionsAtOnce });
  return started.filter(each => isLive(each) && !isEnding(each) && (each.lastSeenAt ?? 0) > now - silentAtMostMs);
}

/** Without the port, where it is an address. */
function callerOf(station: string): string {
  return stationAddress(station) ?? station;
}
