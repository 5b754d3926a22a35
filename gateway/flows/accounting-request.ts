// Accounting (RFC 2866): what the NAS says about a session, written before it is answered.
//   1 find     the session: by Class, by Acct-Session-Id, by user name and caller
//   2 move     it: decided → started → stopped, idempotent in any order
//   3 write    with compare-and-set; the loser of a race reads again
// "Answered" means "recorded durably": when it cannot be stored there is no answer, and the NAS sends it again.

import type { Refused } from '../contract/reason.ts';
import { refused } from '../contract/reason.ts';
import type { Nas } from '../pdp/nas.ts';
import type { NasEvent } from '../radius/accounting.ts';
import { type AccountingEvent, account, type Session } from '../pdp/session.ts';
import type { AdmissionStore, Log, Meter } from '../ports.ts';

export interface AccountingPorts {
  readonly store: AdmissionStore;
  readonly meter: Meter;
  readonly log: Log;
}

export interface AccountingRequest {
  readonly nas: Nas;
  readonly event: AccountingEvent | NasEvent;
  /** Our session id, when the NAS sends Class back. */
  readonly sessionId?: string;
  readonly userName: string;
  readonly callingStationId: string;
}

/** Several gateways may move one session at once; each loss reads the winner's version and tries again. */
const attempts = 5;

export async function accountingRequest(
  ports: AccountingPorts,
  request: AccountingRequest,
): Promise<'recorded' | Refused> {
  ports.meter.count('sluis_accounting_total', { kind: request.event.kind, nas: request.nas.name });
  switch (request.event.kind) {
    case 'on':
    case 'off':
      return closeAll(ports, request.nas, request.event.at);
    case 'other':
      return 'recorded';
    default:
      return moveOne(ports, request, request.event);
  }
}

async function moveOne(
  ports: AccountingPorts,
  request: AccountingRequest,
  event: AccountingEvent,
): Promise<'recorded' | Refused> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const session = await find(ports, request, event);
    if (session === undefined) {
      // A session that we never admitted (or forgot long ago): acknowledged, or the NAS would repeat it for ever.
      ports.meter.count('sluis_refusals_total', {
        reason: 'session-unknown',
        stage: 'accounting',
        tenant: request.nas.tenant,
      });
      ports.log.warn('accounting-for-unknown-session', { nas: request.nas.name, acctSessionId: event.acctSessionId });
      return 'recorded';
    }
    if (await write(ports, session, account(session, event))) return 'recorded';
  }
  return refused('version-conflict');
}

function find(
  ports: AccountingPorts,
  request: AccountingRequest,
  event: AccountingEvent,
): Promise<Session | undefined> {
  return ports.store.findSession({
    tenant: request.nas.tenant,
    nas: request.nas.name,
    acctSessionId: event.acctSessionId,
    userName: request.userName,
    callingStationId: request.callingStationId,
    ...(request.sessionId === undefined ? {} : { id: request.sessionId }),
  });
}

async function write(ports: AccountingPorts, before: Session, after: Session): Promise<boolean> {
  if (after === before) return true;
  const committed = await ports.store.commit({
    tenant: before.tenant,
    at: after.lastSeenAt ?? before.decidedAt,
    session: { session: after, expectedVersion: before.version },
  });
  if (committed.committed && after.state !== before.state) {
    ports.log.info(after.state === 'stopped' ? 'session-stopped' : 'session-started', {
      trace: after.traceId,
      session: after.id,
      nas: after.nas,
      cause: after.terminateCause,
    });
  }
  return committed.committed;
}

/** Accounting-On and -Off: the NAS restarted, so none of its sessions lives any more. */
async function closeAll(ports: AccountingPorts, nas: Nas, at: number): Promise<'recorded' | Refused> {
  const started = await ports.store.sessions({ tenant: nas.tenant, state: 'started', limit: 100_000 });
  for (const session of started.filter(each => each.nas === nas.name)) {
    if (!(await closeOne(ports, session, at))) return refused('version-conflict');
  }
  return 'recorded';
}

async function closeOne(ports: AccountingPorts, started: Session, at: number): Promise<boolean> {
  let session: Session | undefined = started;
  for (let attempt = 0; attempt < attempts; attempt++) {
    if (session?.acctSessionId === undefined) return true;
    const { acctSessionId } = session;
    const stop: AccountingEvent = { kind: 'stop', acctSessionId, at, terminateCause: 'NAS-Reboot' };
    if (await write(ports, session, account(session, stop))) return true;
    session = await ports.store.session(started.tenant, started.id);
  }
  return false;
}
