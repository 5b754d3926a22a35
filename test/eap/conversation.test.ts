// The EAP-TLS server's state machine, step by step, with an engine that is played by the test: what it needs after what,
// and what ends it.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Beginning, beginConversation, judged, received, tlsAnswered } from '../../gateway/eap/conversation.ts';
import type { Conversation, Turn } from '../../gateway/eap/conversation-state.ts';
import { defaultEapLimits, type EapLimits } from '../../gateway/eap/limits.ts';
import type { EapMethod } from '../../gateway/eap/method.ts';
import { decodeEap, type EapExchange, type EapPacket } from '../../gateway/eap/packet.ts';
import type { EapNeed, TlsPeer, TlsStep } from '../../gateway/eap/step.ts';
import { decodeFragment, encodeFragment, type TlsFragment } from '../../gateway/eap/tls-fragments.ts';

const start = 1_700_000_000_000;
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));
const filled = (length: number): Uint8Array => Uint8Array.from({ length }, (_, at) => at % 251);
const keys = { msk: filled(128).slice(0, 64), emsk: filled(128).slice(64) };

const peer: TlsPeer = {
  chain: [hex('3000')],
  version: 'TLSv1.3',
  cipher: 'TLS_AES_128_GCM_SHA256',
  resumed: false,
  keyMaterial: filled(128),
};

function identity(identifier = 7): EapPacket {
  return { code: 'response', identifier, type: 1, data: Buffer.from('@sluis.example') };
}

const beginning: Beginning = { limits: defaultEapLimits, methods: ['eap-tls'], challenge: filled(16) };

function begin(limits: Partial<EapLimits> = {}, methods: readonly EapMethod[] = ['eap-tls']): Turn {
  return beginConversation(
    'c1',
    identity(),
    { ...beginning, methods, limits: { ...defaultEapLimits, ...limits } },
    start,
  );
}
/** The octets are for the engine. */
const toEngine = (bytes: Uint8Array) => ({ need: 'tls', handshake: 'c1', method: 'eap-tls', bytes });

/** The request that a turn sends. */
function sent(turn: Turn): EapExchange {
  if (turn.need.need !== 'send') throw new Error(`needs ${turn.need.need}, not to send`);
  const packet = decodeEap(turn.need.packet);
  if (!('code' in packet) || packet.code !== 'request') throw new Error('not a request');
  return packet;
}

function sentFragment(turn: Turn): TlsFragment {
  const fragment = decodeFragment(sent(turn).data);
  if ('refused' in fragment) throw new Error(fragment.detail);
  return fragment;
}

/** The peer answers the outstanding request. */
function answer(turn: Turn, data: Uint8Array, now = start): Turn {
  const { identifier } = turn.conversation;
  return received(turn.conversation, { code: 'response', identifier, type: 13, data }, now);
}
const acknowledge = (turn: Turn): Turn => answer(turn, hex('00'));
const say = (turn: Turn, data: Uint8Array): Turn => answer(turn, encodeFragment({ more: false, data }));
const engine = (turn: Turn, step: TlsStep): Turn => tlsAnswered(turn.conversation, step, start);

/** As far as the judgement. */
function toJudge(limits: Partial<EapLimits> = {}): Turn {
  const hello = say(begin(limits), hex('16'));
  const flight = engine(hello, { step: 'flight', bytes: hex('1603') });
  return engine(say(flight, hex('14')), { step: 'judge', peer });
}

function failure(turn: Turn): Extract<EapNeed, { need: 'fail' }> {
  if (turn.need.need !== 'fail') throw new Error(`needs ${turn.need.need}, not to fail`);
  // [RFC3748-4.2] The identifier of the response that is answered.
  expect(decodeEap(turn.need.packet)).toEqual({ code: 'failure', identifier: turn.conversation.identifier });
  return turn.need;
}

