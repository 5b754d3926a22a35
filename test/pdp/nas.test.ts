// The NAS table: exact addresses before networks, narrow networks before wide ones, IPv4 seen through IPv6 sockets.

import { describe, expect, it } from 'vitest';
import {
  copiesComeForMs,
  type Nas,
  type NasCertificate,
  nasByCertificate,
  nasTable,
  parseNasAddress,
} from '../../gateway/pdp/nas.ts';
import { recentRequests } from '../../gateway/radius/duplicates.ts';
import { nasProfile } from '../support/nas-profiles.ts';

const nas = (name: string, address: string): Nas => ({
  name,
  address,
  tenant: 'main',
  group: name,
  secret: Buffer.from('secret of test'),
  requireMessageAuthenticator: true,
  path: 'plain',
  profile: nasProfile('generic'),
});

describe('nasTable', () => {
  const find = nasTable([
    nas('wide', '192.0.2.0/24'),
    nas('narrow', '192.0.2.128/25'),
    nas('one', '192.0.2.200'),
    nas('six', '2001:db8::/32'),
    nas('spelled', '2001:DB8:0:0::00A1'),
  ]);

  it.each([
    ['192.0.2.200', 'one'],
    ['192.0.2.201', 'narrow'],
    ['192.0.2.1', 'wide'],
    ['::ffff:192.0.2.200', 'one'],
    ['::ffff:192.0.2.1', 'wide'],
    ['2001:db8::7', 'six'],
    ['2001:db8::a1', 'spelled'],
  ])('%s is %s', (address, expected) => {
    expect(find(address)?.name).toBe(expected);
  });

  it.each(['198.51.100.1', '2001:db9::1', '', 'not an address'])('%s is nobody', address => {
    expect(find(address)).toBeUndefined();
  });
});

describe('nasByCertificate', () => {
  const [one, other] = ['a1'.repeat(32), 'b2'.repeat(32)];
  const over = (name: string, certificate: NasCertificate): Nas => ({ ...nas(name, '192.0.2.9'), certificate });
  const find = nasByCertificate([
    nas('udp', '192.0.2.1'),
    over('named', { name: 'vpn-1.example' }),
    over('pinned', { fingerprint: one }),
    over('both', { name: 'vpn-2.example', fingerprint: other }),
  ]);

  it.each([
    [['vpn-1.example'], other, 'named'],
    [['VPN-1.Example', 'else.example'], other, 'named'],
    [[], one, 'pinned'],
    [['vpn-2.example'], other, 'both'],
  ])('%j with %s is %s', (names, fingerprint, expected) => {
    expect(find(names, fingerprint)?.name).toBe(expected);
  });

  it.each([
    ['no name and no known fingerprint', [], other],
    ['a name of nobody', ['vpn-9.example'], other],
    ['a wildcard', ['*.example'], other],
    ['half of what is asked', ['vpn-2.example'], 'c3'.repeat(32)],
    ['two at once, for it could speak as either', ['vpn-1.example', 'vpn-2.example'], other],
    ['two at once by name and fingerprint', ['vpn-1.example'], one],
  ])('nobody is %s', (_what, names, fingerprint) => {
    expect(find(names, fingerprint)).toBeUndefined();
  });

  it('has the secret of everybody, needs no Message-Authenticator and is protected [RFC6614-2.3]', () => {
    expect(find(['vpn-1.example'], other)).toMatchObject({
      secret: Buffer.from('radsec'),
      requireMessageAuthenticator: false,
      path: 'tls',
    });
  });

  it('has no former secret there', () => {
    const rolling = { ...over('rolling', { fingerprint: one }), formerSecret: Buffer.from('the one before') };
    expect(nasByCertificate([rolling])([], one)).not.toHaveProperty('formerSecret');
  });
});

describe('parseNasAddress', () => {
  it.each(['127.0.0.1', '::1', '10.0.0.0/8', '2001:db8::/32'])('takes %s', text => {
    expect(parseNasAddress(text)).toBe(text);
  });
  it.each(['vpn.example', '10.0.0.0/33', '10.0.0.0/8/9', '10.0.0/8', '::/129', '10.0.0.0/-1'])('refuses %s', text => {
    expect(parseNasAddress(text)).toBeUndefined();
  });
});

describe('copiesComeForMs', () => {
  it('outlives the schedule of the most patient one: its last copy finds the answer of the first', () => {
    const all = ['fortigate', 'ivanti', 'ocserv'].map(name => ({ profile: nasProfile(name) }));
    expect(copiesComeForMs([])).toBe(10_000);
    expect(copiesComeForMs(all.slice(0, 1))).toBe(10_000);
    const recent = recentRequests({ keepMs: copiesComeForMs(all) });
    const key = { address: '192.0.2.1', port: 1, code: 1, identifier: 1, socket: 's' };
    const [authenticator, bytes] = [new Uint8Array(16), Uint8Array.of(2)];
    recent.look(key, authenticator, 0);
    recent.answered(key, authenticator, bytes, 0);
    // Sent 30 s after the first, and a second on its way.
    expect(recent.repeated(key, authenticator, 31_000)).toEqual({ seen: 'answered', bytes });
  });
});
