// What is said inside the tunnel of EAP-TTLS (RFC 5281 sections 7.3 and 11) and PEAPv0 (MS-PEAP section 3.1), and what becomes
// of it; for TEAP the same moves lead to `teap.ts`. An EAP conversation inside is one like any other: `conversation.ts` leads it, and hands each of its turns back here.
//
//   EAP-TTLS  stands ─▶ hear ─▶ password, MSCHAPv2 ─▶ judge ─▶ (MS-CHAP2-Success) ─▶ succeed │ close notification ─▶ fail
//                            └▶ EAP: inner turns ─▶ succeed │ close notification ─▶ fail
//   PEAP      stands ─▶ ask identity ─▶ EAP: inner turns ─▶ Result TLV ─▶ the peer's Result TLV ─▶ succeed │ fail

import { isRefused, type Refused, refused } from '../contract/reason.ts';
import {
  asRefused,
  type Conversation,
  end,
  type Ending,
  failing,
  failNow,
  type Inside,
  type Judgement,
  nextIdentifier,
  sendMessage,
  type Then,
  type Turn,
} from './conversation-state.ts';
import { eapKeys } from './keys.ts';
import { decodeEap, type EapPacket } from './packet.ts';
import { refusedBy } from './password-methods.ts';
import { identityRequest, readResult, resultRequest, withHeader, withoutHeader } from './peap.ts';
import type { TlsStep } from './step.ts';
import { askNext, beginTeap, heardTeap, judgedTeap, turnedTeap } from './teap.ts';
import { eapAvp, mschapv2SuccessAvp, readInside } from './ttls.ts';
import { say, tunnelOf, within } from './tunnel-moves.ts';

const nothing = new Uint8Array();

/** A packet for the conversation inside the tunnel of this one, or already the next turn. */
export type Heard = { readonly conversation: Conversation; readonly inner: EapPacket } | Turn;

/** Both ends have finished their handshake. */
export function tunnelStands(conversation: Conversation, step: Extract<TlsStep, { step: 'tunnel' }>): Heard {
  const { peer, challenge, bytes, data } = step;
  const standing = (unsent: Uint8Array): Conversation => ({
    ...conversation,
    tunnel: {
      peer,
      challenge,
      unsent,
      inside: { at: 'open' },
      ...(conversation.method === 'teap' ? { teap: beginTeap(conversation, peer) } : {}),
    },
  });
  if (data.length > 0) return heardInside(standing(bytes), data);
  if (conversation.method === 'eap-ttls') return sendMessage(standing(nothing), bytes, { to: 'collect' });
  // In TLS 1.2 the peer has to hear our Finished first; in 1.3 it has, and waits for us to speak.
  return peer.version === 'TLSv1.2'
    ? sendMessage(standing(nothing), bytes, { to: 'ask-identity' })
    : askIdentity(standing(bytes));
}

export function askIdentity(conversation: Conversation): Turn {
  if (conversation.method === 'teap') return askNext(conversation);
  return say(conversation, identityRequest, { to: 'collect' });
}

/** The engine has sealed what we say; whatever it owes the peer goes first. */
export function sealed(conversation: Conversation, bytes: Uint8Array, then: Then): Turn {
  const tunnel = tunnelOf(conversation);
  const message = new Uint8Array(Buffer.concat([tunnel.unsent, bytes]));
  return sendMessage({ ...conversation, tunnel: { ...tunnel, unsent: nothing } }, message, then);
}

export function heardInside(conversation: Conversation, data: Uint8Array): Heard {
  const { inside, challenge } = tunnelOf(conversation);
  // TLS spoke with TLS: the peer has nothing to say before we go on.
  if (data.length === 0) return sendMessage(conversation, nothing, { to: 'collect' });
  if (conversation.method === 'teap') return heardTeap(conversation, data);
  if (inside.at === 'result') return afterResult(conversation, inside.then, data);
  if (conversation.method === 'peap') {
    const packet = withHeader(data, inside.at === 'eap' ? inside.conversation.identifier : 0);
    return isRefused(packet) ? failInside(conversation, packet) : { conversation, inner: packet };
  }
  const said = readInside(data, challenge);
  if (isRefused(said)) return failInside(conversation, said);
  if (said.said === 'eap') {
    const packet = decodeEap(said.packet);
    return isRefused(packet) ? failInside(conversation, packet) : { conversation, inner: packet };
  }
  if (inside.at === 'eap') return failInside(conversation, refused('credentials-conflicting', 'a password after EAP'));
  const { userName } = said;
  const { peer: outer } = tunnelOf(conversation);
  if (said.said === 'password') {
    return {
      conversation: within(conversation, { at: 'judge' }),
      // [RFC5281-11.2.5] PAP has no second question.
      need: { need: 'password', userName, password: said.password, canAsk: false, outer },
    };
  }
  const { identifier, authenticatorChallenge, peerChallenge, ntResponse } = said;
  return {
    conversation: within(conversation, { at: 'judge', identifier }),
    need: { need: 'mschapv2', userName, authenticatorChallenge, peerChallenge, ntResponse, outer },
  };
}