describe('EAP-TLS conversation', () => {
  it('begins with a Start under the next identifier', () => {
    const turn = begin();
    expect(sent(turn)).toEqual({ code: 'request', identifier: 8, type: 13, data: hex('20') });
    expect(turn.conversation).toMatchObject({ id: 'c1', claimedIdentity: '@sluis.example', rounds: 0 });
    const wrapped = beginConversation('c1', identity(255), beginning, start);
    expect(sent(wrapped).identifier).toBe(0);
  });

  it('goes the whole way to success', () => {
    const hello = say(begin(), hex('1601'));
    expect(hello.need).toEqual(toEngine(hex('1601')));
    const flight = engine(hello, { step: 'flight', bytes: hex('1603') });
    expect(sent(flight)).toMatchObject({ identifier: 9, data: hex('001603') });
    const finished = say(flight, hex('14'));
    expect(finished.need).toEqual(toEngine(hex('14')));
    const judge = engine(finished, { step: 'judge', peer });
    expect(judge.need).toEqual({ need: 'judge', peer });
    const settle = judged(judge.conversation, { accept: true }, start);
    expect(settle.need).toEqual({ need: 'settle', handshake: 'c1', settlement: { accept: true } });
    const last = engine(settle, { step: 'settled', bytes: hex('17') });
    expect(sent(last)).toMatchObject({ identifier: 10, data: hex('0017') });
    const end = acknowledge(last);
    expect(end.need).toEqual({ need: 'succeed', packet: hex('030a0004'), ...keys });
    expect(end.conversation.rounds).toBe(3);
  });

  it('goes the whole way to a refusal, the alert first', () => {
    const judge = toJudge();
    const judgement = {
      accept: false,
      alert: 'certificate-revoked',
      reason: 'certificate-revoked',
      detail: 'd',
    } as const;
    const settle = judged(judge.conversation, judgement, start);
    expect(settle.need).toEqual({
      need: 'settle',
      handshake: 'c1',
      settlement: { accept: false, alert: 'certificate-revoked' },
    });
    const alert = engine(settle, { step: 'settled', bytes: hex('15') });
    expect(sentFragment(alert)).toEqual({ more: false, data: hex('15') });
    expect(failure(acknowledge(alert))).toMatchObject({ reason: 'certificate-revoked', detail: 'd' });
    // [RFC5216-2.1.3] Whatever the peer answers.
    expect(failure(say(alert, hex('1503')))).toMatchObject({ reason: 'certificate-revoked' });
  });

  it('[RFC5216-2.1.2] ends at once when a resumed handshake leaves nothing to send', () => {
    const judge = toJudge();
    const accepted = judged(judge.conversation, { accept: true, resumable: true }, start);
    expect(accepted.need).toEqual({ need: 'settle', handshake: 'c1', settlement: { accept: true, resumable: true } });
    const success = engine(accepted, { step: 'settled', bytes: new Uint8Array() });
    expect(success.need).toEqual({ need: 'succeed', packet: hex('03090004'), ...keys });
    // [RFC3748-4.2] The identifier of the response that is answered, and no further request in between.
    expect(success.conversation).toMatchObject({ identifier: judge.conversation.identifier, phase: { at: 'over' } });

    const why = { reason: 'certificate-revoked', detail: 'd' } as const;
    const refused = judged(judge.conversation, { accept: false, alert: 'certificate-revoked', ...why }, start);
    expect(failure(engine(refused, { step: 'settled', bytes: new Uint8Array() }))).toMatchObject(why);
  });

  it('keeps the reason of a refusal when the engine is lost before its alert', () => {
    const judge = toJudge();
    const settle = judged(
      judge.conversation,
      { accept: false, alert: 'unknown-ca', reason: 'certificate-anchor-unknown' },
      start,
    );
    const lost = engine(settle, { step: 'failed', reason: 'tls-engine-lost', detail: '', bytes: hex('') });
    expect(failure(lost)).toMatchObject({ reason: 'certificate-anchor-unknown' });
  });

  it('never succeeds when the engine is lost before the last flight', () => {
    const settle = judged(toJudge().conversation, { accept: true }, start);
    const lost = engine(settle, { step: 'failed', reason: 'tls-engine-lost', detail: 'died', bytes: hex('') });
    expect(failure(lost)).toMatchObject({ reason: 'tls-engine-lost', detail: 'died' });
  });

  it('sends the alert of a failed handshake and fails after it, or at once without one', () => {
    const hello = say(begin(), hex('16'));
    const failed = { step: 'failed', reason: 'tls-handshake-failed', detail: 'no shared cipher' } as const;
    const alert = engine(hello, { ...failed, bytes: hex('15030300020228') });
    expect(sentFragment(alert).data).toEqual(hex('15030300020228'));
    expect(failure(acknowledge(alert))).toMatchObject({ reason: 'tls-handshake-failed', detail: 'no shared cipher' });
    expect(failure(engine(hello, { ...failed, bytes: hex('') }))).toMatchObject({ reason: 'tls-handshake-failed' });
  });

  it('asks the peer to go on when a message was not enough for TLS', () => {
    const empty = engine(say(begin(), hex('16')), { step: 'flight', bytes: hex('') });
    expect(sentFragment(empty)).toEqual({ more: false, data: hex('') });
    expect(say(empty, hex('03')).need).toEqual(toEngine(hex('03')));
  });

  it('acknowledges fragments of the peer and hands on the whole', () => {
    const first = answer(begin(), hex('c0000000041603'));
    expect(sent(first)).toMatchObject({ identifier: 9, data: hex('00') });
    expect(answer(first, hex('000301')).need).toEqual(toEngine(hex('16030301')));
  });

  it('sends its own fragments one by one, each for an acknowledgement', () => {
    const flight = filled(250);
    let turn = engine(say(begin({ fragmentBytes: 100 }), hex('16')), { step: 'flight', bytes: flight });
    expect(sentFragment(turn)).toEqual({ messageLength: 250, more: true, data: flight.slice(0, 100) });
    turn = acknowledge(turn);
    expect(sentFragment(turn)).toEqual({ more: true, data: flight.slice(100, 200) });
    turn = acknowledge(turn);
    expect(sentFragment(turn)).toEqual({ more: false, data: flight.slice(200) });
    expect(say(turn, hex('14')).need).toEqual(toEngine(hex('14')));
  });

  it('succeeds only when the last of several fragments is acknowledged', () => {
    const settle = judged(toJudge({ fragmentBytes: 100 }).conversation, { accept: true }, start);
    const first = engine(settle, { step: 'settled', bytes: filled(150) });
    const second = acknowledge(first);
    expect(second.need.need).toBe('send');
    expect(acknowledge(second).need.need).toBe('succeed');
  });

  it('changes the identifier with every request', () => {
    fc.assert(
      fc.property(fc.nat(255), fc.integer({ min: 1, max: 30 }), (first, parts) => {
        let turn = beginConversation('c1', identity(first), beginning, start);
        const seen = [sent(turn).identifier];
        for (let part = 0; part < parts; part++) {
          turn = answer(turn, hex('4016'));
          seen.push(sent(turn).identifier);
        }
        expect(seen).toEqual(seen.map((_, at) => (first + 1 + at) % 256));
      }),
    );
  });
});

