// What a peer has proven in an EAP conversation, and what is decided about it. Nothing has been promised to it so far.
//   1 outside   the certificate of the tunnel, if there is a tunnel and the peer showed one; in TEAP that of the machine
//   2 inside    its certificate, or a password
//   3 decide    one admission for whatever was proven, recorded before it is answered
// One certificate of several in TEAP is only verified: what follows is decided with the last.

import { isRefused, type Refused, refused } from '../contract/reason.ts';
import type { Judgement } from '../eap/conversation-state.ts';
import type { JudgeNeed, Mschapv2Need, PasswordNeed, TlsAlert, TlsPeer, VerifyNeed } from '../eap/step.ts';
import { alertFor } from '../identity/alert.ts';
import { mschapv2Msk } from '../identity/mschapv2.ts';
import { isTicketHandle } from '../identity/ticket.ts';
import { knownRevocation, type VerifiedIdentity } from '../identity/verified-identity.ts';
import { passwordPath } from '../pdp/nas.ts';
import type { Session } from '../pdp/session.ts';
import { reasons } from '../reasons.ts';
import { type Admission, admit, isHeldAgainstNobody, notAdmittedBecause, recordRefusal } from './admission.ts';
import type { EapPorts, EapRequest, Ongoing } from './eap-conversation.ts';
import { innerPassword } from './inner-password.ts';

export interface Judged {
  readonly verdict: Judgement;
  /** What the conversation keeps. */
  readonly remember: Pick<Ongoing, 'session' | 'caseCode' | 'pending'>;
}

export async function judge(ports: EapPorts, request: EapRequest, ongoing: Ongoing, need: JudgeNeed): Promise<Judged> {
  if (need.need === 'verify') return verifyCertificate(ports, request, ongoing, need);
  const outside = identifyOutside(ports, request, need.outer);
  if (isRefused(outside)) return refuseChain(ports, request, ongoing, outside);
  return need.need === 'judge'
    ? judgeCertificate(ports, request, ongoing, need, outside)
    : judgePassword(ports, request, ongoing, need, outside);
}

function identifyOutside(
  ports: EapPorts,
  { nas }: EapRequest,
  outer: TlsPeer | undefined,
): VerifiedIdentity | Refused | undefined {
  if (outer === undefined || outer.chain.length === 0) return undefined;
  return ports.tenant(nas.tenant).identify(outer.chain, ports.clock.now());
}

async function judgeCertificate(
  ports: EapPorts,
  request: EapRequest,
  ongoing: Ongoing,
  { peer, outer }: Extract<JudgeNeed, { need: 'judge' }>,
  outside: VerifiedIdentity | undefined,
): Promise<Judged> {
  const identity = ports.tenant(request.nas.tenant).identify(peer.chain, ports.clock.now());
  if (isRefused(identity)) return refuseChain(ports, request, ongoing, identity);
  // A session belongs to the kind of conversation that began it: inside a tunnel none does.
  const resumable = outer === undefined && mayResume(ports, identity);
  if (peer.resumed && !resumable) {
    const why = refused('eap-unexpected', `a resumed session of the kind ${identity.kind}`);
    return refuseRecorded(ports, request, ongoing, why, 'identity');
  }
  if (outside?.kind === identity.kind) {
    const why = refused('credentials-conflicting', `two of the kind ${identity.kind}, outside and inside`);
    return refuseRecorded(ports, request, ongoing, why, 'identity');
  }
  const proven = outside === undefined ? [identity] : [outside, identity];
  const admitted = await admit(ports, admissionOf(request, ongoing, proven));
  if ('conflict' in admitted) return refuse('internal-error', notAdmittedBecause(admitted.conflict), {});
  return decided(admitted.session, { accept: true, resumable });
}

async function verifyCertificate(
  ports: EapPorts,
  request: EapRequest,
  ongoing: Ongoing,
  { peer, as }: VerifyNeed,
): Promise<Judged> {
  const identity = ports.tenant(request.nas.tenant).identify(peer.chain, ports.clock.now());
  if (isRefused(identity)) return refuseChain(ports, request, ongoing, identity);
  // [RFC9930-3.6.3] Whoever shows a certificate inside has its key at hand.
  if (peer.resumed)
    return refuseRecorded(ports, request, ongoing, refused('eap-unexpected', 'a resumed session'), 'identity');
  const wanted = as === 'machine' ? 'machine-certificate' : 'identity-certificate';
  if (identity.kind !== wanted) {
    const why = refused('credentials-conflicting', `the ${as} shows a certificate of the kind ${identity.kind}`);
    return refuseRecorded(ports, request, ongoing, why, 'identity');
  }
  return { verdict: { accept: true }, remember: {} };
}

