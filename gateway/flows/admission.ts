// From proven identity to a recorded session, the same for every way in:
//   1 know        the device's last attestation result, the person proven from it, and what the directory says of them
//   2 decide      one question to the PDP
//   3 record      session, ticket use and decision record in one commit, before anything is promised to the peer
// Refusals that never reach a decision are recorded by `recordRefusal`.

import { caseCode, recordId } from '../audit/case-code.ts';
import type { Binding, Decision } from '../contract/decision.ts';
import { type Reason, type Refused, refused } from '../contract/reason.ts';
import type { VerifiedIdentity } from '../identity/verified-identity.ts';
import { decide, type RunningPolicy } from '../pdp/decide.ts';
import type { Nas } from '../pdp/nas.ts';
import type { Register } from '../pdp/register.ts';
import type { AdmissionRequest, ProvenDevice, ProvenPerson } from '../pdp/request.ts';
import type { Session, WayIn } from '../pdp/session.ts';
import type { AdmissionStore, Clock, Commit, KnownPeople, Log, Meter, Random } from '../ports.ts';
import { knownOf } from './directory-question.ts';

/** One tenant's rules as they run now: a snapshot that is replaced whole. */
export interface Tenant {
  readonly policy: RunningPolicy;
  readonly register: Register;
  readonly identify: (chain: readonly Uint8Array[], now: number) => VerifiedIdentity | Refused;
}

export interface AdmissionPorts {
  readonly store: AdmissionStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly meter: Meter;
  readonly log: Log;
  /** What the secrets of tickets are derived with. */
  readonly ticketKey: Uint8Array;
  /** Absent when no directory is configured. */
  readonly people?: KnownPeople;
  readonly tenant: (name: string) => Tenant;
}

/** A concentrator waits a few seconds in all; the directory may not take more of them than this. */
const directoryWithinMs = 1_000;

/** Who asks, proven, and what the NAS claims about the connection. */
export interface Admission {
  readonly nas: Nas;
  readonly way: WayIn;
  readonly userName: string;
  readonly callingStationId: string;
  readonly acctSessionId?: string;
  readonly device?: ProvenDevice;
  /** Proven in this very conversation; else the person proven over the device's agent connection counts. */
  readonly person?: ProvenPerson;
  /** Whom a ticket was made for, or nobody: no other person may stand in from the agent connection. */
  readonly madeFor?: { readonly pseudonym: string | undefined };
  readonly binding: Binding;
  readonly traceId: string;
  readonly ticketHandle?: string;
}

export type Admitted =
  | { readonly session: Session }
  | { readonly conflict: 'ticket-used' | 'ticket-unknown' | 'other' };

export async function admit(ports: AdmissionPorts, admission: Admission): Promise<Admitted> {
  const now = ports.clock.now();
  const question = await know(ports, admission, now);
  const tenant = ports.tenant(admission.nas.tenant);
  const decision = decide(question, tenant.policy, tenant.register, now);
  return record(ports, admission, question, decision, now);
}

async function know(ports: AdmissionPorts, admission: Admission, now: number): Promise<AdmissionRequest> {
  const { nas, device } = admission;
  const [attestation, proof] = device
    ? await Promise.all([
        ports.store.attestation(nas.tenant, device.key),
        admission.person ? undefined : ports.store.personProof(nas.tenant, device.key, now),
      ])
    : [undefined, undefined];
  const mayStandIn = proof && (admission.madeFor === undefined || admission.madeFor.pseudonym === proof.pseudonym);
  const person: ProvenPerson | undefined =
    admission.person ??
    (mayStandIn
      ? {
          pseudonym: proof.pseudonym,
          profile: proof.profile,
          name: proof.name,
          assurance: proof.assurance,
          certificateNotAfter: proof.certificateNotAfter,
        }
      : undefined);
  const directory = ports.people && (await knownOf(ports.people, nas.tenant, person?.pseudonym, directoryWithinMs));
  return {
    tenant: nas.tenant,
    way: admission.way,
    nas,
    binding: admission.binding,
    ...(device ? { device } : {}),
    ...(person ? { person } : {}),
    ...(attestation ? { attestation } : {}),
    ...(directory ? { directory } : {}),
  };
}

