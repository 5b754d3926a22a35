// The tunnel methods' state machine, with a TLS engine that is played by the test: what is said inside, what it leads to, and
// how both ends learn the result.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Beginning, beginConversation, judged, received, tlsAnswered } from '../../gateway/eap/conversation.ts';
import type { Judgement, Turn } from '../../gateway/eap/conversation-state.ts';
import { defaultEapLimits } from '../../gateway/eap/limits.ts';
import type { EapMethod } from '../../gateway/eap/method.ts';
import { decodeEap, type EapExchange, encodeEap } from '../../gateway/eap/packet.ts';
import type { EapNeed, TlsPeer, TlsStep } from '../../gateway/eap/step.ts';
import { decodeFragment, encodeFragment } from '../../gateway/eap/tls-fragments.ts';
import { eapAvp } from '../../gateway/eap/ttls.ts';
import { decodeAvps, encodeAvp } from '../../gateway/eap/ttls-avp.ts';

const start = 1_700_000_000_000;
const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const filled = (length: number, from = 0): Uint8Array => Uint8Array.from({ length }, (_, at) => (from + at) % 251);
const nothing = new Uint8Array();

const outer: TlsPeer = {
  chain: [],
  version: 'TLSv1.2',
  cipher: 'ECDHE-ECDSA-AES128-GCM-SHA256',
  resumed: false,
  keyMaterial: filled(128),
};
const inner: TlsPeer = { ...outer, version: 'TLSv1.3', chain: [hex('3000')], keyMaterial: filled(128, 7) };
const challenge = filled(17, 50);
const beginning: Beginning = { limits: defaultEapLimits, methods: ['eap-ttls', 'peap'], challenge: filled(16, 30) };
const msk = filled(64);

const begin = (methods: readonly EapMethod[]): Turn =>
  beginConversation(
    'c1',
    { code: 'response', identifier: 7, type: 1, data: Buffer.from('anonymous') },
    { ...beginning, methods },
    start,
  );
const sent = (turn: Turn): EapExchange => {
  if (turn.need.need !== 'send') throw new Error(`needs ${turn.need.need}, not to send`);
  const packet = decodeEap(turn.need.packet);
  if (!('type' in packet) || packet.code !== 'request') throw new Error('not a request');
  return packet;
};
const sentData = (turn: Turn): Uint8Array => {
  const fragment = decodeFragment(sent(turn).data);
  if ('refused' in fragment) throw new Error(fragment.detail);
  return fragment.data;
};
const answer = (turn: Turn, data: Uint8Array): Turn => {
  const { identifier, type } = sent(turn);
  return received(turn.conversation, { code: 'response', identifier, type, data }, start);
};
const acknowledge = (turn: Turn): Turn => answer(turn, hex('00'));
const engine = (turn: Turn, step: TlsStep): Turn => tlsAnswered(turn.conversation, step, start);
const judge = (turn: Turn, judgement: Judgement): Turn => judged(turn.conversation, judgement, start);
/** The peer says something inside; the engine opens it. */
const say = (turn: Turn, data: Uint8Array): Turn =>
  engine(answer(turn, encodeFragment({ more: false, data: hex('17') })), { step: 'inside', data });
/** What the conversation says inside; the engine seals it into one octet, so that the rest of the turn can be seen. */
const sealedBy = (turn: Turn): { said: Uint8Array; then: Turn } => {
  if (turn.need.need !== 'seal') throw new Error(`needs ${turn.need.need}, not to seal`);
  expect(turn.need.handshake).toBe('c1');
  return { said: turn.need.data, then: engine(turn, { step: 'flight', bytes: hex('1a') }) };
};
const failure = (turn: Turn): Extract<EapNeed, { need: 'fail' }> => {
  if (turn.need.need !== 'fail') throw new Error(`needs ${turn.need.need}, not to fail`);
  return turn.need;
};
/** A refusal that is told by the end of the tunnel, then by EAP. */
const failureAfterClose = (turn: Turn): Extract<EapNeed, { need: 'fail' }> => {
  const settlement = { accept: false, alert: 'access-denied' };
  expect(turn.need).toEqual({ need: 'settle', handshake: 'c1', settlement });
  const closing = engine(turn, { step: 'settled', bytes: hex('15') });
  expect(sentData(closing)).toEqual(hex('15'));
  return failure(acknowledge(closing));
};

