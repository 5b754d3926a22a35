// One EAP conversation, seen from the server (RFC 3748 section 4, RFC 5216, RFC 9190). A value: each function takes it and
// returns the next one together with what it needs. It awaits nothing and knows nothing of RADIUS.
//
//   begin ─▶ offer a method ─▶ (Nak ─▶ offer another) ─▶ collect the peer's message ─▶ tls ─▶ send flight ─▶ collect …
//     EAP-TLS   ─▶ judge ─▶ settle ─▶ send last flight ─▶ ack ─▶ succeed
//                                  └▶ send alert ──────▶ ack ─▶ fail
//     EAP-TTLS, PEAP, TEAP ─▶ `tunnel.ts`, and a conversation like this one inside
//     EAP-MSCHAPv2, EAP-GTC ─▶ `password-methods.ts`
//
// After a resumed handshake of TLS 1.2 nothing is left to send: settle leads to succeed or fail at once.

import { isRefused } from '../contract/reason.ts';
import {
  asRefused,
  type Conversation,
  end,
  type Ending,
  type Failing,
  failing,
  failNow,
  innerId,
  type Judgement,
  type Phase,
  request,
  sendMessage,
  type Turn,
} from './conversation-state.ts';
import { eapKeys } from './keys.ts';
import { type EapLimits, limitsInside } from './limits.ts';
import { type EapMethod, innerMethods, isTls, isTunnel } from './method.ts';
import { acceptable, type AwaitedPhase, isAwaited, negotiate, offer } from './negotiation.ts';
import { type EapPacket, claimedIdentity, eapTypes } from './packet.ts';
import { heardGtc, heardMschapv2, judgedGtc, judgedMschapv2, refusedBy } from './password-methods.ts';
import type { TlsPeer, TlsStep } from './step.ts';
import { teapBeginning, type TeapSettings } from './teap.ts';
import { readTeapPacket } from './teap-packet.ts';
import {
  acknowledgementData,
  collect,
  decodeFragment,
  emptyCollection,
  encodeFragment,
  type TlsFragment,
} from './tls-fragments.ts';
import { askIdentity, type Heard, heardInside, judgedInside, sealed, tunnelStands, turnedInside } from './tunnel.ts';

export interface Beginning {
  readonly limits: EapLimits;
  /** The first is offered, the others a Nak may choose. */
  readonly methods: readonly EapMethod[];
  /** Served, and not offered here. */
  readonly off?: readonly EapMethod[];
  /** 16 random octets. */
  readonly challenge: Uint8Array;
  /** The tunnel that it is held in. */
  readonly outer?: TlsPeer;
  /** Without it TEAP cannot be among the methods. */
  readonly teap?: TeapSettings;
}

/** Begins with the peer's identity; the first need is to send the offer of a method. */
export function beginConversation(id: string, identity: EapPacket, beginning: Beginning, now: number): Turn {
  const { limits, methods, off, challenge, outer, teap } = beginning;
  const [method, ...alternatives] = methods;
  if (method === undefined) throw new RangeError('no EAP method is served');
  const claimed = claimedIdentity(identity);
  const conversation: Conversation = {
    id,
    claimedIdentity: isRefused(claimed) ? '' : claimed,
    limits,
    startedAt: now,
    heardAt: now,
    rounds: 0,
    identifier: identity.identifier,
    method,
    alternatives,
    ...(off === undefined ? {} : { off }),
    challenge,
    ...(outer === undefined ? {} : { outer }),
    ...(teap === undefined ? {} : { teap }),
    phase: { at: 'start' },
  };
  return isRefused(claimed) ? failNow(conversation, claimed) : offer(conversation);
}

