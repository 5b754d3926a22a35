// Sessions that a concentrator tells of and that nobody admitted: recorded, told, and ended only where that cannot hurt others.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endOfUnadmitted } from '../../gateway/flows/unadmitted-end.ts';
import type { EmbeddedStore } from '../../gateway/io/embedded-store.ts';
import type { Nas } from '../../gateway/pdp/nas.ts';
import type { LiveChange, LiveChangeAnswer } from '../../gateway/pdp/live-change.ts';
import { decision } from '../contracts/admission-store-samples.ts';
import { type AccountingWorld, makeAccountingWorld } from '../support/accounting-world.ts';
import { openLiveStore } from '../support/live-world.ts';
import { nasProfile } from '../support/nas-profiles.ts';

let store: EmbeddedStore;
beforeAll(async () => {
  store = await openLiveStore();
});
afterAll(() => store.close());

const minuteMs = 60_000;
const records = (world: AccountingWorld) => store.decisions({ tenant: world.nas.tenant, limit: 99 });
const alarms = (world: AccountingWorld) => world.logged.filter(({ event }) => event === 'unadmitted-session');

describe('a session that nobody admitted', () => {
  it('is acknowledged, recorded once as a refusal, and told as an error', async () => {
    const world = makeAccountingWorld(store);
    expect(await world.say('start', 'x', undefined, { framedAddress: '2001:db8::7' })).toBe('recorded');
    expect(await world.say('start', 'x')).toBe('recorded');
    expect(await world.say('interim', 'x')).toBe('recorded');
    expect(await records(world)).toMatchObject([
      {
        kind: 'refusal',
        outcome: 'deny',
        reasons: ['unadmitted-session'],
        nas: 'vpn-1',
        detail: 'undecided: a-x of an from 192.0.2.7',
      },
    ]);
    expect(alarms(world)).toMatchObject([
      { level: 'error', fields: { nas: 'vpn-1', because: 'undecided', acctSessionId: 'a-x', address: '2001:db8::7' } },
    ]);
    expect(world.counted.filter(line => line.includes('unadmitted'))).toEqual([
      'sluis_unadmitted_sessions_total vpn-1 undecided',
      'sluis_refusals_total unadmitted-session accounting ' + world.nas.tenant,
    ]);
  });

  it('is recorded once though it is told of many times at once, and once for each of two', async () => {
    const world = makeAccountingWorld(store);
    await Promise.all(['x', 'y', 'x', 'x', 'y'].map(id => world.say('interim', id)));
    await world.say('start', 'x', undefined, { nas: { ...world.nas, name: 'vpn-2' } });
    expect(await records(world)).toHaveLength(3);
    expect(alarms(world)).toHaveLength(3);
  });

  it('is recorded once more when it is still there after a month', async () => {
    const world = makeAccountingWorld(store);
    await world.say('start', 'x');
    await world.advance(30 * 86_400_000);
    await world.say('interim', 'x');
    expect(await records(world)).toHaveLength(2);
  });

  it('is not one when all that is told of it is its Stop', async () => {
    const world = makeAccountingWorld(store);
    expect(await world.say('stop', 'x')).toBe('recorded');
    expect(await records(world)).toEqual([]);
    expect(world.counted).toContain(`sluis_refusals_total session-unknown accounting ${world.nas.tenant}`);
  });

  it('is not answered while it cannot be recorded', async () => {
    const world = makeAccountingWorld(store);
    world.fault.storeDown = true;
    await expect(world.say('start', 'x')).rejects.toThrow('made to fail');
    world.fault.storeDown = false;
    expect(await world.say('start', 'x')).toBe('recorded');
    expect(await records(world)).toHaveLength(1);
  });

  it('has no decision but a refusal', async () => {
    const world = makeAccountingWorld(store);
    await world.put('x', { decision: decision({ outcome: 'deny' }), acctSessionId: 'a-x' });
    await world.say('start', 'x', undefined, { sessionId: undefined });
    expect((await world.session('x')).state).toBe('decided');
    expect(await records(world)).toHaveLength(1);
  });

  it('has ended and goes on all the same: the record names it', async () => {
    const world = makeAccountingWorld(store);
    const { device } = await world.put('x', { device: 'd1'.repeat(32) });
    await world.say('start', 'x');
    await world.say('stop', 'x');
    await world.say('interim', 'x', world.now() + 60_000);
    expect(await records(world)).toEqual([]);
    await world.say('interim', 'x', world.now() + 600_000);
    expect(await records(world)).toMatchObject([{ sessionId: 'x', device, reasons: ['unadmitted-session'] }]);
    expect((await world.session('x')).state).toBe('stopped');
  });
});

