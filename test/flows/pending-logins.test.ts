// Who may bring back the State of a login that waits for its second factor.

import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { pendingLogins } from '../../gateway/flows/pending-logins.ts';
import type { Nas } from '../../gateway/pdp/nas.ts';
import { nasProfile } from '../support/nas-profiles.ts';

const nas: Nas = {
  name: 'vpn-1',
  tenant: 'town',
  group: 'vpn',
  secret: Buffer.from('secret'),
  requireMessageAuthenticator: true,
  profile: nasProfile('generic'),
  path: 'ipsec',
};
const login = { login: 'jan', person: 'k1-a', strong: true, traceId: '0' };
const caller = '192.0.2.77';

it('a concentrator of the same group, for the same caller, once; another tenant never, whatever its group is called', () => {
  const pending = pendingLogins();
  const state = pending.put(login, nas, caller, randomBytes(16), 0) ?? '';
  expect(pending.take(state, { ...nas, tenant: 'village' }, caller, 1)).toBeUndefined();
  expect(pending.take(state, { ...nas, group: 'wifi' }, caller, 1)).toBeUndefined();
  expect(pending.take(state, nas, '192.0.2.78', 1)).toBeUndefined();
  expect(pending.take(state, { ...nas, name: 'vpn-2' }, caller, 1)).toEqual(login);
  expect(pending.take(state, nas, caller, 1)).toBeUndefined();
});
