// Whoever can forge the address of a concentrator, and lacks its secret, takes nothing from those who log in there.

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { radiusRequest } from '../../gateway/flows/radius-request.ts';
import { requestGate } from '../../gateway/flows/request-gate.ts';
import { attribute } from '../../gateway/radius/attributes.ts';
import { passwordRequest } from '../../gateway/radius/client-requests.ts';
import { recentRequests } from '../../gateway/radius/duplicates.ts';
import {
  caller,
  makeRadiusWorld,
  nasAddress,
  radiusSecret,
  type RadiusWorld,
  roomyLimits,
} from '../support/radius-world.ts';

let world: RadiusWorld;
beforeAll(async () => {
  world = await makeRadiusWorld();
});
afterAll(async () => world.close());

const from = { address: nasAddress.vpn, port: 20_000, socket: 'udp' };
const login = ({ handle, secret: password }: { handle: string; secret: string }, secret: Uint8Array) =>
  passwordRequest({
    identifier: 7,
    authenticator: randomBytes(16),
    secret,
    userName: handle,
    password,
    attributes: [attribute('Calling-Station-Id', caller)],
  });

it('neither the bucket of its caller nor that of the concentrator, and no turn', async () => {
  const scarce = { perSecond: 0.001, burst: 1 };
  const limits = { ...roomyLimits, inWork: 1, waiting: 1, nasLogins: scarce, callerLogins: scarce };
  const gate = requestGate(world.ports, limits);
  const handler = radiusRequest({ ...world.ports, gate, recent: recentRequests() }, 'authentication');
  const forged = await Promise.all(
    Array.from({ length: 20 }, async () => handler(login(await world.ticket(), Buffer.from('a guess')), from)),
  );
  expect(forged.filter(reply => reply !== undefined)).toEqual([]);
  expect(world.counted.filter(each => each.startsWith('sluis_shed_total'))).toEqual([]);
  expect((await handler(login(await world.ticket(), radiusSecret), from))?.[0]).toBe(2);
});