/** A tunnel that stands, up to where the peer has to speak inside. */
const open = (method: 'eap-ttls' | 'peap', peer: TlsPeer = outer, data: Uint8Array = nothing): Turn => {
  const hello = answer(begin([method]), encodeFragment({ more: false, data: hex('16') }));
  expect(hello.need).toEqual({ need: 'tls', handshake: 'c1', method, bytes: hex('16') });
  return engine(hello, { step: 'tunnel', peer, challenge, bytes: hex('14'), data });
};

const text = (data: string): Uint8Array => new Uint8Array(Buffer.from(data));
const userName = encodeAvp({ code: 1, mandatory: true, data: text('jan') });
const pap = Uint8Array.from(Buffer.concat([userName, encodeAvp({ code: 2, mandatory: true, data: text('geheim') })]));
const response = Uint8Array.of(challenge[16] ?? 0, 0, ...filled(16, 1), ...new Uint8Array(8), ...filled(24, 2));
const mschapv2 = Uint8Array.from(
  Buffer.concat([
    userName,
    encodeAvp({ code: 11, vendor: 311, mandatory: true, data: challenge.slice(0, 16) }),
    encodeAvp({ code: 25, vendor: 311, mandatory: true, data: response }),
  ]),
);
const answered = { authenticatorResponse: `S=${'0'.repeat(40)}`, msk: filled(64, 9) };
const refusal: Judgement = { accept: false, alert: 'access-denied', reason: 'ticket-secret-wrong', detail: 'd' };

