// A session that has moved, written by compare-and-set and told: in the log, and to whoever watches.

import type { Session } from '../pdp/session.ts';
import type { AdmissionStore, Log, Meter } from '../ports.ts';
import { tell } from './live-change.ts';

export interface SessionWritePorts {
  readonly store: AdmissionStore;
  readonly meter: Meter;
  readonly log: Log;
  /** A session has begun or ended. Nobody waits for it. */
  readonly sessionMoved?: (session: Session) => void;
}

/** Whether nobody else moved it meanwhile; what did not change is not written. */
export async function writeSession(ports: SessionWritePorts, before: Session, after: Session): Promise<boolean> {
  if (after === before) return true;
  const { committed } = await ports.store.commit({
    tenant: before.tenant,
    at: after.lastSeenAt ?? before.decidedAt,
    session: { session: after, expectedVersion: before.version },
  });
  if (!committed) return false;
  if (after.change?.state !== before.change?.state) tell(ports, after, before);
  if (after.state === before.state) return true;
  ports.log.info(after.state === 'stopped' ? 'session-stopped' : 'session-started', {
    trace: after.traceId,
    session: after.id,
    nas: after.nas,
    cause: after.terminateCause,
  });
  ports.sessionMoved?.(after);
  return true;
}
