// A ticket at the concentrator: once, for one caller, in one group, for a minute of repetitions.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ticketHandle, ticketLifeMs, ticketSecret } from '../../gateway/identity/ticket.ts';
import { attribute, first, text } from '../../gateway/radius/attributes.ts';
import type { Packet } from '../../gateway/radius/packet.ts';
import {
  accounting,
  ask,
  caller,
  classOf,
  goodDevice,
  makeRadiusWorld,
  nasAddress,
  pap,
  type RadiusWorld,
  unwantedDevice,
} from '../support/radius-world.ts';

let world: RadiusWorld;
beforeAll(async () => {
  world = await makeRadiusWorld();
});
afterAll(() => world.close());

const [accept, reject] = [2, 3];
const sessionIn = (reply: Packet | undefined) => {
  const named = reply && first(reply.attributes, 'Class');
  return named === undefined ? undefined : Buffer.from(named).toString();
};
/** Without the case code, which is another one each time. */
const replyText = (reply: Packet | undefined) =>
  (reply && text(reply.attributes, 'Reply-Message'))?.replace(/ \([A-Z0-9-]+\)$/, '');
const lastReason = async (tenant = 'town') =>
  (await world.store.decisions({ tenant, only: 'refused', limit: 1 }))[0]?.reasons;
const sessionsOf = async (handle: string, tenant = 'town') =>
  (await world.store.sessions({ tenant, limit: 1000 })).filter(each => each.userName === handle);

describe('the same again', () => {
  it('within a minute: the same session, however often', async () => {
    const ticket = await world.ticket();
    const answers = [await ask(world, pap(ticket))];
    for (const waitMs of [1, 29_000, 30_998]) {
      world.advance(waitMs);
      answers.push(await ask(world, pap(ticket)));
    }
    expect(answers.map(reply => reply?.code)).toEqual([accept, accept, accept, accept]);
    expect(new Set(answers.map(sessionIn)).size).toBe(1);
    expect(await sessionsOf(ticket.handle)).toHaveLength(1);
  });
  it('after a minute: used', async () => {
    const ticket = await world.ticket();
    expect((await ask(world, pap(ticket)))?.code).toBe(accept);
    world.advance(60_000);
    expect((await ask(world, pap(ticket)))?.code).toBe(reject);
    expect(await lastReason()).toEqual(['ticket-used']);
  });
  it('once accounting has started: used, and stays so after the stop', async () => {
    const ticket = await world.ticket();
    const named = classOf(await ask(world, pap(ticket)));
    for (const status of ['start', 'stop'] as const) {
      const recorded = await ask(world, accounting(status, 'a1', [named]), { port: 'accounting' });
      expect(recorded?.code).toBe(5);
      expect((await ask(world, pap(ticket)))?.code).toBe(reject);
      expect(await lastReason()).toEqual(['ticket-used']);
    }
  });
  it('at the other concentrator of the group: the same session; at another group: used', async () => {
    const ticket = await world.ticket();
    const opened = sessionIn(await ask(world, pap(ticket)));
    expect(sessionIn(await ask(world, pap(ticket), { from: nasAddress.standby }))).toBe(opened);
    expect((await ask(world, pap(ticket), { from: nasAddress.wifi }))?.code).toBe(reject);
    expect(await lastReason()).toEqual(['ticket-used']);
  });
  it('by another caller: used', async () => {
    const ticket = await world.ticket();
    expect((await ask(world, pap(ticket)))?.code).toBe(accept);
    expect((await ask(world, pap(ticket, { callingStationId: '203.0.113.1' })))?.code).toBe(reject);
    expect(await lastReason()).toEqual(['ticket-used']);
  });
  it('with a wrong secret: nothing is learnt about its use', async () => {
    const ticket = await world.ticket();
    await ask(world, pap(ticket));
    expect((await ask(world, pap({ ...ticket, secret: 'guessed' })))?.code).toBe(reject);
    expect(await lastReason()).toEqual(['ticket-secret-wrong']);
  });
  it('a denied ticket is denied again, by the same case', async () => {
    const ticket = await world.ticket({ device: unwantedDevice });
    const messages = [];
    for (let round = 0; round < 2; round++) {
      const reply = await ask(world, pap(ticket));
      expect(reply?.code).toBe(reject);
      messages.push(reply && text(reply.attributes, 'Reply-Message'));
    }
    const [session] = await sessionsOf(ticket.handle);
    expect(session?.decision).toMatchObject({ outcome: 'deny', reasons: ['policy-gap'] });
    expect(messages[0]).toContain(session?.caseCode);
    expect(messages[1]).toBe(messages[0]);
  });
});

it('both concentrators at the same moment: one session, one answer', async () => {
  for (let round = 0; round < 10; round++) {
    const ticket = await world.ticket();
    const answers = await Promise.all(
      [nasAddress.vpn, nasAddress.standby, nasAddress.vpn].map(from => ask(world, pap(ticket), { from })),
    );
    expect(answers.map(reply => reply?.code)).toEqual([accept, accept, accept]);
    expect(new Set(answers.map(sessionIn)).size).toBe(1);
    expect(await sessionsOf(ticket.handle)).toHaveLength(1);
  }
});
it('two groups at the same moment: one of them', async () => {
  for (let round = 0; round < 10; round++) {
    const ticket = await world.ticket();
    const answers = await Promise.all([nasAddress.vpn, nasAddress.wifi].map(from => ask(world, pap(ticket), { from })));
    expect(answers.map(reply => reply?.code).sort()).toEqual([accept, reject]);
    expect(await sessionsOf(ticket.handle)).toHaveLength(1);
  }
});