describe('EAP-TTLS', () => {
  const ready = (peer = outer): Turn => open('eap-ttls', peer);
  const eapSaid = (type: number, data: Uint8Array, identifier: number): Uint8Array =>
    eapAvp(encodeEap({ code: 'response', identifier, type, data }));
  const eapOf = (said: Uint8Array): EapExchange => {
    const avps = decodeAvps(said);
    if ('refused' in avps) throw new Error(avps.detail);
    const packet = decodeEap(avps[0]?.data ?? nothing);
    if (!('type' in packet)) throw new Error('no request inside');
    return packet;
  };

  it('sends what TLS has left, and waits for the peer to speak inside', () => {
    expect(sentData(ready())).toEqual(hex('14'));
  });

  it('takes a password, and succeeds with the keys of the tunnel', () => {
    const need = say(ready(), pap);
    expect(need.need).toEqual({ need: 'password', userName: 'jan', password: 'geheim', canAsk: false, outer });
    expect(judge(need, { accept: true }).need).toMatchObject({ need: 'succeed', msk });
  });
  it('takes a password that comes with the end of the handshake', () => {
    const need = open('eap-ttls', outer, pap);
    expect(need.need).toMatchObject({ need: 'password', password: 'geheim' });
    expect(judge(need, { accept: true }).need).toMatchObject({ need: 'succeed', msk });
  });
  it('refuses a password inside, then outside', () => {
    expect(failureAfterClose(judge(say(ready(), pap), refusal))).toMatchObject({
      reason: 'ticket-secret-wrong',
      detail: 'd',
    });
  });
  it('fails at once where the engine is gone before it could close', () => {
    const settle = judge(say(ready(), pap), refusal);
    const lost = engine(settle, { step: 'failed', reason: 'tls-engine-lost', detail: '', bytes: nothing });
    expect(failure(lost).reason).toBe('ticket-secret-wrong');
  });

  it('[RFC5281-11.2.4] answers MSCHAPv2 inside, and succeeds once the peer takes the answer', () => {
    const need = say(ready(), mschapv2);
    expect(need.need).toEqual({
      need: 'mschapv2',
      userName: 'jan',
      authenticatorChallenge: challenge.slice(0, 16),
      peerChallenge: filled(16, 1),
      ntResponse: filled(24, 2),
      outer,
    });
    const { said, then } = sealedBy(judge(need, { accept: true, mschapv2: answered }));
    const data = text(`${String.fromCharCode(challenge[16] ?? 0)}${answered.authenticatorResponse}`);
    expect(decodeAvps(said)).toEqual([{ code: 26, vendor: 311, mandatory: true, data }]);
    // Keys are those of the tunnel, not of MSCHAPv2.
    expect(acknowledge(then).need).toMatchObject({ need: 'succeed', msk });
    // A peer that could not verify the answer says so by TLS.
    expect(failure(answer(then, encodeFragment({ more: false, data: hex('15') }))).reason).toBe('tls-alert-from-peer');
  });
  it('refuses MSCHAPv2 inside, then outside', () => {
    expect(failureAfterClose(judge(say(ready(), mschapv2), refusal)).reason).toBe('ticket-secret-wrong');
  });

  it('leads a whole EAP-TLS inside, each end judged before it is told', () => {
    const begun = sealedBy(say(ready(), eapSaid(1, text('jan'), 0)));
    expect(eapOf(begun.said)).toMatchObject({ code: 'request', type: 13, data: hex('20') });
    const at = eapOf(begun.said).identifier;
    const hello = say(begun.then, eapSaid(13, hex('0016'), at));
    expect(hello.need).toEqual({ need: 'tls', handshake: 'c1/inside', method: 'eap-tls', bytes: hex('16') });
    const flight = sealedBy(engine(hello, { step: 'flight', bytes: hex('1602') }));
    expect(eapOf(flight.said).data).toEqual(hex('001602'));
    const finished = say(flight.then, eapSaid(13, hex('0014'), eapOf(flight.said).identifier));
    const need = engine(finished, { step: 'judge', peer: inner });
    expect(need.need).toEqual({ need: 'judge', peer: inner, outer });

    const settle = judge(need, { accept: true });
    expect(settle.need).toEqual({ need: 'settle', handshake: 'c1/inside', settlement: { accept: true } });
    const last = sealedBy(engine(settle, { step: 'settled', bytes: hex('17') }));
    const over = say(last.then, eapSaid(13, hex('00'), eapOf(last.said).identifier));
    expect(over.need).toMatchObject({ need: 'succeed', msk });

    // Refused: the alert is told inside, so nothing more is asked of a peer that is done.
    const refused = judge(need, { accept: false, alert: 'certificate-revoked', reason: 'certificate-revoked' });
    const alert = sealedBy(engine(refused, { step: 'settled', bytes: hex('15') }));
    expect(eapOf(alert.said).data).toEqual(hex('0015'));
    const told = say(alert.then, eapSaid(13, hex('00'), eapOf(alert.said).identifier));
    expect(failure(told).reason).toBe('certificate-revoked');
  });

  it('[RFC3748-5.3.1] lets the peer choose inside as well', () => {
    const begun = sealedBy(say(ready(), eapSaid(1, text('jan'), 0)));
    const nak = say(begun.then, eapSaid(3, hex('0406'), eapOf(begun.said).identifier));
    const gtc = sealedBy(nak);
    expect(eapOf(gtc.said)).toMatchObject({ type: 6 });
    const none = say(begun.then, eapSaid(3, hex('1519'), eapOf(begun.said).identifier));
    // A tunnel inside a tunnel is not served.
    expect(failureAfterClose(none).reason).toBe('eap-method-refused');
  });

  it('asks a person for more by EAP-GTC, as often as the judge wants', () => {
    const begun = sealedBy(say(ready(), eapSaid(1, text('jan'), 0)));
    const gtc = sealedBy(say(begun.then, eapSaid(3, hex('06'), eapOf(begun.said).identifier)));
    const first = say(gtc.then, eapSaid(6, text('geheim'), eapOf(gtc.said).identifier));
    expect(first.need).toEqual({ need: 'password', userName: 'jan', password: 'geheim', canAsk: true, outer });
    const asked = sealedBy(judge(first, { ask: 'Code?' }));
    expect(eapOf(asked.said)).toMatchObject({ type: 6, data: text('Code?') });
    const second = say(asked.then, eapSaid(6, text('123456'), eapOf(asked.said).identifier));
    expect(second.need).toMatchObject({ need: 'password', password: '123456', canAsk: true });
    expect(judge(second, { accept: true }).need).toMatchObject({ need: 'succeed', msk });
    expect(failureAfterClose(judge(second, refusal)).reason).toBe('ticket-secret-wrong');
    // [RFC3748-5.3.1] In mid-method there is nothing left to choose.
    const late = say(asked.then, eapSaid(3, hex('1a'), eapOf(asked.said).identifier));
    expect(failureAfterClose(late).reason).toBe('eap-unexpected');
  });

  it('goes on when a message was about TLS alone', () => {
    const turn = say(ready(), nothing);
    expect(sentData(turn)).toEqual(nothing);
    expect(say(turn, pap).need.need).toBe('password');
  });

  it.each<[string, Uint8Array, string]>([
    ['octets that are no AVP', text('hello'), 'eap-malformed'],
    ['an AVP that is cut', pap.slice(0, -5), 'eap-malformed'],
    ['nothing that proves anything', userName, 'credentials-missing'],
    ['EAP that is no packet', eapAvp(hex('02')), 'eap-malformed'],
    ['a request', eapAvp(encodeEap({ code: 'request', identifier: 0, type: 1, data: nothing })), 'eap-unexpected'],
    ['EAP that begins in the middle', eapAvp(hex('020000060d00')), 'eap-unexpected'],
    ['a name that is not UTF-8', eapAvp(hex('0200000601ff')), 'eap-malformed'],
  ])('refuses %s inside, then outside', (_what, data, reason) => {
    expect(failureAfterClose(say(ready(), data)).reason).toBe(reason);
  });
  it('refuses a password once EAP has begun', () => {
    const begun = sealedBy(say(ready(), eapSaid(1, text('jan'), 0)));
    expect(failureAfterClose(say(begun.then, pap)).reason).toBe('credentials-conflicting');
  });
  it('refuses an empty answer where it is the peer that has to speak', () => {
    expect(failure(acknowledge(ready())).reason).toBe('eap-unexpected');
  });
});