/** The next turn of the conversation inside, wrapped for the one outside. */
export function turnedInside(conversation: Conversation, turn: Turn): Turn {
  if (conversation.method === 'teap') return turnedTeap(conversation, turn);
  const { conversation: inner, need } = turn;
  const going = within(conversation, { at: 'eap', conversation: inner });
  switch (need.need) {
    case 'send': {
      const data = conversation.method === 'peap' ? withoutHeader(need.packet) : eapAvp(need.packet);
      return say(going, data, { to: 'collect' });
    }
    case 'succeed':
      return conversation.method === 'peap' ? tellResult(going, succeeding(going)) : end(going, succeeding(going));
    case 'fail': {
      const why = refused(need.reason, need.detail);
      // Whom the method inside has told already, sealed as all of it is, is done: wpa_supplicant answers no request then.
      return conversation.method === 'eap-ttls' && toldInside(conversation)
        ? failNow(going, why)
        : failInside(going, why);
    }
    default:
      return { conversation: going, need };
  }
}

/** A password or an MSCHAPv2 response without EAP around it was judged, or all of TEAP. */
export function judgedInside(
  conversation: Conversation,
  inside: Extract<Inside, { at: 'judge' | 'decide' }>,
  judgement: Judgement,
): Turn {
  if (inside.at === 'decide') return judgedTeap(conversation, judgement);
  if ('ask' in judgement) throw new Error('what EAP-TTLS carries without EAP cannot ask a person for more');
  if (!judgement.accept) return failInside(conversation, refusedBy(judgement));
  const ending = succeeding(conversation);
  if (inside.identifier === undefined) return end(conversation, ending);
  if (judgement.mschapv2 === undefined) throw new Error('an MSCHAPv2 response was accepted without an answer to it');
  // [RFC5281-11.2.4] The peer verifies it, and answers by an empty packet if it holds.
  return say(conversation, mschapv2SuccessAvp(inside.identifier, judgement.mschapv2.authenticatorResponse), ending);
}

/** By TLS first, so that nobody outside the tunnel can have made it up: a Result TLV, or the end of the tunnel. */
function failInside(conversation: Conversation, why: Refused): Turn {
  const then = failing(why);
  if (conversation.method === 'peap') return tellResult(conversation, then);
  return {
    conversation: { ...conversation, phase: { at: 'settle', then } },
    need: { need: 'settle', handshake: conversation.id, settlement: { accept: false, alert: 'access-denied' } },
  };
}

/** Did the method inside end by its own word, an alert of TLS or an error of MSCHAPv2? */
function toldInside({ tunnel }: Conversation): boolean {
  if (tunnel?.inside.at !== 'eap') return false;
  const { phase } = tunnel.inside.conversation;
  return phase.at === 'acknowledge' || (phase.at === 'send' && phase.then.to === 'fail');
}

function tellResult(conversation: Conversation, then: Ending): Turn {
  const result = then.to === 'succeed' ? 'success' : 'failure';
  const told = within(conversation, { at: 'result', then });
  return say(told, resultRequest(result, nextIdentifier(conversation)), { to: 'collect' });
}

function afterResult(conversation: Conversation, then: Ending, data: Uint8Array): Turn {
  if (then.to === 'fail') return failNow(conversation, asRefused(then));
  const result = readResult(data);
  if (isRefused(result)) return failNow(conversation, result);
  if (result === 'failure') return failNow(conversation, refused('eap-unexpected', 'the peer calls it a failure'));
  return end(conversation, then);
}

/** Keys are of the tunnel, whatever was proven inside it. */
function succeeding(conversation: Conversation): Ending {
  return { to: 'succeed', msk: eapKeys(tunnelOf(conversation).peer.keyMaterial).msk };
}
