// From proven identity to a recorded session, the same for every way in:
//   1 know        the device's last attestation result, the person proven from it, and what the directory says of them
//   2 decide      one question to the PDP
//   3 record      session, ticket use and decision record in one commit, before anything is promised to the peer
// Refusals that never reach a decision are recorded by `recordRefusal`.

import type { Binding, Decision } from '../contract/decision.ts';
import { type Reason, type Refused, refused } from '../contract/reason.ts';
import type { VerifiedIdentity } from '../identity/verified-identity.ts';
import { decide, type RunningPolicy } from '../pdp/decide.ts';
import type { Nas } from '../pdp/nas.ts';
import type { Register } from '../pdp/register.ts';
import type { ProvenDevice, ProvenPerson } from '../pdp/request.ts';
import type { Session, WayIn } from '../pdp/session.ts';
import type { AdmissionStore, Clock, Commit, Countries, KnownPeople, Log, Meter, Random, Sealing } from '../ports.ts';
import type { SeenMachine } from './device-first-seen.ts';
import { placeToKeep, tellImpossibleTravel } from './device-place.ts';
import { tellKeyUsedTwice } from './key-used-twice.ts';
import { newCase, refusalRecord, told } from './decision-record.ts';
import type { RevocationNow } from './proven-person.ts';
import { sealedUserName } from './sealed-user-name.ts';
import { type Asked, sessionQuestion } from './session-question.ts';

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
  /** Absent: names that may not be read are not kept closed either, and some sessions cannot be ended. */
  readonly sealing?: Sealing;
  /** Absent when no directory is configured. */
  readonly people?: KnownPeople;
  readonly revocationNow?: RevocationNow;
  /** Absent when no country file is configured. */
  readonly countries?: Countries;
  readonly tenant: (name: string) => Tenant;
  /** A machine was proven by its certificate. Nobody waits for it. */
  readonly machineSeen?: (tenant: string, machine: SeenMachine) => void;
}

/** A concentrator waits a few seconds in all; the directory may not take more of them than this. */
const directoryWithinMs = 1_000;

/** Who asks, proven, and what the NAS claims about the connection. */
export interface Admission {
  readonly nas: Nas;
  readonly way: WayIn;
  readonly userName: string;
  /** As the NAS said it, where `userName` is not that. */
  readonly saidUserName?: Uint8Array;
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
  const admitted = await admitOnce(ports, admission);
  // Two logins of one machine at the same moment both keep its place: the later one looks again.
  const again = 'conflict' in admitted && admitted.conflict === 'other' && ports.countries !== undefined;
  return again ? admitOnce(ports, admission) : admitted;
}

async function admitOnce(ports: AdmissionPorts, admission: Admission): Promise<Admitted> {
  const now = ports.clock.now();
  const asked = await sessionQuestion(ports, { ...admission, tenant: admission.nas.tenant }, directoryWithinMs, now);
  const tenant = ports.tenant(admission.nas.tenant);
  const decision = decide(asked.question, tenant.policy, tenant.register, now);
  return record(ports, admission, asked, decision, now);
}

async function record(
  ports: AdmissionPorts,
  admission: Admission,
  { question, keptPlace }: Asked,
  decision: Decision,
  now: number,
): Promise<Admitted> {
  const { nas } = admission;
  const id = `S-${Buffer.from(ports.random.bytes(12)).toString('base64url')}`;
  const ids = newCase(ports.random);
  const { origin } = question;
  const session: Session = {
    tenant: nas.tenant,
    id,
    state: 'decided',
    way: admission.way,
    nas: nas.name,
    nasGroup: nas.group,
    userName: admission.userName,
    ...sealedUserName(ports.sealing, nas, id, admission.saidUserName),
    callingStationId: admission.callingStationId,
    ...(admission.acctSessionId === undefined ? {} : { acctSessionId: admission.acctSessionId }),
    ...deviceOf(question.device),
    ...personOf(question.person),
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
      ...told(decision),
      traceId: admission.traceId,
      nas: nas.name,
      ...(session.device === undefined ? {} : { device: session.device }),
      ...(session.person === undefined ? {} : { person: session.person }),
      sessionId: id,
    },
    ...(admission.ticketHandle === undefined
      ? {}
      : {
          redeemTicket: {
            handle: admission.ticketHandle,
            redeemed: { at: now, nasGroup: nas.group, caller: admission.callingStationId, sessionId: id },
          },
        }),
    ...(origin === undefined ? {} : { keep: placeToKeep(session.device, origin, keptPlace, decision) }),
  };
  const committed = await ports.store.commit(commit);
  if (!committed.committed) {
    const { conflict } = committed;
    return { conflict: conflict === 'ticket-used' || conflict === 'ticket-unknown' ? conflict : 'other' };
  }
  count(ports, session);
  if (question.liveElsewhere === true) tellKeyUsedTwice(ports, session, 'admission');
  if (origin !== undefined) tellImpossibleTravel(ports, session, origin);
  seen(ports, nas.tenant, question.device);
  return { session };
}

function seen(ports: AdmissionPorts, tenant: string, device: ProvenDevice | undefined): void {
  if (device?.certificateNotAfter === undefined) return;
  const { key, name, certificateNotAfter } = device;
  ports.machineSeen?.(tenant, { key, name, certificateNotAfter });
}

function deviceOf(device: ProvenDevice | undefined): Partial<Session> {
  if (device === undefined) return {};
  const { key, name, certificateNotAfter } = device;
  const until = certificateNotAfter === undefined ? {} : { deviceCertificateNotAfter: certificateNotAfter };
  return { device: key, deviceName: name, ...until };
}

/** Of the person, what a session keeps. */
export function personOf(person: ProvenPerson | undefined): Partial<Session> {
  if (person === undefined) return {};
  // A session outlives its person's connection: the name is left to the directory.
  const { pseudonym, formerPseudonyms, profile, assurance, certificateNotAfter, password } = person;
  const personProof = {
    profile,
    assurance,
    ...(formerPseudonyms === undefined ? {} : { formerPseudonyms }),
    ...(certificateNotAfter === undefined ? {} : { certificateNotAfter }),
    ...(password === undefined ? {} : { password }),
  };
  return { person: pseudonym, personProof };
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
  const ids = newCase(ports.random);
  const policyHash = ports.tenant(nas.tenant).policy.hash;
  await ports.store.commit({
    tenant: nas.tenant,
    at: now,
    decision: refusalRecord(ids, nas, why, { at: now, policyHash, traceId, ...who }),
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
