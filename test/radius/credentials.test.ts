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
    ['MS-CHAP', [attribute('MS-CHAP2-Response', octets(50))], 'credentials-missing'],
  ])('%s is refused', (_what, attributes, reason) => {
    expect(read(...attributes)).toMatchObject({ refused: reason });
  });
});
