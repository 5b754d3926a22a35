// One machine key in two open sessions at once, from two addresses: a copied key, or a laptop that changed networks before
// the concentrator noticed. It is told, and every session of that key is judged again; what follows is for policy to say.

import type { ChangeCause } from '../contract/change.ts';
import type { Session } from '../pdp/session.ts';
import { type AdmissionStore, type Clock, type Log, type Meter, Unavailable } from '../ports.ts';
import { openSessions, sessionsElsewhere } from './live-elsewhere.ts';

export interface KeyUsePorts {
  readonly meter: Meter;
  readonly log: Log;
}

export interface KeyWatchPorts extends KeyUsePorts {
  readonly store: AdmissionStore;
  readonly clock: Clock;
  readonly redecide: (concern: {
    readonly tenant: string;
    readonly because: ChangeCause;
    readonly sessionIds: readonly string[];
  }) => Promise<void>;
}

export function tellKeyUsedTwice({ meter, log }: KeyUsePorts, session: Session, at: 'admission' | 'accounting'): void {
  const { tenant, nas, id, device, deviceName, callingStationId, caseCode, traceId } = session;
  meter.count('sluis_key_used_twice_total', { at, nas });
  log.warn('key-used-twice', {
    trace: traceId,
    tenant,
    nas,
    at,
    session: id,
    device,
    deviceName,
    caller: callingStationId,
    case: caseCode,
  });
}

/** A session has begun or ended, by what the NAS says. Never rejects. */
export async function watchKey(ports: KeyWatchPorts, session: Session): Promise<void> {
  try {
    await look(ports, session);
  } catch (error) {
    // Accounting has been recorded; whoever comes next with that key is looked at again.
    if (error instanceof Unavailable) ports.log.warn('key-not-watched', { session: session.id, error });
    else ports.log.error('key-not-watched', { session: session.id, error });
  }
}

async function look(ports: KeyWatchPorts, session: Session): Promise<void> {
  const { store, clock } = ports;
  const { tenant, id, device, callingStationId, state } = session;
  if (device === undefined || state === 'decided') return;
  const now = clock.now();
  const ended = state === 'stopped';
  const others = ended
    ? await openSessions(store, tenant, device, now)
    : await sessionsElsewhere(store, { tenant, device, callingStationId, sessionId: id }, now);
  if (others.length === 0) return;
  if (!ended) tellKeyUsedTwice(ports, session, 'accounting');
  const concerned = ended ? others : [session, ...others];
  await ports.redecide({ tenant, because: 'key-used-twice', sessionIds: concerned.map(each => each.id) });
}
