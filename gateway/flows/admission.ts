// From proven identity to a recorded session, the same for every way in:
//   1 patience    nobody logs in more often than anybody needs to
//   2 know        the device's last attestation result, the person proven from it, and what the directory says of them
//   3 decide      one question to the PDP
//   4 record      session, ticket use and decision record in one commit, before anything is promised to the peer
// Refusals that never reach a decision are recorded by `recordRefusal`.

import type { Binding, Decision } from '../contract/decision.ts';
import { type Reason, type Refused, refused } from '../contract/reason.ts';
import type { VerifiedIdentity } from '../identity/verified-identity.ts';
import { answer, type RunningPolicy } from '../pdp/decide.ts';
import type { Nas } from '../pdp/nas.ts';
import type { ClientClaims } from '../pdp/nas-profile.ts';
import { type Question, questionOf } from '../pdp/question.ts';
import type { Register } from '../pdp/register.ts';
import type { ProvenDevice, ProvenPerson } from '../pdp/request.ts';
import type { Session, WayIn } from '../pdp/session.ts';
import type { AdmissionStore, Clock, Commit, Countries, KnownPeople, Log, Meter, Random, Sealing } from '../ports.ts';
import { countDecision, tellBreakGlass } from './admission-told.ts';
import type { SeenMachine } from './device-first-seen.ts';
import { placeToKeep, tellImpossibleTravel } from './device-place.ts';
import { tellKeyUsedTwice } from './key-used-twice.ts';
import { newCase, refusalRecord, told } from './decision-record.ts';
import type { FactSnapshots } from './fact-snapshots.ts';
import type { TokenBuckets } from '../radius/token-bucket.ts';
import { teleworkToKeep } from './person-past.ts';
import type { RevocationNow } from './proven-person.ts';
import type { RolloutTally } from './rollout-tally.ts';
import { sealedUserName } from './sealed-user-name.ts';
import { type Asked, memoryOf, sessionQuestion } from './session-question.ts';
import { deviceOf, personOf } from './session-subject.ts';
import type { Known } from './tracing.ts';

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
  /** How often one person, or a machine without one, may log in; absent: as often as they like. */
  readonly logins?: Pick<TokenBuckets, 'take'>;
  /** A machine was proven by its certificate. Nobody waits for it. */
  readonly machineSeen?: (tenant: string, machine: SeenMachine) => void;
  /** Who somebody is that is refused before any decision; who was decided about, and how. Only while somebody traces. */
  readonly about?: (who: Known) => void;
  readonly decided?: (session: Session) => void;
  /** What a draft of the policies is judged on later. */
  readonly snapshots?: Pick<FactSnapshots, 'take'>;
  /** Another version of the policies may have been asked as well. */
  readonly judgedBeside?: RolloutTally['note'];
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
  readonly clientClaims?: ClientClaims;
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
  | { readonly conflict: 'ticket-used' | 'ticket-unknown' | 'login-rate' | 'other' };

export async function admit(ports: AdmissionPorts, admission: Admission): Promise<Admitted> {
  const { nas, person, madeFor, device } = admission;
  const who = person?.pseudonym ?? madeFor?.pseudonym ?? device?.key ?? '';
  if (ports.logins?.take(`${nas.tenant} ${who}`, ports.clock.now()) === false) return { conflict: 'login-rate' };
  const admitted = await admitOnce(ports, admission);
  // Two logins of one machine or person at the same moment both keep where or when that was: the later one looks again.
  const keeps = ports.countries ?? ports.tenant(nas.tenant).policy.past;
  const again = 'conflict' in admitted && admitted.conflict === 'other' && keeps !== undefined;
  return again ? admitOnce(ports, admission) : admitted;
}

/** Of a login that was right and yet opened nothing. */
export function notAdmittedBecause(conflict: 'ticket-unknown' | 'login-rate' | 'ticket-used' | 'other'): Refused {
  if (conflict === 'ticket-unknown' || conflict === 'login-rate') return refused(conflict);
  return refused('try-again', 'store conflict');
}

async function admitOnce(ports: AdmissionPorts, admission: Admission): Promise<Admitted> {
  const now = ports.clock.now();
  const tenant = ports.tenant(admission.nas.tenant);
  const came = { ...admission, tenant: admission.nas.tenant, ...memoryOf(tenant.policy) };
  const asked = await sessionQuestion(ports, came, directoryWithinMs, now);
  const put = questionOf(asked.question, tenant.register, now);
  return record(ports, admission, asked, put, answer(put, tenant.policy, now));
}

async function record(
  ports: AdmissionPorts,
  admission: Admission,
  { question, keptPlace, teleworkKept }: Asked,
  put: Question,
  decision: Decision,
): Promise<Admitted> {
  const { nas } = admission;
  const { decidedAt: now } = decision;
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
    ...(admission.clientClaims === undefined ? {} : { clientClaims: admission.clientClaims }),
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
      ...(session.clientClaims === undefined ? {} : { clientClaims: session.clientClaims }),
    },
    ...(admission.ticketHandle === undefined
      ? {}
      : {
          redeemTicket: {
            handle: admission.ticketHandle,
            redeemed: { at: now, nasGroup: nas.group, caller: admission.callingStationId, sessionId: id },
          },
        }),
    keep: [
      ...(origin === undefined ? [] : placeToKeep(session.device, origin, keptPlace, decision)),
      ...teleworkToKeep(ports.tenant(nas.tenant).policy.past, session, teleworkKept, now),
    ],
  };
  const committed = await ports.store.commit(commit);
  if (!committed.committed) {
    const { conflict } = committed;
    return { conflict: conflict === 'ticket-used' || conflict === 'ticket-unknown' ? conflict : 'other' };
  }
  countDecision(ports, session);
  ports.decided?.(session);
  ports.snapshots?.take(put, session);
  ports.judgedBeside?.(session, decision);
  if (decision.breakGlass === true && decision.outcome === 'grant') tellBreakGlass(ports, session);
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
  ports.about?.(who);
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

/** Words that hold nothing against anyone: no denial in anybody's record. */
export function isHeldAgainstNobody({ refused: reason }: Refused): boolean {
  return reason === 'try-again' || reason === 'login-rate';
}

/** Counted and logged, and no more. */
export function tellHeldAgainstNobody(
  ports: AdmissionPorts,
  nas: Nas,
  why: Refused,
  traceId: string,
  who: { readonly device?: string; readonly person?: string } = {},
): void {
  ports.about?.(who);
  const { refused: reason, detail } = why;
  ports.meter.count('sluis_refusals_total', { reason, stage: 'gateway', tenant: nas.tenant });
  const { device, person } = who;
  ports.log.warn(reason, { trace: traceId, nas: nas.name, detail, device, person });
}
