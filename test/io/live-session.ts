// A session that is open at a concentrator, and that concentrator on this host, for tests that change the one at the other.

import type { Nas } from '../../gateway/pdp/nas.ts';
import type { Session } from '../../gateway/pdp/session.ts';
import { nasProfile } from '../support/nas-profiles.ts';

export function liveSession(fields: Partial<Session> = {}): Session {
  return {
    tenant: 'main',
    id: 'S-1',
    state: 'started',
    way: 'ticket',
    nas: 'vpn',
    nasGroup: 'vpn',
    userName: 'laptop-07',
    callingStationId: '198.51.100.7',
    acctSessionId: '0000002a',
    framedAddress: '10.8.0.7',
    nasIdentifier: 'gw',
    nasAddress: '127.0.0.1',
    binding: 'ticket',
    decision: {
      outcome: 'grant',
      segment: 'office',
      reasons: [],
      results: [],
      validUntil: 9e12,
      validUntilBecause: 'session at most',
      decidedAt: 1,
      policyHash: '0'.repeat(64),
      factsHash: '0'.repeat(64),
    },
    decisionId: 'D-1',
    caseCode: 'BCDFGH',
    traceId: 'aa',
    decidedAt: 1,
    startedAt: 2,
    inputOctets: 0,
    outputOctets: 0,
    version: 2,
    ...fields,
  };
}

/** Without `at` it takes no CoA- or Disconnect-Request. */
export function concentrator(at?: {
  readonly port: number;
  readonly secret: Uint8Array;
  /** Its name. */
  readonly profile?: string;
}): Nas {
  const nas: Nas = {
    name: 'vpn',
    tenant: 'main',
    group: 'vpn',
    address: '127.0.0.1',
    secret: Buffer.from('secret of requests'),
    requireMessageAuthenticator: true,
    path: 'loopback',
    profile: nasProfile(at?.profile ?? 'generic'),
  };
  if (at === undefined) return nas;
  return { ...nas, dynamicAuthorization: { address: '127.0.0.1', port: at.port, secret: at.secret } };
}
