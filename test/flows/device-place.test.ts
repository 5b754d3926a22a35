// Where a machine comes from: what a login from far away is told as and leads to, what moves the place of a machine and what
// does not.

import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readCountries } from '../../gateway/countries-config.ts';
import type { EmbeddedStore } from '../../gateway/io/embedded-store.ts';
import type { Session } from '../../gateway/pdp/session.ts';
import { longestFlightMs } from '../../gateway/pdp/travel.ts';
import type { Countries } from '../../gateway/ports.ts';
import { type LiveWorld, makeLiveWorld, openLiveStore } from '../support/live-world.ts';
import { mmdb } from '../support/mmdb.ts';
import { ask, makeRadiusWorld, pap } from '../support/radius-world.ts';

const [inBelgium, elsewhereInBelgium] = ['192.0.2.77', '192.0.2.99[4500]'];
const [inNetherlands, inSingapore, nowhere] = ['198.51.100.9', '203.0.113.9', '10.1.2.3'];
const [minuteMs, hourMs] = [60_000, 3_600_000];

const read = readCountries(mmdb({ '192.0.2.0/24': 'BE', '198.51.100.0/24': 'NL', '203.0.113.0/24': 'SG' }));
if ('wrong' in read) throw new Error(read.wrong);
const countries: Countries = read;

let store: EmbeddedStore;
let world: LiveWorld;
beforeAll(async () => {
  store = await openLiveStore();
});
afterAll(() => store.close());
beforeEach(() => {
  world = makeLiveWorld(store, undefined, countries);
  world.devices.set(world.laptop, { class: 'travelling-laptop', state: 'active' });
});
afterEach(() => world.live.close());

const told = () => world.counted.filter(line => line.startsWith('sluis_impossible_travel_total'));
const place = async (device = world.laptop) => (await store.kept('town', 'device-place', device))?.value;
const from = (callingStationId: string) => world.open({ callingStationId });
const outcome = async (callingStationId: string) => (await from(callingStationId)).decision.outcome;

describe('a login from another country', () => {
  it('that a plane would not have reached yet is kept apart and told', async () => {
    await from(inBelgium);
    await world.advance(20 * minuteMs);
    const far = await from(inSingapore);
    expect(far.decision).toMatchObject({ outcome: 'quarantine', reasons: ['requirement-failed'] });
    expect(far.decision.results).toContainEqual(
      expect.objectContaining({ fact: 'device.impossible-travel', value: 'yes', source: 'caller address' }),
    );
    expect(told()).toEqual(['sluis_impossible_travel_total vpn']);
    expect(world.logged).toContainEqual({
      level: 'warn',
      event: 'impossible-travel',
      fields: expect.objectContaining({
        session: far.id,
        device: world.laptop,
        caller: inSingapore,
        from: 'BE',
        to: 'SG',
        minutes: 20,
        outcome: 'quarantine',
        case: far.caseCode,
      }) as object,
    });
  });

  it('is the same the other way round', async () => {
    await from(inSingapore);
    await world.advance(20 * minuteMs);
    expect(await outcome(inBelgium)).toBe('quarantine');
  });

  it.each([
    ['next door', inNetherlands, 20 * minuteMs],
    ['that is none', elsewhereInBelgium, 20 * minuteMs],
    ['that a plane has reached', inSingapore, 14 * hourMs],
  ])('%s is no event', async (_, address, laterMs) => {
    await from(inBelgium);
    await world.advance(laterMs);
    expect(await outcome(address)).toBe('grant');
    expect(told()).toEqual([]);
  });

  it('is no event of another machine, nor of the same key elsewhere than in this institution', async () => {
    await from(inBelgium);
    const other = { key: randomBytes(32).toString('hex'), name: 'lt-2' };
    world.devices.set(other.key, { class: 'travelling-laptop', state: 'active' });
    expect((await world.open({ callingStationId: inSingapore, device: other })).decision.outcome).toBe('grant');
    expect((await world.open({ callingStationId: inSingapore, at: 'village' })).decision.outcome).toBe('grant');
  });

  it('is told and nothing more where no policy asks', async () => {
    world.devices.set(world.laptop, { class: 'laptop', state: 'active' });
    await world.report({ firewall: true });
    await from(inBelgium);
    expect(await outcome(inSingapore)).toBe('grant');
    expect(told()).toHaveLength(1);
  });
});

