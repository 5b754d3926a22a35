// What is said inside the tunnel of TEAP (RFC 9930 section 3.3): one inner method after another, each bound to the tunnel before
// the next begins, and one decision at the end about all that was proven. An EAP conversation inside is one like any other:
// `conversation.ts` leads it, and hands each of its turns back here.
//
//   stands ─▶ ask (machine, then user) ─▶ EAP: inner turns ─▶ Intermediate-Result, Crypto-Binding ─▶ the peer's ─▶ ask …
//          … ─▶ decide ─▶ Result ─▶ the peer's Result ─▶ succeed │ fail
//
// The Result comes by itself, after the last Crypto-Binding: nobody is admitted through a tunnel that somebody else holds.

import { createHmac } from 'node:crypto';
import { isRefused, type Refused, refused } from '../contract/reason.ts';
import {
  type Conversation,
  end,
  type Ending,
  failing,
  failNow,
  type Judgement,
  nextIdentifier,
  type TeapState,
  type Turn,
} from './conversation-state.ts';
import type { EapMethod } from './method.ts';
import { decodeEap, type EapPacket, eapTypes, encodeEap } from './packet.ts';
import { refusedBy } from './password-methods.ts';
import type { EapNeed, TlsPeer } from './step.ts';
import { bind, type Binding, type BindingKeys, bindingRequest, bound } from './teap-binding.ts';
import { teapErrorFor } from './teap-error.ts';
import { sessionKeySeed, suiteHash, swappedMschapv2Msk, teapKeys } from './teap-keys.ts';
import {
  authorityId,
  cryptoBinding,
  eapPayload,
  encodeTlvs,
  error,
  type IdentityType,
  identityType,
  intermediateResult,
  nak,
  readTeap,
  result,
  teapErrors,
  type TeapSaid,
} from './teap-tlv.ts';
import { say, tunnelOf, within } from './tunnel-moves.ts';

export interface TeapSettings {
  /** A hint for the peer, which stands in clear. */
  readonly authorityId: string;
  /** Asked in this order; at least one. */
  readonly identities: readonly AskedIdentity[];
  readonly bindingKeys: BindingKeys;
}

export interface AskedIdentity {
  readonly type: IdentityType;
  /** Who has no such credential is asked for the next one. */
  readonly optional: boolean;
}

/** A packet for the conversation inside the tunnel of this one, or already the next turn. */
type Heard = { readonly conversation: Conversation; readonly inner: EapPacket } | Turn;

/** What stands beside TLS in our first packet. */
export function outerTlvs(conversation: Conversation): Uint8Array {
  return encodeTlvs([authorityId(settingsOf(conversation).authorityId)]);
}

export function beginTeap(conversation: Conversation, peer: TlsPeer): TeapState {
  return { chain: sessionKeySeed(peer), left: settingsOf(conversation).identities, proven: [] };
}

/** Asks for the next identity, or decides when there is none left. */
export function askNext(conversation: Conversation): Turn {
  const teap = teapOf(conversation);
  const [asked, ...left] = teap.left;
  if (asked === undefined) return decide(conversation);
  const packet = { code: 'request', identifier: nextIdentifier(conversation), type: eapTypes.identity } as const;
  const request = encodeEap({ ...packet, data: new Uint8Array() });
  const asking = within(withTeap(conversation, { ...teap, asked, left }), { at: 'open' });
  return say(asking, encodeTlvs([identityType(asked.type), eapPayload(request)]), { to: 'collect' });
}

export function heardTeap(conversation: Conversation, data: Uint8Array): Heard {
  const { inside } = tunnelOf(conversation);
  const said = readTeap(data);
  if (isRefused(said)) return fail(conversation, said);
  if ('unknown' in said) return say(conversation, encodeTlvs([nak(said.unknown)]), { to: 'collect' });
  if (said.result === 'failure') return failNow(conversation, peerFails(said));
  if (said.nak) return fail(conversation, refused('eap-method-refused', 'the peer does not know a TLV of ours'));
  switch (inside.at) {
    case 'result':
      return afterResult(conversation, inside.then, said);
    case 'bind':
      return afterBinding(conversation, inside.binding, said);
    default:
      return heardPayload(conversation, said);
  }
}