describe('what ends a conversation', () => {
  const exchange = (turn: Turn, change: Partial<EapExchange>): EapPacket => ({
    ...{ code: 'response', identifier: turn.conversation.identifier, type: 13, data: hex('0016') },
    ...change,
  });

  it.each<[string, Partial<EapExchange>, string]>([
    ['another identifier', { identifier: 99 }, 'eap-identifier-wrong'],
    ['the identifier of the identity', { identifier: 7 }, 'eap-identifier-wrong'],
    ['a request', { code: 'request' }, 'eap-unexpected'],
    ['an identity in the middle', { type: 1, data: hex('61') }, 'eap-unexpected'],
    ['a notification', { type: 2 }, 'eap-unexpected'],
    ['an expanded type', { type: 254 }, 'eap-unexpected'],
    ['another method', { type: 25 }, 'eap-unexpected'],
    ['a Nak', { type: 3, data: hex('1915') }, 'eap-method-refused'],
    ['a Nak that wants nothing', { type: 3, data: hex('') }, 'eap-method-refused'],
    ['no flags', { data: hex('') }, 'eap-fragment-malformed'],
    ['an empty fragment with more', { data: hex('40') }, 'eap-fragment-malformed'],
    ['an empty message', { data: hex('00') }, 'eap-unexpected'],
    ['a message declared too large', { data: hex('c00001000116') }, 'eap-message-too-large'],
    ['a total that is not the declared one', { data: hex('800000000916') }, 'eap-fragment-malformed'],
  ])('in answer to the Start: %s', (_name, change, reason) => {
    const turn = begin();
    expect(failure(received(turn.conversation, exchange(turn, change), start)).reason).toBe(reason);
  });

  it('names what the peer wanted instead', () => {
    const turn = begin();
    const nak = received(turn.conversation, exchange(turn, { type: 3, data: hex('1915') }), start);
    expect(failure(nak).detail).toBe('the peer wants EAP types: 25, 21');
  });

  it('[RFC3748-5.3.1] a Nak that chooses a method once more than it is offered', () => {
    const turn = begin({}, ['eap-tls', 'peap']);
    const chosen = received(turn.conversation, exchange(turn, { type: 3, data: hex('19') }), start);
    expect(sent(chosen)).toEqual({ code: 'request', identifier: 9, type: 25, data: hex('20') });
    for (const data of [hex('0d'), hex('19')]) {
      const again = received(chosen.conversation, exchange(chosen, { type: 3, data }), start);
      expect(failure(again).reason).toBe('eap-method-refused');
    }
  });

  it('[RFC3748-5.3.1] a Nak after the first request', () => {
    const turn = engine(say(begin(), hex('16')), { step: 'flight', bytes: hex('1603') });
    const nak = received(turn.conversation, exchange(turn, { type: 3, data: hex('19') }), start);
    expect(failure(nak).reason).toBe('eap-unexpected');
  });

  it('a success or failure from the peer', () => {
    for (const code of ['success', 'failure'] as const) {
      const turn = begin();
      const { identifier } = turn.conversation;
      expect(failure(received(turn.conversation, { code, identifier }, start)).reason).toBe('eap-unexpected');
    }
  });

  it('data where an acknowledgement is due', () => {
    const turn = engine(say(begin({ fragmentBytes: 100 }), hex('16')), { step: 'flight', bytes: filled(250) });
    expect(failure(say(turn, hex('16'))).reason).toBe('eap-unexpected');
  });

  it('data in answer to the last flight: no success', () => {
    const settle = judged(toJudge().conversation, { accept: true }, start);
    const last = engine(settle, { step: 'settled', bytes: hex('17') });
    expect(failure(say(last, hex('15'))).reason).toBe('tls-alert-from-peer');
    expect(failure(answer(last, hex('4015'))).reason).toBe('tls-alert-from-peer');
  });

  it('an identity that cannot be read', () => {
    const broken = { code: 'response', identifier: 7, type: 1, data: hex('ff') } as const;
    const turn = beginConversation('c1', broken, beginning, start);
    expect(failure(turn).reason).toBe('eap-malformed');
    const request = { code: 'request', identifier: 7, type: 1, data: hex('') } as const;
    expect(failure(beginConversation('c1', request, beginning, start)).reason).toBe('eap-unexpected');
  });

  it('fragments without an end: the rounds are counted', () => {
    let turn = begin({ maxRounds: 10 });
    for (let round = 0; round < 10; round++) turn = answer(turn, hex('4016'));
    expect(turn.need.need).toBe('send');
    expect(failure(answer(turn, hex('4016'))).reason).toBe('eap-too-many-rounds');
  });

  it('fragments without an end: the octets are counted', () => {
    let turn = begin({ maxMessageBytes: 1_000 });
    const data = encodeFragment({ more: true, data: filled(400) });
    turn = answer(answer(turn, data), data);
    expect(failure(answer(turn, data)).reason).toBe('eap-message-too-large');
  });

  it('a peer that takes too long, in one round or altogether', () => {
    const idle = defaultEapLimits.idleMs;
    // A person types a PIN in mid-handshake.
    expect(idle).toBeGreaterThanOrEqual(90_000);
    expect(answer(begin(), hex('4016'), start + idle).need.need).toBe('send');
    expect(failure(answer(begin(), hex('4016'), start + idle + 1)).reason).toBe('eap-too-slow');
    let turn = begin();
    for (let round = 1; round <= 4; round++) turn = answer(turn, hex('4016'), start + round * idle);
    expect(failure(answer(turn, hex('4016'), start + 4 * idle + 1)).reason).toBe('eap-too-slow');
  });

  it('a chain of 7 kB in fragments of 300 octets fits the default rounds, both ways', () => {
    let turn = begin({ fragmentBytes: 300 });
    const chain = filled(9_000);
    for (let at = 0; at < chain.length; at += 300) {
      turn = answer(turn, encodeFragment({ more: at + 300 < chain.length, data: chain.slice(at, at + 300) }));
    }
    turn = engine(turn, { step: 'flight', bytes: filled(9_000) });
    for (let at = 300; at < 9_000; at += 300) turn = acknowledge(turn);
    expect(say(turn, hex('14')).need.need).toBe('tls');
  });

  it('never succeeds without a judgement, whatever the peer sends', () => {
    const packets = fc.record({
      type: fc.oneof({ weight: 8, arbitrary: fc.constant(13) }, fc.constantFrom(1, 2, 3, 25, 254)),
      data: fc.oneof(fc.constant(hex('00')), fc.uint8Array({ maxLength: 12 })),
      step: fc.constantFrom<TlsStep>(
        { step: 'flight', bytes: hex('1603') },
        { step: 'flight', bytes: hex('') },
        { step: 'failed', reason: 'tls-handshake-failed', detail: '', bytes: hex('15') },
      ),
    });
    fc.assert(
      fc.property(fc.array(packets, { maxLength: 20 }), all => {
        let turn = begin();
        for (const { type, data, step } of all) {
          if (turn.need.need !== 'send') break;
          const { identifier } = turn.conversation;
          turn = received(turn.conversation, { code: 'response', identifier, type, data }, start);
          if (turn.need.need === 'tls') turn = engine(turn, step);
          expect(['send', 'fail']).toContain(turn.need.need);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('misuse of a conversation', () => {
  const packet: EapPacket = { code: 'response', identifier: 8, type: 13, data: hex('0016') };
  it.each<[string, () => unknown]>([
    ['a packet while TLS works', () => received(say(begin(), hex('16')).conversation, packet, start)],
    ['a packet while it is judged', () => received(toJudge().conversation, packet, start)],
    ['a packet after the end', () => received(ended(), packet, start)],
    ['an answer of TLS that was not asked', () => engine(begin(), { step: 'flight', bytes: hex('') })],
    ['a settlement that was not asked', () => engine(say(begin(), hex('16')), { step: 'settled', bytes: hex('') })],
    [
      'a flight in place of a settlement',
      () => {
        return engine(judged(toJudge().conversation, { accept: true }, start), { step: 'flight', bytes: hex('') });
      },
    ],
    ['a judgement of nobody', () => judged(begin().conversation, { accept: true }, start)],
    [
      'key material of the wrong length',
      () => {
        const short = engine(say(begin(), hex('16')), { step: 'judge', peer: { ...peer, keyMaterial: filled(64) } });
        return judged(short.conversation, { accept: true }, start);
      },
    ],
  ])('throws: %s', (_name, misuse) => {
    expect(misuse).toThrow();
  });

  function ended(): Conversation {
    const turn = begin();
    return received(turn.conversation, { ...packet, identifier: 200 }, start).conversation;
  }
});
