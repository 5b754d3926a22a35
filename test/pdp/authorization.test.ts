// What the concentrator is told: the segment in the way its profile takes it, and a Session-Timeout within its caps.

import { describe, expect, it } from 'vitest';
import type { Decision } from '../../gateway/contract/decision.ts';
import { authorization, movesByCoa, segmentsMeant, tellsSegment } from '../../gateway/pdp/authorization.ts';
import type { Nas } from '../../gateway/pdp/nas.ts';
import type { SegmentNetwork } from '../../gateway/pdp/nas-profile.ts';
import { authorizationAttributes } from '../../gateway/radius/authorization-attributes.ts';
import { nasProfile, nasProfiles } from '../support/nas-profiles.ts';

const now = 1_800_000_000_000;
const nas = (profile: string): Nas => ({
  name: 'vpn',
  address: '127.0.0.1',
  tenant: 'main',
  group: 'vpn',
  secret: Buffer.from('x'),
  requireMessageAuthenticator: true,
  path: 'plain',
  profile: nasProfile(profile),
});
const decision = (over: Partial<Decision>): Decision => ({
  outcome: 'grant',
  segment: 'office',
  reasons: [],
  results: [],
  validUntil: now + 3_600_500,
  validUntilBecause: 'report age',
  decidedAt: now,
  policyHash: '',
  factsHash: '',
  ...over,
});
const names = (profile: string, over: Partial<Decision> = {}) =>
  Object.fromEntries(authorization(decision(over), nas(profile), 'S-1', now).map(({ name, value }) => [name, value]));

describe('authorization', () => {
  it('says the segment as the profile takes it', () => {
    expect(names('generic')).toMatchObject({ 'Filter-Id': 'office', Class: 'S-1', 'Session-Timeout': 3601 });
    expect(names('strongswan')).toMatchObject({ 'Filter-Id': 'office', 'Tunnel-Type': '9', Class: 'S-1' });
    expect(names('ocserv')).toEqual({ Class: 'OU=office', 'Session-Timeout': 3601, 'Acct-Interim-Interval': 600 });
  });

  it('keeps Session-Timeout at the floor of the profile, and below a day', () => {
    expect(names('strongswan', { validUntil: now + 1000 })['Session-Timeout']).toBe(3600);
    expect(names('generic', { validUntil: now - 5000 })['Session-Timeout']).toBe(60);
    expect(names('generic', { validUntil: now + 9e9 })['Session-Timeout']).toBe(86_400);
  });

  it('gives a denied session nothing at all', () => {
    expect(authorization(decision({ outcome: 'deny' }), nas('generic'), 'S-1', now)).toEqual([]);
  });

  it.each(['update', 'quarantine'] as const)('sends %s to its own segment', outcome => {
    expect(names('generic', { outcome, segment: outcome })['Filter-Id']).toBe(outcome);
  });
});

describe('what a segment is in the network', () => {
  const segments = new Map<string, SegmentNetwork>([
    ['office', { group: ['STAFF'], filter: ['FULL'], vlan: [20], rules: ['permit a', 'deny b'], dns: ['10.0.0.1'] }],
    ['guest', { group: ['STAFF'], filter: ['GUEST'], vlan: [20] }],
    ['quarantine', { group: ['STAFF'], vlan: [20], redirect: ['https://help.example/'] }],
    ['update', { group: ['STAFF'], filter: ['FULL'], vlan: [21] }],
  ]);
  const at = (profile: string) => ({ profile: nasProfile(profile), segments });

  it('is said in the words of the product, lists one by one', () => {
    const told = authorization(decision({}), at('cisco-asa'), 'S-1', now).map(({ name, value }) => `${name} ${value}`);
    expect(told).toEqual([
      'Class OU=STAFF;',
      'Filter-Id FULL',
      'Cisco-AVPair ip:inacl#1=permit a',
      'Cisco-AVPair ip:inacl#2=deny b',
      'Cisco-VPN-VLAN 20',
      'Cisco-VPN-Primary-DNS 10.0.0.1',
      'Session-Timeout 3601',
    ]);
  });

  it('is never more than can be sent there', () => {
    for (const { name } of nasProfiles) {
      for (const segment of segments.keys()) {
        const told = authorization(decision({ segment }), at(name), 'S-1', now);
        expect(authorizationAttributes(told)).toHaveLength(told.length);
      }
    }
  });

  it.each([
    ['another ACL in another VLAN', 'cisco-asa', 'guest', 'update', false],
    ['another ACL, and rules that go', 'cisco-asa', 'office', 'guest', true],
    ['a redirect that goes', 'cisco-asa', 'quarantine', 'guest', true],
    ['a redirect that comes', 'cisco-asa', 'guest', 'quarantine', true],
    ['another VLAN', 'cisco-asa', 'office', 'update', false],
    ['a VLAN that a CoA changes', 'generic', 'office', 'update', true],
    ['nothing to say', 'cisco-asa', 'unnamed', 'unnamed', false],
    ['no CoA at all', 'strongswan', 'office', 'update', false],
    ['the group of the name', 'mikrotik', 'unnamed', 'elsewhere', true],
    ['a filter that no CoA takes away', 'mikrotik', 'office', 'unnamed', false],
  ])('%s', (_, profile, from, to, moves) => {
    expect(movesByCoa(at(profile), from, to)).toBe(moves);
  });

  it('is known again by what a NAS repeats', () => {
    expect(segmentsMeant({ segments }, ['GUEST'])).toEqual(['GUEST', 'guest']);
    expect(segmentsMeant({}, ['office'])).toEqual(['office']);
  });

  it('must be told somehow', () => {
    expect(tellsSegment(at('windows-rras'), 'quarantine')).toBe(false);
    expect(tellsSegment(at('pfsense'), 'office')).toBe(true);
    expect(tellsSegment(at('pfsense'), 'guest')).toBe(false);
    expect(tellsSegment(at('strongswan'), 'unnamed')).toBe(true);
  });
});