/** The inner methods for whom was asked, and what they may rest on: a machine that was proven before. */
export function teapBeginning(conversation: Conversation): {
  readonly methods: readonly EapMethod[];
  readonly outer: TlsPeer;
} {
  const { asked, left, proven } = teapOf(conversation);
  // A password decides when it is proven, so nothing may come after it; and a machine has none.
  const password = asked?.type === 'user' && left.length === 0;
  return {
    methods: password ? ['eap-tls', 'eap-mschapv2'] : ['eap-tls'],
    outer: proven.find(({ peer }) => peer !== undefined)?.peer ?? tunnelOf(conversation).peer,
  };
}

/** The next turn of the conversation inside, wrapped for the one outside. */
export function turnedTeap(conversation: Conversation, { conversation: inner, need }: Turn): Turn {
  const going = within(conversation, { at: 'eap', conversation: inner });
  switch (need.need) {
    case 'send':
      return say(going, encodeTlvs([eapPayload(need.packet)]), { to: 'collect' });
    case 'judge': {
      const { peer } = need;
      const teap = teapOf(going);
      return {
        conversation: withTeap(going, { ...teap, peer }),
        need: { need: 'verify', peer, as: askedOf(teap).type },
      };
    }
    case 'succeed':
      return bindMethod(going, inner.method, need);
    case 'fail':
      return fail(going, refused(need.reason, need.detail), [encodeTlvs([intermediateResult('failure')])]);
    default:
      return { conversation: going, need };
  }
}

/** All that was proven was judged as one. */
export function judgedTeap(conversation: Conversation, judgement: Judgement): Turn {
  if ('ask' in judgement) throw new Error('a certificate cannot be asked for more');
  return judgement.accept ? succeed(conversation) : fail(conversation, refusedBy(judgement));
}

function heardPayload(conversation: Conversation, said: TeapSaid): Heard {
  const { inside } = tunnelOf(conversation);
  const teap = teapOf(conversation);
  if (said.cryptoBinding !== undefined || said.intermediateResult === 'success' || said.result !== undefined) {
    return fail(conversation, refused('eap-unexpected', 'a result before the end of the inner method'));
  }
  if (said.intermediateResult !== undefined || said.requestAction === 'failure')
    return fail(conversation, peerFails(said));
  // Before anything was asked there may be hints of who is there.
  if (teap.asked === undefined) return askNext(conversation);
  if (said.eapPayload === undefined) return fail(conversation, refused('eap-unexpected', 'no EAP where it was due'));
  const packet = decodeEap(said.eapPayload);
  if (isRefused(packet)) return fail(conversation, packet);
  if (inside.at === 'eap') return { conversation, inner: packet };
  const answering = answeringIdentity(teap, said.identityType ?? teap.asked.type, isEmptyIdentity(packet));
  if (isRefused(answering)) return fail(conversation, answering);
  if (answering.asked === undefined) return askNext(withTeap(conversation, answering));
  return { conversation: withTeap(conversation, answering), inner: packet };
}

/** [RFC9930-4.2.3] Who has not what was asked for names what it has. Nothing is proven twice. */
function answeringIdentity(teap: TeapState, type: IdentityType | 'other', empty: boolean): TeapState | Refused {
  const asked = askedOf(teap);
  if (type === asked.type && !empty) return teap;
  if (!asked.optional) return refused('credentials-missing', `the peer has no ${asked.type} for TEAP`);
  const other = empty ? undefined : teap.left.find(each => each.type === type);
  const { chain, left, proven } = teap;
  return other === undefined
    ? { chain, left, proven }
    : { chain, proven, asked: other, left: left.filter(each => each !== other) };
}

/** So says Windows that it has no credential. */
function isEmptyIdentity(packet: EapPacket): boolean {
  return 'type' in packet && packet.type === eapTypes.identity && packet.data.length === 0;
}

