import { describe, expect, it } from 'vitest';
import { takesChanges } from '../../gateway/pdp/nas-profile.ts';
import { attribute } from '../../gateway/radius/attributes.ts';
import { authorizationAttributes } from '../../gateway/radius/authorization-attributes.ts';
import { claimText } from '../../gateway/radius/claims.ts';
import { namesSession } from '../../gateway/radius/dynamic-authorization.ts';
import { identification, type IdentifiedSession } from '../../gateway/radius/session-identification.ts';
import { nasProfile } from '../support/nas-profiles.ts';

const [generic, strongswan, ocserv, openvpn] = [
  nasProfile('generic'),
  nasProfile('strongswan'),
  nasProfile('ocserv'),
  nasProfile('openvpn'),
];
const decided: IdentifiedSession = { userName: 'laptop-07', callingStationId: '198.51.100.7[4500]' };
const started: IdentifiedSession = {
  ...decided,
  acctSessionId: '0000002a',
  framedAddress: '10.8.0.7',
  nasIdentifier: 'gw',
  nasAddress: '192.0.2.1',
};

describe('[RFC5176-3] identification', () => {
  it('all that is known, for a concentrator that we know nothing of', () => {
    expect(identification(started, generic.identifiedBy)).toEqual([
      attribute('User-Name', 'laptop-07'),
      attribute('Acct-Session-Id', '0000002a'),
      attribute('Calling-Station-Id', '198.51.100.7[4500]'),
      attribute('Framed-IP-Address', '10.8.0.7'),
      attribute('NAS-Identifier', 'gw'),
      attribute('NAS-IP-Address', '192.0.2.1'),
    ]);
  });
  it('what is not known yet is left out', () => {
    expect(identification(decided, generic.identifiedBy)).toEqual([
      attribute('User-Name', 'laptop-07'),
      attribute('Calling-Station-Id', '198.51.100.7[4500]'),
    ]);
  });
  it('User-Name alone for strongSwan', () => {
    expect(identification(started, strongswan.identifiedBy)).toEqual([attribute('User-Name', 'laptop-07')]);
  });
  it('nothing for concentrators that take no such request', () => {
    for (const profile of [ocserv, openvpn]) {
      const { identifiedBy } = profile;
      expect(takesChanges(profile)).toBe(false);
      expect(identification(started, identifiedBy)).toEqual([]);
    }
  });
  it('a NAS by its IPv6 address; a session never, RFC 5176 has no attribute for it', () => {
    const six = { ...started, framedAddress: '2001:db8:8::7', nasAddress: '2001:db8::1' };
    expect(identification(six, [['framed-address', 'nas'], ['nas']])).toEqual([
      attribute('NAS-Identifier', 'gw'),
      attribute('NAS-IPv6-Address', '2001:db8::1'),
    ]);
  });

  it.each([
    ['empty', ''],
    ['a digest of a certificate subject', claimText('User-Name', Uint8Array.of(0x30, 0xff, 0x01))],
    ['freed of a national number', claimText('User-Name', Buffer.from('CN=85073003328'))],
    ['longer than an attribute', 'x'.repeat(254)],
    ['longer than an attribute in octets', 'é'.repeat(127)],
  ])('a User-Name that is %s is no word of the NAS', (_what, userName) => {
    const named = identification({ ...started, userName }, strongswan.identifiedBy);
    expect(named).toEqual([]);
    expect(namesSession(named)).toBe(false);
  });
  it('what the NAS said goes before what was kept of it', () => {
    const saidUserName = Uint8Array.of(0x30, 0xff, 0x01);
    const kept = { ...started, userName: claimText('User-Name', saidUserName) };
    expect(identification({ ...kept, saidUserName }, [['user-name']])).toEqual([{ type: 1, bytes: saidUserName }]);
  });
  it('a session id that was no clean text is left out, and the others still name the session', () => {
    const acctSessionId = claimText('Acct-Session-Id', Uint8Array.of(1, 2, 3));
    const named = identification({ ...started, acctSessionId }, [
      ['acct-session-id', 'framed-address'],
      ['framed-address'],
    ]);
    expect(named).toEqual([attribute('Framed-IP-Address', '10.8.0.7')]);
    expect(namesSession(named)).toBe(true);
  });
  it.each(['dn:laptop', 'octets', 'dn:0123456789abcdeg', 'xdn:0123456789abcdef'])(
    '%s is a name like any other',
    userName => {
      expect(identification({ ...started, userName }, [['user-name']])).toEqual([attribute('User-Name', userName)]);
    },
  );
});

it('a decision has the same octets in an Access-Accept and in a CoA-Request', () => {
  expect(
    authorizationAttributes([
      { name: 'Filter-Id', value: 'update' },
      { name: 'Class', value: 'S-1é' },
      { name: 'Session-Timeout', value: 300 },
    ]),
  ).toEqual([
    { type: 11, bytes: Buffer.from('update') },
    { type: 25, bytes: Buffer.from('S-1é') },
    { type: 27, bytes: Uint8Array.of(0, 0, 1, 44) },
  ]);
});
