// The packets of EAP-MSCHAPv2, octet by octet.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  acknowledges,
  mschapv2Challenge,
  mschapv2Failure,
  mschapv2Success,
  readMschapv2Response,
} from '../../gateway/eap/mschapv2-packet.ts';

const filled = (length: number, from = 0): Uint8Array => Uint8Array.from({ length }, (_, at) => (from + at) % 251);
const text = (octets: Uint8Array): string => Buffer.from(octets).toString('latin1');
/** Peer challenge, reserved, NT response, flags. */
const value = Uint8Array.of(...filled(16, 1), ...new Uint8Array(8), ...filled(24, 101), 0);
const response = (name: string | Uint8Array, change: readonly [number, number][] = []): Uint8Array => {
  const tail = typeof name === 'string' ? Buffer.from(name) : name;
  const length = 5 + value.length + tail.length;
  const octets = Uint8Array.of(2, 7, length >> 8, length & 0xff, 49, ...value, ...tail);
  for (const [at, octet] of change) octets[at] = octet;
  return octets;
};

describe('what we say', () => {
  it('a challenge, with its length and a name', () => {
    const octets = mschapv2Challenge(7, filled(16));
    expect([...octets.slice(0, 5)]).toEqual([1, 7, 0, 26, 16]);
    expect(octets.slice(5, 21)).toEqual(filled(16));
    expect(text(octets.slice(21))).toBe('sluis');
    expect(() => mschapv2Challenge(7, filled(8))).toThrow(RangeError);
  });
  it('a success, with what only we can say', () => {
    expect(text(mschapv2Success(7, 'S=00FF'))).toBe('\x03\x07\x00\x0aS=00FF');
  });
  it('a failure, the same whatever was wrong, and no other attempt', () => {
    expect(text(mschapv2Failure(7, filled(16))).slice(4)).toBe(
      'E=691 R=0 C=000102030405060708090A0B0C0D0E0F V=3 M=Access denied',
    );
  });
});

describe('the response', () => {
  it('is read with the name as the peer wrote it', () => {
    const expected = { peerChallenge: filled(16, 1), ntResponse: filled(24, 101) };
    expect(readMschapv2Response(response('DORP\\jan'), 7)).toEqual({ userName: 'DORP\\jan', ...expected });
    expect(readMschapv2Response(response(''), 7)).toMatchObject({ userName: '' });
  });
  it.each<[string, Uint8Array, string]>([
    ['nothing', new Uint8Array(), 'eap-unexpected'],
    ['a success before its time', Uint8Array.of(3), 'eap-unexpected'],
    ['another identifier', response('jan', [[1, 8]]), 'eap-identifier-wrong'],
    ['a length that is not its own', response('jan', [[3, 99]]), 'eap-malformed'],
    ['a value of another size', response('jan', [[4, 48]]), 'eap-malformed'],
    ['half a value', response('').slice(0, 30), 'eap-malformed'],
    ['a name that is not UTF-8', response(Uint8Array.of(0xff)), 'eap-malformed'],
  ])('%s is refused', (_what, octets, reason) => {
    expect(readMschapv2Response(octets, 7)).toMatchObject({ refused: reason });
  });
  it('never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), fc.boolean(), (octets, mended) => {
        const [, , , , ...rest] = octets;
        const given = mended ? Uint8Array.of(2, 7, 0, rest.length + 4, ...rest) : octets;
        expect(() => readMschapv2Response(given, 7)).not.toThrow();
      }),
    );
  });
});

it('an acknowledgement is the same word', () => {
  expect(acknowledges(Uint8Array.of(3), 'success')).toBe(true);
  expect(acknowledges(Uint8Array.of(4), 'success')).toBe(false);
  expect(acknowledges(Uint8Array.of(4), 'failure')).toBe(true);
  expect(acknowledges(new Uint8Array(), 'success')).toBe(false);
});
