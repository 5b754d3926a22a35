import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Attribute, attribute, eapAttributes } from '../../gateway/radius/attributes.ts';
import { readCredentials } from '../../gateway/radius/credentials.ts';
import { readVectors } from './read-vectors.ts';

const secret = Buffer.from('s');
const authenticator = new Uint8Array(16).fill(7);
const read = (...attributes: Attribute[]) =>
  readCredentials({ code: 1, identifier: 1, authenticator, attributes }, secret);
const octets = (length: number) => new Uint8Array(length).fill(1);

describe('the one credential of an Access-Request', () => {
  it('is EAP, joined', () => {
    const packet = new Uint8Array(600).fill(3);
    const found = read(attribute('User-Name', 'x'), ...eapAttributes(packet));
    expect(found).toMatchObject({ kind: 'eap' });
    if (!('kind' in found) || found.kind !== 'eap') throw new Error('no EAP');
    expect(Buffer.compare(found.packet, packet)).toBe(0);
    expect(read({ type: 79, bytes: new Uint8Array() })).toEqual({ kind: 'eap', packet: new Uint8Array() });
  });
  it('is CHAP, with the Request Authenticator as challenge when none is given [RFC2865-2.2]', () => {
    const vector = readVectors().find(({ name }) => name === '7.2 request');
    const bytes = vector?.octets ?? new Uint8Array();
    const value = Buffer.from(bytes.subarray(30, 47));
    const ra = bytes.subarray(4, 20);
    const found = readCredentials(
      { code: 1, identifier: 1, authenticator: ra, attributes: [attribute('CHAP-Password', value)] },
      secret,
    );
    if (!('kind' in found) || found.kind !== 'chap') throw new Error('no CHAP');
    expect(found.identifier).toBe(0x16);
    // RFC 2865 section 7.2: the password is arctangent.
    const response = createHash('md5')
      .update(Uint8Array.of(found.identifier))
      .update('arctangent')
      .update(found.challenge)
      .digest();
    expect(response.equals(found.response)).toBe(true);
    expect(read(attribute('CHAP-Password', value), attribute('CHAP-Challenge', octets(8)))).toMatchObject({
      challenge: octets(8),
    });
  });
  it('is MSCHAPv2, taken apart [RFC2548-2.3.2]', () => {
    const value = Uint8Array.from({ length: 50 }, (_, at) => at + 100);
    const found = read(attribute('MS-CHAP2-Response', value), attribute('MS-CHAP-Challenge', octets(16)));
    expect(found).toEqual({
      kind: 'mschapv2',
      identifier: 100,
      authenticatorChallenge: Buffer.from(octets(16)),
      peerChallenge: Buffer.from(value.subarray(2, 18)),
      ntResponse: Buffer.from(value.subarray(26)),
    });
  });
  it.each<[string, Attribute[], string]>([
    ['none', [attribute('User-Name', 'x')], 'credentials-missing'],
    [
      'two [RFC3579-3.2]',
      [attribute('User-Password', octets(16)), ...eapAttributes(octets(5))],
      'credentials-conflicting',
    ],
    [
      'two others',
      [attribute('User-Password', octets(16)), attribute('CHAP-Password', octets(17))],
      'credentials-conflicting',
    ],
    ['a password of 17 octets', [attribute('User-Password', octets(17))], 'password-malformed'],
    ['a CHAP response of 15 octets', [attribute('CHAP-Password', octets(16))], 'password-malformed'],
    [
      'EAP in two places',
      [...eapAttributes(octets(5)), attribute('NAS-Port', 1), ...eapAttributes(octets(5))],
      'eap-malformed',
    ],
    ['MSCHAPv2 without its challenge', [attribute('MS-CHAP2-Response', octets(50))], 'password-malformed'],
    [
      'MSCHAPv2 with the challenge of version 1',
      [attribute('MS-CHAP2-Response', octets(50)), attribute('MS-CHAP-Challenge', octets(8))],
      'password-malformed',
    ],
    [
      'an MSCHAPv2 response of 49 octets',
      [attribute('MS-CHAP2-Response', octets(49)), attribute('MS-CHAP-Challenge', octets(16))],
      'password-malformed',
    ],
    ['MS-CHAP version 1', [attribute('MS-CHAP-Response', octets(50))], 'password-method-refused'],
    ['ARAP', [attribute('ARAP-Password', octets(16))], 'password-method-refused'],
    ['a change of a password, version 1', [attribute('MS-CHAP-CPW-1', octets(72))], 'password-method-refused'],
    ['a change of a password, version 2', [attribute('MS-CHAP-CPW-2', octets(86))], 'password-method-refused'],
    ['a change of a password by MSCHAPv2', [attribute('MS-CHAP2-CPW', octets(70))], 'password-method-refused'],
    [
      'a password and an MSCHAPv2 response [RFC3579-3.2]',
      [attribute('User-Password', octets(16)), attribute('MS-CHAP2-Response', octets(50))],
      'credentials-conflicting',
    ],
  ])('%s is refused', (_what, attributes, reason) => {
    expect(read(...attributes)).toMatchObject({ refused: reason });
  });
});