describe('PEAP', () => {
  /** As far as the request for the identity. */
  const asked = (peer = outer): Turn => {
    const opened = open('peap', peer);
    const ask = peer.version === 'TLSv1.2' ? acknowledge(opened) : opened;
    const { said, then } = sealedBy(ask);
    expect(said).toEqual(hex('01'));
    return then;
  };
  const offered = (): { said: Uint8Array; then: Turn } => sealedBy(say(asked(), text('\x01jan')));

  it('in TLS 1.2 waits until its Finished is heard, in 1.3 sends it along', () => {
    expect(sentData(open('peap'))).toEqual(hex('14'));
    expect(sentData(asked())).toEqual(hex('1a'));
    expect(sentData(asked({ ...outer, version: 'TLSv1.3' }))).toEqual(hex('141a'));
  });

  it('offers EAP-MSCHAPv2 without a header, and ends by a result of both', () => {
    const challengeSaid = offered();
    expect([...challengeSaid.said.slice(0, 2)]).toEqual([26, 1]);
    const identifier = challengeSaid.said[2] ?? 0;
    const value = Uint8Array.of(...filled(16, 1), ...new Uint8Array(8), ...filled(24, 2), 0);
    const packet = Uint8Array.of(26, 2, identifier, 0, 57, 49, ...value, ...text('jan'));
    const need = say(challengeSaid.then, packet);
    expect(need.need).toEqual({
      need: 'mschapv2',
      userName: 'jan',
      authenticatorChallenge: filled(16, 30),
      peerChallenge: filled(16, 1),
      ntResponse: filled(24, 2),
      outer,
    });
    const success = sealedBy(judge(need, { accept: true, mschapv2: answered }));
    expect(Buffer.from(success.said.slice(5)).toString()).toBe(answered.authenticatorResponse);
    const result = sealedBy(say(success.then, hex('1a 03')));
    expect(result.said.slice(4)).toEqual(hex('21 80030002 0001'));
    const { identifier: outerIdentifier } = result.then.conversation;
    // The header that is kept inside says the same as the one outside.
    expect(result.said[1]).toBe(outerIdentifier);
    expect(say(result.then, hex('0200000b 21 80030002 0001')).need).toMatchObject({ need: 'succeed', msk });
    expect(failure(say(result.then, hex('0200000b 21 80030002 0002'))).reason).toBe('eap-unexpected');
    expect(failure(say(result.then, hex('1a 03'))).reason).toBe('eap-malformed');

    const refused = sealedBy(judge(need, refusal));
    expect(Buffer.from(refused.said.slice(5)).toString()).toMatch(/^E=691 R=0 C=[0-9A-F]{32} V=3 M=/);
    const failed = sealedBy(say(refused.then, hex('1a 04')));
    expect(failed.said.slice(4)).toEqual(hex('21 80030002 0002'));
    expect(failure(say(failed.then, hex('0200000b 21 80030002 0002'))).reason).toBe('ticket-secret-wrong');
    // Whatever the peer makes of it.
    expect(failure(say(failed.then, hex('0200000b 21 80030002 0001'))).reason).toBe('ticket-secret-wrong');
  });

  it('refuses a peer that does not confirm the end of MSCHAPv2', () => {
    const challengeSaid = offered();
    const value = Uint8Array.of(...new Uint8Array(48), 0);
    const packet = Uint8Array.of(26, 2, challengeSaid.said[2] ?? 0, 0, 57, 49, ...value, ...text('jan'));
    const success = sealedBy(judge(say(challengeSaid.then, packet), { accept: true, mschapv2: answered }));
    const failed = sealedBy(say(success.then, hex('1a 04')));
    expect(failed.said.slice(4)).toEqual(hex('21 80030002 0002'));
    expect(failure(say(failed.then, hex('0200000b 21 80030002 0002'))).reason).toBe('eap-unexpected');
  });

  it('takes EAP-GTC from a peer that wants it', () => {
    const gtc = sealedBy(say(offered().then, hex('03 06')));
    expect(gtc.said).toEqual(text('\x06Password'));
    const need = say(gtc.then, text('\x06geheim'));
    expect(need.need).toMatchObject({ need: 'password', userName: 'jan', password: 'geheim', canAsk: true });
    const result = sealedBy(judge(need, { accept: true }));
    expect(say(result.then, hex('0200000b 21 80030002 0001')).need).toMatchObject({ need: 'succeed', msk });
  });

  it.each<[string, Uint8Array, string]>([
    ['something else than an identity', hex('1a 02'), 'eap-unexpected'],
    ['an identity that is not UTF-8', hex('01 ff'), 'eap-malformed'],
  ])('refuses %s by a result, then outside', (_what, data, reason) => {
    const failed = sealedBy(say(asked(), data));
    expect(failed.said.slice(4)).toEqual(hex('21 80030002 0002'));
    expect(failure(say(failed.then, failed.said)).reason).toBe(reason);
  });
});

