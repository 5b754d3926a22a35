// New rules reach open sessions: in waves, and not beyond what may end without an operator.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EmbeddedStore } from '../../gateway/io/embedded-store.ts';
import type { Session } from '../../gateway/pdp/session.ts';
import type { PolicyFile } from '../../gateway/policy/policy-set.ts';
import { files, type LiveWorld, makeLiveWorld, openLiveStore } from '../support/live-world.ts';

let store: EmbeddedStore;
let world: LiveWorld;
beforeEach(async () => {
  store = await openLiveStore();
  world = makeLiveWorld(store);
  await world.report({ firewall: true });
});
afterEach(async () => {
  await world.live.close();
  await store.close();
});

const started = async (...admission: Parameters<LiveWorld['open']>): Promise<Session> => {
  const session = await world.open(...admission);
  await world.account(session, 'start');
  return session;
};
const many = async (count: number): Promise<readonly Session[]> => {
  const sessions: Session[] = [];
  for (let each = 0; each < count; each++) sessions.push(await started());
  return sessions;
};
/** The policies, one of them otherwise. */
const withPolicy = (device: string, change: (text: string) => string): readonly PolicyFile[] =>
  files.map(file => (file.path === `access/${device}.yaml` ? { ...file, text: change(file.text) } : file));
/** Every laptop has to be bound by more than these are. */
const strict = withPolicy('laptop', text => `${text}  - person: { otherwise: quarantine }\n`);
const elsewhere = withPolicy('laptop', text => text.replace('gives: office', 'gives: clinic'));
const none = withPolicy('laptop', text => text.replace('device: laptop', 'device: tablet'));
const pause = () => new Promise(resolve => setTimeout(resolve, 300));
const kinds = () => world.asked.map(({ kind }) => kind);
const outcomes = async (sessions: readonly Session[]) =>
  Promise.all(sessions.map(async each => (await world.session(each)).decision.outcome));
const all = <T>(value: T) => [value, value, value];

describe('a new policy', () => {
  it('reaches every open session, with its cause and its record', async () => {
    const sessions = await many(3);
    await world.replacePolicy(strict);
    expect(kinds()).toEqual(all('coa'));
    expect(await outcomes(sessions)).toEqual(all('quarantine'));
    const [first] = await world.changes();
    expect(first).toMatchObject({ because: 'policy-changed', outcome: 'quarantine' });
    expect(world.wave.state()).toMatchObject({
      stage: 'over',
      because: 'policy-changed',
      judged: 3,
      ends: 3,
      moves: 0,
    });
  });

  it('that changes nothing for them writes nothing, and asks nobody', async () => {
    const [session] = await many(1);
    const version = (await world.session(session as Session)).version;
    let commits = 0;
    world.fault.beforeCommit = async () => {
      commits++;
    };
    await world.replacePolicy(withPolicy('kiosk', text => text.replace('gives: office', 'gives: lobby')));
    expect(commits).toBe(0);
    expect((await world.session(session as Session)).version).toBe(version);
    expect(kinds()).toEqual([]);
  });

  it('by which a session may last less long makes its decision anew', async () => {
    const [session] = await many(1);
    await world.replacePolicy(withPolicy('laptop', text => text.replace('8 hours', '1 hour')));
    expect(await world.session(session as Session)).toMatchObject({
      decision: { outcome: 'grant', validUntil: world.now() + 3_600_000, validUntilBecause: 'session-limit' },
    });
    expect(kinds()).toEqual([]);
  });

  it('moves who is to be elsewhere', async () => {
    const [session] = await many(1);
    await world.replacePolicy(elsewhere);
    expect(await world.session(session as Session)).toMatchObject({ decision: { segment: 'clinic' } });
    expect(kinds()).toEqual(['coa']);
  });

  it('reaches those who came while it was taken out, by their own admission', async () => {
    await many(2);
    const taken = world.replacePolicy(strict);
    const late = await world.open();
    await taken;
    expect(late.decision.outcome).toBe('quarantine');
    expect(world.asked.map(({ session }) => session.id)).not.toContain(late.id);
  });

  it('is seen through when the store was away meanwhile', async () => {
    const sessions = await many(3);
    world.fault.storeDown = true;
    const taken = world.replacePolicy(strict);
    await pause();
    expect(world.logged.map(({ event }) => event)).toContain('redecision-waits');
    world.fault.storeDown = false;
    await world.advance(10_000);
    await taken;
    expect(await outcomes(sessions)).toEqual(all('quarantine'));
  });

  it('does not ask one concentrator for more than 64 changes at once', async () => {
    await many(90);
    world.limits.endCount = 1_000;
    const gates: (() => void)[] = [];
    world.answers.push(
      ...Array.from(
        { length: 90 },
        () => new Promise<{ answer: 'ack' }>(resolve => gates.push(() => resolve({ answer: 'ack' }))),
      ),
    );
    const taken = world.replacePolicy(strict);
    await new Promise(resolve => setTimeout(resolve, 1_500));
    expect(world.asked).toHaveLength(64);
    for (const open of gates) open();
    await taken;
    expect(world.asked).toHaveLength(90);
  });
});

