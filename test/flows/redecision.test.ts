// Open sessions follow what is known now: which change is asked for, what becomes of it, and what is recorded.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { EmbeddedStore } from '../../gateway/io/embedded-store.ts';
import type { Session } from '../../gateway/pdp/session.ts';
import type { LiveChangeAnswer } from '../../gateway/pdp/live-change.ts';
import { type LiveWorld, makeLiveWorld, openLiveStore } from '../support/live-world.ts';

let store: EmbeddedStore;
let world: LiveWorld;
let laptop = '';
beforeAll(async () => {
  store = await openLiveStore();
});
afterAll(() => store.close());
beforeEach(async () => {
  world = makeLiveWorld(store);
  ({ laptop } = world);
  await world.report({ firewall: true });
});
afterEach(() => world.live.close());

const follows = (more: object = {}) =>
  world.live.redecide({ tenant: 'town', because: 'report-changed', device: laptop, ...more });
const started = async (...admission: Parameters<LiveWorld['open']>): Promise<Session> => {
  const session = await world.open(...admission);
  await world.account(session, 'start');
  return session;
};
const nak = (word: string, then: Extract<LiveChangeAnswer, { answer: 'nak' }>['then']): LiveChangeAnswer => ({
  answer: 'nak',
  word,
  then,
});
const silent: LiveChangeAnswer = { answer: 'silent', copiesSent: 4 };
const kinds = () => world.asked.map(({ kind }) => kind);
const errors = () => world.logged.filter(({ level }) => level === 'error').map(({ event }) => event);

describe('what is known now', () => {
  it('is the same: nothing is written, nobody is asked, and it is counted', async () => {
    const session = await started();
    const before = await world.session(session);
    await follows();
    expect(await world.session(session)).toEqual(before);
    expect(world.asked).toEqual([]);
    expect(world.counted).toContain('sluis_redecisions_total report-changed same');
  });
  it('is worse: recorded with its cause, then asked with what the session may do from now on', async () => {
    const session = await started();
    expect(session.decision).toMatchObject({ outcome: 'grant', segment: 'office' });
    await world.report({ firewall: false });
    await follows();
    expect(world.asked).toMatchObject([
      { kind: 'coa', nas: 'vpn', session: { id: session.id, change: { state: 'asked' } } },
    ]);
    expect(world.asked[0]?.attributes).toContainEqual({ name: 'Filter-Id', value: 'quarantine' });
    const after = await world.session(session);
    expect(after).toMatchObject({
      state: 'started',
      decision: { outcome: 'quarantine', segment: 'quarantine' },
      decidedAt: session.decidedAt,
      change: { kind: 'coa', because: 'report-changed', state: 'acknowledged' },
    });
    expect(after.caseCode).not.toBe(session.caseCode);
    const { caseCode, decisionId, decision } = after;
    expect(await world.changes()).toMatchObject([
      {
        id: decisionId,
        caseCode,
        because: 'report-changed',
        sessionId: session.id,
        outcome: 'quarantine',
        device: laptop,
      },
    ]);
    expect((await world.changes())[0]?.decision).toEqual(decision);
    expect(world.counted).toContain('sluis_live_changes_total coa report-changed acknowledged');
  });
  it('concerns sessions that accounting has not started yet, and none that is over or was refused', async () => {
    const session = await world.open();
    const over = await started();
    await world.account(over, 'stop');
    world.devices.set(laptop, { class: 'laptop', state: 'stolen' });
    const refusedLogin = await world.open();
    world.devices.set(laptop, { class: 'laptop', state: 'active' });
    await world.report({ firewall: false });
    await follows();
    expect(world.asked.map(each => each.session.id)).toEqual([session.id]);
    expect(await world.session(refusedLogin)).toMatchObject({ version: 1, decision: { outcome: 'deny' } });
  });
  it('concerns nobody of another tenant, whatever the names', async () => {
    await world.report({ firewall: true, tenant: 'village' });
    const other = await started({ at: 'village' });
    await world.report({ firewall: false });
    await follows();
    await follows({ sessionIds: [other.id] });
    expect(world.asked).toEqual([]);
    expect((await world.session(other)).version).toBe(2);
  });
});