/** Takes the peer's answer to the outstanding request. */
export function received(conversation: Conversation, packet: EapPacket, now: number): Turn {
  const { phase } = conversation;
  if (!isAwaited(phase)) throw new Error(`conversation ${conversation.id} received a packet in phase ${phase.at}`);
  const heard: Conversation = { ...conversation, heardAt: now, rounds: conversation.rounds + 1 };
  const answer = acceptable(conversation, heard.rounds, packet, now);
  if (isRefused(answer)) return failNow(heard, answer);
  if (answer.type === eapTypes.nak) return negotiate(heard, answer);
  if (heard.method === 'eap-gtc') return heardGtc(heard, answer.data);
  if (heard.method === 'eap-mschapv2') return heardMschapv2(heard, answer.data);
  if (heard.method !== 'teap') return heardTls(heard, phase, answer.data);
  const read = readTeapPacket(answer.data);
  if (isRefused(read)) return failNow(heard, read);
  // [RFC9930-4.1] Beside TLS something stands in the first packet only; later it is ignored.
  return heardTls(phase.at === 'start' ? { ...heard, beside: read.outer } : heard, phase, read.data);
}

/** Takes the engine's answer to a `tls`, `seal` or `settle` need. */
export function tlsAnswered(conversation: Conversation, step: TlsStep, now: number): Turn {
  const { phase, tunnel } = conversation;
  if (phase.at === 'inside' && tunnel?.inside.at === 'eap') {
    return turnedInside(conversation, tlsAnswered(tunnel.inside.conversation, step, now));
  }
  const awaited: readonly Phase['at'][] = awaitedIn[step.step];
  if (!awaited.includes(phase.at)) throw new Error(`engine answered ${step.step} in phase ${phase.at}`);
  const waiting: Conversation = { ...conversation, heardAt: now };
  switch (step.step) {
    case 'flight':
      return phase.at === 'seal'
        ? sealed(waiting, step.bytes, phase.then)
        : sendMessage(waiting, step.bytes, { to: 'collect' });
    case 'judge':
      return {
        conversation: { ...waiting, phase: { at: 'judge', peer: step.peer } },
        need: {
          need: 'judge',
          peer: step.peer,
          ...(conversation.outer === undefined ? {} : { outer: conversation.outer }),
        },
      };
    case 'tunnel':
      return lead(tunnelStands(waiting, step), now);
    case 'inside':
      return lead(heardInside(waiting, step.data), now);
    case 'settled':
      if (phase.at !== 'settle') throw new Error('unreachable: checked above');
      // [RFC5216-2.1.2] The peer of a resumed TLS 1.2 handshake has said the last word; the result answers it.
      return step.bytes.length === 0 ? end(waiting, phase.then) : sendMessage(waiting, step.bytes, phase.then);
    case 'failed': {
      // A refusal that was already decided stays the reason, even when the alert could not be made.
      const why: Failing =
        phase.at === 'settle' && phase.then.to === 'fail'
          ? phase.then
          : { to: 'fail', reason: step.reason, detail: step.detail };
      if (step.bytes.length === 0) return failNow(waiting, asRefused(why));
      return sendMessage(waiting, step.bytes, why);
    }
  }
}

/** Takes the decision about the peer; nothing has been promised to it so far. */
export function judged(conversation: Conversation, judgement: Judgement, now: number): Turn {
  const { phase, tunnel } = conversation;
  const waiting: Conversation = { ...conversation, heardAt: now };
  if (phase.at === 'judge') return judgedPeer(waiting, phase.peer, judgement);
  if (phase.at === 'judge-password') return judgedGtc(waiting, judgement);
  if (phase.at === 'judge-mschapv2') return judgedMschapv2(waiting, judgement);
  if (phase.at === 'inside' && tunnel?.inside.at === 'eap') {
    return turnedInside(waiting, judged(tunnel.inside.conversation, judgement, now));
  }
  if (phase.at === 'inside' && (tunnel?.inside.at === 'judge' || tunnel?.inside.at === 'decide')) {
    return judgedInside(waiting, tunnel.inside, judgement);
  }
  throw new Error(`conversation ${conversation.id} was judged in phase ${phase.at}`);
}

const awaitedIn: Readonly<Record<TlsStep['step'], readonly Phase['at'][]>> = {
  flight: ['tls', 'seal'],
  judge: ['tls'],
  tunnel: ['tls'],
  inside: ['tls'],
  settled: ['settle'],
  failed: ['tls', 'seal', 'settle'],
};

