// What a trace shows of a packet, and what it never does.

import { expect, it } from 'vitest';
import { traced } from '../../gateway/flows/traced-request.ts';
import { openTracing } from '../../gateway/flows/tracing.ts';
import { isRefused } from '../../gateway/contract/reason.ts';
import { accountingRequest } from '../../gateway/radius/client-requests.ts';
import { attribute } from '../../gateway/radius/attributes.ts';
import { signRequest } from '../../gateway/radius/authenticator.ts';
import { decode } from '../../gateway/radius/packet.ts';
import { makeRadiusWorld, nasAddress, radiusSecret } from '../support/radius-world.ts';

it('a signed report is shown without what its secret could be guessed by', async () => {
  const world = await makeRadiusWorld();
  try {
    const nas = world.ports.nasOf(nasAddress.vpn);
    const plain = decode(
      accountingRequest({ identifier: 1, secret: radiusSecret, status: 'start', acctSessionId: 'a1' }),
    );
    if (nas === undefined || isRefused(plain)) throw new Error('no packet');
    const attributes = [...plain.attributes, attribute('User-Name', 'jan')];
    const packet = decode(signRequest({ ...plain, attributes }, radiusSecret, { messageAuthenticator: true }));
    if (isRefused(packet)) throw new Error(packet.refused);
    const now = world.now();
    const tracing = openTracing();
    const wanted = { by: 'nas', value: nas.name } as const;
    tracing.begin({ id: 'x', tenant: 'town', operator: 'guard', wanted, forMs: 60_000, now, sessions: [] });
    traced(world.ports, tracing, nas, { address: nasAddress.vpn, port: 1 }).tap.received(packet);
    const [event] = tracing.read('town', 'guard', 'x', 0, now)?.events ?? [];
    expect(event?.lines).toContain('User-Name = "jan"');
    expect(event?.lines).toContain('Message-Authenticator = (hidden)');
  } finally {
    await world.close();
  }
});
