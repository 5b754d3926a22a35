// RADIUS/1.1: packets without MD5, checked octet by octet against RFC 9765 section 4 and 5.

import { describe, expect, it } from 'vitest';
import { isRefused } from '../../gateway/contract/reason.ts';
import { all, type Attributes, attribute, first, integer } from '../../gateway/radius/attributes.ts';
import { inClear } from '../../gateway/radius/in-clear.ts';
import { decode, encode, type Packet } from '../../gateway/radius/packet.ts';

const token = Buffer.from('fe00aa01', 'hex');
const header = (filling = 0) => Buffer.concat([token, Buffer.alloc(12, filling)]);

function octetsOf(code: number, attributes: Attributes, { identifier = 0, filling = 0 } = {}): Uint8Array {
  return encode({ code, identifier, authenticator: header(filling), attributes });
}

function requestOf(octets: Uint8Array): Packet {
  const packet = inClear.decode(octets);
  if (isRefused(packet)) throw new Error(packet.refused);
  return packet;
}

const request = (code: number, ...attributes: Attributes) => requestOf(octetsOf(code, attributes));
const text = (value: string) => new Uint8Array(Buffer.from(value));

describe('decode', () => {
  it('reads the Token, and passes over the reserved fields [RFC9765-4.1]', () => {
    const packet = requestOf(octetsOf(1, [attribute('User-Name', 'jan')], { identifier: 7, filling: 0xff }));
    expect(packet).toMatchObject({ code: 1, identifier: 0xfe00aa01 });
    expect(first(packet.attributes, 'User-Name')).toEqual(text('jan'));
  });
  it.each([16, 5])('passes over Message-Authenticators of %i octets, however many [RFC9765-5.2]', length => {
    const meaningless = { type: 80, bytes: new Uint8Array(length) };
    const packet = request(1, meaningless, attribute('User-Name', 'jan'), meaningless);
    expect(packet.attributes).toHaveLength(1);
    expect(packet.messageAuthenticatorAt).toBeUndefined();
    expect(inClear.verify(packet)).toBe(true);
  });
  it('tells two requests of one Token apart by what they say', () => {
    const [one, same, other] = ['jan', 'jan', 'els'].map(name => request(1, attribute('User-Name', name)));
    expect(one?.authenticator).toEqual(same?.authenticator);
    expect(one?.authenticator).not.toEqual(other?.authenticator);
    expect(one?.authenticator).toHaveLength(16);
  });
  it('is as strict as ever with shapes', () => {
    const octets = Buffer.from(octetsOf(1, [attribute('User-Name', 'jan')]));
    octets[21] = 1;
    expect(inClear.decode(octets)).toMatchObject({ refused: 'attribute-length-wrong' });
    expect(inClear.decode(octets.subarray(0, 19))).toMatchObject({ refused: 'packet-too-short' });
  });
});

describe('verify', () => {
  it.each([1, 4, 12, 40, 43])('believes request code %i', code => {
    expect(inClear.verify(request(code))).toBe(true);
  });
  it.each([0, 2, 3, 5, 11, 41, 52, 255])('does not take code %i for a request', code => {
    expect(inClear.verify(request(code))).toMatchObject({ refused: 'code-not-served' });
  });
});

describe('credentials', () => {
  it.each(['x', 'a\0', 'p'.repeat(128)])(
    'takes User-Password as it stands, zeros at the end too [RFC9765-5.1.1]',
    word => {
      expect(inClear.credentials(request(1, attribute('User-Password', text(word))))).toEqual({
        kind: 'password',
        password: text(word),
      });
    },
  );
  it.each([0, 129])('refuses one of %i octets', length => {
    const packet = request(1, { type: 2, bytes: new Uint8Array(length) });
    expect(inClear.credentials(packet)).toMatchObject({ refused: 'password-malformed' });
  });
  it('takes no CHAP-Password without its challenge [RFC9765-5.1.2]', () => {
    const chap = { type: 3, bytes: new Uint8Array(17) };
    expect(inClear.credentials(request(1, chap))).toMatchObject({ refused: 'password-malformed' });
    const challenge = attribute('CHAP-Challenge', Uint8Array.of(1, 2, 3));
    expect(inClear.credentials(request(1, chap, challenge))).toMatchObject({
      kind: 'chap',
      challenge: Uint8Array.of(1, 2, 3),
    });
  });
});

