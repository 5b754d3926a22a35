// The machines that operators decided about, as a running gateway goes by them: read at the start, when told, and in time.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { type DeviceEnrolments, startDeviceEnrolments } from '../../gateway/io/device-enrolments.ts';
import { type EmbeddedStore, openEmbeddedStore } from '../../gateway/io/embedded-store.ts';
import type { DeviceEnrolment } from '../../gateway/kept.ts';
import { Unavailable } from '../../gateway/ports.ts';

let directory: string;
let store: EmbeddedStore;
let tenant = 'town-0';
let count = 0;
let changes = 0;
let warnings: string[] = [];
const open: DeviceEnrolments[] = [];
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sluis-enrolments-'));
  store = await openEmbeddedStore({ path: join(directory, 'store.db'), writer: 'gateway-1' });
});
afterAll(async () => {
  await store.close();
  rmSync(directory, { recursive: true });
});
beforeEach(() => {
  tenant = `town-${++count}`;
  [changes, warnings] = [0, []];
});
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

async function start(of: Pick<EmbeddedStore, 'keptAll'> = store, everyMs = 3_600_000): Promise<DeviceEnrolments> {
  const log = { info: () => undefined, warn: (event: string) => void warnings.push(event), error: () => undefined };
  const enrolments = await startDeviceEnrolments({ tenant, store: of, log, changed: () => (changes += 1), everyMs });
  open.push(enrolments);
  return enrolments;
}

function keep(
  device: string,
  state: DeviceEnrolment['state'],
  version = 1,
  origin: DeviceEnrolment['origin'] = 'first-seen',
) {
  const value = {
    device,
    name: 'pc',
    origin,
    state,
    class: 'private-pc',
    certificateNotAfter: 9,
    firstSeenAt: 1,
    lastSeenAt: 1,
  };
  return store.commit({ tenant, at: 1, keep: [{ kind: 'device-enrolment', key: device, value, version }] });
}
const entry = { class: 'private-pc', state: 'active' };

it('are known from the start, and nobody is told of a change', async () => {
  await keep('a', 'active');
  await keep('b', 'waiting');
  await keep('c', 'waiting', 1, 'self-enrolled');
  const { current, waiting } = await start();
  expect([...current()]).toEqual([
    ['c', { selfEnrolled: true }],
    ['a', { selfEnrolled: false, entry }],
  ]);
  expect([waiting.count('first-seen'), waiting.count('self-enrolled')]).toEqual([1, 1]);
  expect(changes).toBe(0);
});

it('change when somebody looks, and only when they differ', async () => {
  const { current, look } = await start();
  await keep('a', 'active');
  expect(current().size).toBe(0);
  await look();
  await look();
  expect(current().get('a')).toEqual({ selfEnrolled: false, entry });
  expect(changes).toBe(1);
  await keep('a', 'refused', 2);
  await look();
  expect(current().get('a')).toEqual({ selfEnrolled: false });
  expect(changes).toBe(2);
});

it('change in time, when another gateway wrote them', async () => {
  const { current } = await start(store, 20);
  await keep('a', 'active');
  await vi.waitFor(() => expect(current().has('a')).toBe(true), 5_000);
});

it('stay what they were while the store is down', async () => {
  await keep('a', 'active');
  let down = false;
  const keptAll: EmbeddedStore['keptAll'] = (...asked) =>
    down ? Promise.reject(new Unavailable('made to fail')) : store.keptAll(...asked);
  const { current, look } = await start({ keptAll });
  down = true;
  await look();
  expect(current().has('a')).toBe(true);
  expect(warnings).toEqual(['device-enrolments-unread']);
});

it('that wait are counted between two looks', async () => {
  const { waiting, look } = await start();
  waiting.add('first-seen');
  expect([waiting.count('first-seen'), waiting.count('self-enrolled')]).toEqual([1, 0]);
  await look();
  expect(waiting.count('first-seen')).toBe(0);
});