describe('EAP-MSCHAPv2 and EAP-GTC alone', () => {
  it('EAP-MSCHAPv2 has keys of its own, and says how it ended', () => {
    const offer = begin(['eap-mschapv2']);
    const { identifier, type, data } = sent(offer);
    expect({ type, data: data.slice(5, 21) }).toEqual({ type: 26, data: filled(16, 30) });
    const value = Uint8Array.of(...filled(16, 1), ...new Uint8Array(8), ...filled(24, 2), 0);
    const need = answer(offer, Uint8Array.of(2, identifier, 0, 57, 49, ...value, ...text('jan')));
    expect(need.need).toMatchObject({ need: 'mschapv2', userName: 'jan', authenticatorChallenge: filled(16, 30) });
    expect(need.need).not.toHaveProperty('outer');
    const success = judge(need, { accept: true, mschapv2: answered });
    expect(answer(success, hex('03')).need).toMatchObject({ need: 'succeed', msk: answered.msk });
    expect(failure(answer(success, hex('04'))).reason).toBe('eap-unexpected');
    expect(failure(answer(judge(need, refusal), hex('04'))).reason).toBe('ticket-secret-wrong');
  });
  it('EAP-GTC has no keys', () => {
    const need = answer(begin(['eap-gtc']), text('geheim'));
    expect(need.need).toEqual({ need: 'password', userName: 'anonymous', password: 'geheim', canAsk: true });
    expect(judge(need, { accept: true }).need).toMatchObject({ need: 'succeed', msk: nothing });
    expect(failure(judge(need, refusal)).reason).toBe('ticket-secret-wrong');
  });
  it.each([
    ['an empty password', nothing],
    ['one that is not UTF-8', hex('ff')],
  ])('EAP-GTC with %s is refused', (_what, data) => {
    expect(failure(answer(begin(['eap-gtc']), data)).reason).toBe('password-malformed');
  });
});

