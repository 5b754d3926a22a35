// Accounting-On and -Off of a concentrator with many sessions.

import { afterAll, beforeAll, expect, it } from 'vitest';
import type { EmbeddedStore } from '../../gateway/io/embedded-store.ts';
import { makeAccountingWorld } from '../support/accounting-world.ts';
import { openLiveStore } from '../support/live-world.ts';

let store: EmbeddedStore;
beforeAll(async () => {
  store = await openLiveStore();
});
afterAll(() => store.close());

const many = 10_000;
const ids = Array.from({ length: many }, (_, n) => `s${n}`);

it('all are closed before it is answered, in portions, and logins get their turn in between', {
  timeout: 60_000,
}, async () => {
  const world = makeAccountingWorld(store);
  const at = world.now();
  const running = { state: 'started', startedAt: at - 1000, lastSeenAt: at - 1000, decidedAt: at - 2000 } as const;
  for (let from = 0; from < many; from += 500) {
    await Promise.all(ids.slice(from, from + 500).map(id => world.put(id, { ...running, acctSessionId: `a-${id}` })));
  }
  await world.put('elsewhere', { ...running, nas: 'vpn-2', acctSessionId: 'a-elsewhere' });
  await world.put('since', { ...running, lastSeenAt: at + 500, acctSessionId: 'a-since' });
  await world.put('told', { ...running, acctSessionId: 'a-told' });
  await world.say('stop', 'told', at - 500, { terminateCause: 'user-request' });

  const began = performance.now();
  let answeredMs = 0;
  const restarted = world.restart('on', at).then(answer => {
    answeredMs = performance.now() - began;
    return answer;
  });
  await world.put('login');
  const loginMs = performance.now() - began;
  expect(await restarted).toBe('recorded');
  expect(loginMs).toBeLessThan(answeredMs);

  const open = await store.sessions({ tenant: world.nas.tenant, state: 'started', limit: many });
  expect(open.map(({ id }) => id).sort()).toEqual(['elsewhere', 'since']);
  expect(await world.session('s7')).toMatchObject({
    stoppedAt: at,
    terminateCause: 'NAS-Reboot',
    lastSeenAt: at - 1000,
  });
  expect(await world.session('told')).toMatchObject({ stoppedAt: at - 500, terminateCause: 'user-request' });
  expect((await world.session('login')).state).toBe('decided');
});

it('once more, and one from before it, change nothing', async () => {
  const world = makeAccountingWorld(store);
  const at = world.now();
  await world.put('a');
  await world.say('start', 'a', at - 5000);
  await world.restart('off', at);
  const closed = await world.session('a');
  expect(await world.restart('on', at)).toBe('recorded');
  expect(await world.restart('on', at - 1000)).toBe('recorded');
  expect(await world.session('a')).toEqual(closed);
});

it('a report of one that began before it ends it, whenever it comes', async () => {
  const world = makeAccountingWorld(store);
  const at = world.now();
  for (const id of ['late', 'again', 'new']) await world.put(id);
  await world.restart('on', at);
  await world.restart('on', at - 9000);
  await world.say('start', 'late', at - 4000);
  expect(await world.session('late')).toMatchObject({ state: 'stopped', stoppedAt: at, startedAt: at - 4000 });
  await world.say('start', 'new', at);
  expect((await world.session('new')).state).toBe('started');
  // The store failed between its start and its end: the NAS repeats it.
  const inner = world.ports.store;
  let commits = 0;
  const failing: Partial<typeof inner> = {
    commit: commit => {
      commits++;
      world.fault.storeDown = commits === 2;
      return inner.commit(commit);
    },
  };
  Object.assign(world.ports, { store: { ...inner, ...failing } });
  await expect(world.say('start', 'again', at - 3000)).rejects.toThrow('made to fail');
  world.fault.storeDown = false;
  expect((await world.session('again')).state).toBe('started');
  expect(await world.say('start', 'again', at - 3000)).toBe('recorded');
  expect((await world.session('again')).state).toBe('stopped');
});

it('is not answered while the store is down', async () => {
  const world = makeAccountingWorld(store);
  await world.put('a');
  await world.say('start', 'a', world.now() - 1);
  world.fault.storeDown = true;
  await expect(world.restart('on', world.now())).rejects.toThrow('made to fail');
  world.fault.storeDown = false;
  expect(await world.restart('on', world.now())).toBe('recorded');
  expect((await world.session('a')).state).toBe('stopped');
});
