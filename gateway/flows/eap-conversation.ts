// One round of an EAP conversation: an EAP packet in, an EAP packet out. The conversation says what it needs and this
// flow fetches it. The decision is taken and recorded before any success indication leaves (RFC 9190 section 2.1.1).
//   1 find     the conversation of this State, or begin one
//   2 advance  until it wants to send something or is over; on the way:
//   3 judge    the peer's chain → identity → decision → settle the TLS handshake
//   4 answer   challenge under a fresh State, accept with keys, or reject with its reason

import { isRefused, type Refused, refused } from '../contract/reason.ts';
import {
  beginConversation,
  type Conversation,
  type Judgement,
  judged,
  received,
  type Turn,
  tlsAnswered,
} from '../eap/conversation.ts';
import type { Conversations } from '../eap/conversations.ts';
import type { EapLimits } from '../eap/limits.ts';
import { decodeEap, type EapPacket } from '../eap/packet.ts';
import type { TlsAlert, TlsPeer } from '../eap/step.ts';
import { fragmentBytesFor } from '../eap/tls-fragments.ts';
import { alertFor } from '../identity/alert.ts';
import type { VerifiedIdentity } from '../identity/verified-identity.ts';
import type { Nas } from '../pdp/nas.ts';
import type { Session } from '../pdp/session.ts';
import type { TlsEngine } from '../ports.ts';
import { reasons } from '../reasons.ts';
import { type Admission, type AdmissionPorts, admit, recordRefusal, tryAgain } from './admission.ts';

export interface EapPorts extends AdmissionPorts {
  readonly tls: TlsEngine;
  readonly conversations: Conversations<Ongoing>;
  readonly limits: EapLimits;
  /** Whose TLS session may stand for their certificate. Absent: nobody's. */
  readonly resumption?: 'off' | 'machine' | 'any';
}

/** A conversation between two rounds, with what was decided in it so far. */
export interface Ongoing extends Conversation {
  readonly traceId: string;
  readonly session?: Session;
  readonly caseCode?: string;
}

/** What the NAS says beside the EAP packet. */
export interface EapRequest {
  readonly nas: Nas;
  readonly eap: Uint8Array;
  readonly state?: string;
  readonly userName: string;
  readonly callingStationId: string;
  readonly acctSessionId?: string;
  /** From Framed-MTU, in octets. */
  readonly framedMtu?: number;
}

export type EapAnswer =
  | { readonly answer: 'challenge'; readonly eap: Uint8Array; readonly state: string }
  | { readonly answer: 'accept'; readonly eap: Uint8Array; readonly msk: Uint8Array; readonly session: Session }
  | { readonly answer: 'reject'; readonly eap?: Uint8Array; readonly refused: Refused; readonly caseCode?: string };

export async function eapRound(ports: EapPorts, request: EapRequest): Promise<EapAnswer> {
  const packet = decodeEap(request.eap);
  if (isRefused(packet)) return { answer: 'reject', refused: packet };
  const found = request.state === undefined ? begin(ports, request, packet) : find(ports, request, packet);
  if (isRefused(found)) return { answer: 'reject', refused: found };
  try {
    return await advance(ports, request, found.ongoing, found.turn);
  } catch (error) {
    // The handshake cannot be taken up half-way: forget it, so that the peer's next attempt starts clean.
    ports.tls.close(found.ongoing.id);
    if (request.state !== undefined) {
      const until = ports.clock.now() + ports.limits.idleMs;
      ports.conversations.lose(request.state, { nas: boundTo(request.nas) }, until);
    }
    throw error;
  }
}

interface Found {
  readonly ongoing: Ongoing;
  readonly turn: Turn;
}

function begin(ports: EapPorts, request: EapRequest, packet: EapPacket): Found {
  const id = Buffer.from(ports.random.bytes(12)).toString('hex');
  const traceId = Buffer.from(ports.random.bytes(16)).toString('hex');
  const limits = { ...ports.limits, fragmentBytes: fragmentBytesFor(ports.limits.fragmentBytes, request.framedMtu) };
  const turn = beginConversation(id, packet, limits, ports.clock.now());
  return { ongoing: { ...turn.conversation, traceId }, turn };
}

function find(ports: EapPorts, request: EapRequest, packet: EapPacket): Found | Refused {
  const now = ports.clock.now();
  const ongoing = ports.conversations.take(request.state ?? '', boundTo(request.nas), now);
  if (isRefused(ongoing)) return ongoing;
  return { ongoing, turn: received(ongoing, packet, now) };
}

/** Two tenants may have concentrators of one name. */
function boundTo({ tenant, name }: Nas): string {
  return `${tenant}/${name}`;
}