function bindMethod(conversation: Conversation, method: EapMethod, keys: Extract<EapNeed, { need: 'succeed' }>): Turn {
  const teap = teapOf(conversation);
  const { chain, left, peer } = teap;
  const { type } = askedOf(teap);
  const binding = bind(
    hashOf(conversation),
    chain,
    {
      msk: method === 'eap-mschapv2' ? swappedMschapv2Msk(keys.msk) : keys.msk,
      ...(keys.emsk === undefined ? {} : { emsk: keys.emsk }),
    },
    {
      keys: settingsOf(conversation).bindingKeys,
      random: nonce(conversation, teap.proven.length),
      outer: [outerTlvs(conversation), conversation.beside ?? new Uint8Array()],
    },
  );
  const proven = [...teap.proven, peer === undefined ? { type } : { type, peer }];
  const binds = within(withTeap(conversation, { chain, left, proven }), { at: 'bind', binding });
  const tlvs = [intermediateResult('success'), cryptoBinding(bindingRequest(binding))];
  return say(binds, encodeTlvs(tlvs), { to: 'collect' });
}

/** [RFC9930-4.2.13] New for each binding of this conversation, and for each conversation by the random octets that it has. */
function nonce({ challenge }: Conversation, nth: number): Uint8Array {
  return new Uint8Array(createHmac('sha256', challenge).update(`TEAP crypto-binding ${nth}`).digest());
}

/** [RFC9930-3.1] The binding is looked at before any result. */
function afterBinding(conversation: Conversation, binding: Binding, said: TeapSaid): Turn {
  if (said.cryptoBinding === undefined) return fail(conversation, refused('eap-crypto-binding-wrong', 'there is none'));
  const chain = bound(binding, said.cryptoBinding);
  if (isRefused(chain)) return fail(conversation, chain);
  if (said.intermediateResult !== 'success') return fail(conversation, peerFails(said));
  return askNext(withTeap(conversation, { ...teapOf(conversation), chain }));
}

/** One decision about all certificates; a password was decided about when it was proven. */
function decide(conversation: Conversation): Turn {
  const { proven } = teapOf(conversation);
  const last = proven.at(-1);
  if (last === undefined)
    return fail(conversation, refused('credentials-missing', 'the peer has nothing to prove itself with'));
  if (last.peer === undefined) return succeed(conversation);
  const outer = proven.slice(0, -1).find(({ peer }) => peer !== undefined)?.peer ?? tunnelOf(conversation).peer;
  return { conversation: within(conversation, { at: 'decide' }), need: { need: 'judge', peer: last.peer, outer } };
}

function succeed(conversation: Conversation): Turn {
  const { msk } = teapKeys(hashOf(conversation), teapOf(conversation).chain);
  const then: Ending = { to: 'succeed', msk };
  return say(within(conversation, { at: 'result', then }), encodeTlvs([result('success')]), { to: 'collect' });
}

/** [RFC9930-3.9.3] By a Result and its reason, which the peer answers before EAP ends. */
function fail(conversation: Conversation, why: Refused, before: readonly Uint8Array[] = []): Turn {
  const then = failing(why);
  const told = encodeTlvs([result('failure'), error(teapErrorFor(why.refused))]);
  return say(within(conversation, { at: 'result', then }), new Uint8Array(Buffer.concat([...before, told])), then);
}

function afterResult(conversation: Conversation, then: Ending, said: TeapSaid): Turn {
  // [RFC9930-4.2.9] What the peer wants beyond this is not granted: it says itself what follows.
  if (said.result === 'success' || said.requestAction === 'success') return end(conversation, then);
  return failNow(conversation, peerFails(said));
}

function peerFails({ errors }: TeapSaid): Refused {
  const [first] = errors;
  if (errors.includes(teapErrors['tunnel-compromised'])) {
    return refused('eap-crypto-binding-wrong', 'the peer says so of ours');
  }
  return refused('eap-unexpected', `the peer calls it a failure${first === undefined ? '' : `, error ${first}`}`);
}

function hashOf(conversation: Conversation) {
  return suiteHash(tunnelOf(conversation).peer);
}

function settingsOf({ id, teap }: Conversation): TeapSettings {
  if (teap === undefined) throw new Error(`conversation ${id} has no settings for TEAP`);
  return teap;
}

function teapOf(conversation: Conversation): TeapState {
  const { teap } = tunnelOf(conversation);
  if (teap === undefined) throw new Error(`the tunnel of ${conversation.id} is not TEAP`);
  return teap;
}

function withTeap(conversation: Conversation, teap: TeapState): Conversation {
  return { ...conversation, tunnel: { ...tunnelOf(conversation), teap } };
}

function askedOf({ asked }: TeapState): AskedIdentity {
  if (asked === undefined) throw new Error('nobody was asked for inside TEAP');
  return asked;
}
