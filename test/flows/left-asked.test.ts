// Changes that a gateway asked for and ended before it heard the answer, taken up by the next one.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { takeUpAsked } from '../../gateway/flows/left-asked.ts';
import type { EmbeddedStore } from '../../gateway/io/embedded-store.ts';
import { withChange } from '../../gateway/pdp/live-change.ts';
import type { Session } from '../../gateway/pdp/session.ts';
import type { SessionChange } from '../../gateway/contract/change.ts';
import { type LiveWorld, makeLiveWorld, openLiveStore } from '../support/live-world.ts';

const minuteMs = 60_000;
let store: EmbeddedStore;
let world: LiveWorld;
let starts: (up: number) => Promise<void>;
beforeAll(async () => {
  store = await openLiveStore();
  world = makeLiveWorld(store);
  starts = async after => {
    await world.advance(after);
    await takeUpAsked(
      {
        store,
        clock: { now: world.now },
        log: {
          info: () => undefined,
          warn: () => undefined,
          error: (event, fields) => expect([event, fields]).toBe(''),
        },
        live: world.live,
        wait: ms => world.advance(ms),
      },
      'town',
    );
  };
});
afterAll(async () => {
  await world.live.close();
  await store.close();
});

/** As the gateway that ended left it. */
async function left(change: Omit<SessionChange, 'askedAt' | 'stateAt'>): Promise<Session> {
  await world.report({ firewall: true });
  const session = await world.open();
  await world.account(session, 'start');
  const started = await world.session(session);
  const asked = withChange(started, change, world.now());
  await store.commit({
    tenant: 'town',
    at: world.now(),
    session: { session: asked, expectedVersion: started.version },
  });
  return session;
}

const changeOf = async (session: Session) => (await world.session(session)).change;

it('a decision is asked for again', async () => {
  const session = await left({ kind: 'coa', because: 'report-changed', state: 'asked' });
  const before = world.asked.length;
  await starts(3 * minuteMs);
  expect(world.asked.slice(before)).toMatchObject([{ kind: 'coa', session: { id: session.id } }]);
  expect(await changeOf(session)).toMatchObject({ state: 'acknowledged', because: 'report-changed' });
});

it('so is what an operator asked for, once the answer cannot come any more', async () => {
  const session = await left({ kind: 'disconnect', because: 'operator', state: 'asked' });
  const before = world.asked.length;
  const askedAt = world.now();
  await starts(1000);
  expect(world.asked.slice(before)).toMatchObject([{ kind: 'disconnect', session: { id: session.id } }]);
  expect(world.now()).toBe(askedAt + 2 * minuteMs);
  expect(await changeOf(session)).toMatchObject({ state: 'acknowledged', because: 'operator', askedAt: world.now() });
});

it('and nothing else', async () => {
  for (const state of ['acknowledged', 'unanswered', 'refused', 'seen'] as const) {
    await left({ kind: 'disconnect', because: 'operator', state });
  }
  const ended = await left({ kind: 'disconnect', because: 'operator', state: 'asked' });
  await world.account(ended, 'stop');
  const before = world.asked.length;
  await starts(3 * minuteMs);
  expect(world.asked.slice(before)).toEqual([]);
});
