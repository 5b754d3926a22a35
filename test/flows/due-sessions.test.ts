// The clock acts on open sessions: what their decisions said until when is kept, by one question for all of them.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { dueWatch } from '../../gateway/flows/due-sessions.ts';
import { openRedecision } from '../../gateway/flows/redecision.ts';
import type { EmbeddedStore } from '../../gateway/io/embedded-store.ts';
import type { KnownPerson } from '../../gateway/pdp/directory.ts';
import { dueAt } from '../../gateway/pdp/session-validity.ts';
import type { Session } from '../../gateway/pdp/session.ts';
import type { LiveChangeAnswer } from '../../gateway/pdp/live-change.ts';
import type { PolicyFile } from '../../gateway/policy/policy-set.ts';
import type { KnownPeople } from '../../gateway/ports.ts';
import { type LiveWorld, makeLiveWorld, openLiveStore } from '../support/live-world.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
// 15 January 2027, 8:00 UTC, a Friday: 9:00 in Brussels.
const calendar = (zone: string, to: string): PolicyFile => ({
  path: 'calendars/office-hours.yaml',
  text: `calendar: office-hours\nzone: ${zone}\nopen:\n  - { days: every-day, from: "00:30", to: "${to}" }\n`,
});
const timed = (more: string, device = 'clerk'): PolicyFile => ({
  path: `access/${device}.yaml`,
  text: `policy: ${device}\nowner: test\nfor: { device: ${device}${more} }\ngives: office\nsession at most: 23 hours\nrequires:\n  - firewall: { otherwise: quarantine }\n`,
});
const officeHours = [calendar('Europe/Brussels', '18:00'), timed(', hours: office-hours')];

let store: EmbeddedStore;
let world: LiveWorld;
const make = (more: readonly PolicyFile[] = officeHours, people?: KnownPeople) => {
  world = makeLiveWorld(store, people, undefined, more);
  world.devices.set(world.laptop, { class: 'clerk', state: 'active' });
};
beforeEach(async () => {
  store = await openLiveStore();
  make();
  await world.report({ firewall: true });
});
afterEach(async () => {
  await world.live.close();
  await store.close();
});

const started = async (...admission: Parameters<LiveWorld['open']>): Promise<Session> => {
  const session = await world.open(...admission);
  await world.account(session, 'start');
  return world.session(session);
};
const kinds = () => world.asked.map(({ kind }) => kind);
const errors = () => world.logged.filter(({ level }) => level === 'error').map(({ event }) => event);
/** To the moment, and a look. */
const at = async (moment: number) => {
  await world.advance(moment - world.now());
  await world.look();
};
const dueOf = (session: Session) => dueAt(session) ?? Number.NaN;
const versionOf = async (session: Session) => (await world.session(session)).version;

