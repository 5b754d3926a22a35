// One round of an EAP conversation: an EAP packet in, an EAP packet out. The conversation says what it needs and this
// flow fetches it. The decision is taken and recorded before any success indication leaves (RFC 9190 section 2.1.1).
//   1 find     the conversation of this State, or begin one
//   2 advance  until it wants to send something or is over; on the way:
//   3 judge    what the peer proves → decision → the conversation says so, see `eap-judgement.ts`
//   4 answer   challenge under a fresh State, accept with keys, or reject with its reason

import { isRefused, type Refused, refused } from '../contract/reason.ts';
import { beginConversation, judged, received, tlsAnswered } from '../eap/conversation.ts';
import { claimedIn, type Conversation, handshakesOf, type Turn } from '../eap/conversation-state.ts';
import type { Conversations } from '../eap/conversations.ts';
import type { EapLimits } from '../eap/limits.ts';
import { defaultMethods, type EapMethod, eapMethods } from '../eap/method.ts';
import { decodeEap, type EapPacket } from '../eap/packet.ts';
import type { TeapSettings } from '../eap/teap.ts';
import { fragmentBytesFor } from '../eap/tls-fragments.ts';
import { type ProfilesByRealm, tlsProfileFor } from '../eap/tls-profile.ts';
import type { Nas } from '../pdp/nas.ts';
import type { ClientClaims } from '../pdp/nas-profile.ts';
import type { Session } from '../pdp/session.ts';
import type { TlsEngine } from '../ports.ts';
import { reasons } from '../reasons.ts';
import { isHeldAgainstNobody, recordRefusal, tellHeldAgainstNobody } from './admission.ts';
import { judge } from './eap-judgement.ts';
import type { InnerPasswordPorts } from './inner-password.ts';

export interface EapPorts extends InnerPasswordPorts {
  readonly tls: TlsEngine;
  readonly conversations: Conversations<Ongoing>;
  readonly limits: EapLimits;
  /** In order of preference, where the NAS has none of its own; absent: all but EAP-GTC outside a tunnel. */
  readonly methods?: readonly EapMethod[];
  /** Without it TEAP is not among the methods. */
  readonly teap?: TeapSettings;
  /** Whose TLS session may stand for their certificate. Absent: nobody's. */
  readonly resumption?: 'off' | 'machine' | 'any';
  /** Absent: realms choose no TLS profile. */
  readonly tlsByRealm?: ProfilesByRealm;
}

const none: ProfilesByRealm = new Map();

/** A conversation between two rounds, with what was decided in it so far. */
export interface Ongoing extends Conversation {
  readonly traceId: string;
  readonly session?: Session;
  readonly caseCode?: string;
  /** Of a password that was right, while the person is asked for more. */
  readonly pending?: string;
}

/** What the NAS says beside the EAP packet. */
export interface EapRequest {
  readonly nas: Nas;
  readonly eap: Uint8Array;
  readonly state?: string;
  readonly userName: string;
  /** As the NAS said it, where `userName` is not that. */
  readonly saidUserName?: Uint8Array;
  readonly callingStationId: string;
  readonly acctSessionId?: string;
  readonly clientClaims?: ClientClaims;
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
    close(ports, found.ongoing);
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
  const methods = request.nas.eapMethods ?? ports.methods ?? defaultMethods;
  const off = eapMethods.filter(method => !methods.includes(method));
  const beginning = {
    limits,
    methods,
    off,
    challenge: ports.random.bytes(16),
    ...(ports.teap === undefined ? {} : { teap: ports.teap }),
  };
  const turn = beginConversation(id, packet, beginning, ports.clock.now());
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
      case 'tls': {
        const profile = tlsProfileFor(
          claimedIn(conversation, need.handshake),
          ports.tlsByRealm ?? none,
          request.nas.tlsProfile,
        );
        const step = await ports.tls.step(need.handshake, need.bytes, need.method, profile);
        ({ conversation, need } = tlsAnswered(conversation, step, ports.clock.now()));
        break;
      }
      case 'seal': {
        const step = await ports.tls.seal(need.handshake, need.data);
        ({ conversation, need } = tlsAnswered(conversation, step, ports.clock.now()));
        break;
      }
      case 'settle': {
        const step = await ports.tls.settle(need.handshake, need.settlement);
        ({ conversation, need } = tlsAnswered(conversation, step, ports.clock.now()));
        break;
      }
      case 'judge':
      case 'verify':
      case 'password':
      case 'mschapv2': {
        const { verdict, remember } = await judge(ports, request, ongoing, need);
        ongoing = { ...ongoing, ...remember };
        ({ conversation, need } = judged(conversation, verdict, ports.clock.now()));
        break;
      }
      case 'send': {
        const bound = { nas: boundTo(request.nas) };
        const kept = { ...ongoing, ...conversation };
        const state = ports.conversations.put(kept, bound, ports.random.bytes(16), ports.clock.now());
        if (isRefused(state)) {
          close(ports, ongoing);
          return { answer: 'reject', refused: state };
        }
        return { answer: 'challenge', eap: need.packet, state };
      }
      case 'succeed':
        close(ports, ongoing);
        if (ongoing.session === undefined) throw new Error('an EAP conversation succeeded without a decision');
        return { answer: 'accept', eap: need.packet, msk: need.msk, session: ongoing.session };
      case 'fail':
        close(ports, ongoing);
        return failed(ports, request, ongoing, need.packet, refused(need.reason, need.detail));
    }
  }
}

function close({ tls }: EapPorts, { id }: Ongoing): void {
  for (const handshake of handshakesOf(id)) tls.close(handshake);
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
  if (isHeldAgainstNobody(why)) {
    tellHeldAgainstNobody(ports, request.nas, why, ongoing.traceId);
    return { answer: 'reject', eap, refused: why };
  }
  // What a ticket was granted inside a tunnel that somebody else holds has to be on record after the grant.
  const known = why.refused === 'eap-crypto-binding-wrong' ? undefined : ongoing.caseCode;
  const caseCode = known ?? (await recordRefusal(ports, request.nas, why, 'eap', ongoing.traceId)).caseCode;
  return { answer: 'reject', eap, refused: why, caseCode };
}