describe('without a ticket in the store', () => {
  it('the right secret opens nothing', async () => {
    const handle = ticketHandle(Buffer.from('neverissued').subarray(0, 10));
    const secret = ticketSecret(world.ports.ticketKey, 'town', handle);
    expect((await ask(world, pap({ handle, secret })))?.code).toBe(reject);
    expect(await lastReason()).toEqual(['ticket-unknown']);
    expect(await sessionsOf(handle)).toEqual([]);
    // The same secret is right as soon as there is a ticket.
    await world.ticket({ handle });
    expect((await ask(world, pap({ handle, secret })))?.code).toBe(accept);
  });
});

describe('made for some NAS groups', () => {
  it('it opens those, and elsewhere it is unknown, fresh or used', async () => {
    const ticket = await world.ticket({ nasGroups: ['vpn'] });
    const elsewhere = async () => {
      const reply = await ask(world, pap(ticket), { from: nasAddress.wifi });
      expect(reply?.code).toBe(reject);
      const [denial] = await world.store.decisions({ tenant: 'town', only: 'refused', limit: 1 });
      expect(denial).toMatchObject({ reasons: ['ticket-unknown'], detail: 'not made for NAS group wifi' });
      return replyText(reply);
    };
    const fresh = await elsewhere();
    const opened = sessionIn(await ask(world, pap(ticket)));
    expect(sessionIn(await ask(world, pap(ticket), { from: nasAddress.standby }))).toBe(opened);
    expect(await elsewhere()).toBe(fresh);
    // A handle that was never issued gets the same words.
    const never = { handle: 't-aaaaaaaaaaaaaaaa', secret: ticket.secret };
    expect(replyText(await ask(world, pap(never), { from: nasAddress.wifi }))).toBe(fresh);
    expect(await sessionsOf(ticket.handle)).toHaveLength(1);
  });
});

describe('its life', () => {
  it('ends after two minutes, to the millisecond', async () => {
    const [inTime, late] = [await world.ticket(), await world.ticket()];
    expect(ticketLifeMs).toBe(120_000);
    world.advance(ticketLifeMs - 1);
    expect((await ask(world, pap(inTime)))?.code).toBe(accept);
    world.advance(1);
    expect((await ask(world, pap(late)))?.code).toBe(reject);
    expect(await lastReason()).toEqual(['ticket-expired']);
  });
});

describe('two tenants', () => {
  const twins = async () => {
    const town = await world.ticket({ person: 'p-town' });
    const village = await world.ticket({ tenant: 'village', handle: town.handle, person: 'p-village' });
    return { town, village };
  };
  it('with one handle and one device: each gets its own session, by its own secret', async () => {
    const { town, village } = await twins();
    expect((await ask(world, pap(town), { from: nasAddress.villageVpn }))?.code).toBe(reject);
    expect(await lastReason('village')).toEqual(['ticket-secret-wrong']);
    expect((await ask(world, pap(village)))?.code).toBe(reject);
    expect(await lastReason('town')).toEqual(['ticket-secret-wrong']);
    const inTown = sessionIn(await ask(world, pap(town)));
    const inVillage = sessionIn(await ask(world, pap(village), { from: nasAddress.villageVpn }));
    expect(inTown).toBeDefined();
    expect(inVillage).toBeDefined();
    expect(inVillage).not.toBe(inTown);
    expect((await sessionsOf(town.handle)).map(({ id }) => id)).toEqual([inTown]);
    expect((await sessionsOf(town.handle, 'village')).map(({ id }) => id)).toEqual([inVillage]);
  });
  it('what one has is unknown to the other, and stays usable', async () => {
    const ticket = await world.ticket();
    expect((await ask(world, pap(ticket), { from: nasAddress.villageVpn }))?.code).toBe(reject);
    expect(await lastReason('village')).toEqual(['ticket-unknown']);
    expect((await ask(world, pap(ticket)))?.code).toBe(accept);
  });
  it('a person who is proven in one stands in for nobody in the other', async () => {
    const { town, village } = await twins();
    await world.store.commit({
      tenant: 'town',
      at: world.now(),
      person: {
        tenant: 'town',
        device: goodDevice,
        profile: 'be-eid-test',
        pseudonym: 'p-town',
        name: 'Jan Test',
        assurance: 'low',
        certificateNotAfter: world.now() + 86_400_000,
        provenAt: world.now(),
        expiresAt: world.now() + 600_000,
      },
    });
    await ask(world, pap(town));
    await ask(world, pap(village), { from: nasAddress.villageVpn });
    expect((await sessionsOf(town.handle))[0]?.person).toBe('p-town');
    expect((await sessionsOf(town.handle, 'village'))[0]).not.toHaveProperty('person');
  });
  it('accounting of one moves no session of the other', async () => {
    const { town, village } = await twins();
    const inTown = classOf(await ask(world, pap(town)));
    await ask(world, pap(village), { from: nasAddress.villageVpn });
    const start = accounting('start', 'same-id', [
      inTown,
      attribute('User-Name', town.handle),
      attribute('Calling-Station-Id', caller),
    ]);
    await ask(world, start, { port: 'accounting', from: nasAddress.villageVpn });
    expect((await sessionsOf(town.handle))[0]?.state).toBe('decided');
    expect((await sessionsOf(town.handle, 'village'))[0]?.state).toBe('started');
    await ask(world, accounting('on', '0'), { port: 'accounting' });
    expect((await sessionsOf(town.handle, 'village'))[0]?.state).toBe('started');
  });
});