function heardTls(conversation: Conversation, phase: AwaitedPhase, data: Uint8Array): Turn {
  const fragment = decodeFragment(data);
  if (isRefused(fragment)) return failNow(conversation, fragment);
  return phase.at === 'send' ? afterFragment(conversation, phase, fragment) : gather(conversation, phase, fragment);
}

/** A part of the peer's message has come. */
function gather(conversation: Conversation, phase: AwaitedPhase, fragment: TlsFragment): Turn {
  const { id, method, limits } = conversation;
  if (!isTls(method)) throw new Error(`${method} has no TLS messages`);
  const collection = phase.at === 'collect' ? phase.collection : emptyCollection;
  const collected = collect(collection, fragment, limits.maxMessageBytes);
  if (isRefused(collected)) return failNow(conversation, collected);
  if (!collected.complete) {
    return request(
      { ...conversation, phase: { at: 'collect', collection: collected.collection } },
      acknowledgementData,
    );
  }
  if (collected.message.length === 0) {
    return failNow(conversation, { refused: 'eap-unexpected', detail: 'an empty response where TLS data was due' });
  }
  return {
    conversation: { ...conversation, phase: { at: 'tls' } },
    need: { need: 'tls', handshake: id, method, bytes: collected.message },
  };
}

/** The peer has answered a fragment of ours. */
function afterFragment(conversation: Conversation, phase: Extract<Phase, { at: 'send' }>, answer: TlsFragment): Turn {
  const [next, ...rest] = phase.rest;
  if (next !== undefined) {
    if (!isAcknowledgement(answer)) {
      return failNow(conversation, { refused: 'eap-unexpected', detail: 'TLS data in place of an acknowledgement' });
    }
    return request({ ...conversation, phase: { ...phase, rest } }, encodeFragment(next));
  }
  switch (phase.then.to) {
    case 'collect':
    case 'ask-identity':
      if (phase.then.to === 'ask-identity' && isAcknowledgement(answer)) return askIdentity(conversation);
      return gather(conversation, { at: 'collect', collection: emptyCollection }, answer);
    case 'fail':
      // [RFC5216-2.1.3] Whatever the peer answers to the alert, the conversation ends.
      return end(conversation, phase.then);
    case 'succeed':
      if (!isAcknowledgement(answer)) {
        // The peer did not like the last flight: it sends an alert, which we may not be able to read any more.
        return failNow(conversation, {
          refused: 'tls-alert-from-peer',
          detail: 'TLS data in answer to the last flight',
        });
      }
      return end(conversation, phase.then);
  }
}

function isAcknowledgement(fragment: TlsFragment): boolean {
  return fragment.data.length === 0 && !fragment.more;
}

/** Leads the conversation inside the tunnel on, where it was spoken to. */
function lead(heard: Heard, now: number): Turn {
  if (!('inner' in heard)) return heard;
  const { conversation } = heard;
  const { id, method, limits, challenge, tunnel } = conversation;
  if (tunnel === undefined || !isTunnel(method)) throw new Error(`conversation ${id} has no tunnel`);
  const { inside, peer: outer } = tunnel;
  if (inside.at === 'eap') return turnedInside(conversation, received(inside.conversation, heard.inner, now));
  const inner = method === 'teap' ? teapBeginning(conversation) : { methods: innerMethods[method], outer };
  const beginning = { limits: limitsInside(limits), challenge, ...inner };
  return turnedInside(conversation, beginConversation(innerId(id), heard.inner, beginning, now));
}

/** A certificate was judged by itself, not with what else the peer proves inside a tunnel. */
function judgedPeer(conversation: Conversation, peer: TlsPeer, judgement: Judgement): Turn {
  if ('ask' in judgement) throw new Error('a certificate cannot be asked for more');
  const then: Ending = judgement.accept
    ? { to: 'succeed', ...eapKeys(peer.keyMaterial) }
    : failing(refusedBy(judgement));
  return {
    conversation: { ...conversation, phase: { at: 'settle', then } },
    need: {
      need: 'settle',
      handshake: conversation.id,
      settlement: judgement.accept
        ? { accept: true, ...(judgement.resumable === undefined ? {} : { resumable: judgement.resumable }) }
        : { accept: false, alert: judgement.alert },
    },
  };
}