async function judgePassword(
  ports: EapPorts,
  request: EapRequest,
  ongoing: Ongoing,
  need: PasswordNeed | Mschapv2Need,
  outside: VerifiedIdentity | undefined,
): Promise<Judged> {
  if (outside?.kind === 'identity-certificate') {
    const why = refused('credentials-conflicting', 'the certificate of a person outside, and a password inside');
    return refuseRecorded(ports, request, ongoing, why, 'identity');
  }
  const { nas, userName, saidUserName, callingStationId, acctSessionId, clientClaims } = request;
  if (need.need === 'password' && need.outer === undefined && passwordPath(nas, ports.clock.now()) === 'plain') {
    const why = refused('password-path-refused', `EAP-GTC outside a tunnel, and the path to ${nas.name} is plain`);
    return refuseRecorded(ports, request, ongoing, why, 'password');
  }
  const { traceId, pending } = ongoing;
  const login = {
    nas,
    outside: { userName, ...(saidUserName === undefined ? {} : { saidUserName }) },
    callingStationId,
    traceId,
    ...(pending === undefined ? {} : { pending }),
    ...(acctSessionId === undefined ? {} : { acctSessionId }),
    ...(clientClaims === undefined ? {} : { clientClaims }),
    ...(outside === undefined ? {} : { machine: outside }),
  };
  const answer = await innerPassword(ports, login, need);
  if ('ask' in answer) return { verdict: { ask: answer.ask }, remember: { pending: answer.pending } };
  if (isRefused(answer)) {
    // Held against nobody, and counted where the conversation ends.
    if (isHeldAgainstNobody(answer) || reasons[answer.refused].leadsTo === 'silence') {
      return refuse('internal-error', answer, {});
    }
    const stage = isTicketHandle(need.userName) ? 'ticket' : 'password';
    return refuseRecorded(ports, request, ongoing, answer, stage, answer);
  }
  const { session, mschapv2 } = answer;
  if (mschapv2 === undefined) return decided(session, { accept: true });
  const { authenticatorResponse, keys } = mschapv2;
  return decided(session, { accept: true, mschapv2: { authenticatorResponse, msk: mschapv2Msk(keys) } });
}

function decided(session: Session, verdict: Judgement): Judged {
  const remember = { session, caseCode: session.caseCode };
  if (session.decision.outcome !== 'deny') return { verdict, remember };
  return refuse('access-denied', refused(session.decision.reasons[0] ?? 'requirement-failed'), remember);
}

/** A session stands for the machine that began it; that a card is in the reader it does not show. */
function mayResume({ resumption = 'off' }: EapPorts, { kind }: VerifiedIdentity): boolean {
  return resumption === 'any' || (resumption === 'machine' && kind === 'machine-certificate');
}

async function refuseChain(ports: EapPorts, request: EapRequest, ongoing: Ongoing, why: Refused): Promise<Judged> {
  const { caseCode } = await recordRefusal(ports, request.nas, why, 'identity', ongoing.traceId);
  return refuse(alertFor(why.refused), why, { caseCode });
}

async function refuseRecorded(
  ports: EapPorts,
  { nas }: EapRequest,
  { traceId }: Ongoing,
  why: Refused,
  stage: string,
  who: { readonly device?: string; readonly person?: string } = {},
): Promise<Judged> {
  const { caseCode } = await recordRefusal(ports, nas, why, stage, traceId, who);
  return refuse('access-denied', why, { caseCode });
}

function refuse(alert: TlsAlert, why: Refused, remember: Judged['remember']): Judged {
  const detail = why.detail === undefined ? {} : { detail: why.detail };
  return { verdict: { accept: false, alert, reason: why.refused, ...detail }, remember };
}

/** A machine certificate proves the device in this conversation; an identity certificate proves the person and no device. */
function admissionOf(request: EapRequest, ongoing: Ongoing, proven: readonly VerifiedIdentity[]): Admission {
  const { nas, userName, saidUserName, callingStationId, acctSessionId, clientClaims } = request;
  const machine = proven.find(({ kind }) => kind === 'machine-certificate');
  const person = proven.find(({ kind }) => kind === 'identity-certificate');
  const way = machine === undefined ? 'eap-tls-identity' : person === undefined ? 'eap-tls-machine' : 'eap-tls-both';
  return {
    nas,
    userName,
    ...(saidUserName === undefined ? {} : { saidUserName }),
    callingStationId,
    traceId: ongoing.traceId,
    ...(acctSessionId === undefined ? {} : { acctSessionId }),
    ...(clientClaims === undefined ? {} : { clientClaims }),
    way,
    binding: machine === undefined ? 'none' : 'one-conversation',
    ...(machine === undefined
      ? {}
      : { device: { key: machine.keyHash, name: machine.name, certificateNotAfter: machine.notAfter } }),
    ...(person === undefined
      ? {}
      : {
          person: {
            pseudonym: person.pseudonym ?? '',
            ...(person.formerPseudonyms === undefined ? {} : { formerPseudonyms: person.formerPseudonyms }),
            profile: person.profile,
            assurance: person.assurance,
            name: person.name,
            certificateNotAfter: person.notAfter,
            revocation: knownRevocation(person),
          },
        }),
  };
}
