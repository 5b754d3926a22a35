// Telework days as they are lived: counted when a session is granted and while it goes on, and only where the policy asks.

import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { EmbeddedStore } from '../../gateway/io/embedded-store.ts';
import type { DirectoryAnswer } from '../../gateway/pdp/directory.ts';
import type { ProvenPerson } from '../../gateway/pdp/request.ts';
import type { KnownPeople } from '../../gateway/ports.ts';
import { type LiveWorld, makeLiveWorld, openLiveStore } from '../support/live-world.ts';

const hourMs = 3_600_000;
const files = (limit: string) => [
  {
    path: 'checks/quota.yaml',
    text: `check: quota\nfact: telework.days-this-week\nmust be: ${limit}\nif unknown: deny\ntext: { en: x, nl: x, fr: x, de: x }\n`,
  },
  {
    path: 'access/quota.yaml',
    text: 'policy: quota\nowner: test\nfor: { device: quota-laptop }\ngives: office\nrequires:\n  - quota: { otherwise: quarantine }\n',
  },
];

let store: EmbeddedStore;
let world: LiveWorld;
let an: ProvenPerson;
beforeAll(async () => {
  store = await openLiveStore();
});
afterAll(() => store.close());
/** It is Friday 2027-01-15, nine in the morning in Brussels. */
function begin(limit: string | undefined, people?: KnownPeople): void {
  world = makeLiveWorld(store, people, undefined, limit === undefined ? [] : files(limit));
  if (limit !== undefined) world.devices.set(world.laptop, { class: 'quota-laptop', state: 'active' });
  an = { pseudonym: `k1-${randomBytes(8).toString('hex')}`, profile: 'eid', assurance: 'high' };
}
beforeEach(() => begin('at most 1 day'));
afterEach(() => world.live.close());

const kept = async () => (await store.kept('town', 'telework-days', an.pseudonym))?.value.days;
const open = () => world.open({ person: an });

describe('a granted session', () => {
  it('makes its half day a telework day, once', async () => {
    const { decision } = await open();
    expect(decision.outcome).toBe('grant');
    expect(await kept()).toEqual({ '2027-01-15': 'morning' });
    await open();
    await world.advance(4 * hourMs);
    await open();
    expect(await kept()).toEqual({ '2027-01-15': 'both' });
  });

  it('is forgotten after 62 days', async () => {
    await open();
    const { expiresAt } = (await store.kept('town', 'telework-days', an.pseudonym)) ?? {};
    expect(expiresAt).toBe(world.now() + 62 * 24 * hourMs);
  });

  it('is refused when the quota is used up, and then no day is counted', async () => {
    await open();
    await world.advance(4 * hourMs);
    await open();
    await world.advance(20 * hourMs);
    const { decision } = await open();
    expect(decision).toMatchObject({ outcome: 'quarantine', reasons: ['requirement-failed'] });
    expect(decision.results).toMatchObject([
      { value: '1.5 days', limit: 'at most 1 day', source: 'earlier sessions of this person' },
    ]);
    expect(await kept()).toEqual({ '2027-01-15': 'both' });
    // A new week.
    await world.advance(48 * hourMs);
    expect((await open()).decision.outcome).toBe('grant');
  });

  it('goes on into the afternoon, as its concentrator tells', async () => {
    const session = await open();
    await world.account(session, 'start');
    await world.advance(2 * hourMs);
    await world.account(session, 'interim');
    expect(await kept()).toEqual({ '2027-01-15': 'morning' });
    await world.advance(2 * hourMs);
    await world.account(session, 'interim');
    expect(await kept()).toEqual({ '2027-01-15': 'both' });
    await world.advance(14 * hourMs);
    await world.account(session, 'stop');
    expect(await kept()).toEqual({ '2027-01-15': 'both', '2027-01-16': 'morning' });
  });

  it('ends when the half day does that the quota has room for', async () => {
    begin('at most 0.5 days');
    const { decision } = await open();
    expect(decision).toMatchObject({
      outcome: 'grant',
      validUntil: Date.parse('2027-01-15T11:00:00Z') - 1,
      validUntilBecause: 'telework.days-this-week',
    });
  });

  it('of two at the same moment neither is lost nor counted twice', async () => {
    const sessions = await Promise.all([open(), open()]);
    expect(sessions.map(({ decision }) => decision.outcome)).toEqual(['grant', 'grant']);
    expect(await kept()).toEqual({ '2027-01-15': 'morning' });
  });

  it('under an earlier pseudonym counts too', async () => {
    await open();
    await world.advance(4 * hourMs);
    await open();
    await world.advance(20 * hourMs);
    const renamed = { ...an, pseudonym: `${an.pseudonym}x`, formerPseudonyms: [an.pseudonym] };
    expect((await world.open({ person: renamed })).decision.outcome).toBe('quarantine');
  });
});

describe('nothing is written down', () => {
  it('of anybody, where no policy asks', async () => {
    begin(undefined);
    await world.report({ firewall: true });
    expect((await open()).decision.outcome).toBe('grant');
    expect(await kept()).toBeUndefined();
  });

  it('of a machine without a person; a quota is not known then', async () => {
    const { decision } = await world.open();
    expect(decision).toMatchObject({ outcome: 'deny', reasons: ['requirement-unknown'] });
  });
});

describe('a session that comes to be granted', () => {
  it('counts from then on', async () => {
    begin('at most 3 days');
    world.devices.set(world.laptop, { class: 'kiosk', state: 'active' });
    await world.report({ firewall: false });
    const session = await open();
    expect(session.decision.outcome).toBe('quarantine');
    expect(await kept()).toBeUndefined();
    await world.account(session, 'start');
    await world.report({ firewall: true });
    await world.live.redecide({ tenant: 'town', device: world.laptop, because: 'report-changed' });
    expect((await world.session(session)).decision.outcome).toBe('grant');
    expect(await kept()).toEqual({ '2027-01-15': 'morning' });
  });
});

describe('pro rata', () => {
  const working = (employment: number | undefined): KnownPeople => {
    const answer: DirectoryAnswer = {
      found: true,
      groups: [],
      disabled: false,
      ...(employment === undefined ? {} : { employment }),
    };
    return { person: async () => ({ last: { answer, observedAt: 0 } }) };
  };

  it.each([
    [1, 'grant'],
    [0.5, 'grant'],
    [0.4, 'grant'],
    [0, 'quarantine'],
    [undefined, 'deny'],
  ])('of %s of full time: half a day of one is %s', async (share, outcome) => {
    begin('at most 1 day, pro rata', working(share));
    expect((await open()).decision.outcome).toBe(outcome);
  });

  it('says where the share comes from', async () => {
    begin('at most 1 day, pro rata', working(0.4));
    await open();
    await world.advance(4 * hourMs);
    const { decision } = await open();
    expect(decision.results).toMatchObject([{ limit: 'at most 0.5 days (1 day, pro rata 40 %)', value: '1 day' }]);
  });
});
