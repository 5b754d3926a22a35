// One EAP-TLS conversation, seen from the server (RFC 3748 section 4, RFC 5216, RFC 9190). A value: each function takes it
// and returns the next one together with what it needs. It awaits nothing and knows nothing of RADIUS.
//
//   begin ─▶ send Start ─▶ collect the peer's message ─▶ tls ─▶ send flight ─▶ collect …
//                                                         └─▶ judge ─▶ settle ─▶ send last flight ─▶ ack ─▶ succeed
//                                                                             └▶ send alert ──────▶ ack ─▶ fail
//
// After a resumed handshake of TLS 1.2 nothing is left to send: settle leads to succeed or fail at once.

import { type Reason, type Refused, isRefused } from '../contract/reason.ts';
import { eapKeys } from './keys.ts';
import { type EapLimits, expiryOf } from './limits.ts';
import { type EapExchange, type EapPacket, claimedIdentity, eapTypes, encodeEap } from './packet.ts';
import type { EapNeed, TlsAlert, TlsPeer, TlsStep } from './step.ts';
import {
  acknowledgementData,
  type Collection,
  collect,
  cutMessage,
  decodeFragment,
  emptyCollection,
  encodeFragment,
  startData,
  type TlsFragment,
} from './tls-fragments.ts';

export interface Conversation {
  readonly id: string;
  /** What the peer claimed to be before TLS: for routing by realm, never for authorization. */
  readonly claimedIdentity: string;
  readonly limits: EapLimits;
  readonly startedAt: number;
  readonly heardAt: number;
  readonly rounds: number;
  /** Identifier of the request that the peer has to answer. */
  readonly identifier: number;
  readonly phase: Phase;
}

type Phase =
  | { readonly at: 'start' }
  | { readonly at: 'collect'; readonly collection: Collection }
  /** The engine works on the peer's message. */
  | { readonly at: 'tls' }
  | { readonly at: 'send'; readonly rest: readonly TlsFragment[]; readonly then: Then }
  | { readonly at: 'judge'; readonly peer: TlsPeer }
  | { readonly at: 'settle'; readonly then: Ending }
  | { readonly at: 'over' };

/** What the peer's answer to the last fragment leads to. */
type Then = { readonly to: 'collect' } | Ending;
type Ending = { readonly to: 'succeed'; readonly msk: Uint8Array } | Failing;
interface Failing {
  readonly to: 'fail';
  readonly reason: Reason;
  readonly detail?: string;
}

export interface Turn {
  readonly conversation: Conversation;
  readonly need: EapNeed;
}

export type Judgement =
  | { readonly accept: true; readonly resumable?: boolean }
  | { readonly accept: false; readonly alert: TlsAlert; readonly reason: Reason; readonly detail?: string };

/** Begins with the peer's identity; the first need is the EAP-TLS Start. */
export function beginConversation(id: string, identity: EapPacket, limits: EapLimits, now: number): Turn {
  const claimed = claimedIdentity(identity);
  const conversation: Conversation = {
    id,
    claimedIdentity: isRefused(claimed) ? '' : claimed,
    limits,
    startedAt: now,
    heardAt: now,
    rounds: 0,
    identifier: identity.identifier,
    phase: { at: 'start' },
  };
  if (isRefused(claimed)) return failNow(conversation, claimed);
  return request(conversation, startData);
}

/** Takes the peer's answer to the outstanding request. */
export function received(conversation: Conversation, packet: EapPacket, now: number): Turn {
  const { phase } = conversation;
  if (phase.at !== 'start' && phase.at !== 'collect' && phase.at !== 'send') {
    throw new Error(`conversation ${conversation.id} received a packet in phase ${phase.at}`);
  }
  const heard: Conversation = { ...conversation, heardAt: now, rounds: conversation.rounds + 1 };
  const answer = acceptable(conversation, heard.rounds, packet, now);
  if (isRefused(answer)) return failNow(heard, answer);
  const fragment = decodeFragment(answer.data);
  if (isRefused(fragment)) return failNow(heard, fragment);
  return phase.at === 'send' ? afterFragment(heard, phase, fragment) : gather(heard, phase, fragment);
}

/** Takes the engine's answer to a `tls` or `settle` need. */
export function tlsAnswered(conversation: Conversation, step: TlsStep, now: number): Turn {
  const { phase } = conversation;
  const awaited = step.step === 'settled' ? ['settle'] : step.step === 'failed' ? ['tls', 'settle'] : ['tls'];
  if (!awaited.includes(phase.at)) throw new Error(`engine answered ${step.step} in phase ${phase.at}`);
  const waiting: Conversation = { ...conversation, heardAt: now };
  switch (step.step) {
    case 'flight':
      return sendMessage(waiting, step.bytes, { to: 'collect' });
    case 'judge':
      return {
        conversation: { ...waiting, phase: { at: 'judge', peer: step.peer } },
        need: { need: 'judge', peer: step.peer },
      };
    case 'settled':
      if (phase.at !== 'settle') throw new Error('unreachable: checked above');
      // [RFC5216-2.1.2] The peer of a resumed TLS 1.2 handshake has said the last word; the result answers it.
      return step.bytes.length === 0 ? end(waiting, phase.then) : sendMessage(waiting, step.bytes, phase.then);
    case 'failed': {
      // A refusal that was already decided stays the reason, even when the alert could not be made.
      const failing: Failing =
        phase.at === 'settle' && phase.then.to === 'fail'
          ? phase.then
          : { to: 'fail', reason: step.reason, detail: step.detail };
      if (step.bytes.length === 0) return failNow(waiting, asRefused(failing));
      return sendMessage(waiting, step.bytes, failing);
    }
  }
}