describe('its end', () => {
  const open = (fields: Partial<Nas> = { unadmittedSessions: 'close' }, answers: readonly LiveChangeAnswer[] = []) => {
    const world = makeAccountingWorld(store, fields);
    const asked: LiveChange[] = [];
    const left = [...answers];
    const state = { since: world.now() - 60 * minuteMs };
    const end = endOfUnadmitted({
      ...world.ports,
      storeAnswersSince: () => state.since,
      dynamicAuthorization: {
        ask: async (_nas, change) => {
          asked.push(change);
          return left.shift() ?? { answer: 'ack' };
        },
      },
    });
    Object.assign(world.ports, { unadmitted: end });
    const results = () =>
      world.counted.flatMap(line => line.match(/^sluis_unadmitted_ends_total vpn-1 (.*)$/)?.[1] ?? []);
    return { world, asked, state, results };
  };

  it('is asked for by what the accounting said, once every other session has had the time to report', async () => {
    const { world, asked, results } = open();
    await world.say('start', 'x', undefined, {
      framedAddress: '10.8.0.7',
      nasAddress: '192.0.2.1',
      saidUserName: Buffer.from('An'),
    });
    await world.advance(10 * minuteMs - 1);
    expect(asked).toEqual([]);
    await world.advance(1);
    expect(asked).toEqual([
      {
        kind: 'disconnect',
        attributes: [],
        saidUserName: Buffer.from('An'),
        session: {
          userName: 'an',
          callingStationId: '192.0.2.7',
          acctSessionId: 'a-x',
          framedAddress: '10.8.0.7',
          nasAddress: '192.0.2.1',
        },
      },
    ]);
    expect(results()).toEqual(['acknowledged']);
  });

  it.each([{}, { unadmittedSessions: 'report' }] as const)(
    'is not asked for where nobody said so: %j',
    async fields => {
      const { world, asked, results } = open(fields);
      await world.say('start', 'x');
      await world.advance(30 * minuteMs);
      expect([asked, results()]).toEqual([[], []]);
      expect(alarms(world)).toHaveLength(1);
    },
  );

  it('is not asked for when more than a few are told of: what was decided is lost, and they are all of them people', async () => {
    const { world, asked, results } = open();
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) await world.say('interim', id);
    await world.advance(10 * minuteMs);
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) await world.say('interim', id);
    await world.advance(10 * minuteMs);
    expect(asked).toEqual([]);
    expect(new Set(results())).toEqual(new Set(['too-many']));
    // An hour later it is a new day.
    await world.advance(60 * minuteMs);
    await world.say('interim', 'h');
    await world.advance(10 * minuteMs);
    expect(asked).toHaveLength(1);
  });

  it('is not asked for when it began before the store was known to answer', async () => {
    const { world, asked, state, results } = open();
    await world.say('interim', 'x', undefined, { sessionMs: 61 * minuteMs });
    expect(results()).toEqual(['too-old']);
    await world.say('interim', 'y', undefined, { sessionMs: 59 * minuteMs });
    // The store fails meanwhile.
    state.since = world.now() + minuteMs;
    await world.advance(10 * minuteMs);
    expect(results()).toEqual(['too-old', 'too-old']);
    expect(asked).toEqual([]);
  });

  it('is not asked for when its decision has turned up', async () => {
    const { world, asked, results } = open();
    await world.say('start', 'x');
    await world.put('x');
    await world.advance(10 * minuteMs);
    expect([asked, results()]).toEqual([[], []]);
  });

  it('is asked for again by its next reports, three times in all', async () => {
    const { world, asked, results } = open(undefined, [
      { answer: 'silent', copiesSent: 4 },
      { answer: 'nak', word: 'prohibited', then: 'give-up' },
      { answer: 'nak', word: 'no such session', then: 'session-gone' },
    ]);
    for (let report = 0; report < 6; report++) {
      await world.say('interim', 'x');
      await world.say('interim', 'x');
      await world.advance(10 * minuteMs);
    }
    expect(asked).toHaveLength(3);
    expect(results()).toEqual(['unanswered', 'refused', 'gone']);
    expect(world.logged.filter(({ event }) => event === 'unadmitted-session-stays')).toHaveLength(2);
  });

  it('is not asked for where it would end admitted sessions as well', async () => {
    const { world, asked, results } = open({ unadmittedSessions: 'close', profile: nasProfile('strongswan') });
    await world.put('good');
    await world.say('start', 'good');
    await world.say('start', 'x');
    await world.say('start', 'y', undefined, { userName: 'bo' });
    await world.advance(10 * minuteMs);
    expect(asked).toMatchObject([{ session: { userName: 'bo' } }]);
    expect(results().sort()).toEqual(['acknowledged', 'name-shared']);
  });

  it('waits for the next report when the store fails', async () => {
    const { world, asked } = open({ unadmittedSessions: 'close', profile: nasProfile('strongswan') });
    await world.say('start', 'x');
    world.fault.storeDown = true;
    await world.advance(10 * minuteMs);
    world.fault.storeDown = false;
    expect(asked).toEqual([]);
    await world.say('interim', 'x');
    await world.advance(10 * minuteMs);
    expect(asked).toHaveLength(1);
  });
});
