// One login by EAP against the conversation values, played to its end by a peer whose words may be changed, and held to what
// must be true of every login: it ends, within its limits; it is not accepted but by a judge who was shown the truth.

import { beginConversation, judged, received, tlsAnswered } from '../../gateway/eap/conversation.ts';
import type { Conversation, Judgement, Turn } from '../../gateway/eap/conversation-state.ts';
import { isRefused, type Reason } from '../../gateway/contract/reason.ts';
import { defaultEapLimits } from '../../gateway/eap/limits.ts';
import { type EapMethod, isTls } from '../../gateway/eap/method.ts';
import { decodeEap, encodeEap, eapTypes } from '../../gateway/eap/packet.ts';
import type { JudgeNeed } from '../../gateway/eap/step.ts';
import { fragmentOverheadOctets } from '../../gateway/eap/tls-fragments.ts';
import { reasons } from '../../gateway/reasons.ts';
import type { Layer } from './eap-mutations.ts';
import { fuzzPeer, proofOf, type WayName, ways } from './fuzz-peer.ts';
import { plainTlsEngine, plainTlsPeer } from './plain-tls.ts';

export interface PlayedLogin {
  readonly way: WayName;
  /** Whether the peer knows the password, and has the right certificate. */
  readonly honest: boolean;
  readonly change: (layer: Layer, octets: Uint8Array) => Uint8Array;
  /** Whether a handshake that breaks has an alert for the peer. */
  readonly alert?: () => boolean;
}

export interface Played {
  readonly ends: 'accepted' | Reason;
  readonly rounds: number;
}

const truth = { userName: 'jan', password: 'geheim', code: '123456', certificate: octets('3082aabbccddeeff') };
const lie = { userName: 'jan', password: 'verkeerd', code: '999999', certificate: octets('3083001122334455') };
const limits = defaultEapLimits;
const methods: readonly EapMethod[] = ['eap-tls', 'eap-ttls', 'peap', 'eap-mschapv2'];
const challenge = Uint8Array.from({ length: 16 }, (_, at) => 16 + at);
/** Rounds of the limit, each with a few needs that are met within it. */
const mostTurns = 8 * limits.maxRounds;

export async function playLogin({ way, honest, change, alert = () => true }: PlayedLogin): Promise<Played> {
  const { certificate, ...words } = honest ? truth : lie;
  const tls = plainTlsEngine(alert);
  const peer = fuzzPeer({
    ...words,
    way: ways[way],
    tls: () => plainTlsPeer(certificate),
    fragmentBytes: 1_000,
    change,
  });
  const judge = truthfulJudge();
  const opening = await peer(encodeEap({ code: 'request', identifier: 0, type: eapTypes.identity, data: nothing }));
  const identity = decodeEap(opening ?? nothing);
  if (isRefused(identity)) return { ends: identity.refused, rounds: 0 };
  let turn = beginConversation('c1', identity, { limits, methods, challenge }, 0);
  for (let now = 1; now <= mostTurns; now++) {
    const { conversation, need } = turn;
    mustBeBounded(conversation);
    switch (need.need) {
      case 'tls':
        turn = tlsAnswered(conversation, await tls.step(need.handshake, need.bytes, need.method), now);
        break;
      case 'seal':
        turn = tlsAnswered(conversation, await tls.seal(need.handshake, need.data), now);
        break;
      case 'settle':
        turn = tlsAnswered(conversation, await tls.settle(need.handshake, need.settlement), now);
        break;
      case 'judge':
      case 'verify':
      case 'password':
      case 'mschapv2':
        turn = judged(conversation, judge.of(need), now);
        break;
      case 'send': {
        mustBeRequest(turn, need.packet);
        const said = await peer(need.packet);
        const packet = decodeEap(said ?? nothing);
        if (isRefused(packet)) return { ends: packet.refused, rounds: conversation.rounds };
        turn = received(conversation, packet, now);
        break;
      }
      case 'succeed':
        mustBeOver(conversation, need.packet, 3);
        if (!honest || !judge.accepted()) throw new Error('accepted what no judge has accepted');
        if (need.msk.length !== 64) throw new Error(`a key of ${need.msk.length} octets`);
        return { ends: 'accepted', rounds: conversation.rounds };
      case 'fail':
        mustBeOver(conversation, need.packet, 4);
        if (!(need.reason in reasons)) throw new Error(`refused for ${need.reason}, which is on no list`);
        return { ends: need.reason, rounds: conversation.rounds };
    }
  }
  throw new Error(`no end after ${mostTurns} turns`);
}

const nothing = new Uint8Array();

function octets(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}

/** It asks for a code after a password where it can. */
function truthfulJudge(): { readonly of: (need: JudgeNeed) => Judgement; readonly accepted: () => boolean } {
  let accepted = false;
  let asked = false;
  function isTrue(need: JudgeNeed): boolean {
    if (need.need === 'judge' || need.need === 'verify')
      return Buffer.compare(need.peer.chain[0] ?? nothing, truth.certificate) === 0;
    if (need.userName !== truth.userName) return false;
    if (need.need === 'password') return need.password === (asked ? truth.code : truth.password);
    const proof = proofOf(truth.password, need.authenticatorChallenge, need.peerChallenge);
    return Buffer.compare(proof, need.ntResponse) === 0;
  }
  return {
    of: need => {
      if (!isTrue(need)) return { accept: false, alert: 'access-denied', reason: 'ticket-secret-wrong' };
      if (need.need === 'password' && need.canAsk && !asked) {
        asked = true;
        return { ask: 'The code of your telephone?' };
      }
      accepted ||= need.need !== 'verify';
      const answer = { authenticatorResponse: `S=${'0'.repeat(40)}`, msk: new Uint8Array(64) };
      return { accept: true, ...(need.need === 'mschapv2' ? { mschapv2: answer } : {}) };
    },
    accepted: () => accepted,
  };
}

function mustBeBounded({ rounds, phase, tunnel }: Conversation): void {
  if (rounds > limits.maxRounds + 1) throw new Error(`${rounds} rounds`);
  if (phase.at === 'collect' && phase.collection.received > limits.maxMessageBytes) {
    throw new Error(`keeps ${phase.collection.received} octets of a message`);
  }
  if (tunnel?.inside.at === 'eap') mustBeBounded(tunnel.inside.conversation);
}

function mustBeRequest({ conversation }: Turn, octets: Uint8Array): void {
  const packet = decodeEap(octets);
  if (isRefused(packet) || packet.code !== 'request') throw new Error('sends what is no request');
  if (packet.identifier !== conversation.identifier) throw new Error('sends under another identifier');
  if (isTls(conversation.method) && octets.length > limits.fragmentBytes + fragmentOverheadOctets) {
    throw new Error(`sends ${octets.length} octets at once`);
  }
}

function mustBeOver({ phase }: Conversation, packet: Uint8Array, code: number): void {
  if (phase.at !== 'over') throw new Error(`ended in the middle of ${phase.at}`);
  if (packet.length !== 4 || packet[0] !== code) throw new Error('ends by another packet');
}
