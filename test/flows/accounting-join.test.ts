// By what each kind of concentrator finds the decision of its session again, and what never does.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EmbeddedStore } from '../../gateway/io/embedded-store.ts';
import { decision } from '../contracts/admission-store-samples.ts';
import { type AccountingWorld, makeAccountingWorld } from '../support/accounting-world.ts';
import { openLiveStore } from '../support/live-world.ts';
import { nasProfile } from '../support/nas-profiles.ts';

let store: EmbeddedStore;
beforeAll(async () => {
  store = await openLiveStore();
});
afterAll(() => store.close());

const byName = { sessionId: undefined };
const nobody = { userName: '', callingStationId: '' };
const state = async (world: AccountingWorld, id: string) => (await world.session(id)).state;
const openPut = (world: AccountingWorld, id: string, fields: Parameters<AccountingWorld['put']>[1] = {}) =>
  world.put(id, { decision: decision({ validUntil: world.now() + 3_600_000 }), ...fields });

describe.each<[string, { class: boolean }]>([
  ['generic', { class: true }],
  ['strongswan', { class: true }],
  ['ocserv', { class: false }],
  ['openvpn', { class: false }],
])('%s', (profile, sends) => {
  it('by Class', async () => {
    const world = makeAccountingWorld(store, { profile: nasProfile(profile) });
    await openPut(world, 'a');
    await world.say('start', 'a', world.now(), nobody);
    expect(await state(world, 'a')).toBe(sends.class ? 'started' : 'decided');
  });

  it('by the id that it had at login already', async () => {
    const world = makeAccountingWorld(store, { profile: nasProfile(profile) });
    await openPut(world, 'a', { acctSessionId: 'a-a' });
    await world.say('start', 'a', world.now(), { ...byName, ...nobody });
    expect(await state(world, 'a')).toBe('started');
  });

  it('by user name and caller, and then by its own id alone', async () => {
    const world = makeAccountingWorld(store, { profile: nasProfile(profile) });
    await openPut(world, 'a');
    await world.say('start', 'a', world.now(), byName);
    expect(await world.session('a')).toMatchObject({ state: 'started', acctSessionId: 'a-a' });
    await world.say('stop', 'a', world.now(), { ...byName, ...nobody });
    expect(await state(world, 'a')).toBe('stopped');
  });

  it('never by what belongs to another login, an old one, or nobody', async () => {
    const world = makeAccountingWorld(store, { profile: nasProfile(profile) });
    await openPut(world, 'a', { acctSessionId: 'another' });
    await world.say('start', 'a', world.now(), byName);
    await openPut(world, 'b', { userName: 'bo', decision: decision({ validUntil: world.now() }) });
    await world.say('start', 'b', world.now(), { ...byName, userName: 'bo' });
    await openPut(world, 'c', { userName: '' });
    await world.say('start', 'c', world.now(), { ...byName, userName: '' });
    expect(await Promise.all(['a', 'b', 'c'].map(id => state(world, id)))).toEqual(['decided', 'decided', 'decided']);
  });
});

describe('groups', () => {
  it('the twin of a concentrator takes its session over by Class, and is the one to ask from then on', async () => {
    const world = makeAccountingWorld(store);
    const twin = { ...world.nas, name: 'vpn-1b' };
    await openPut(world, 'a');
    await world.say('start', 'a', world.now() - 2000);
    await world.say('interim', 'a', world.now() - 1000, { nas: twin });
    expect(await world.session('a')).toMatchObject({ state: 'started', nas: 'vpn-1b' });
    // What the first one could not deliver in time does not take it back.
    await world.say('interim', 'a', world.now() - 1500);
    expect((await world.session('a')).nas).toBe('vpn-1b');
  });

  it('nobody of another group or tenant speaks for it', async () => {
    const world = makeAccountingWorld(store);
    await openPut(world, 'a');
    for (const other of [
      { ...world.nas, name: 'wifi', group: 'wifi' },
      { ...world.nas, tenant: 'another' },
    ]) {
      for (const kind of ['start', 'stop'] as const) {
        expect(await world.say(kind, 'a', world.now(), { nas: other })).toBe('recorded');
        expect(await state(world, 'a')).toBe('decided');
      }
    }
  });
});

describe('an id that is used again', () => {
  it('is the newer login once that begins', async () => {
    const world = makeAccountingWorld(store, { profile: nasProfile('ocserv') });
    const at = world.now();
    await openPut(world, 'old', { acctSessionId: 'a-1', decidedAt: at - 90_000_000 });
    await world.say('start', '1', at - 90_000_000, byName);
    await world.say('stop', '1', at - 80_000_000, byName);
    await openPut(world, 'new');
    await world.say('interim', '1', at, byName);
    expect(await state(world, 'new')).toBe('decided');
    await world.say('start', '1', at, byName);
    expect(await state(world, 'new')).toBe('started');
    expect(await world.session('old')).toMatchObject({ state: 'stopped', stoppedAt: at - 80_000_000 });
  });
});

it('a segment by the word that it has in the network shows the change that was asked for', async () => {
  const segments = new Map([['quarantine', { group: ['Q-GROUP'] }]]);
  const world = makeAccountingWorld(store, { segments });
  const at = world.now();
  const asked = { kind: 'coa', because: 'report-changed', state: 'acknowledged', askedAt: at, stateAt: at } as const;
  const moved = decision({ outcome: 'quarantine', segment: 'quarantine', validUntil: at + 3_600_000 });
  await world.put('a', { state: 'started', acctSessionId: 'a-a', decision: moved, change: asked });
  await world.say('interim', 'a', at, { segments: ['OTHER'] });
  expect((await world.session('a')).change?.state).toBe('acknowledged');
  await world.say('interim', 'a', at + 1, { segments: ['Q-GROUP'] });
  expect((await world.session('a')).change?.state).toBe('seen');
});
