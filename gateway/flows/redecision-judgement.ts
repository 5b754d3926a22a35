// One live session judged again, and the change that follows from it, recorded and asked for. Everything is read anew: since
// the cause came, accounting or another gateway may have moved the session.

import type { DecisionDraft } from '../audit/record.ts';
import type { ChangeCause } from '../contract/change.ts';
import type { Decision } from '../contract/decision.ts';
import type { Reason } from '../contract/reason.ts';
import { decide, type RunningPolicy } from '../pdp/decide.ts';
import {
  askedUntil,
  ended,
  isEnding,
  isLive,
  isMilder,
  isSameAccess,
  isUnsettled,
  plannedChange,
  withChange,
} from '../pdp/live-change.ts';
import { noDirectoryRule, standing } from '../pdp/directory.ts';
import type { Register } from '../pdp/register.ts';
import type { AdmissionRequest, ProvenDevice, ProvenPerson } from '../pdp/request.ts';
import type { Session } from '../pdp/session.ts';
import type { Random } from '../ports.ts';
import { personOf } from './admission.ts';
import { newCase, told } from './decision-record.ts';
import { type AskedSession, askForChange, attempts, type LiveChangePorts, tell } from './live-change.ts';
import { type QuestionPorts, sessionQuestion } from './session-question.ts';

export interface JudgementPorts extends LiveChangePorts, Omit<QuestionPorts, 'store'> {
  readonly random: Random;
  readonly tenant: (name: string) => { readonly policy: RunningPolicy; readonly register: Register };
}

export interface Recheck {
  readonly because: ChangeCause;
  readonly refusedBecause?: Reason;
  /** How often the NAS has already put us off. */
  readonly tries: number;
}

/** To be looked at again, not before then. */
export interface Again {
  readonly at: number;
  readonly recheck: Recheck;
}

/** Nobody waits for the outcome. */
const directoryWithinMs = 5_000;
/** A report that flaps must not make the NAS flap: within this time one change, and the last state wins. */
const paceMs = 10_000;
const triesAtMost = 3;

export async function judgeAgain(
  ports: JudgementPorts,
  tenant: string,
  id: string,
  recheck: Recheck,
): Promise<Again | undefined> {
  const { because } = recheck;
  for (let attempt = 0; attempt < attempts; attempt++) {
    const session = await ports.store.session(tenant, id);
    if (session === undefined || !isLive(session) || isEnding(session)) return undefined;
    const { question, decision } = await judged(ports, session, recheck);
    const now = ports.clock.now();
    const same = isSameAccess(session.decision, decision);
    if (same) {
      if (!isUnsettled(session, ports.nasNamed(tenant, session.nas), now)) {
        count(ports, because, 'same');
        const { change } = session;
        return change?.state === 'asked' ? { at: askedUntil(change), recheck } : undefined;
      }
    } else if (isOnlySilence(ports, question, session.decision, decision, now)) {
      count(ports, because, 'directory-silent');
      return undefined;
    }
    const paced = session.change && session.change.askedAt + paceMs;
    // An end is an end: there is nothing that it could alternate with.
    if (paced !== undefined && now < paced && (same || decision.outcome !== 'deny')) return { at: paced, recheck };
    const done = await change(ports, session, question, decision, recheck);
    if (done !== 'raced') return done;
  }
  ports.log.error('redecision-raced', { tenant, session: id, because });
  return undefined;
}

interface Judged {
  /** Absent when no policy was asked. */
  readonly question?: AdmissionRequest;
  readonly decision: Decision;
}

/** 2. */
async function judged(ports: JudgementPorts, session: Session, { refusedBecause }: Recheck): Promise<Judged> {
  const { policy, register } = ports.tenant(session.tenant);
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
    ...(nas === undefined ? {} : { nas }),
    ...(device === undefined ? {} : { device }),
    ...(person === undefined ? {} : { person }),
    // As at its admission: a ticket that was made for nobody is nobody's, whoever has come to the machine since.
    ...(session.way === 'eap-tls-machine' ? {} : { madeFor: { pseudonym: undefined } }),
  };
  const { question } = await sessionQuestion(ports, came, directoryWithinMs, ports.clock.now());
  return { question, decision: decide(question, policy, register, ports.clock.now()) };
}

function deviceOf({ device, deviceName = '', deviceCertificateNotAfter: until }: Session): ProvenDevice | undefined {
  if (device === undefined) return undefined;
  return { key: device, name: deviceName, ...(until === undefined ? {} : { certificateNotAfter: until }) };
}

function provenIn({ person, personProof }: Session): ProvenPerson | undefined {
  return person === undefined || personProof === undefined ? undefined : { pseudonym: person, ...personProof };
}

/** Nothing speaks against the session but that the directory, asked once more, does not answer: that ends nobody's work. */
function isOnlySilence(
  ports: JudgementPorts,
  question: AdmissionRequest | undefined,
  before: Decision,
  after: Decision,
  now: number,
): boolean {
  if (question?.directory === undefined || isMilder(before, after)) return false;
  const rule = ports.tenant(question.tenant).policy.directory ?? noDirectoryRule;
  return (
    standing(question.directory, rule, now).groups === 'unknown' &&
    after.results.every(({ result, fact }) => result === 'pass' || fact === 'person.account')
  );
}

/** 3 to 5. */
async function change(
  ports: JudgementPorts,
  session: Session,
  question: AdmissionRequest | undefined,
  decision: Decision,
  recheck: Recheck,
): Promise<Again | undefined | 'raced'> {
  const { because } = recheck;
  const now = ports.clock.now();
  const nas = ports.nasNamed(session.tenant, session.nas);
  const { kind, then } = plannedChange(nas, session, because, decision);
  if (then === 'keep') {
    count(ports, because, 'kept');
    ports.log.info('live-change-kept', {
      trace: session.traceId,
      session: session.id,
      because,
      would: decision.outcome,
    });
    return undefined;
  }
  const again = isSameAccess(session.decision, decision);
  const state = then === 'ask' ? 'asked' : 'impossible';
  const asked = withChange(
    again ? session : decided(ports, session, question, decision),
    { kind, because, state },
    now,
  );
  const committed = await ports.store.commit({
    tenant: session.tenant,
    at: now,
    session: { session: asked, expectedVersion: session.version },
    // Asked again for what was decided before: that has its record.
    ...(again ? {} : { decision: record(asked, because, now) }),
  });
  if (!committed.committed) return 'raced';
  count(ports, because, again ? 'asked-again' : 'changed');
  tell(ports, asked, session);
  if (nas === undefined || then === 'impossible') return undefined;
  const { again: later } = await askForChange(ports, nas, asked, session);
  // Setting up is over soon; being busy may never be.
  const tries = later === 'busy' ? recheck.tries + 1 : recheck.tries;
  if (later === undefined || tries >= triesAtMost) return undefined;
  return { at: ports.clock.now() + paceMs, recheck: { ...recheck, tries } };
}

function decided(
  ports: JudgementPorts,
  session: Session,
  question: AdmissionRequest | undefined,
  decision: Decision,
): Session {
  return {
    ...session,
    ...(question === undefined ? {} : personOf(question.person)),
    ...newCase(ports.random),
    decision,
  };
}

function record(session: AskedSession, because: ChangeCause, at: number): DecisionDraft {
  const { tenant, decisionId, caseCode, traceId, nas, device, person, id, decision } = session;
  return {
    tenant,
    id: decisionId,
    caseCode,
    kind: 'change',
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

function count({ meter }: JudgementPorts, because: ChangeCause, result: string): void {
  meter.count('sluis_redecisions_total', { because, result });
}