describe('office hours end', () => {
  const endOfDay = Date.parse('2027-01-15T17:00:00Z');
  /** So that only the window can end it: reports come all day. */
  const allDay = async (session: Session) => {
    for (let moment = world.now() + 3 * hourMs; moment < endOfDay; moment += 3 * hourMs) {
      await world.advance(moment - world.now());
      await world.report({ firewall: true });
      await world.account(session, 'interim');
      await world.look();
    }
    await world.advance(endOfDay - 1 - world.now());
    await world.report({ firewall: true });
    await world.look();
  };

  it('and the session ends in that minute, by a Disconnect with its record', async () => {
    const session = await started();
    await allDay(session);
    expect(kinds()).toEqual([]);
    expect(await world.session(session)).toMatchObject({ decision: { outcome: 'grant' } });
    await at(endOfDay + 20_000);
    expect(kinds()).toEqual(['disconnect']);
    expect(await world.session(session)).toMatchObject({
      decision: { outcome: 'deny', reasons: ['policy-gap'] },
      change: { kind: 'disconnect', because: 'validity-ended', state: 'acknowledged' },
    });
    expect(await world.changes()).toMatchObject([
      { because: 'validity-ended', outcome: 'deny', sessionId: session.id },
    ]);
    // It is not found again.
    await at(world.now() + 30 * minuteMs);
    expect(kinds()).toEqual(['disconnect']);
  });

  it('for many at once over a quarter of a minute, and not all in one moment', async () => {
    const sessions: Session[] = [];
    for (let each = 0; each < 40; each++) sessions.push(await started());
    for (const session of sessions) expect(session.decision.validUntilBecause).toBe('report-age');
    await allDay(sessions[0] as Session);
    const dues = await Promise.all(sessions.map(async each => dueOf(await world.session(each))));
    expect(Math.min(...dues)).toBeGreaterThanOrEqual(endOfDay);
    expect(Math.max(...dues)).toBeLessThan(endOfDay + 15_000);
    expect(new Set(dues).size).toBeGreaterThan(30);
    await at(endOfDay + 20_000);
    expect(kinds()).toEqual(sessions.map(() => 'disconnect'));
    expect(new Set(world.asked.map(({ session: { id } }) => id)).size).toBe(40);
  });

  it.each([
    // 03:00 of summer time becomes 02:00: there are two 02:30, and the first one ends it.
    ['put back', '2027-10-30T23:30:00Z', '2027-10-31T00:30:00Z'],
    // 02:00 becomes 03:00: there is no 02:30, and half an hour into what took its place it is over.
    ['put forward', '2027-03-28T00:10:00Z', '2027-03-28T01:30:00Z'],
  ])('in the night in which the clock is %s', async (_, from, ends) => {
    await world.live.close();
    make([calendar('Europe/Brussels', '02:30'), timed(', hours: office-hours')]);
    await world.advance(Date.parse(from) - world.now());
    await world.report({ firewall: true });
    const session = await started();
    expect(session.decision).toMatchObject({ validUntil: Date.parse(ends) - 1, validUntilBecause: 'time-window' });
    await at(Date.parse(ends) - 1);
    expect(kinds()).toEqual([]);
    await at(Date.parse(ends) + 20_000);
    expect(kinds()).toEqual(['disconnect']);
  });

  it('where a NAS takes no change: told once, and not found for ever', async () => {
    const session = await started({ at: 'ocserv' });
    await allDay(session);
    await at(endOfDay + 20_000);
    expect(await world.session(session)).toMatchObject({ change: { state: 'impossible', kind: 'disconnect' } });
    const version = await versionOf(session);
    for (let minutes = 0; minutes < 5; minutes++) await at(world.now() + minuteMs);
    expect(await versionOf(session)).toBe(version);
    expect(errors()).toEqual(['live-change']);
  });

  it('where the NAS is silent: asked again after minutes, until it has heard', async () => {
    const session = await started();
    await allDay(session);
    const silent: LiveChangeAnswer = { answer: 'silent', copiesSent: 4 };
    world.answers.push(silent, silent);
    await at(endOfDay + 20_000);
    expect(kinds()).toHaveLength(1);
    await at(world.now() + minuteMs);
    expect(kinds()).toHaveLength(1);
    await at(world.now() + 5 * minuteMs);
    expect(kinds()).toHaveLength(2);
    await at(world.now() + 10 * minuteMs);
    expect(kinds()).toEqual(['disconnect', 'disconnect', 'disconnect']);
    expect(await world.session(session)).toMatchObject({ change: { state: 'acknowledged' } });
    // One decision, told once.
    expect(await world.changes()).toHaveLength(1);
  });

  it('and two gateways see it in the same moment: one Disconnect', async () => {
    const session = await started();
    await allDay(session);
    const twin = openRedecision({ ...world.ports, wait: async () => undefined });
    const other = dueWatch({ ...world.ports, redecide: twin.redecide, wait: async () => undefined }, 'town');
    await world.advance(endOfDay + 20_000 - world.now());
    await Promise.all([world.look(), other(), world.look(), other()]);
    await twin.close();
    expect(kinds()).toEqual(['disconnect']);
    expect(await world.changes()).toHaveLength(1);
  });

  it('while the gateway was away: the next one that starts sees to it', async () => {
    const session = await started();
    await world.live.close();
    const twin = openRedecision({ ...world.ports, wait: async () => undefined });
    const look = dueWatch({ ...world.ports, redecide: twin.redecide, wait: async () => undefined }, 'town');
    await world.advance(endOfDay + 2 * hourMs - world.now());
    await look();
    await vi.waitFor(async () => expect(await world.session(session)).toMatchObject({ decision: { outcome: 'deny' } }));
    await twin.close();
    expect(kinds()).toEqual(['disconnect']);
  });
});

describe('a report becomes too old', () => {
  it('and there is a newer one: the decision is made anew, and nobody is asked', async () => {
    const session = await started();
    expect(session.decision).toMatchObject({ outcome: 'grant', validUntilBecause: 'report-age' });
    await world.advance(3 * hourMs);
    await world.report({ firewall: true });
    await at(dueOf(session));
    const after = await world.session(session);
    expect(after.decision.validUntil).toBe(
      world.now() - (dueOf(session) - session.decidedAt - 3 * hourMs) + 4 * hourMs,
    );
    expect(after.decisionId).not.toBe(session.decisionId);
    expect(after.change).toBeUndefined();
    expect(kinds()).toEqual([]);
    const records = await store.decisions({ tenant: 'town', limit: 9 });
    expect(records[0]).toMatchObject({ kind: 'renewal', because: 'validity-ended', sessionId: session.id });
    expect((await store.decisions({ tenant: 'town', only: 'refused', limit: 9 })).length).toBe(0);
    expect(world.counted).toContain('sluis_redecisions_total validity-ended renewed');
    await at(world.now() + minuteMs);
    expect(await versionOf(session)).toBe(after.version);
  });

  it('and none came: what the policy says of silence follows', async () => {
    const session = await started();
    await at(dueOf(session));
    expect(await world.session(session)).toMatchObject({
      decision: { outcome: 'quarantine', reasons: ['report-stale'] },
      change: { kind: 'coa', because: 'validity-ended' },
    });
    // What is left of its time is its own, not a spin.
    const version = await versionOf(session);
    for (let minutes = 0; minutes < 3; minutes++) await at(world.now() + minuteMs);
    expect(await versionOf(session)).toBe(version);
  });
});