describe('sign', () => {
  const states = [attribute('Proxy-State', text('b')), attribute('Proxy-State', text('a'))];

  it('gives back the Token and nothing else in the header, and Proxy-State in order', () => {
    const asked = requestOf(octetsOf(1, [...states, attribute('User-Name', 'jan')], { identifier: 9, filling: 0xee }));
    const reply = inClear.sign({ code: 2, attributes: [attribute('Filter-Id', 'office')] }, asked);
    if (isRefused(reply)) throw new Error(reply.refused);
    expect(Buffer.from(reply.subarray(0, 20)).toString('hex')).toBe(`02000022fe00aa01${'00'.repeat(12)}`);
    const read = decode(reply);
    if (isRefused(read)) throw new Error(read.refused);
    expect(read.attributes.map(({ type }) => type)).toEqual([11, 33, 33]);
    expect(all(read.attributes, 'Proxy-State')).toEqual([text('b'), text('a')]);
  });
  it('sends no reply that is too large, and throws on a code that does not answer', () => {
    const large = Array.from({ length: 16 }, () => attribute('Proxy-State', new Uint8Array(250)));
    const more = Array.from({ length: 2 }, () => attribute('Reply-Message', 'x'.repeat(100)));
    expect(inClear.sign({ code: 2, attributes: more }, request(1, ...large))).toMatchObject({
      refused: 'reply-too-large',
    });
    expect(() => inClear.sign({ code: 5, attributes: [] }, request(1))).toThrow(TypeError);
  });
  it('says by Protocol-Error that it cannot answer, to what would be answered [RFC9765-6.1]', () => {
    for (const code of [1, 4]) {
      const octets = inClear.unable?.(request(code, ...states)) ?? new Uint8Array();
      const read = decode(octets);
      if (isRefused(read)) throw new Error(read.refused);
      expect(read.code).toBe(52);
      expect(Buffer.from(octets.subarray(4, 8))).toEqual(token);
      expect(integer(read.attributes, 'Error-Cause')).toBe(506);
      expect(read.attributes.map(({ type }) => type)).toEqual([101, 33, 33]);
    }
    const long = Array.from({ length: 16 }, () => attribute('Proxy-State', new Uint8Array(252)));
    expect(inClear.unable?.(request(1, ...long, attribute('Proxy-State', new Uint8Array(10))))).toBeUndefined();
    // As many as are read of a request leave no room for another one.
    const many = Array.from({ length: 200 }, () => attribute('Proxy-State', Uint8Array.of(1)));
    expect(inClear.unable?.(request(1, ...many))).toBeUndefined();
    expect(inClear.sign({ code: 2, attributes: [attribute('Filter-Id', 'office')] }, request(1, ...many))).toEqual({
      refused: 'reply-too-large',
      detail: '201 attributes',
    });
    for (const code of [12, 40, 43]) expect(inClear.unable?.(request(code))).toBeUndefined();
  });
});

describe('sessionKeys', () => {
  it('are in clear, the half for receiving first [RFC9765-5.1.4]', () => {
    const msk = Uint8Array.from({ length: 64 }, (_, at) => at);
    const keys = { receive: msk.subarray(0, 32), send: msk.subarray(32) };
    const attributes = inClear.sessionKeys(keys, new Uint8Array(4), request(1));
    const valueOf = (name: 'MS-MPPE-Recv-Key' | 'MS-MPPE-Send-Key') => new Uint8Array(first(attributes, name) ?? []);
    expect(attributes.map(({ bytes }) => bytes[4])).toEqual([17, 16]);
    expect(valueOf('MS-MPPE-Recv-Key')).toEqual(msk.subarray(0, 32));
    expect(valueOf('MS-MPPE-Send-Key')).toEqual(msk.subarray(32));
  });
});
