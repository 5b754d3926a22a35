// Accounting: what concentrators say about sessions, in whatever order and number it arrives. [RFC2866-2]

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Session } from '../../gateway/pdp/session.ts';
import { type Attribute, type Attributes, attribute, first } from '../../gateway/radius/attributes.ts';
import {
  accounting,
  ask,
  caller,
  classOf,
  makeRadiusWorld,
  nasAddress,
  pap,
  type RadiusWorld,
} from '../support/radius-world.ts';

let world: RadiusWorld;
beforeAll(async () => {
  world = await makeRadiusWorld();
});
afterAll(() => world.close());

let handle = '';
let id = '';
let named: Attribute;
let turn = 0;
let acctSessionId = '';
beforeEach(async () => {
  const ticket = await world.ticket();
  handle = ticket.handle;
  const opened = await ask(world, pap(ticket));
  named = classOf(opened);
  id = Buffer.from(first(opened?.attributes ?? [], 'Class') ?? []).toString();
  acctSessionId = `s-${++turn}`;
});

const session = (which = id): Promise<Session | undefined> => world.store.session('town', which);
const say = async (
  status: Parameters<typeof accounting>[0],
  attributes: Attributes = [named],
  from: string = nasAddress.vpn,
) => (await ask(world, accounting(status, acctSessionId, attributes), { port: 'accounting', from }))?.code;
const response = 5;

it('start, interim, stop', async () => {
  expect(await say('start', [named, attribute('Framed-IP-Address', '10.8.0.7')])).toBe(response);
  expect(await session()).toMatchObject({ state: 'started', acctSessionId, framedAddress: '10.8.0.7' });
  world.advance(600_000);
  expect(await say('interim', [named, attribute('Acct-Input-Octets', 70)])).toBe(response);
  expect(await session()).toMatchObject({ state: 'started', inputOctets: 70, lastSeenAt: world.now() });
  world.advance(1000);
  expect(await say('stop', [named, attribute('Acct-Input-Octets', 80), attribute('Acct-Terminate-Cause', 4)])).toBe(
    response,
  );
  expect(await session()).toMatchObject({
    state: 'stopped',
    inputOctets: 80,
    stoppedAt: world.now(),
    terminateCause: 'idle-timeout',
  });
});
describe('out of order', () => {
  it('an interim before the start starts it', async () => {
    await say('interim');
    expect((await session())?.state).toBe('started');
  });
  it('a stop alone ends it, and a late start does not bring it back', async () => {
    await say('stop');
    expect(await say('start')).toBe(response);
    expect((await session())?.state).toBe('stopped');
  });
  it('counters never go back', async () => {
    await say('interim', [named, attribute('Acct-Input-Octets', 900)]);
    await say('interim', [named, attribute('Acct-Input-Octets', 100)]);
    expect((await session())?.inputOctets).toBe(900);
  });
  it('the same many times at once: all acknowledged, moved once', async () => {
    const all = await Promise.all(Array.from({ length: 5 }, () => say('start')));
    expect(all).toEqual([response, response, response, response, response]);
    expect((await session())?.state).toBe('started');
  });
});
describe('finds the session', () => {
  it('by user name and caller where the concentrator sends no Class back, then by its own id alone', async () => {
    await say('start', [attribute('User-Name', handle), attribute('Calling-Station-Id', caller)]);
    expect((await session())?.state).toBe('started');
    await say('stop', []);
    expect((await session())?.state).toBe('stopped');
  });
  it('also behind a Class that says the segment', async () => {
    const ticket = await world.ticket();
    const opened = await ask(world, pap(ticket), { from: nasAddress.ocserv });
    const segment = classOf(opened);
    const who = [attribute('User-Name', ticket.handle), attribute('Calling-Station-Id', caller)];
    await say('start', [segment, ...who], nasAddress.ocserv);
    const [newest] = (await world.store.sessions({ tenant: 'town', limit: 100 })).filter(
      each => each.userName === ticket.handle,
    );
    expect(newest?.state).toBe('started');
  });
  it('one that nobody admitted is acknowledged, and recorded', async () => {
    const recorded = async () =>
      (await world.store.decisions({ tenant: 'town', limit: 500 })).filter(({ reasons }) =>
        reasons.includes('unadmitted-session'),
      ).length;
    const before = await recorded();
    expect(await say('start', [attribute('Class', Buffer.from('S-invented')), attribute('User-Name', 'nobody')])).toBe(
      response,
    );
    expect(await recorded()).toBe(before + 1);
  });
});
it('a Stop after the counters went around [RFC2869-5.1]', async () => {
  const moved = (octets: number, gigawords: number) => [
    attribute('Acct-Output-Octets', octets),
    ...(gigawords === 0 ? [] : [attribute('Acct-Output-Gigawords', gigawords)]),
  ];
  const stamp = (atMs: number) => attribute('Event-Timestamp', Math.floor(atMs / 1000));
  await say('interim', [named, ...moved(0xffff_fff0, 0), stamp(world.now() - 60_000)]);
  await say('stop', [named, ...moved(16, 1), stamp(world.now())]);
  await say('interim', [named, ...moved(0xffff_0000, 0), stamp(world.now() - 120_000)]);
  expect(await session()).toMatchObject({ state: 'stopped', outputOctets: 2 ** 32 + 16 });
});
it('addresses of IPv6, of the session and of its concentrator', async () => {
  await say('start', [
    named,
    attribute('Framed-IPv6-Address', '2001:db8::7'),
    attribute('NAS-IPv6-Address', '2001:db8::1'),
  ]);
  expect(await session()).toMatchObject({ framedAddress: '2001:db8::7', nasAddress: '2001:db8::1' });
});
describe('Accounting-On and -Off', () => {
  it.each(['on', 'off'] as const)('%s ends what runs at that concentrator, and nothing elsewhere', async status => {
    const other = await world.ticket();
    const elsewhere = classOf(await ask(world, pap(other), { from: nasAddress.wifi }));
    await say('start', [named]);
    await ask(world, accounting('start', `w-${acctSessionId}`, [elsewhere]), {
      port: 'accounting',
      from: nasAddress.wifi,
    });
    const elsewhereId = (await world.store.sessions({ tenant: 'town', state: 'started', limit: 100 })).find(
      each => each.userName === other.handle,
    )?.id;
    expect(await say(status, [])).toBe(response);
    expect(await session()).toMatchObject({ state: 'stopped', terminateCause: 'NAS-Reboot' });
    expect((await session(elsewhereId))?.state).toBe('started');
  });
});
it('an interim in the very moment of the restart does not keep the session alive', async () => {
  for (let round = 0; round < 10; round++) {
    await say('start');
    const all = await Promise.all([say('interim'), say('on', []), say('interim')]);
    expect(all).toEqual([response, response, response]);
    expect((await session())?.state).toBe('stopped');
    const opened = await ask(world, pap(await world.ticket()));
    named = classOf(opened);
    id = Buffer.from(first(opened?.attributes ?? [], 'Class') ?? []).toString();
    acctSessionId = `s-${++turn}`;
  }
});

describe('[RFC2866-2] answered means recorded', () => {
  it('a store that is down is silence, and the next copy is recorded', async () => {
    const start = accounting('start', acctSessionId, [named]);
    const asked = { port: 'accounting', sourcePort: 4000 } as const;
    world.fault.storeDown = true;
    expect(await ask(world, start, asked)).toBeUndefined();
    world.fault.storeDown = false;
    expect((await session())?.state).toBe('decided');
    expect((await ask(world, start, asked))?.code).toBe(response);
    expect((await session())?.state).toBe('started');
  });
});
