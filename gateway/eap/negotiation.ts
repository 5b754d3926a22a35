// Which method a peer is offered, and which of its packets may answer what is outstanding (RFC 3748 sections 4.1 and 5.3.1).

import { isRefused, type Refused } from '../contract/reason.ts';
import { type Conversation, failNow, type Phase, request, type Turn } from './conversation-state.ts';
import { expiryOf } from './limits.ts';
import { chosenBy, methodTypes } from './method.ts';
import { type EapExchange, type EapPacket, eapTypes } from './packet.ts';
import { offerGtc, offerMschapv2 } from './password-methods.ts';
import { outerTlvs } from './teap.ts';
import { teapStart } from './teap-packet.ts';
import { startData } from './tls-fragments.ts';

/** The phases in which the peer has to say something. */
export type AwaitedPhase = Extract<Phase, { at: 'start' | 'collect' | 'send' | 'ask' | 'acknowledge' }>;

export function isAwaited(phase: Phase): phase is AwaitedPhase {
  return ['start', 'collect', 'send', 'ask', 'acknowledge'].includes(phase.at);
}

export function offer(conversation: Conversation): Turn {
  switch (conversation.method) {
    case 'eap-mschapv2':
      return offerMschapv2(conversation);
    case 'eap-gtc':
      return offerGtc(conversation);
    case 'teap':
      return request(conversation, teapStart(outerTlvs(conversation)));
    default:
      return request(conversation, startData);
  }
}

export function negotiate(conversation: Conversation, nak: EapExchange): Turn {
  const method = chosenBy(nak.data, conversation);
  if (isRefused(method)) return failNow(conversation, method);
  const alternatives = conversation.alternatives.filter(other => other !== method);
  return offer({ ...conversation, method, alternatives });
}

/** The peer's packet, if it may answer the outstanding request at all. */
export function acceptable(
  conversation: Conversation,
  rounds: number,
  packet: EapPacket,
  now: number,
): EapExchange | Refused {
  const { limits, startedAt, heardAt, phase, method } = conversation;
  if (now > expiryOf(startedAt, heardAt, limits)) return { refused: 'eap-too-slow' };
  if (rounds > limits.maxRounds) return { refused: 'eap-too-many-rounds', detail: `${limits.maxRounds} allowed` };
  if (packet.code !== 'response') return { refused: 'eap-unexpected', detail: `a ${packet.code} from the peer` };
  if (packet.identifier !== conversation.identifier) {
    const detail = `${packet.identifier} in place of ${conversation.identifier}`;
    return { refused: 'eap-identifier-wrong', detail };
  }
  // [RFC3748-5.3.1] A Nak answers the first request of a method, never a later one.
  if (packet.type === methodTypes[method] || (packet.type === eapTypes.nak && phase.at === 'start')) return packet;
  return { refused: 'eap-unexpected', detail: `a response of type ${packet.type}` };
}