it('never succeeds without a judgement, whatever is said inside', () => {
  const avps = fc.constantFrom(userName, eapAvp(hex('0200000a016a616e0000')), eapAvp(hex('0201000603 06')));
  const said = fc.oneof(
    fc.uint8Array({ maxLength: 30 }),
    avps,
    fc.constantFrom(hex('01 61'), hex('03 06'), hex('1a03')),
  );
  const result = fc.constant(hex('0200000b 21 80030002 0001'));
  const answers = fc.record({
    method: fc.constantFrom('eap-ttls' as const, 'peap' as const),
    said: fc.array(fc.oneof(said, result), { maxLength: 8 }),
  });
  fc.assert(
    fc.property(answers, ({ method, said: all }) => {
      let turn = open(method);
      for (const data of all) {
        while (turn.need.need === 'seal') turn = engine(turn, { step: 'flight', bytes: hex('1a') });
        if (turn.need.need === 'settle') turn = engine(turn, { step: 'settled', bytes: hex('15') });
        if (turn.need.need !== 'send') break;
        const heard = answer(turn, encodeFragment({ more: false, data: hex('17') }));
        turn = heard.need.need === 'tls' ? engine(heard, { step: 'inside', data }) : heard;
        expect(turn.need.need).not.toBe('succeed');
      }
    }),
    { numRuns: 1_000 },
  );
});

describe('misuse', () => {
  it.each<[string, () => unknown]>([
    ['asks for more where nobody can answer', () => judge(say(open('eap-ttls'), pap), { ask: 'Code?' })],
    ['accepts MSCHAPv2 without an answer', () => judge(say(open('eap-ttls'), mschapv2), { accept: true })],
    ['judges before anything is said', () => judge(open('eap-ttls'), { accept: true })],
    ['opens what is not a tunnel', () => engine(open('eap-ttls'), { step: 'inside', data: pap })],
    ['serves no method', () => begin([])],
  ])('throws: %s', (_what, misuse) => {
    expect(misuse).toThrow();
  });
});
