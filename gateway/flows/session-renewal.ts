// An open session whose decision has lapsed, and that goes on: by a fresh decision, which has its record, or until it is looked
// at again. One that never began ends here with its time.

import type { DecisionDraft } from '../audit/record.ts';
import type { ChangeCause } from '../contract/change.ts';
import type { Decision } from '../contract/decision.ts';
import type { AdmissionRequest } from '../pdp/request.ts';
import { assumedStopped, type Session } from '../pdp/session.ts';
import { hasLapsed } from '../pdp/session-validity.ts';
import type { AdmissionStore, Clock, Log, Random } from '../ports.ts';
import { newCase, told } from './decision-record.ts';
import { personOf } from './session-subject.ts';

export interface RenewalPorts {
  readonly store: Pick<AdmissionStore, 'commit'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** What was not found out today is asked for again, by everybody it concerns: not too often. */
const putOffMs = 5 * 60_000;

/** The same access, but not for as long as was thought, or for longer than was known. */
export function isOutdated({ decision: held }: Session, fresh: Decision, now: number): boolean {
  return fresh !== held && (hasLapsed({ decision: held }, now) || fresh.validUntil < held.validUntil);
}

/** Whether nobody else moved it meanwhile. */
export async function renew(
  ports: RenewalPorts,
  session: Session,
  { question, decision }: { readonly question?: AdmissionRequest; readonly decision: Decision },
  because: ChangeCause,
): Promise<boolean> {
  const now = ports.clock.now();
  const renewed = { ...decided(ports, session, question, decision), version: session.version + 1 };
  const { committed } = await ports.store.commit({
    tenant: session.tenant,
    at: now,
    session: { session: renewed, expectedVersion: session.version },
    decision: changeRecord(renewed, because, now, 'renewal'),
  });
  return committed;
}

/** Nothing follows from it now: it is due again later, and not in the next moment. */
export async function putOff(ports: RenewalPorts, session: Session, until = 0): Promise<void> {
  const now = ports.clock.now();
  const put = { ...session, nextLookAt: Math.max(until, now + putOffMs), version: session.version + 1 };
  const write = { session: put, expectedVersion: session.version };
  // Whoever was faster has moved it, and it is looked at as it is then.
  await ports.store.commit({ tenant: session.tenant, at: now, session: write });
}

/** Admitted, and never told of by its NAS: its time is over, and to have it ended could meet another one of the same name. */
export async function closeUnstarted(ports: RenewalPorts, session: Session): Promise<boolean> {
  const { tenant, id, nas, traceId: trace, version } = session;
  const now = ports.clock.now();
  const write = { session: assumedStopped(session, now, 'not seen'), expectedVersion: version };
  const { committed } = await ports.store.commit({ tenant, at: now, session: write });
  if (committed) ports.log.info('session-never-started', { trace, tenant, session: id, nas });
  return committed;
}

export function decided(
  ports: Pick<RenewalPorts, 'random'>,
  session: Session,
  question: AdmissionRequest | undefined,
  decision: Decision,
): Session {
  const anew: { -readonly [K in keyof Session]: Session[K] } = {
    ...session,
    ...(question === undefined ? {} : personOf(question.person)),
    ...newCase(ports.random),
    decision,
  };
  // That was about the decision of before.
  delete anew.nextLookAt;
  return anew;
}

export function changeRecord(
  session: Session,
  because: ChangeCause,
  at: number,
  kind: 'change' | 'renewal',
): DecisionDraft {
  const { tenant, decisionId, caseCode, traceId, nas, device, person, id, decision } = session;
  return {
    tenant,
    id: decisionId,
    caseCode,
    kind,
    at,
    ...told(decision),
    traceId,
    nas,
    ...(device === undefined ? {} : { device }),
    ...(person === undefined ? {} : { person }),
    sessionId: id,
    because,
  };
}