describe('a person', () => {
  const kiosk = () => void world.devices.set(laptop, { class: 'kiosk', state: 'active' });
  it('who is proven later counts for the machine that came alone', async () => {
    kiosk();
    const session = await started();
    expect(session.decision.outcome).toBe('quarantine');
    await world.prove('p-0');
    await follows({ because: 'person-changed' });
    expect(await world.session(session)).toMatchObject({ person: 'p-0', decision: { outcome: 'grant' } });
    expect(kinds()).toEqual(['coa']);
    await world.report({ firewall: false });
    await world.advance(10_000);
    await follows({ device: undefined, person: 'p-0' });
    expect((await world.session(session)).decision.outcome).toBe('quarantine');
  });
  it('never gets into a session of a ticket that was made for nobody', async () => {
    kiosk();
    const session = await started({ way: 'ticket', binding: 'ticket', madeFor: { pseudonym: undefined } });
    await world.prove('p-1');
    await follows({ because: 'person-changed' });
    const after = await world.session(session);
    expect(after.person).toBeUndefined();
    expect(after.version).toBe(2);
  });
  it('whose ticket it was stays, when another is proven on the machine', async () => {
    kiosk();
    await world.prove('p-1');
    const session = await started({ way: 'ticket', binding: 'ticket', madeFor: { pseudonym: 'p-1' } });
    await world.prove('p-2');
    await follows({ because: 'person-changed' });
    expect(await world.session(session)).toMatchObject({ person: 'p-1', version: 2 });
  });
});

describe('who is to get more', () => {
  const upgraded = async (admission: Parameters<LiveWorld['open']>[0], because = 'report-changed') => {
    await world.report({ firewall: false });
    const session = await started(admission);
    await world.report({ firewall: true });
    await follows({ because });
    return world.session(session);
  };
  it('gets it by a CoA-Request', async () => {
    expect(await upgraded({})).toMatchObject({ decision: { outcome: 'grant' }, change: { kind: 'coa' } });
    expect(world.asked[0]?.attributes).toContainEqual({ name: 'Filter-Id', value: 'office' });
  });
  it('comes back by a new login where the concentrator only ends sessions', async () => {
    expect(await upgraded({ at: 'strongswan' })).toMatchObject({ change: { kind: 'disconnect' } });
    expect(world.asked[0]?.attributes).toEqual([]);
  });
  it.each([
    ['the confirmation is the cause', 'binding-confirmed', 'ticket'],
    ['the session was confirmed earlier', 'report-changed', 'confirmed'],
  ] as const)('stays there when a new login would lose a confirmation: %s', async (_, because, binding) => {
    const after = await upgraded({ at: 'strongswan', binding }, because);
    expect(after).toMatchObject({ decision: { outcome: 'quarantine' }, version: 2 });
    expect(world.asked).toEqual([]);
    expect(world.counted).toContain(`sluis_redecisions_total ${because} kept`);
    expect(world.logged.map(({ event }) => event)).toContain('live-change-kept');
  });
  it('is not ended for it at the next cause either', async () => {
    const refusal = nak('Unsupported-Service', 'fall-back-to-disconnect');
    world.answers.push(refusal, refusal);
    await upgraded({ binding: 'confirmed' });
    await world.advance(10_000);
    await follows();
    expect(kinds()).toEqual(['coa', 'coa']);
  });
  it('is no alarm where nothing can be changed', async () => {
    expect(await upgraded({ at: 'ocserv' })).toMatchObject({ change: { state: 'impossible' } });
    expect(errors()).toEqual([]);
  });
});

