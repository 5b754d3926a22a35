// One key in two open sessions: what counts as that, what is told, and what follows for the sessions.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { EmbeddedStore } from '../../gateway/io/embedded-store.ts';
import type { Session } from '../../gateway/pdp/session.ts';
import { type LiveWorld, makeLiveWorld, openLiveStore } from '../support/live-world.ts';

const [here, there] = ['192.0.2.77', '203.0.113.9'];
const interimMs = 600_000;

let store: EmbeddedStore;
let world: LiveWorld;
beforeAll(async () => {
  store = await openLiveStore();
});
afterAll(() => store.close());
beforeEach(() => {
  world = makeLiveWorld(store);
  world.devices.set(world.laptop, { class: 'lone-laptop', state: 'active' });
});
afterEach(() => world.live.close());

async function started(callingStationId: string): Promise<Session> {
  const session = await world.open({ callingStationId });
  await world.account(session, 'start');
  return session;
}

const told = () => world.counted.filter(line => line.startsWith('sluis_key_used_twice_total'));
const outcome = async (session: Session) => (await world.session(session)).decision.outcome;
const becomes = (session: Session, wanted: string) =>
  vi.waitFor(async () => expect(await outcome(session)).toBe(wanted), 5_000);

describe('one key in two open sessions, from two addresses', () => {
  it('is told, and keeps the second one apart from the start and the first one too', async () => {
    const first = await started(here);
    const second = await world.open({ callingStationId: there });
    expect(second.decision).toMatchObject({ outcome: 'quarantine', reasons: ['requirement-failed'] });
    expect(told()).toEqual(['sluis_key_used_twice_total admission vpn']);
    expect(await outcome(first)).toBe('grant');
    await world.account(second, 'start');
    await becomes(first, 'quarantine');
    expect(told()).toEqual(['sluis_key_used_twice_total admission vpn', 'sluis_key_used_twice_total accounting vpn']);
    expect(world.asked).toMatchObject([{ kind: 'coa', session: { id: first.id } }]);
    expect((await world.changes())[0]).toMatchObject({ because: 'key-used-twice', sessionId: first.id });
    expect(world.logged).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        event: 'key-used-twice',
        fields: expect.objectContaining({ session: second.id, device: world.laptop, caller: there }) as object,
      }),
    );
  });

  it('is over when one of them ends, and the other one is let in again', async () => {
    const first = await started(here);
    const second = await started(there);
    await becomes(first, 'quarantine');
    await world.advance(10_000);
    await world.account(first, 'stop');
    await becomes(second, 'grant');
  });

  it('counts for nothing where no policy asks', async () => {
    world.devices.set(world.laptop, { class: 'laptop', state: 'active' });
    await world.report({ firewall: true });
    const [first, second] = [await started(here), await started(there)];
    await vi.waitFor(() => expect(told()).toHaveLength(2));
    expect([await outcome(first), await outcome(second)]).toEqual(['grant', 'grant']);
  });
});

describe('a reconnect', () => {
  it.each([
    ['from the same address', here],
    ['from another port of it', `${here}[4501]`],
    ['from nobody knows where', ''],
  ])('%s is no event', async (_, again) => {
    await started(here);
    const second = await started(again);
    expect(second.decision.outcome).toBe('grant');
    expect(told()).toEqual([]);
  });

  it('from another address is none once the concentrator was silent about the old session for two intervals', async () => {
    const first = await started(here);
    await world.advance(2 * interimMs - 1);
    expect((await world.open({ callingStationId: there })).decision.outcome).toBe('quarantine');
    await world.advance(1);
    expect((await world.open({ callingStationId: there })).decision.outcome).toBe('grant');
    await world.account(first, 'interim');
    expect((await world.open({ callingStationId: there })).decision.outcome).toBe('quarantine');
  });

  it('from another address is none while the old session was never opened, or has ended', async () => {
    await world.open({ callingStationId: here });
    const ended = await started(here);
    await world.account(ended, 'stop');
    expect((await world.open({ callingStationId: there })).decision.outcome).toBe('grant');
  });

  it('of another machine is none of this one', async () => {
    await started(here);
    const other = { key: 'ee'.repeat(32), name: 'lt-2' };
    world.devices.set(other.key, { class: 'lone-laptop', state: 'active' });
    expect((await world.open({ callingStationId: there, device: other })).decision.outcome).toBe('grant');
  });
});