describe('more than may end without an operator', () => {
  beforeEach(() => {
    world.limits.endCount = 2;
  });

  it('ends nobody before an operator lets it go on, and says so', async () => {
    const sessions = await many(3);
    await world.replacePolicy(none);
    expect(world.wave.state()).toMatchObject({ stage: 'waiting', judged: 3, ends: 3 });
    expect(kinds()).toEqual([]);
    const told = world.logged.find(({ event }) => event === 'rules-wave-waits');
    expect(told).toMatchObject({ level: 'error', fields: { ends: 3, mayEnd: 2 } });
    expect(world.wave.goOn()).toBe(3);
    expect(world.wave.goOn()).toBeUndefined();
    await new Promise(resolve => setTimeout(resolve, 20));
    await world.followed();
    expect(kinds()).toEqual(all('disconnect'));
    expect(await outcomes(sessions)).toEqual(all('deny'));
    expect(world.wave.state()).toMatchObject({ stage: 'over' });
  });

  it('is not reached by the back door: a report has its session judged by the rules of before', async () => {
    const sessions = await many(3);
    await world.replacePolicy(none);
    await world.live.redecide({ tenant: 'town', because: 'report-changed', device: world.laptop });
    expect(kinds()).toEqual([]);
    // But what these rules say holds.
    await world.report({ firewall: false });
    await world.live.redecide({ tenant: 'town', because: 'report-changed', device: world.laptop });
    expect(await outcomes(sessions)).toEqual(all('quarantine'));
    // And who is out is out.
    const [first] = sessions as readonly [Session, ...Session[]];
    await world.live.redecide({
      tenant: 'town',
      because: 'device-register-changed',
      sessionIds: [first.id],
      refusedBecause: 'device-stolen',
    });
    expect((await world.session(first)).decision).toMatchObject({ outcome: 'deny', reasons: ['device-stolen'] });
  });

  it('holds nothing back any more when the policy of before is there again', async () => {
    const sessions = await many(3);
    await world.replacePolicy(none);
    await world.replacePolicy(files);
    expect(world.wave.state()).toMatchObject({ stage: 'over', ends: 0 });
    expect(world.wave.goOn()).toBeUndefined();
    expect(kinds()).toEqual([]);
    expect(await outcomes(sessions)).toEqual(all('grant'));
  });

  it('goes by a part of all where these are many', async () => {
    world.limits.endCount = 0;
    world.limits.endShare = 0.5;
    world.devices.set(world.laptop, { class: 'laptop', state: 'active' });
    await many(4);
    const other = 'cd'.repeat(32);
    world.devices.set(other, { class: 'staff-laptop', state: 'active' });
    await world.report({ firewall: true, device: other });
    for (let each = 0; each < 4; each++) {
      await started({ device: { key: other, name: 'lt-2', certificateNotAfter: world.now() + 1e10 } });
    }
    await world.replacePolicy(none);
    expect(world.wave.state()).toMatchObject({ stage: 'over', judged: 8, ends: 4 });
    expect(kinds()).toHaveLength(4);
  });

  it('counts who has to log in anew to be moved', async () => {
    for (let each = 0; each < 3; each++) await started({ at: 'strongswan' });
    await world.replacePolicy(elsewhere);
    expect(world.wave.state()).toMatchObject({ stage: 'waiting', ends: 3, moves: 0 });
  });

  it('holds back a device register as well', async () => {
    await many(3);
    world.devices.set(world.laptop, { class: 'retired-kind', state: 'active' });
    await world.replacePolicy(files, 'device-register-changed');
    expect(world.wave.state()).toMatchObject({ stage: 'waiting', because: 'device-register-changed', ends: 3 });
  });
});

it('two gateways that are told of the same policy ask once for each session', async () => {
  const sessions = await many(3);
  const other = makeLiveWorld(store);
  for (const key of world.devices.keys()) other.devices.set(key, { class: 'laptop', state: 'active' });
  const taken = Promise.all([world.replacePolicy(strict), other.replacePolicy(strict)]);
  await pause();
  // Whoever found that the other one had asked looks once more when that must be over.
  await Promise.all([world.advance(130_000), other.advance(130_000)]);
  await taken;
  await other.live.close();
  expect([...world.asked, ...other.asked].map(({ session }) => session.id).sort()).toEqual(
    sessions.map(({ id }) => id).sort(),
  );
  expect(await outcomes(sessions)).toEqual(all('quarantine'));
});

it('a gateway that waits leaves alone what another one was told to let go on', async () => {
  const sessions = await many(3);
  const other = makeLiveWorld(store);
  other.devices.set(world.laptop, { class: 'laptop', state: 'active' });
  world.limits.endCount = 2;
  await world.replacePolicy(strict);
  await other.replacePolicy(strict);
  expect(await outcomes(sessions)).toEqual(all('quarantine'));
  await world.live.redecide({ tenant: 'town', because: 'report-changed', device: world.laptop });
  await other.live.close();
  expect(kinds()).toEqual([]);
  expect(await outcomes(sessions)).toEqual(all('quarantine'));
});
