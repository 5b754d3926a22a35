// Several causes, several sessions, several writers: what is done in which order, how often, and what is not lost.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SessionOrder } from '../../gateway/flows/session-order.ts';
import type { EmbeddedStore } from '../../gateway/io/embedded-store.ts';
import type { KnownPerson } from '../../gateway/pdp/directory.ts';
import type { Session } from '../../gateway/pdp/session.ts';
import type { LiveChangeAnswer } from '../../gateway/pdp/live-change.ts';
import { type LiveWorld, makeLiveWorld, openLiveStore } from '../support/live-world.ts';

let store: EmbeddedStore;
let world: LiveWorld;
beforeAll(async () => {
  store = await openLiveStore();
});
afterAll(() => store.close());
beforeEach(async () => {
  world = makeLiveWorld(store);
  await world.report({ firewall: true });
});
afterEach(() => world.live.close());

const follows = (more: object = {}) =>
  world.live.redecide({ tenant: 'town', because: 'report-changed', device: world.laptop, ...more });
const started = async (): Promise<Session> => {
  const session = await world.open();
  await world.account(session, 'start');
  return session;
};
const segments = () =>
  world.asked.map(({ attributes }) => attributes.find(({ name }) => name === 'Filter-Id')?.value ?? 'end');
/** An answer that the test gives when it is ready. */
const heldBack = () => {
  const { promise, resolve } = Promise.withResolvers<LiveChangeAnswer>();
  world.answers.push(promise);
  return resolve;
};

describe('a report that flaps', () => {
  it('changes the session once in ten seconds, and the last state wins', async () => {
    const session = await started();
    const all: Promise<void>[] = [];
    for (let second = 0; second < 30; second++) {
      await world.report({ firewall: second % 2 === 1 });
      all.push(follows());
      await world.advance(1_000);
    }
    await world.report({ firewall: true });
    all.push(follows());
    await world.advance(10_000);
    await Promise.all(all);
    expect(world.asked.length).toBeLessThanOrEqual(4);
    expect(segments().at(-1)).toBe('office');
    expect(await world.session(session)).toMatchObject({
      decision: { outcome: 'grant' },
      change: { state: 'acknowledged' },
    });
    expect((await world.changes()).length).toBe(world.asked.length);
  });
  it('that is back to what it was in time changes nothing more', async () => {
    await started();
    await world.report({ firewall: false });
    await follows();
    await world.report({ firewall: true });
    const waiting = follows();
    await world.advance(5_000);
    await world.report({ firewall: false });
    await follows();
    await waiting;
    await world.advance(10_000);
    expect(segments()).toEqual(['quarantine']);
  });
});

describe('two causes at once', () => {
  it('never make two changes of one session at the same time; the second is judged after the first', async () => {
    const session = await started();
    const answer = heldBack();
    await world.report({ firewall: false });
    const first = follows();
    await world.advance(0);
    const second = world.live.redecide({
      tenant: 'town',
      because: 'certificate-revoked',
      sessionIds: [session.id],
      refusedBecause: 'certificate-revoked',
    });
    const third = follows();
    await world.advance(0);
    expect(segments()).toEqual(['quarantine']);
    answer({ answer: 'ack' });
    await Promise.all([first, second, third]);
    expect(segments()).toEqual(['quarantine', 'end']);
    expect(await world.session(session)).toMatchObject({
      decision: { outcome: 'deny', reasons: ['certificate-revoked'] },
      change: { because: 'certificate-revoked', state: 'acknowledged' },
    });
  });
  it('an operator waits for a change under way, and is not lost behind it', async () => {
    const session = await started();
    const answer = heldBack();
    await world.report({ firewall: false });
    const first = follows();
    await world.advance(0);
    const act = world.live.disconnect('town', session.id, 'operator');
    await world.advance(0);
    expect(segments()).toEqual(['quarantine']);
    answer({ answer: 'ack' });
    expect(await act).toMatchObject({ state: 'acknowledged' });
    await first;
    expect(segments()).toEqual(['quarantine', 'end']);
  });
  it('sessions of one machine are changed side by side', async () => {
    await started();
    await started();
    const answers = [heldBack(), heldBack()];
    await world.report({ firewall: false });
    const following = follows();
    await world.advance(0);
    expect(segments()).toEqual(['quarantine', 'quarantine']);
    for (const answer of answers) answer({ answer: 'ack' });
    await following;
  });
});

describe('a race with accounting', () => {
  it('is judged again on what accounting has written', async () => {
    const session = await world.open();
    await world.report({ firewall: false });
    let raced = false;
    world.fault.beforeCommit = async ({ decision }) => {
      if (decision?.kind !== 'change' || raced) return;
      raced = true;
      await world.account(session, 'start', { framedAddress: '10.8.0.7' });
    };
    await follows();
    expect(raced).toBe(true);
    expect(segments()).toEqual(['quarantine']);
    expect(await world.session(session)).toMatchObject({
      state: 'started',
      framedAddress: '10.8.0.7',
      change: { state: 'acknowledged' },
    });
    expect(await world.changes()).toHaveLength(1);
  });
  it('that the session lost asks nobody', async () => {
    const session = await started();
    await world.report({ firewall: false });
    world.fault.beforeCommit = async ({ decision }) => {
      if (decision?.kind !== 'change') return;
      delete world.fault.beforeCommit;
      await world.account(session, 'stop');
    };
    await follows();
    expect(world.asked).toEqual([]);
    expect(await world.changes()).toEqual([]);
  });
  it('between question and answer keeps both', async () => {
    const session = await started();
    const answer = heldBack();
    await world.report({ firewall: false });
    const following = follows();
    await world.advance(0);
    await world.account(session, 'interim', { inputOctets: 7, nasIdentifier: 'gw', nasAddress: '192.0.2.1' });
    answer({ answer: 'ack' });
    await following;
    expect(await world.session(session)).toMatchObject({
      inputOctets: 7,
      nasIdentifier: 'gw',
      nasAddress: '192.0.2.1',
      change: { state: 'acknowledged' },
    });
  });
});