describe('the answer of the concentrator', () => {
  const worse = async (answers: readonly LiveChangeAnswer[], admission: Parameters<LiveWorld['open']>[0] = {}) => {
    const session = await started(admission);
    await world.report({ firewall: false });
    world.answers.push(...answers);
    await follows();
    return world.session(session);
  };
  it.each(['configuration', 'give-up'] as const)('a refusal that stays one (%s) is an alarm', async then => {
    const after = await worse([nak('Administratively-Prohibited', then)]);
    expect(after).toMatchObject({
      state: 'started',
      change: { kind: 'coa', state: 'refused', word: 'Administratively-Prohibited' },
    });
    expect(kinds()).toEqual(['coa']);
    expect(errors()).toEqual(['live-change']);
  });
  it('a refusal of the kind of change: the session is ended instead, once', async () => {
    const after = await worse([nak('Unsupported-Service', 'fall-back-to-disconnect')]);
    expect(kinds()).toEqual(['coa', 'disconnect']);
    expect(world.asked[1]?.attributes).toEqual([]);
    expect(after).toMatchObject({
      change: { kind: 'disconnect', state: 'acknowledged' },
      decision: { outcome: 'quarantine' },
    });
    expect(after.change?.word).toBeUndefined();
    expect(await world.changes()).toHaveLength(1);
  });
  it('a second refusal is final', async () => {
    const refusal = nak('Unsupported-Service', 'fall-back-to-disconnect');
    expect(await worse([refusal, refusal])).toMatchObject({ change: { kind: 'disconnect', state: 'refused' } });
    expect(kinds()).toEqual(['coa', 'disconnect']);
  });
  it('no such session: it is over, though nobody saw it end', async () => {
    const after = await worse([nak('Session-Context-Not-Found', 'session-gone')]);
    expect(after).toMatchObject({ state: 'stopped', terminateCause: 'not seen', stoppedAt: world.now() });
    expect(errors()).toEqual([]);
  });
  it('no such session yet: asked again while the concentrator may be setting it up', async () => {
    const session = await world.open();
    await world.report({ firewall: false });
    world.answers.push(nak('Session-Context-Not-Found', 'session-gone'));
    const following = follows();
    await world.advance(0);
    expect(await world.session(session)).toMatchObject({ state: 'decided', change: { state: 'refused' } });
    await world.account(session, 'start');
    await world.advance(10_000);
    await following;
    expect(await world.session(session)).toMatchObject({ state: 'started', change: { state: 'acknowledged' } });
    expect(await world.changes()).toHaveLength(1);
  });
  it('not now: asked again later, three times in all', async () => {
    const session = await started();
    await world.report({ firewall: false });
    const busy = nak('Resources-Unavailable', 'retry-later');
    world.answers.push(busy, busy, busy);
    const following = follows();
    for (let tens = 0; tens < 4; tens++) await world.advance(10_000);
    await following;
    expect(kinds()).toEqual(['coa', 'coa', 'coa']);
    expect(await world.session(session)).toMatchObject({ change: { state: 'refused', word: 'Resources-Unavailable' } });
  });
  it('none: an alarm, and asked again when there is another cause', async () => {
    const after = await worse([silent]);
    expect(after).toMatchObject({ change: { state: 'unanswered' }, decision: { outcome: 'quarantine' } });
    expect(errors()).toEqual(['live-change']);
    expect(world.counted).toContain('sluis_live_changes_total coa report-changed unanswered');
    await world.advance(10_000);
    await follows();
    expect(kinds()).toEqual(['coa', 'coa']);
    expect(await world.session(after)).toMatchObject({ change: { state: 'acknowledged' }, caseCode: after.caseCode });
    expect(await world.changes()).toHaveLength(1);
  });
  it('nobody to ask: recorded, an alarm, and not again and again', async () => {
    const after = await worse([], { at: 'ocserv' });
    expect(after).toMatchObject({ change: { state: 'impossible' }, decision: { outcome: 'quarantine' } });
    await world.advance(10_000);
    await follows();
    expect(world.asked).toEqual([]);
    expect(errors()).toEqual(['live-change']);
    expect(world.counted.filter(line => line.startsWith('sluis_live_change_impossible_total'))).toEqual([
      'sluis_live_change_impossible_total report-changed ocserv',
    ]);
    expect(await world.changes()).toHaveLength(1);
  });
  it('nothing to find the session by', async () => {
    expect(await worse([{ answer: 'impossible' }])).toMatchObject({ change: { state: 'impossible' } });
    expect(errors()).toEqual(['live-change']);
  });
  it('a yes that is none: whoever is reported long after the end was agreed to is asked about again', async () => {
    const session = await worse([], { at: 'strongswan' });
    await world.advance(60_000);
    await follows();
    expect(kinds()).toEqual(['disconnect']);
    await world.account(session, 'interim');
    await follows();
    expect(kinds()).toEqual(['disconnect', 'disconnect']);
  });
});