async function advance(ports: EapPorts, request: EapRequest, from: Ongoing, first: Turn): Promise<EapAnswer> {
  let ongoing = from;
  let { conversation, need } = first;
  while (true) {
    switch (need.need) {
      case 'tls':
        ({ conversation, need } = tlsAnswered(
          conversation,
          await ports.tls.step(ongoing.id, need.bytes),
          ports.clock.now(),
        ));
        break;
      case 'settle':
        ({ conversation, need } = tlsAnswered(
          conversation,
          await ports.tls.settle(ongoing.id, need.settlement),
          ports.clock.now(),
        ));
        break;
      case 'judge': {
        const judgement = await judge(ports, request, ongoing, need.peer);
        ongoing = { ...ongoing, ...judgement.remember };
        ({ conversation, need } = judged(conversation, judgement.verdict, ports.clock.now()));
        break;
      }
      case 'send': {
        const bound = { nas: boundTo(request.nas) };
        const kept = { ...ongoing, ...conversation };
        const state = ports.conversations.put(kept, bound, ports.random.bytes(16), ports.clock.now());
        if (isRefused(state)) {
          ports.tls.close(ongoing.id);
          return { answer: 'reject', refused: state };
        }
        return { answer: 'challenge', eap: need.packet, state };
      }
      case 'succeed':
        ports.tls.close(ongoing.id);
        if (ongoing.session === undefined) throw new Error('an EAP conversation succeeded without a decision');
        return { answer: 'accept', eap: need.packet, msk: need.msk, session: ongoing.session };
      case 'fail':
        ports.tls.close(ongoing.id);
        return failed(ports, request, ongoing, need.packet, refused(need.reason, need.detail));
    }
  }
}

interface Judged {
  readonly verdict: Judgement;
  readonly remember: { readonly session?: Session; readonly caseCode?: string };
}

async function judge(ports: EapPorts, request: EapRequest, ongoing: Ongoing, peer: TlsPeer): Promise<Judged> {
  const identity = ports.tenant(request.nas.tenant).identify(peer.chain, ports.clock.now());
  if (isRefused(identity)) {
    const { caseCode } = await recordRefusal(ports, request.nas, identity, 'identity', ongoing.traceId);
    return refuse(alertFor(identity.refused), identity, { caseCode });
  }
  const resumable = mayResume(ports, identity);
  if (peer.resumed && !resumable) {
    const why = refused('eap-unexpected', `a resumed session of the kind ${identity.kind}`);
    const { caseCode } = await recordRefusal(ports, request.nas, why, 'identity', ongoing.traceId);
    return refuse('access-denied', why, { caseCode });
  }
  const admitted = await admit(ports, admissionOf(request, ongoing, identity));
  if ('conflict' in admitted) return refuse('internal-error', refused('try-again', admitted.conflict), {});
  const { session } = admitted;
  const remember = { session, caseCode: session.caseCode };
  if (session.decision.outcome !== 'deny') return { verdict: { accept: true, resumable }, remember };
  return refuse('access-denied', refused(session.decision.reasons[0] ?? 'requirement-failed'), remember);
}

/** A session stands for the machine that began it; that a card is in the reader it does not show. */
function mayResume({ resumption = 'off' }: EapPorts, { kind }: VerifiedIdentity): boolean {
  return resumption === 'any' || (resumption === 'machine' && kind === 'machine-certificate');
}

function refuse(alert: TlsAlert, why: Refused, remember: Judged['remember']): Judged {
  const detail = why.detail === undefined ? {} : { detail: why.detail };
  return { verdict: { accept: false, alert, reason: why.refused, ...detail }, remember };
}

/** A machine certificate proves the device in this conversation; an identity certificate proves the person and no device. */
function admissionOf(request: EapRequest, ongoing: Ongoing, identity: VerifiedIdentity): Admission {
  const { nas, userName, callingStationId, acctSessionId } = request;
  const common = {
    nas,
    userName,
    callingStationId,
    traceId: ongoing.traceId,
    ...(acctSessionId === undefined ? {} : { acctSessionId }),
  };
  if (identity.kind === 'machine-certificate') {
    const device = { key: identity.keyHash, name: identity.name, certificateNotAfter: identity.notAfter };
    return { ...common, way: 'eap-tls-machine', device, binding: 'one-conversation' };
  }
  const { profile, assurance, name, notAfter, pseudonym = '' } = identity;
  const person = { pseudonym, profile, assurance, name, certificateNotAfter: notAfter };
  return { ...common, way: 'eap-tls-identity', person, binding: 'none' };
}

/** A handshake that broke before anybody was judged is recorded here; a judged refusal already is. */
async function failed(
  ports: EapPorts,
  request: EapRequest,
  ongoing: Ongoing,
  eap: Uint8Array,
  why: Refused,
): Promise<EapAnswer> {
  // Overload and lost engines are no refusals of anybody.
  if (reasons[why.refused].leadsTo === 'silence') return { answer: 'reject', refused: why };
  // Nothing is held against anyone: counted and logged, and no denial in anybody's record.
  if (why.refused === 'try-again') {
    return { answer: 'reject', eap, refused: tryAgain(ports, request.nas, why.detail ?? '', ongoing.traceId) };
  }
  const known = ongoing.caseCode;
  const caseCode = known ?? (await recordRefusal(ports, request.nas, why, 'eap', ongoing.traceId)).caseCode;
  return { answer: 'reject', eap, refused: why, caseCode };
}
