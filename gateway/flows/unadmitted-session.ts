// A session that a NAS tells of and that no decision admits: somebody is in the network whom nobody let in, or a decision was
// lost. It is recorded once as a refusal, with an alarm, before it is answered; what follows is for `unadmitted-end.ts`.

import { hash } from 'node:crypto';
import { type Refused, refused } from '../contract/reason.ts';
import type { RunningPolicy } from '../pdp/decide.ts';
import type { Kept } from '../kept.ts';
import type { AdmissionStore, Clock, Log, Meter, Random } from '../ports.ts';
import type { Joining, WithoutDecision } from './accounting-join.ts';
import { newCase, refusalRecord } from './decision-record.ts';

export interface UnadmittedPorts {
  readonly store: AdmissionStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly meter: Meter;
  readonly log: Log;
  readonly tenant: (name: string) => { readonly policy: Pick<RunningPolicy, 'hash' | 'past'> };
  /** It is there, whether or not that is new. Nobody waits for what follows; absent: nothing does. */
  readonly unadmitted?: (session: Unadmitted) => unknown;
}

export interface Unadmitted extends Joining, Pick<WithoutDecision, 'because' | 'known'> {
  /** As the NAS said it, where `userName` is not that. */
  readonly saidUserName?: Uint8Array;
}

/** Whoever is still there after that is recorded once more. */
const recordedForMs = 30 * 86_400_000;

export async function recordUnadmitted(ports: UnadmittedPorts, session: Unadmitted): Promise<'recorded' | Refused> {
  const { tenant, name } = session.nas;
  const key = hash('sha256', JSON.stringify([name, session.event.acctSessionId]), 'base64url');
  const now = ports.clock.now();
  const kept = await ports.store.kept(tenant, 'unadmitted-session', key);
  if (kept === undefined || (kept.expiresAt ?? 0) <= now) await record(ports, session, key, (kept?.version ?? 0) + 1);
  ports.unadmitted?.(session);
  return 'recorded';
}

async function record(ports: UnadmittedPorts, session: Unadmitted, key: string, version: number): Promise<void> {
  const { nas, event, userName, callingStationId, because, known } = session;
  const { tenant, name } = nas;
  const now = ports.clock.now();
  const ids = newCase(ports.random);
  const traceId = known?.traceId ?? Buffer.from(ports.random.bytes(16)).toString('hex');
  const detail = `${because}: ${event.acctSessionId} of ${userName} from ${callingStationId}`;
  const keep: Kept<'unadmitted-session'> = {
    kind: 'unadmitted-session',
    key,
    value: { decisionId: ids.decisionId },
    version,
    expiresAt: now + recordedForMs,
  };
  const { committed } = await ports.store.commit({
    tenant,
    at: now,
    keep: [keep],
    decision: refusalRecord(ids, nas, refused('unadmitted-session', detail), {
      at: now,
      policyHash: ports.tenant(tenant).policy.hash,
      traceId,
      ...(known?.device === undefined ? {} : { device: known.device }),
      ...(known?.person === undefined ? {} : { person: known.person }),
      ...(known === undefined ? {} : { sessionId: known.id }),
    }),
  });
  // Its next report, or another gateway, was faster.
  if (!committed) return;
  ports.meter.count('sluis_unadmitted_sessions_total', { nas: name, because });
  ports.meter.count('sluis_refusals_total', { reason: 'unadmitted-session', stage: 'accounting', tenant });
  ports.log.error('unadmitted-session', {
    trace: traceId,
    tenant,
    nas: name,
    because,
    case: ids.caseCode,
    session: known?.id,
    acctSessionId: event.acctSessionId,
    userName,
    caller: callingStationId,
    address: event.framedAddress,
  });
}
