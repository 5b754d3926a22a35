// How many sessions a person may have open at once: what is another session, and what is not.

import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { EmbeddedStore } from '../../gateway/io/embedded-store.ts';
import type { ProvenPerson } from '../../gateway/pdp/request.ts';
import type { Session } from '../../gateway/pdp/session.ts';
import { type LiveWorld, makeLiveWorld, openLiveStore } from '../support/live-world.ts';

const files = [
  {
    path: 'checks/alone.yaml',
    text: 'check: one-at-a-time\nfact: person.other-sessions\nmust be: at most 0\nif unknown: deny\ntext: { en: x, nl: x, fr: x, de: x }\n',
  },
  {
    path: 'access/alone.yaml',
    text: 'policy: one-session\nowner: test\nfor: { device: alone-laptop }\ngives: office\nrequires:\n  - one-at-a-time: { otherwise: deny }\n',
  },
];
let store: EmbeddedStore;
let world: LiveWorld;
let an: ProvenPerson;
let other: string;
beforeAll(async () => {
  store = await openLiveStore();
});
afterAll(() => store.close());
beforeEach(() => {
  world = makeLiveWorld(store, undefined, undefined, files);
  other = randomBytes(32).toString('hex');
  for (const device of [world.laptop, other]) world.devices.set(device, { class: 'alone-laptop', state: 'active' });
  an = { pseudonym: `k1-${randomBytes(8).toString('hex')}`, profile: 'eid', assurance: 'high' };
});
afterEach(() => world.live.close());

const from = (device: string, person = an): Promise<Session> =>
  world.open({ person, device: { key: device, name: 'lt', certificateNotAfter: world.now() + 1e10 } });
async function started(device: string): Promise<Session> {
  const session = await from(device);
  await world.account(session, 'start');
  return session;
}

it('a second machine of the same person is another session, until the first has ended', async () => {
  const first = await started(world.laptop);
  expect(first.decision.outcome).toBe('grant');
  const second = await from(other);
  expect(second.decision).toMatchObject({
    outcome: 'deny',
    results: [{ value: '1', source: 'other sessions of this person' }],
  });
  await world.account(first, 'stop');
  expect((await from(other)).decision.outcome).toBe('grant');
});

it('the same machine has only reconnected, and somebody else is somebody else', async () => {
  await started(world.laptop);
  expect((await from(world.laptop)).decision.outcome).toBe('grant');
  const jan = { ...an, pseudonym: `${an.pseudonym}-jan` };
  expect((await from(other, jan)).decision.outcome).toBe('grant');
});

it('a session is not its own other', async () => {
  const session = await started(world.laptop);
  await world.live.redecide({ tenant: 'town', device: world.laptop, because: 'report-changed' });
  expect((await world.session(session)).decision.outcome).toBe('grant');
});

it('of which nothing was heard for twenty minutes counts no more', async () => {
  await started(world.laptop);
  await world.advance(21 * 60_000);
  expect((await from(other)).decision.outcome).toBe('grant');
});

it('under an earlier pseudonym it counts too', async () => {
  await started(world.laptop);
  const renamed = { ...an, pseudonym: `${an.pseudonym}x`, formerPseudonyms: [an.pseudonym] };
  expect((await from(other, renamed)).decision.outcome).toBe('deny');
});
