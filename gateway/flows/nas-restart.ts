// Accounting-On and -Off (RFC 2866 section 4.1): the NAS restarted, so no session from before lives any more.
//   1 remember  when, so that a report from before that comes later ends its session as well
//   2 close     in portions, those that nothing was heard of since
// It is answered when all of that is in the store.

import { type Refused, refused } from '../contract/reason.ts';
import type { Kept } from '../kept.ts';
import type { Nas } from '../pdp/nas.ts';
import { assumedStopped, type Session } from '../pdp/session.ts';
import type { AdmissionStore } from '../ports.ts';
import { attempts } from './live-change.ts';
import { type SessionWritePorts, writeSession } from './session-write.ts';

/** A portion is one batch for the store, and logins get their turn in between. */
const atOnce = 250;

export async function nasRestarted(ports: SessionWritePorts, nas: Nas, at: number): Promise<'recorded' | Refused> {
  if (!(await remember(ports.store, nas, at))) return refused('version-conflict');
  // Also what was heard of in the very moment of the restart.
  const before = { tenant: nas.tenant, nas: nas.name, lastSeenBefore: at + 1, limit: atOnce };
  for (;;) {
    // None comes twice: it has been closed, or was heard of since.
    const sessions = await ports.store.silentSessions(before);
    const closed = await Promise.all(sessions.map(session => closeByRestart(ports, session, at)));
    if (closed.includes(false)) return refused('version-conflict');
    if (sessions.length < atOnce) return 'recorded';
  }
}

/** When that NAS last restarted. */
export async function lastRestart(store: AdmissionStore, { tenant, name }: Nas): Promise<number | undefined> {
  return (await store.kept(tenant, 'nas-restart', name))?.value.at;
}

/** Unless it was heard of after the restart. Whether it is done with. */
export async function closeByRestart(ports: SessionWritePorts, known: Session, at: number): Promise<boolean> {
  let session: Session | undefined = known;
  for (let attempt = 0; attempt < attempts; attempt++) {
    if (session?.state !== 'started' || (session.lastSeenAt ?? 0) > at) return true;
    if (await writeSession(ports, session, assumedStopped(session, at, 'NAS-Reboot'))) return true;
    session = await ports.store.session(known.tenant, known.id);
  }
  return false;
}

async function remember(store: AdmissionStore, { tenant, name }: Nas, at: number): Promise<boolean> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const known = await store.kept(tenant, 'nas-restart', name);
    if (known !== undefined && known.value.at >= at) return true;
    const version = (known?.version ?? 0) + 1;
    const restart: Kept<'nas-restart'> = { kind: 'nas-restart', key: name, value: { at }, version };
    if ((await store.commit({ tenant, at, keep: [restart] })).committed) return true;
  }
  return false;
}
