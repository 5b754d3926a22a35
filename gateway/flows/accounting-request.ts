// Accounting (RFC 2866): what the NAS says about a session, written before it is answered.
//   1 join     it to its decision, by what this NAS really sends
//   2 move     decided → started → stopped, idempotent in any order
//   3 write    with compare-and-set; the loser of a race reads again
// "Answered" means "recorded durably": when it cannot be stored there is no answer, and the NAS sends it again.

import { type Refused, refused } from '../contract/reason.ts';
import { segmentsMeant } from '../pdp/authorization.ts';
import type { Nas } from '../pdp/nas.ts';
import { type AccountingEvent, account, type Session } from '../pdp/session.ts';
import type { NasEvent } from '../radius/accounting.ts';
import { type Joining, join, type WithoutDecision } from './accounting-join.ts';
import { attempts } from './live-change.ts';
import { closeByRestart, lastRestart, nasRestarted } from './nas-restart.ts';
import { rememberObserved, wasObserved } from './observed-session.ts';
import { teleworkGoesOn } from './person-past.ts';
import { type SessionWritePorts, writeSession } from './session-write.ts';
import { recordUnadmitted, type UnadmittedPorts } from './unadmitted-session.ts';

export interface AccountingPorts extends SessionWritePorts, UnadmittedPorts {
  /** The NAS is only observed: whoever was not admitted here was admitted by its authority. */
  readonly isObserved?: (nas: Nas) => boolean;
}

export interface AccountingRequest extends Omit<Joining, 'event'> {
  readonly event: AccountingEvent | NasEvent;
  /** As the NAS said it, where `userName` is not that. */
  readonly saidUserName?: Uint8Array;
}

export async function accountingRequest(
  ports: AccountingPorts,
  request: AccountingRequest,
): Promise<'recorded' | Refused> {
  const { nas, event } = request;
  ports.meter.count('sluis_accounting_total', { kind: event.kind, nas: nas.name });
  switch (event.kind) {
    case 'on':
    case 'off':
      return nasRestarted(ports, nas, event.at);
    case 'other':
      return 'recorded';
    default:
      return moveOne(ports, { ...request, event });
  }
}

async function moveOne(ports: AccountingPorts, request: AccountingRequest & Joining): Promise<'recorded' | Refused> {
  const { nas } = request;
  const event = asSegments(nas, request.event);
  for (let attempt = 0; attempt < attempts; attempt++) {
    const joined = await join(ports.store, request);
    if (joined.joined === 'none') return withoutDecision(ports, request, joined);
    const { session } = joined;
    const moved = heldBy(nas, session, account(session, event));
    if (!(await writeSession(ports, session, moved))) continue;
    await teleworkGoesOn(ports, session, event.at);
    const begins = event.kind === 'start' || session.state === 'decided';
    return begins ? endedByRestart(ports, request, moved) : 'recorded';
  }
  return refused('version-conflict');
}

/** A NAS repeats its own words for a segment. */
function asSegments(nas: Nas, event: AccountingEvent): AccountingEvent {
  const { segments } = event;
  return segments === undefined ? event : { ...event, segments: segmentsMeant(nas, segments) };
}

/** A twin of its group took the session over: that is the one to ask for a change now. */
function heldBy(nas: Nas, before: Session, after: Session): Session {
  const isNews = after !== before && after.lastSeenAt !== before.lastSeenAt;
  return isNews && after.nas !== nas.name ? { ...after, nas: nas.name } : after;
}

/** Its beginning is told late: the NAS has restarted since. Read after the write, so that no restart slips in between. */
async function endedByRestart(
  ports: AccountingPorts,
  { nas, event }: Joining,
  session: Session,
): Promise<'recorded' | Refused> {
  const restartedAt = await lastRestart(ports.store, nas);
  if (restartedAt === undefined || event.at >= restartedAt) return 'recorded';
  return (await closeByRestart(ports, session, restartedAt)) ? 'recorded' : refused('version-conflict');
}

/** Acknowledged in any case, or the NAS would repeat it for ever. */
async function withoutDecision(
  ports: AccountingPorts,
  request: AccountingRequest & Joining,
  joined: WithoutDecision,
): Promise<'recorded' | Refused> {
  const { nas, event } = request;
  if (ports.isObserved?.(nas) === true) {
    await rememberObserved(ports, nas, event.acctSessionId);
    return 'recorded';
  }
  if (await wasObserved(ports, nas, event.acctSessionId)) return 'recorded';
  if (event.kind !== 'stop') return recordUnadmitted(ports, { ...request, ...joined });
  // It is over, and may have been before our time.
  ports.meter.count('sluis_refusals_total', { reason: 'session-unknown', stage: 'accounting', tenant: nas.tenant });
  ports.log.warn('stop-of-unknown-session', { nas: nas.name, acctSessionId: event.acctSessionId });
  return 'recorded';
}
