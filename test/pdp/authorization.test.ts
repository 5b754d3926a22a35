// What the concentrator is told: the segment in the way its profile takes it, and a Session-Timeout within its caps.

import { describe, expect, it } from 'vitest';
import type { Decision } from '../../gateway/contract/decision.ts';
import { authorization } from '../../gateway/pdp/authorization.ts';
import type { Nas, NasProfileName } from '../../gateway/pdp/nas.ts';

const now = 1_800_000_000_000;
const nas = (profile: NasProfileName): Nas => ({
  name: 'vpn',
  address: '127.0.0.1',
  tenant: 'main',
  group: 'vpn',
  secret: Buffer.from('x'),
  requireMessageAuthenticator: true,
  path: 'plain',
  profile,
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
const names = (profile: NasProfileName, over: Partial<Decision> = {}) =>
  Object.fromEntries(authorization(decision(over), nas(profile), 'S-1', now).map(({ name, value }) => [name, value]));

describe('authorization', () => {
  it('says the segment as the profile takes it', () => {
    expect(names('generic')).toMatchObject({ 'Filter-Id': 'office', Class: 'S-1', 'Session-Timeout': 3601 });
    expect(names('strongswan')).toMatchObject({ 'Filter-Id': 'office', 'Tunnel-Type': 9, Class: 'S-1' });
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