describe('who is out', () => {
  const revoked = (session: Session) =>
    world.live.redecide({
      tenant: 'town',
      because: 'certificate-revoked',
      sessionIds: [session.id],
      refusedBecause: 'certificate-revoked',
    });
  it('is ended without a question to any policy', async () => {
    const session = await started();
    await revoked(session);
    expect(kinds()).toEqual(['disconnect']);
    expect(await world.session(session)).toMatchObject({
      decision: { outcome: 'deny', reasons: ['certificate-revoked'], results: [] },
      change: { kind: 'disconnect', because: 'certificate-revoked', state: 'acknowledged' },
    });
    expect(await world.changes()).toMatchObject([{ outcome: 'deny', reasons: ['certificate-revoked'] }]);
  });
  it('is not let in again by a good report while the concentrator is silent, but asked about again', async () => {
    const session = await started();
    world.answers.push(silent);
    await revoked(session);
    await world.advance(10_000);
    await follows();
    expect(kinds()).toEqual(['disconnect', 'disconnect']);
    expect((await world.session(session)).decision.outcome).toBe('deny');
  });
  it('is ended at once, however shortly after another change', async () => {
    const session = await started();
    await world.report({ firewall: false });
    await follows();
    await revoked(session);
    expect(kinds()).toEqual(['coa', 'disconnect']);
  });
  it('by the register, as the policy says it', async () => {
    const session = await started();
    world.devices.set(laptop, { class: 'laptop', state: 'stolen' });
    await follows({ because: 'device-register-changed' });
    expect(kinds()).toEqual(['disconnect']);
    expect(await world.session(session)).toMatchObject({ decision: { outcome: 'deny' } });
  });
});

describe('an operator', () => {
  it('ends a session without a new decision', async () => {
    const session = await started();
    expect(await world.live.disconnect('town', session.id, 'operator')).toMatchObject({ state: 'acknowledged' });
    expect(kinds()).toEqual(['disconnect']);
    const after = await world.session(session);
    expect(after).toMatchObject({ change: { because: 'operator', kind: 'disconnect' }, caseCode: session.caseCode });
    expect(after.decision).toEqual(session.decision);
    expect(await world.changes()).toEqual([]);
  });
  it.each([
    [silent, { state: 'unanswered' }],
    [nak('Session-Context-Not-Removable', 'retry-later'), { state: 'refused', word: 'Session-Context-Not-Removable' }],
  ])('is told what came of it', async (answer, expected) => {
    const session = await started();
    world.answers.push(answer);
    expect(await world.live.disconnect('town', session.id, 'operator')).toMatchObject(expected);
    await world.advance(60_000);
    await follows();
    expect(kinds()).toEqual(['disconnect']);
  });
  it('cannot where nobody can be asked, and finds nothing that is not there', async () => {
    const session = await started({ at: 'ocserv' });
    expect(await world.live.disconnect('town', session.id, 'operator')).toMatchObject({ state: 'impossible' });
    expect(await world.live.disconnect('village', session.id, 'operator')).toEqual({ refused: 'session-unknown' });
    await world.account(session, 'stop');
    expect(await world.live.disconnect('town', session.id, 'operator')).toEqual({ refused: 'session-ended' });
  });
});

describe('seen in accounting', () => {
  it('the end that was asked for', async () => {
    const session = await started({ at: 'strongswan' });
    await world.report({ firewall: false });
    await follows();
    await world.account(session, 'stop');
    expect(await world.session(session)).toMatchObject({
      state: 'stopped',
      change: { state: 'seen', stateAt: world.now() },
    });
    expect(world.counted).toContain('sluis_live_changes_total disconnect report-changed seen');
  });
  it('the new segment, and not the old one', async () => {
    const session = await started();
    await world.report({ firewall: false });
    await follows();
    await world.account(session, 'interim', { segments: ['office'] });
    expect((await world.session(session)).change?.state).toBe('acknowledged');
    await world.account(session, 'interim', { segments: ['quarantine'] });
    expect((await world.session(session)).change?.state).toBe('seen');
  });
  it('before the answer, which says nothing more then', async () => {
    const session = await started({ at: 'strongswan' });
    await world.report({ firewall: false });
    const { promise, resolve } = Promise.withResolvers<LiveChangeAnswer>();
    world.answers.push(promise);
    const following = follows();
    await world.advance(0);
    await world.account(session, 'stop');
    resolve(silent);
    await following;
    expect(await world.session(session)).toMatchObject({ state: 'stopped', change: { state: 'seen' } });
  });
  it('nothing: an end that the concentrator refused came from somebody else', async () => {
    const session = await started({ at: 'strongswan' });
    await world.report({ firewall: false });
    world.answers.push(nak('Administratively-Prohibited', 'configuration'));
    await follows();
    await world.account(session, 'stop');
    expect((await world.session(session)).change?.state).toBe('refused');
  });
});
