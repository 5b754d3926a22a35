// What is read as proof inside an EAP-TTLS tunnel, and what is not.

import { describe, expect, it } from 'vitest';
import type { Reason } from '../../gateway/contract/reason.ts';
import { eapAvp, mschapv2SuccessAvp, readInside } from '../../gateway/eap/ttls.ts';
import { type Avp, decodeAvps, encodeAvp } from '../../gateway/eap/ttls-avp.ts';

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));
const filled = (length: number, from = 0): Uint8Array => Uint8Array.from({ length }, (_, at) => (from + at) % 251);

/** As TLS gives it: 16 octets of challenge and the identifier. */
const challenge = Uint8Array.of(...filled(16), 0x2a);
const given = (code: number, data: Uint8Array | string, more: Partial<Avp> = {}): Uint8Array =>
  encodeAvp({ code, mandatory: true, data: typeof data === 'string' ? Buffer.from(data) : data, ...more });
const of = (code: number, data: Uint8Array): Uint8Array => given(code, data, { vendor: 311 });
const read = (...avps: readonly Uint8Array[]) => readInside(Uint8Array.from(Buffer.concat(avps)), challenge);

const userName = given(1, 'jan');
const password = given(2, 'geheim\0\0\0\0\0\0\0\0\0\0');
const response = Uint8Array.of(0x2a, 0, ...filled(16, 100), ...new Uint8Array(8), ...filled(24, 200));
const mschapv2 = [userName, of(11, challenge.slice(0, 16)), of(25, response)] as const;

describe('what a peer proves itself with', () => {
  it('[RFC5281-11.2.5] a password, without the nulls behind it', () => {
    expect(read(userName, password)).toEqual({ said: 'password', userName: 'jan', password: 'geheim' });
    expect(read(password, userName)).toMatchObject({ password: 'geheim' });
    expect(read(userName, given(2, 'p\u00e4ss w\u00f6rd'))).toMatchObject({ password: 'p\u00e4ss w\u00f6rd' });
  });
  it('[RFC5281-11.2.4] an MSCHAPv2 response to the challenge of the tunnel', () => {
    expect(read(...mschapv2)).toEqual({
      said: 'mschapv2',
      userName: 'jan',
      identifier: 0x2a,
      authenticatorChallenge: filled(16),
      peerChallenge: filled(16, 100),
      ntResponse: filled(24, 200),
    });
  });
  it('[RFC5281-11.2.1] a packet of EAP, as long as it is', () => {
    const packet = filled(2_000);
    expect(read(given(79, packet))).toEqual({ said: 'eap', packet });
  });
  it('[RFC5281-10.1] what is not known and not mandatory is passed over', () => {
    const extra = [given(4, hex('7f000001'), { mandatory: false }), given(1, 'x', { vendor: 9, mandatory: false })];
    expect(read(...extra, userName, password)).toMatchObject({ said: 'password' });
  });
});

describe('what is refused', () => {
  it.each<[string, readonly Uint8Array[], Reason]>([
    ['nothing at all', [], 'credentials-missing'],
    ['a user name alone', [userName], 'credentials-missing'],
    ['a password of nobody', [password], 'credentials-missing'],
    ['a name that is not UTF-8', [given(1, hex('ff')), password], 'credentials-missing'],
    ['a password of nulls', [userName, given(2, new Uint8Array(16))], 'password-malformed'],
    ['a password that is not UTF-8', [userName, given(2, hex('c3'))], 'password-malformed'],
    ['two passwords', [userName, password, password], 'eap-malformed'],
    ['two names', [userName, given(1, 'piet'), password], 'eap-malformed'],
    ['two packets of EAP', [given(79, hex('02')), given(79, hex('01'))], 'eap-malformed'],
    ['a password beside EAP', [userName, password, given(79, hex('02'))], 'credentials-conflicting'],
    ['a password beside MSCHAPv2', [...mschapv2, password], 'credentials-conflicting'],
    ['CHAP', [userName, given(60, filled(16)), given(3, filled(17))], 'eap-method-refused'],
    ['MS-CHAP', [userName, of(11, filled(8)), of(1, filled(50))], 'eap-method-refused'],
    ['a mandatory attribute that is not known', [given(4, 'x'), userName, password], 'eap-unexpected'],
    ['a mandatory one of another vendor', [given(2, 'x', { vendor: 9 }), userName, password], 'eap-unexpected'],
    ['a response without its challenge', [userName, of(25, response)], 'password-malformed'],
    ['a challenge of its own', [userName, of(11, filled(16, 1)), of(25, response)], 'password-malformed'],
    ['a challenge that is too long', [userName, of(11, challenge), of(25, response)], 'password-malformed'],
    [
      'an identifier of its own',
      [...mschapv2.slice(0, 2), of(25, Uint8Array.of(0x2b, ...response.slice(1)))],
      'password-malformed',
    ],
    ['a response that is too short', [...mschapv2.slice(0, 2), of(25, response.slice(0, 49))], 'password-malformed'],
    ['a response of nobody', mschapv2.slice(1), 'credentials-missing'],
    ['an attribute that is cut', [userName, password.slice(0, 9)], 'eap-malformed'],
  ])('%s', (_what, avps, reason) => {
    expect(read(...avps)).toMatchObject({ refused: reason });
  });
});

describe('what we say', () => {
  it('a packet of EAP in one attribute', () => {
    expect(decodeAvps(eapAvp(filled(700)))).toEqual([{ code: 79, mandatory: true, data: filled(700) }]);
  });
  it('[RFC5281-11.2.4] MS-CHAP2-Success under the identifier of the response', () => {
    const data = new Uint8Array(Buffer.from('*S=00FF'));
    expect(decodeAvps(mschapv2SuccessAvp(0x2a, 'S=00FF'))).toEqual([{ code: 26, vendor: 311, mandatory: true, data }]);
  });
});