describe('what is down', () => {
  it('the store: the cause is kept, and taken up again', async () => {
    const session = await started();
    await world.report({ firewall: false });
    world.fault.storeDown = true;
    const following = follows();
    await world.advance(0);
    expect(world.logged.map(({ event }) => event)).toContain('redecision-waits');
    world.fault.storeDown = false;
    await world.advance(10_000);
    await following;
    expect(await world.session(session)).toMatchObject({ change: { state: 'acknowledged' } });
  });
  it('the one that asked: whoever finds the question open asks once more, later', async () => {
    const session = await started();
    await world.report({ firewall: false });
    const neverAnswered = heldBack();
    const lost = follows();
    await world.advance(0);
    // Another gateway, on the same store.
    const other = makeLiveWorld(store);
    other.devices.set(world.laptop, { class: 'laptop', state: 'active' });
    const following = other.live.redecide({ tenant: 'town', because: 'report-changed', sessionIds: [session.id] });
    await other.advance(0);
    expect(other.asked).toEqual([]);
    await other.advance(120_000);
    await following;
    expect(other.asked).toMatchObject([{ session: { id: session.id } }]);
    neverAnswered({ answer: 'silent', copiesSent: 4 });
    await lost;
    expect(await world.session(session)).toMatchObject({ change: { state: 'acknowledged' } });
  });
  it('the gateway itself: nobody waits on for what will not come', async () => {
    await started();
    await world.report({ firewall: false });
    world.answers.push({ answer: 'nak', word: 'Resources-Unavailable', then: 'retry-later' });
    const following = follows();
    await world.advance(0);
    await world.live.close();
    await following;
    await follows();
    expect(world.asked).toHaveLength(1);
  });
  it('never throws at whoever brings the cause', async () => {
    const session = await started();
    await world.report({ firewall: false });
    world.fault.beforeCommit = async () => {
      throw new Error('made to fail');
    };
    await follows();
    expect(world.logged).toContainEqual(expect.objectContaining({ level: 'error', event: 'redecision-failed' }));
    delete world.fault.beforeCommit;
    await follows();
    expect(await world.session(session)).toMatchObject({ change: { state: 'acknowledged' } });
  });
});

describe('a directory that is silent', () => {
  const answer = { found: true as const, groups: [], disabled: false };
  let known: KnownPerson = {};
  const staff = async (): Promise<Session> => {
    world = makeLiveWorld(store, { person: async () => known });
    world.devices.set(world.laptop, { class: 'staff-laptop', state: 'active' });
    await world.report({ firewall: true });
    await world.prove(`p-${world.laptop}`);
    known = { last: { answer, observedAt: world.now() } };
    const session = await started();
    expect(session.decision.outcome).toBe('grant');
    known = { unanswered: 'timeout' };
    return session;
  };
  it('ends nobody’s work', async () => {
    await staff();
    await follows();
    expect(world.asked).toEqual([]);
    expect(world.counted).toContain('sluis_redecisions_total report-changed directory-silent');
  });
  it('is no excuse for anything else', async () => {
    await staff();
    await world.report({ firewall: false });
    await follows();
    expect(segments()).toEqual(['quarantine']);
  });
  it('that answers that the account is closed is heard', async () => {
    await staff();
    known = { last: { answer: { ...answer, disabled: true }, observedAt: world.now() } };
    await follows();
    expect(segments()).toEqual(['quarantine']);
  });
});

describe('places at a concentrator', () => {
  it('are few, handed on in order, and its own', async () => {
    const order = new SessionOrder(2);
    const begun: string[] = [];
    const ends = new Map<string, () => void>();
    const work = (name: string, nas: string) =>
      order.turn(name, nas, async () => {
        begun.push(name);
        await new Promise<void>(resolve => ends.set(name, resolve));
      });
    const settle = () => new Promise(resolve => setImmediate(resolve));
    const all = [work('a', 'x'), work('b', 'x'), work('c', 'x'), work('d', 'x'), work('e', 'y')];
    await settle();
    expect(begun).toEqual(['a', 'b', 'e']);
    ends.get('b')?.();
    await settle();
    expect(begun).toEqual(['a', 'b', 'e', 'c']);
    for (const name of ['a', 'c', 'e']) ends.get(name)?.();
    await settle();
    ends.get('d')?.();
    await Promise.all(all);
    await order.idle();
    expect(begun).toEqual(['a', 'b', 'e', 'c', 'd']);
  });
  it('are free again after work that failed, and the next of that session has its turn', async () => {
    const order = new SessionOrder(1);
    const failed = order.turn('a', 'x', () => Promise.reject(new Error('made to fail')));
    const next = order.turn('a', 'x', async () => 'done');
    await expect(failed).rejects.toThrow('made to fail');
    expect(await next).toBe('done');
  });
});
