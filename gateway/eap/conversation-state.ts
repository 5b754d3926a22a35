// What an EAP conversation is between two turns, seen from the server, and the moves that all methods share: to send a request
// (RFC 3748 section 4.1), to send a TLS message in fragments (RFC 5216 section 2.1.5), to end (RFC 3748 section 4.2).

import type { Reason, Refused } from '../contract/reason.ts';
import type { EapLimits } from './limits.ts';
import { type EapMethod, methodTypes } from './method.ts';
import { encodeEap } from './packet.ts';
import type { EapNeed, TlsAlert, TlsPeer } from './step.ts';
import type { AskedIdentity, TeapSettings } from './teap.ts';
import type { Binding } from './teap-binding.ts';
import { withVersion } from './teap-packet.ts';
import type { IdentityType } from './teap-tlv.ts';
import { type Collection, cutMessage, encodeFragment, type TlsFragment } from './tls-fragments.ts';

export interface Conversation {
  readonly id: string;
  /** What the peer claimed to be: for routing by realm, and a user name to go with a password, never for authorization. */
  readonly claimedIdentity: string;
  readonly limits: EapLimits;
  readonly startedAt: number;
  readonly heardAt: number;
  readonly rounds: number;
  /** Identifier of the request that the peer has to answer. */
  readonly identifier: number;
  readonly method: EapMethod;
  /** What a Nak may still choose. */
  readonly alternatives: readonly EapMethod[];
  /** Served, and switched off for this peer. */
  readonly off?: readonly EapMethod[];
  /** 16 random octets, for EAP-MSCHAPv2. */
  readonly challenge: Uint8Array;
  /** The tunnel that this conversation is held in. */
  readonly outer?: TlsPeer;
  readonly teap?: TeapSettings;
  /** TEAP: what the peer said beside TLS in its first packet. */
  readonly beside?: Uint8Array;
  /** The tunnel of this conversation, once it stands. */
  readonly tunnel?: Tunnel;
  readonly phase: Phase;
}

export type Phase =
  /** The method is offered; it may be declined still. */
  | { readonly at: 'start' }
  | { readonly at: 'collect'; readonly collection: Collection }
  /** The engine works on the peer's message. */
  | { readonly at: 'tls' }
  /** The engine seals what we say inside. */
  | { readonly at: 'seal'; readonly then: Then }
  | { readonly at: 'send'; readonly rest: readonly TlsFragment[]; readonly then: Then }
  | { readonly at: 'judge'; readonly peer: TlsPeer }
  | { readonly at: 'settle'; readonly then: Ending }
  /** A password or an MSCHAPv2 response is being judged. */
  | { readonly at: 'judge-password' }
  | { readonly at: 'judge-mschapv2' }
  /** The person was asked for more (EAP-GTC). */
  | { readonly at: 'ask' }
  /** The peer has to say that it heard how EAP-MSCHAPv2 ended. */
  | { readonly at: 'acknowledge'; readonly then: Ending }
  /** The conversation inside the tunnel needs something. */
  | { readonly at: 'inside' }
  | { readonly at: 'over' };

export interface Tunnel {
  readonly peer: TlsPeer;
  /** 17 octets, which TLS gave both ends. */
  readonly challenge: Uint8Array;
  /** What the engine said and the peer has not been sent. */
  readonly unsent: Uint8Array;
  readonly inside: Inside;
  readonly teap?: TeapState;
}

/** How far they are inside the tunnel. */
export type Inside =
  | { readonly at: 'open' }
  | { readonly at: 'eap'; readonly conversation: Conversation }
  /** EAP-TTLS without EAP inside; `identifier` is that of an MSCHAPv2 response. */
  | { readonly at: 'judge'; readonly identifier?: number }
  /** TEAP: the peer has to bind the inner method to the tunnel; all that was proven is being judged. */
  | { readonly at: 'bind'; readonly binding: Binding }
  | { readonly at: 'decide' }
  /** PEAP, TEAP: the result has been told. */
  | { readonly at: 'result'; readonly then: Ending };