describe('grace', () => {
  it('that a report begins ends the session when it ends, though the access was the same', async () => {
    await world.live.close();
    make([
      {
        path: 'access/clerk.yaml',
        text: 'policy: clerk\nowner: test\nfor: { device: clerk }\ngives: office\nrequires:\n  - firewall: { otherwise: quarantine, grace: 30 minutes }\n',
      },
    ]);
    await world.report({ firewall: true });
    const session = await started();
    await world.advance(minuteMs);
    await world.report({ firewall: false });
    const since = world.now();
    const remembered = { kind: 'failing-since', key: world.laptop, value: { since: { firewall: since } } } as const;
    await store.commit({ tenant: 'town', at: since, keep: [{ ...remembered, version: 1 }] });
    const grace = since + 30 * minuteMs;
    await world.live.redecide({ tenant: 'town', because: 'report-changed', device: world.laptop });
    const warned = await world.session(session);
    expect(warned).toMatchObject({ decision: { outcome: 'grant', validUntil: grace - 1, validUntilBecause: 'grace' } });
    // The next report says the same: that is no news, and nothing is written.
    await world.report({ firewall: false });
    await world.live.redecide({ tenant: 'town', because: 'report-changed', device: world.laptop });
    expect(await versionOf(session)).toBe(warned.version);
    await at(grace - 1);
    expect(kinds()).toEqual([]);
    await at(grace + 20_000);
    expect(kinds()).toEqual(['coa']);
    expect(await world.session(session)).toMatchObject({ decision: { outcome: 'quarantine' } });
  });
});

describe('the time of a session', () => {
  const limited = timed('').text.replace('23 hours', '2 hours');
  beforeEach(async () => {
    await world.live.close();
    make([{ path: 'access/clerk.yaml', text: limited }]);
    await world.report({ firewall: true });
  });

  it('is not given anew by whatever has it judged again', async () => {
    const session = await started();
    const ends = session.decidedAt + 2 * hourMs;
    expect(session.decision).toMatchObject({ validUntil: ends, validUntilBecause: 'session-limit' });
    await world.advance(hourMs);
    await world.report({ firewall: false });
    await world.live.redecide({ tenant: 'town', because: 'report-changed', device: world.laptop });
    expect(await world.session(session)).toMatchObject({ decision: { outcome: 'quarantine', validUntil: ends } });
    expect(world.asked[0]?.attributes).toContainEqual({ name: 'Session-Timeout', value: 3600 });
    // The NAS is left a minute to end it by itself.
    await at(ends + 30_000);
    expect(kinds()).toEqual(['coa']);
    await at(ends + 80_000);
    expect(kinds()).toEqual(['coa', 'disconnect']);
    expect(await world.session(session)).toMatchObject({
      decision: { outcome: 'deny', reasons: ['session-limit-reached', 'requirement-failed'] },
    });
  });

  it('is over for one that never began: it is closed, and nobody is asked', async () => {
    const session = await world.open();
    await at(session.decidedAt + 2 * hourMs + 80_000);
    expect(await world.session(session)).toMatchObject({ state: 'stopped', terminateCause: 'not seen' });
    expect(kinds()).toEqual([]);
  });
});

describe('a silent directory', () => {
  it('ends nobody when a decision lapses, and is not asked again in the next moment', async () => {
    let known: KnownPerson = {};
    await world.live.close();
    make([], { person: async () => known });
    world.devices.set(world.laptop, { class: 'staff-laptop', state: 'active' });
    await world.report({ firewall: true });
    await world.prove('p-1');
    const answer = { found: true as const, groups: [], disabled: false };
    known = { last: { answer, observedAt: world.now() } };
    const session = await started();
    expect(session.decision).toMatchObject({ outcome: 'grant', validUntilBecause: 'report-age' });
    known = { unanswered: 'timeout' };
    await world.advance(3 * hourMs);
    await world.report({ firewall: true });
    await at(dueOf(session));
    expect(await world.session(session)).toMatchObject({ decision: { outcome: 'grant' } });
    const count = () => world.counted.filter(each => each.includes('directory-silent')).length;
    expect(count()).toBe(1);
    await at(world.now() + minuteMs);
    expect(count()).toBe(1);
    await at(world.now() + 5 * minuteMs);
    expect(count()).toBe(2);
    expect(kinds()).toEqual([]);
    known = { last: { answer, observedAt: world.now() } };
    await at(world.now() + 5 * minuteMs);
    expect(world.counted).toContain('sluis_redecisions_total validity-ended renewed');
  });
});