async function record(
  ports: AdmissionPorts,
  admission: Admission,
  question: AdmissionRequest,
  decision: Decision,
  now: number,
): Promise<Admitted> {
  const { nas } = admission;
  const id = `S-${Buffer.from(ports.random.bytes(12)).toString('base64url')}`;
  const ids = newCase(ports);
  const session: Session = {
    tenant: nas.tenant,
    id,
    state: 'decided',
    way: admission.way,
    nas: nas.name,
    nasGroup: nas.group,
    userName: admission.userName,
    callingStationId: admission.callingStationId,
    ...(admission.acctSessionId === undefined ? {} : { acctSessionId: admission.acctSessionId }),
    ...(question.device ? { device: question.device.key, deviceName: question.device.name } : {}),
    ...(question.person ? { person: question.person.pseudonym } : {}),
    binding: admission.binding,
    decision,
    ...ids,
    traceId: admission.traceId,
    decidedAt: now,
    inputOctets: 0,
    outputOctets: 0,
    version: 1,
  };
  const commit: Commit = {
    tenant: nas.tenant,
    at: now,
    session: { session, expectedVersion: 0 },
    decision: {
      tenant: nas.tenant,
      id: ids.decisionId,
      caseCode: ids.caseCode,
      kind: 'admission',
      at: now,
      outcome: decision.outcome,
      reasons: decision.reasons,
      failures: decision.results.flatMap(({ check, result }) => (result === 'pass' ? [] : [{ check, result }])),
      factsHash: decision.factsHash,
      policyHash: decision.policyHash,
      traceId: admission.traceId,
      nas: nas.name,
      ...(session.device === undefined ? {} : { device: session.device }),
      ...(session.person === undefined ? {} : { person: session.person }),
      sessionId: id,
      decision,
    },
    ...(admission.ticketHandle === undefined
      ? {}
      : {
          redeemTicket: {
            handle: admission.ticketHandle,
            redeemed: { at: now, nasGroup: nas.group, caller: admission.callingStationId, sessionId: id },
          },
        }),
  };
  const committed = await ports.store.commit(commit);
  if (!committed.committed) {
    const { conflict } = committed;
    return { conflict: conflict === 'ticket-used' || conflict === 'ticket-unknown' ? conflict : 'other' };
  }
  count(ports, session);
  return { session };
}

function newCase(ports: AdmissionPorts): { readonly decisionId: string; readonly caseCode: string } {
  return {
    decisionId: recordId(ports.random.bytes(12)),
    caseCode: caseCode(ports.random.bytes(6)),
  };
}

function count(ports: AdmissionPorts, session: Session): void {
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

/** What a refused peer is told about: enough to find the case, nothing to learn from. */
export interface RecordedRefusal {
  readonly reason: Reason;
  readonly caseCode: string;
}

/** Records a refusal that never reached a decision: a bad certificate, a used ticket, a broken handshake. */
export async function recordRefusal(
  ports: AdmissionPorts,
  nas: Nas,
  why: Refused,
  stage: string,
  traceId: string,
  who: { readonly device?: string; readonly person?: string } = {},
): Promise<RecordedRefusal> {
  const now = ports.clock.now();
  const ids = newCase(ports);
  const none = '0'.repeat(64);
  await ports.store.commit({
    tenant: nas.tenant,
    at: now,
    decision: {
      tenant: nas.tenant,
      id: ids.decisionId,
      caseCode: ids.caseCode,
      kind: 'refusal',
      at: now,
      outcome: 'deny',
      reasons: [why.refused],
      failures: [],
      factsHash: none,
      policyHash: ports.tenant(nas.tenant).policy.hash,
      traceId,
      nas: nas.name,
      ...(who.device === undefined ? {} : { device: who.device }),
      ...(who.person === undefined ? {} : { person: who.person }),
      ...(why.detail === undefined ? {} : { detail: why.detail }),
    },
  });
  ports.meter.count('sluis_refusals_total', { reason: why.refused, stage, tenant: nas.tenant });
  ports.log.info('refused', {
    trace: traceId,
    tenant: nas.tenant,
    nas: nas.name,
    reason: why.refused,
    stage,
    case: ids.caseCode,
    detail: why.detail,
  });
  return { reason: why.refused, caseCode: ids.caseCode };
}

/** `try-again`: nothing is held against anyone, so it is counted, logged, and recorded as no denial. */
export function tryAgain(ports: AdmissionPorts, nas: Nas, detail: string, traceId: string): Refused {
  ports.meter.count('sluis_refusals_total', { reason: 'try-again', stage: 'gateway', tenant: nas.tenant });
  ports.log.warn('try-again', { trace: traceId, nas: nas.name, detail });
  return refused('try-again', detail);
}