/** How far TEAP has come with those that it asks for. */
export interface TeapState {
  /** S-IMCK of the last inner method that is bound. */
  readonly chain: Uint8Array;
  /** Whose method runs, or who was asked for. */
  readonly asked?: AskedIdentity;
  /** Whom TLS has shown in the method that runs. */
  readonly peer?: TlsPeer;
  readonly left: readonly AskedIdentity[];
  /** By a certificate, or by a password, which has no peer here and was judged already. */
  readonly proven: readonly { readonly type: IdentityType; readonly peer?: TlsPeer }[];
}

/** What the peer's answer to the last fragment leads to. */
export type Then = { readonly to: 'collect' } | { readonly to: 'ask-identity' } | Ending;
export type Ending = { readonly to: 'succeed'; readonly msk: Uint8Array; readonly emsk?: Uint8Array } | Failing;
export interface Failing {
  readonly to: 'fail';
  readonly reason: Reason;
  readonly detail?: string;
}

export interface Turn {
  readonly conversation: Conversation;
  readonly need: EapNeed;
}

export type Judgement =
  | {
      readonly accept: true;
      readonly resumable?: boolean;
      /** To an `mschapv2` need: the answer `S=…`, and the key material of the method. */
      readonly mschapv2?: { readonly authenticatorResponse: string; readonly msk: Uint8Array };
    }
  | { readonly accept: false; readonly alert: TlsAlert; readonly reason: Reason; readonly detail?: string }
  /** To a `password` need that says `canAsk`: what the person is to be asked. */
  | { readonly ask: string };

/** Id of the TLS handshake inside the tunnel of a conversation. */
export function innerId(id: string): string {
  return `${id}/inside`;
}

/** Of every TLS handshake that a conversation of this id may have begun. */
export function handshakesOf(id: string): readonly string[] {
  return [id, innerId(id)];
}

/** What the peer claims to be where this TLS handshake is held, innermost first. */
export function claimedIn({ id, claimedIdentity, tunnel }: Conversation, handshake: string): readonly string[] {
  const inside = handshake === innerId(id) && tunnel?.inside.at === 'eap' ? [tunnel.inside.conversation] : [];
  return [...inside.map(each => each.claimedIdentity), claimedIdentity];
}

export function nextIdentifier({ identifier }: Conversation): number {
  return (identifier + 1) % 256;
}

/** [RFC3748-4.1] Every new request has a new identifier. */
export function request(conversation: Conversation, data: Uint8Array): Turn {
  const identifier = nextIdentifier(conversation);
  const type = methodTypes[conversation.method];
  const said = conversation.method === 'teap' ? withVersion(data) : data;
  return {
    conversation: { ...conversation, identifier },
    need: { need: 'send', packet: encodeEap({ code: 'request', identifier, type, data: said }) },
  };
}

/** Sends the first fragment of a message of ours; an empty one tells the peer to go on. */
export function sendMessage(conversation: Conversation, message: Uint8Array, then: Then): Turn {
  const [first, ...rest] = cutMessage(message, conversation.limits.fragmentBytes);
  if (first === undefined) throw new Error('a message has at least one fragment');
  return request({ ...conversation, phase: { at: 'send', rest, then } }, encodeFragment(first));
}

export function end(conversation: Conversation, ending: Ending): Turn {
  if (ending.to === 'fail') return failNow(conversation, asRefused(ending));
  const { msk, emsk } = ending;
  return {
    conversation: over(conversation),
    need: { need: 'succeed', packet: result('success', conversation), msk, ...(emsk === undefined ? {} : { emsk }) },
  };
}

export function failNow(conversation: Conversation, why: Refused): Turn {
  const packet = result('failure', conversation);
  return {
    conversation: over(conversation),
    need:
      why.detail === undefined
        ? { need: 'fail', packet, reason: why.refused }
        : { need: 'fail', packet, reason: why.refused, detail: why.detail },
  };
}

export function failing({ refused: reason, detail }: Refused): Failing {
  return detail === undefined ? { to: 'fail', reason } : { to: 'fail', reason, detail };
}

export function asRefused(why: Failing): Refused {
  return why.detail === undefined ? { refused: why.reason } : { refused: why.reason, detail: why.detail };
}

/** [RFC3748-4.2] Success and Failure carry the identifier of the response that they answer. */
function result(code: 'success' | 'failure', conversation: Conversation): Uint8Array {
  return encodeEap({ code, identifier: conversation.identifier });
}

function over(conversation: Conversation): Conversation {
  return { ...conversation, phase: { at: 'over' } };
}
