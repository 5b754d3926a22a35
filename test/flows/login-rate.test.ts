// Somebody who logs in again and again, rightly each time: what a concentrator with a wrong timeout does.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { radiusRequest } from '../../gateway/flows/radius-request.ts';
import { text } from '../../gateway/radius/attributes.ts';
import { recentRequests } from '../../gateway/radius/duplicates.ts';
import { tokenBuckets } from '../../gateway/radius/token-bucket.ts';
import { eapLogin } from '../support/eap-login.ts';
import { ask, makeRadiusWorld, pap, type RadiusWorld } from '../support/radius-world.ts';

const [accept, reject] = [2, 3];
let world: RadiusWorld;
beforeAll(async () => {
  world = await makeRadiusWorld();
});
afterAll(() => world.close());

/** The same world, with the usual limit of one person. */
function limited(): RadiusWorld {
  const logins = tokenBuckets({ perSecond: 20 / 60, burst: 20 });
  const authentication = radiusRequest({ ...world.ports, logins, recent: recentRequests() }, 'authentication');
  return { ...world, handlers: { ...world.handlers, authentication } };
}
const denials = () => world.store.decisions({ tenant: 'town', limit: 1_000, only: 'refused' });
const told = () => world.counted.filter(line => line === 'sluis_refusals_total login-rate gateway town').length;

it('80 logins in 20 seconds: 26 get in, nothing is held against anybody, and who waits three seconds gets in', async () => {
  const at = limited();
  const before = [await denials(), told()] as const;
  const codes: (number | undefined)[] = [];
  let last: Awaited<ReturnType<typeof ask>>;
  for (let time = 0; time < 80; time++) {
    last = await ask(at, pap(await world.ticket({ person: 'k1-jan' })));
    codes.push(last?.code);
    world.advance(250);
  }
  expect(codes.filter(code => code === accept)).toHaveLength(26);
  expect(codes.filter(code => code === reject)).toHaveLength(54);
  expect(text(last?.attributes ?? [], 'Reply-Message')).toMatch(/many times within a minute/);
  expect(await denials()).toEqual(before[0]);
  expect(told()).toBe(before[1] + 54);
  // Others behind the same concentrator did not notice.
  expect((await ask(at, pap(await world.ticket({ person: 'k1-an' }))))?.code).toBe(accept);
  world.advance(3_000);
  expect((await ask(at, pap(await world.ticket({ person: 'k1-jan' }))))?.code).toBe(accept);
});

it('a ticket that was met with it is not used up', async () => {
  const at = limited();
  for (let time = 0; time < 20; time++) await ask(at, pap(await world.ticket({ person: 'k1-jan' })));
  const ticket = await world.ticket({ person: 'k1-jan' });
  expect((await ask(at, pap(ticket)))?.code).toBe(reject);
  world.advance(3_000);
  expect((await ask(at, pap(ticket)))?.code).toBe(accept);
});

it('by EAP-TLS it counts the machine where no person was proven, and ends the conversation', async () => {
  const at = limited();
  const before = await denials();
  const codes: (number | undefined)[] = [];
  for (let time = 0; time < 22; time++) {
    const login = eapLogin(at, world.ca.machines.valid);
    codes.push((await login.finish())?.code);
    login.close();
  }
  expect(codes).toEqual([...Array.from({ length: 20 }, () => accept), reject, reject]);
  expect(await denials()).toEqual(before);
});
