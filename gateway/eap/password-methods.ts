// The EAP methods that prove a password by themselves: EAP-GTC (RFC 3748 section 5.6) and EAP-MSCHAPv2 (draft-kamath-pppext-
// eap-mschapv2). Inside a tunnel, or alone. Whether the password is right is judged elsewhere.

import { isRefused, type Refused, refused } from '../contract/reason.ts';
import {
  asRefused,
  type Conversation,
  end,
  type Ending,
  failing,
  failNow,
  type Judgement,
  nextIdentifier,
  request,
  type Turn,
} from './conversation-state.ts';
import {
  acknowledges,
  mschapv2Challenge,
  mschapv2Failure,
  mschapv2Success,
  readMschapv2Response,
} from './mschapv2-packet.ts';

const prompt = 'Password';
/** EAP-GTC makes no keys. */
const noKeys = new Uint8Array();

export function offerGtc(conversation: Conversation): Turn {
  return request(conversation, Buffer.from(prompt, 'utf8'));
}

export function offerMschapv2(conversation: Conversation): Turn {
  return request(conversation, mschapv2Challenge(nextIdentifier(conversation), conversation.challenge));
}

export function heardGtc(conversation: Conversation, data: Uint8Array): Turn {
  const password = passwordOf(data);
  if (isRefused(password)) return failNow(conversation, password);
  return {
    conversation: { ...conversation, phase: { at: 'judge-password' } },
    need: {
      need: 'password',
      userName: conversation.claimedIdentity,
      password,
      canAsk: true,
      ...outerOf(conversation),
    },
  };
}

export function heardMschapv2(conversation: Conversation, data: Uint8Array): Turn {
  const { phase, identifier, challenge } = conversation;
  if (phase.at === 'acknowledge') return afterAcknowledgement(conversation, phase.then, data);
  const response = readMschapv2Response(data, identifier);
  if (isRefused(response)) return failNow(conversation, response);
  return {
    conversation: { ...conversation, phase: { at: 'judge-mschapv2' } },
    need: { need: 'mschapv2', ...response, authenticatorChallenge: challenge, ...outerOf(conversation) },
  };
}

export function judgedGtc(conversation: Conversation, judgement: Judgement): Turn {
  if ('ask' in judgement) {
    const asking: Conversation = { ...conversation, phase: { at: 'ask' } };
    return request(asking, Buffer.from(judgement.ask, 'utf8'));
  }
  return end(conversation, judgement.accept ? { to: 'succeed', msk: noKeys } : failing(refusedBy(judgement)));
}

/** Either way the peer is told by a packet of the method, and answers it, before EAP ends. */
export function judgedMschapv2(conversation: Conversation, judgement: Judgement): Turn {
  if ('ask' in judgement) throw new Error('MSCHAPv2 cannot ask a person for more');
  const { identifier, challenge } = conversation;
  if (!judgement.accept) {
    const then = failing(refusedBy(judgement));
    return request({ ...conversation, phase: { at: 'acknowledge', then } }, mschapv2Failure(identifier, challenge));
  }
  if (judgement.mschapv2 === undefined) throw new Error('an MSCHAPv2 response was accepted without an answer to it');
  const { authenticatorResponse, msk } = judgement.mschapv2;
  const then: Ending = { to: 'succeed', msk };
  return request(
    { ...conversation, phase: { at: 'acknowledge', then } },
    mschapv2Success(identifier, authenticatorResponse),
  );
}

export function refusedBy({ reason, detail }: Extract<Judgement, { accept: false }>): Refused {
  return refused(reason, detail);
}

function afterAcknowledgement(conversation: Conversation, then: Ending, data: Uint8Array): Turn {
  if (then.to === 'fail') return failNow(conversation, asRefused(then));
  // The peer could not verify our answer: it may be at a server that does not know its password.
  if (!acknowledges(data, 'success')) {
    return failNow(conversation, refused('eap-unexpected', 'the peer does not confirm the end of MSCHAPv2'));
  }
  return end(conversation, then);
}

function passwordOf(data: Uint8Array): string | Refused {
  try {
    const password = new TextDecoder('utf-8', { fatal: true }).decode(data);
    return password === '' ? refused('password-malformed', 'empty') : password;
  } catch {
    // Not UTF-8: hostile or broken input, which is a refusal here and not an exception.
    return refused('password-malformed', 'not UTF-8');
  }
}

function outerOf({ outer }: Conversation): Pick<Conversation, 'outer'> {
  return outer === undefined ? {} : { outer };
}
