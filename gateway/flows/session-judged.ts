// An open session put to the PDP once more: the question of its admission, with what is known now.

import type { Decision } from '../contract/decision.ts';
import type { Reason } from '../contract/reason.ts';
import { decide, type RunningPolicy } from '../pdp/decide.ts';
import { noDirectoryRule, standing } from '../pdp/directory.ts';
import { ended, isMilder } from '../pdp/live-change.ts';
import type { Nas } from '../pdp/nas.ts';
import type { Register } from '../pdp/register.ts';
import type { AdmissionRequest, ProvenDevice, ProvenPerson } from '../pdp/request.ts';
import type { Session } from '../pdp/session.ts';
import { hasLapsed } from '../pdp/session-validity.ts';
import type { Clock } from '../ports.ts';
import type { KeptDays } from './person-past.ts';
import { memoryOf, type QuestionPorts, sessionQuestion } from './session-question.ts';

export interface JudgedBy {
  readonly policy: RunningPolicy;
  readonly register: Register;
}

export interface JudgingPorts extends QuestionPorts {
  readonly clock: Clock;
  readonly nasNamed: (tenant: string, name: string) => Nas | undefined;
  readonly tenant: (name: string) => JudgedBy;
  /** Earlier rules that still hold for this session; absent: those of now. */
  readonly heldTo?: (session: Session) => JudgedBy | undefined;
}

/** Nobody waits for the outcome. */
const directoryWithinMs = 5_000;

export interface Judged {
  /** Absent when no policy was asked. */
  readonly question?: AdmissionRequest;
  readonly teleworkKept?: KeptDays;
  readonly decision: Decision;
}

export async function judged(
  ports: JudgingPorts,
  session: Session,
  { policy, register }: JudgedBy,
  refusedBecause?: Reason,
): Promise<Judged> {
  // Who is to be out is out, whatever is reported while the NAS has not done it: a new login is judged anew.
  if (session.decision.outcome === 'deny') return { decision: session.decision };
  if (refusedBecause !== undefined) return { decision: ended(refusedBecause, policy.hash, ports.clock.now()) };
  const device = deviceOf(session);
  const person = provenIn(session);
  const nas = ports.nasNamed(session.tenant, session.nas);
  const came = {
    tenant: session.tenant,
    way: session.way,
    binding: session.binding,
    callingStationId: session.callingStationId,
    sessionId: session.id,
    ...memoryOf(policy),
    ...(nas === undefined ? {} : { nas }),
    ...(device === undefined ? {} : { device }),
    ...(person === undefined ? {} : { person }),
    // As at its admission: a ticket that was made for nobody is nobody's, whoever has come to the machine since.
    ...(session.way === 'eap-tls-machine' ? {} : { madeFor: { pseudonym: undefined } }),
  };
  const asked = await sessionQuestion(ports, came, directoryWithinMs, ports.clock.now());
  const question = { ...asked.question, admittedAt: session.decidedAt };
  return { ...asked, question, decision: decide(question, policy, register, ports.clock.now()) };
}

function deviceOf({ device, deviceName = '', deviceCertificateNotAfter: until }: Session): ProvenDevice | undefined {
  if (device === undefined) return undefined;
  return { key: device, name: deviceName, ...(until === undefined ? {} : { certificateNotAfter: until }) };
}

function provenIn({ person, personProof }: Session): ProvenPerson | undefined {
  return person === undefined || personProof === undefined ? undefined : { pseudonym: person, ...personProof };
}

/** Nothing speaks against the session but that the directory, asked once more, does not answer: that ends nobody's work. */
export function isOnlySilence(
  { policy }: JudgedBy,
  question: AdmissionRequest | undefined,
  before: Decision,
  after: Decision,
  now: number,
): boolean {
  if (question?.directory === undefined || isMilder(before, after)) return false;
  // What the clock alone has ended is known to have ended.
  const hasEnded = hasLapsed({ decision: before }, now) && before.validUntilBecause === 'time-window';
  if (hasEnded || after.reasons.includes('session-limit-reached')) return false;
  const rule = policy.directory ?? noDirectoryRule;
  return (
    standing(question.directory, rule, now).groups === 'unknown' &&
    after.results.every(({ result, fact }) => result === 'pass' || fact === 'person.account')
  );
}