/** Takes the decision about the peer; nothing has been promised to it so far. */
export function judged(conversation: Conversation, judgement: Judgement, now: number): Turn {
  const { phase } = conversation;
  if (phase.at !== 'judge') throw new Error(`conversation ${conversation.id} was judged in phase ${phase.at}`);
  const then: Ending = judgement.accept
    ? { to: 'succeed', msk: eapKeys(phase.peer.keyMaterial).msk }
    : failing(judgement.reason, judgement.detail);
  return {
    conversation: { ...conversation, heardAt: now, phase: { at: 'settle', then } },
    need: {
      need: 'settle',
      settlement: judgement.accept ? judgement : { accept: false, alert: judgement.alert },
    },
  };
}

/** The peer's packet, if it may answer the outstanding request at all. */
function acceptable(conversation: Conversation, rounds: number, packet: EapPacket, now: number): EapExchange | Refused {
  const { limits, startedAt, heardAt, phase } = conversation;
  if (now > expiryOf(startedAt, heardAt, limits)) return { refused: 'eap-too-slow' };
  if (rounds > limits.maxRounds) return { refused: 'eap-too-many-rounds', detail: `${limits.maxRounds} allowed` };
  if (packet.code !== 'response') return { refused: 'eap-unexpected', detail: `a ${packet.code} from the peer` };
  if (packet.identifier !== conversation.identifier) {
    const detail = `${packet.identifier} in place of ${conversation.identifier}`;
    return { refused: 'eap-identifier-wrong', detail };
  }
  if (packet.type === eapTypes.tls) return packet;
  // [RFC3748-5.3.1] A Nak answers the first request of a method, never a later one.
  if (packet.type === eapTypes.nak && phase.at === 'start') {
    const wanted = packet.data.length === 0 ? 'none' : [...packet.data.subarray(0, 16)].join(', ');
    return { refused: 'eap-method-refused', detail: `the peer wants EAP types: ${wanted}` };
  }
  return { refused: 'eap-unexpected', detail: `a response of type ${packet.type}` };
}

/** A part of the peer's message has come. */
function gather(
  conversation: Conversation,
  phase: Extract<Phase, { at: 'start' | 'collect' }>,
  fragment: TlsFragment,
): Turn {
  const collection = phase.at === 'collect' ? phase.collection : emptyCollection;
  const collected = collect(collection, fragment, conversation.limits.maxMessageBytes);
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
  return { conversation: { ...conversation, phase: { at: 'tls' } }, need: { need: 'tls', bytes: collected.message } };
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

/** Sends the first fragment of a message of ours; an empty one tells the peer to go on. */
function sendMessage(conversation: Conversation, message: Uint8Array, then: Then): Turn {
  const [first, ...rest] = cutMessage(message, conversation.limits.fragmentBytes);
  if (first === undefined) throw new Error('a message has at least one fragment');
  return request({ ...conversation, phase: { at: 'send', rest, then } }, encodeFragment(first));
}

/** [RFC3748-4.1] Every new request has a new identifier. */
function request(conversation: Conversation, data: Uint8Array): Turn {
  const identifier = (conversation.identifier + 1) % 256;
  return {
    conversation: { ...conversation, identifier },
    need: { need: 'send', packet: encodeEap({ code: 'request', identifier, type: eapTypes.tls, data }) },
  };
}

function end(conversation: Conversation, ending: Ending): Turn {
  if (ending.to === 'fail') return failNow(conversation, asRefused(ending));
  return {
    conversation: over(conversation),
    need: { need: 'succeed', packet: result('success', conversation), msk: ending.msk },
  };
}

function failNow(conversation: Conversation, why: Refused): Turn {
  const packet = result('failure', conversation);
  return {
    conversation: over(conversation),
    need:
      why.detail === undefined
        ? { need: 'fail', packet, reason: why.refused }
        : { need: 'fail', packet, reason: why.refused, detail: why.detail },
  };
}

/** [RFC3748-4.2] Success and Failure carry the identifier of the response that they answer. */
function result(code: 'success' | 'failure', conversation: Conversation): Uint8Array {
  return encodeEap({ code, identifier: conversation.identifier });
}

function over(conversation: Conversation): Conversation {
  return { ...conversation, phase: { at: 'over' } };
}

function failing(reason: Reason, detail: string | undefined): Failing {
  return detail === undefined ? { to: 'fail', reason } : { to: 'fail', reason, detail };
}

function asRefused(why: Failing): Refused {
  return why.detail === undefined ? { refused: why.reason } : { refused: why.reason, detail: why.detail };
}
