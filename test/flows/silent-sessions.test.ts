// Sessions whose Stop was lost: not seen by time alone, closed a day later, and never because the gateway itself was away.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { silenceWatch } from '../../gateway/flows/silent-sessions.ts';
import type { EmbeddedStore } from '../../gateway/io/embedded-store.ts';
import { isNotSeen } from '../../gateway/pdp/session-silence.ts';
import type { Session } from '../../gateway/pdp/session.ts';
import { type AccountingWorld, makeAccountingWorld } from '../support/accounting-world.ts';
import { openLiveStore } from '../support/live-world.ts';

let store: EmbeddedStore;
beforeAll(async () => {
  store = await openLiveStore();
});
afterAll(() => store.close());

const [minuteMs, hourMs] = [60_000, 3_600_000];

async function open(...ids: readonly string[]) {
  const world = makeAccountingWorld(store);
  for (const id of ids) {
    await world.put(id);
    await world.say('start', id);
  }
  const moved: string[] = [];
  const ports = { ...world.ports, sessionMoved: ({ id, state }: Session) => void moved.push(`${id} ${state}`) };
  return { world, moved, watch: silenceWatch(ports, world.nas.tenant), ports };
}

const gauge = ({ counted }: AccountingWorld) =>
  counted.filter(line => line.startsWith('sluis_sessions_not_seen')).at(-1);

it('three reports that did not come make it not seen, the next one makes it seen again', async () => {
  const { world, watch } = await open('a', 'b');
  await world.advance(30 * minuteMs - 1);
  await watch();
  expect(gauge(world)).toBeUndefined();
  await world.advance(1);
  await world.say('interim', 'b');
  await watch();
  expect(gauge(world)).toBe('sluis_sessions_not_seen vpn-1 = 1');
  expect(isNotSeen(await world.session('a'), world.now())).toBe(true);
  expect((await world.session('a')).state).toBe('started');
  await world.say('interim', 'a');
  await watch();
  expect(gauge(world)).toBe('sluis_sessions_not_seen vpn-1 = 0');
  expect(isNotSeen(await world.session('a'), world.now())).toBe(false);
});

it('a day without a sign closes it as lost; its own Stop, should it still come, says it better', async () => {
  const { world, watch, moved } = await open('a', 'b');
  const began = world.now();
  await world.advance(20 * hourMs);
  await world.say('interim', 'b');
  await world.advance(4 * hourMs);
  await watch();
  expect((await world.session('a')).state).toBe('started');
  await world.advance(30 * minuteMs);
  await watch();
  const lost = { state: 'stopped', stoppedAt: world.now(), terminateCause: 'not seen', lastSeenAt: began };
  expect(await world.session('a')).toMatchObject(lost);
  expect((await world.session('b')).state).toBe('started');
  expect(moved).toEqual(['a stopped']);
  expect(world.counted).toContain('sluis_sessions_lost_total vpn-1');
  expect(world.logged).toContainEqual(expect.objectContaining({ level: 'warn', event: 'session-lost' }));
  await world.say('stop', 'a', began + hourMs, { terminateCause: 'user-request' });
  expect(await world.session('a')).toMatchObject({ stoppedAt: began + hourMs, terminateCause: 'user-request' });
});

it('a gateway that was away gives every concentrator the time to be heard first', async () => {
  const { world, ports } = await open('a', 'b');
  await world.advance(48 * hourMs);
  const watch = silenceWatch(ports, world.nas.tenant);
  await watch();
  await world.advance(10 * minuteMs);
  await world.say('interim', 'a');
  await world.advance(20 * minuteMs);
  await watch();
  expect((await world.session('a')).state).toBe('started');
  expect((await world.session('b')).state).toBe('stopped');
});

it('closes in portions, and outlives a store that is down', async () => {
  const ids = Array.from({ length: 600 }, (_, n) => `s${n}`);
  const { world, watch } = await open();
  await Promise.all(
    ids.map(id => world.put(id, { state: 'started', acctSessionId: `a-${id}`, startedAt: world.now() })),
  );
  await world.advance(25 * hourMs);
  world.fault.storeDown = true;
  await watch();
  expect(world.logged).toMatchObject([{ level: 'warn', event: 'silence-not-watched' }]);
  world.fault.storeDown = false;
  const openNow = async () => (await store.sessions({ tenant: world.nas.tenant, state: 'started', limit: 999 })).length;
  await watch();
  expect(await openNow()).toBe(100);
  await watch();
  expect(await openNow()).toBe(0);
});
