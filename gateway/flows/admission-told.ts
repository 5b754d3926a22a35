// What is counted and logged of a login that was decided, and who is told of it.

import type { Session } from '../pdp/session.ts';
import type { Log, Meter } from '../ports.ts';

interface TellPorts {
  readonly meter: Meter;
  readonly log: Log;
}

/** Somebody should ask why. */
export function tellBreakGlass(ports: TellPorts, session: Session): void {
  const { tenant, nas, id, person, deviceName, caseCode, traceId, decision } = session;
  const { policy = 'none' } = decision;
  ports.meter.count('sluis_break_glass_total', { policy, tenant });
  ports.log.error('break-glass', {
    trace: traceId,
    tenant,
    nas,
    session: id,
    person,
    deviceName,
    policy,
    case: caseCode,
  });
}

export function countDecision(ports: TellPorts, session: Session): void {
  const { outcome, policy = 'none', reasons } = session.decision;
  ports.meter.count('sluis_decisions_total', { outcome, policy, tenant: session.tenant });
  for (const reason of reasons) {
    ports.meter.count('sluis_refusals_total', { reason, stage: 'decision', tenant: session.tenant });
  }
  ports.log.info('decided', {
    trace: session.traceId,
    tenant: session.tenant,
    nas: session.nas,
    way: session.way,
    outcome,
    policy,
    reasons,
    session: session.id,
    case: session.caseCode,
    device: session.device,
    person: session.person,
  });
}