describe('trying again from far away', () => {
  it('changes nothing until a plane would be there, and keeps nobody out who is where the machine was', async () => {
    await from(inBelgium);
    for (const minutes of [20, 30, 500]) {
      await world.advance(minutes * minuteMs);
      expect(await outcome(inSingapore)).toBe('quarantine');
      expect(await place()).toMatchObject({ country: 'BE' });
    }
    expect(await outcome(inBelgium)).toBe('grant');
    await world.advance(11 * hourMs);
    expect(await outcome(inSingapore)).toBe('grant');
    expect(await place()).toEqual({ country: 'SG', at: world.now() });
  });

  it('is for both to fail while it is open', async () => {
    await from(inBelgium);
    const far = await from(inSingapore);
    await world.account(far, 'start');
    expect(await outcome(inBelgium)).toBe('quarantine');
    await world.account(far, 'stop');
    expect(await outcome(inBelgium)).toBe('grant');
  });
});

describe('an unknown country', () => {
  it('is unknown to the policy, and moves no place', async () => {
    await from(inBelgium);
    const hidden = await from(nowhere);
    expect(hidden.decision).toMatchObject({ outcome: 'deny' });
    expect(hidden.decision.results).toContainEqual(
      expect.objectContaining({ fact: 'device.impossible-travel', result: 'unknown', value: 'unknown: missing' }),
    );
    expect(told()).toEqual([]);
    expect(await place()).toMatchObject({ country: 'BE' });
  });

  it('is one that is on no map, too', async () => {
    world = makeLiveWorld(store, undefined, { of: () => 'EU' });
    world.devices.set(world.laptop, { class: 'travelling-laptop', state: 'active' });
    expect(await outcome(inBelgium)).toBe('deny');
    expect(await place()).toBeUndefined();
  });

  it('is every one where no country file is configured: nothing is kept, and only a policy that asks fails', async () => {
    world = makeLiveWorld(store);
    world.devices.set(world.laptop, { class: 'travelling-laptop', state: 'active' });
    const { decision } = await from(inBelgium);
    expect(decision.results).toContainEqual(
      expect.objectContaining({ result: 'unknown', source: 'no country file configured' }),
    );
    world.devices.set(world.laptop, { class: 'laptop', state: 'active' });
    await world.report({ firewall: true });
    expect(await outcome(inBelgium)).toBe('grant');
    expect(await place()).toBeUndefined();
  });
});

describe('the place of a machine', () => {
  it('is where and when it was let in: a country and a time, and nothing else', async () => {
    await from(inBelgium);
    expect(await store.kept('town', 'device-place', world.laptop)).toEqual({
      kind: 'device-place',
      key: world.laptop,
      value: { country: 'BE', at: world.now() },
      version: 1,
      expiresAt: world.now() + longestFlightMs,
    });
  });

  it('is not where it was refused', async () => {
    world.devices.set(world.laptop, { class: 'travelling-laptop', state: 'stolen' });
    expect(await outcome(inBelgium)).toBe('deny');
    expect(await place()).toBeUndefined();
  });

  it('counts until its session ends', async () => {
    const session = await from(inBelgium);
    await world.account(session, 'start');
    await world.advance(14 * hourMs);
    await stop(session);
    expect(await place()).toEqual({ country: 'BE', at: world.now() });
    await world.advance(20 * minuteMs);
    expect(await outcome(inSingapore)).toBe('quarantine');
  });

  it('does not follow the end of a session from too far away', async () => {
    const first = await from(inBelgium);
    const far = await from(inSingapore);
    await world.account(far, 'start');
    await world.advance(minuteMs);
    await stop(far);
    expect(await place()).toEqual({ country: 'BE', at: first.decidedAt });
  });

  it('does not lie in the future, whatever the clock of a concentrator says', async () => {
    const session = await from(inBelgium);
    await world.account(session, 'start');
    await world.advance(minuteMs);
    await world.account(session, 'stop', { at: world.now() + 30 * 24 * hourMs });
    expect(await settled()).toEqual({ country: 'BE', at: world.now() });
  });

  it('is kept by both of two logins at the same moment', async () => {
    const both = await Promise.all([from(inBelgium), from(inNetherlands)]);
    expect(both.map(session => session.decision.outcome)).toEqual(['grant', 'grant']);
    expect((await store.kept('town', 'device-place', world.laptop))?.version).toBe(2);
  });

  async function stop(session: Session): Promise<void> {
    await world.account(session, 'stop');
    await settled();
  }

  /** Nobody waits for the place to be kept. */
  async function settled() {
    await world.advance(0);
    return place();
  }
});

it('is read from a Calling-Station-Id as strongSwan writes it', async () => {
  const radius = await makeRadiusWorld({ countries });
  try {
    const login = async (callingStationId: string) => ask(radius, pap(await radius.ticket(), { callingStationId }));
    await login('192.0.2.77[4500]');
    radius.advance(20 * minuteMs);
    await login('198.51.100.9[4500]');
    const counted = () => radius.counted.filter(line => line.startsWith('sluis_impossible_travel_total'));
    expect(counted()).toEqual([]);
    await login('203.0.113.9[500]');
    expect(counted()).toEqual(['sluis_impossible_travel_total vpn-1']);
  } finally {
    await radius.close();
  }
});
