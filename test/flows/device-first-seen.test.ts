// Machines that nobody listed, seen with a good certificate: noted at once, written later, seldom, and never without end.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type FirstSeen, firstSeen } from '../../gateway/flows/device-first-seen.ts';
import { redeemTicket } from '../../gateway/flows/ticket-redemption.ts';
import type { Register } from '../../gateway/pdp/register.ts';
import { Unavailable } from '../../gateway/ports.ts';
import { type AgentPki, makeAgentPki } from '../support/agent-pki.ts';
import { type AgentWorld, connectionFor, makeAgentWorld, requestOver, tenant } from '../support/agent-world.ts';
import { caller, makeRadiusWorld, nasAddress } from '../support/radius-world.ts';

const dayMs = 86_400_000;
const key = 'ab'.repeat(32);
const machine = { key, name: 'lt-9.town.example', certificateNotAfter: 9e12 };
const register: Register = {
  devices: new Map([['lt-1.town.example', { class: 'laptop', state: 'active' }]]),
  groupsByPerson: new Map(),
  groupsByProfile: new Map(),
};

let pki: AgentPki;
let world: AgentWorld;
let newcomers: FirstSeen;
beforeAll(() => {
  pki = makeAgentPki();
});
afterAll(() => pki.remove());
beforeEach(async () => {
  world = await makeAgentWorld(pki);
  newcomers = started();
});
afterEach(() => world.close());

const started = (store = world.ports.store) => firstSeen({ ...world.ports, store, tenant: () => ({ register }) });
const kept = async () => world.store.kept(tenant, 'device-enrolment', key);
async function seen(by = newcomers, who = machine): Promise<void> {
  by.seen(tenant, who);
  await by.write();
}

describe('a machine that nobody listed', () => {
  it('waits for an operator, and is forgotten after ninety days', async () => {
    await seen();
    expect(await kept()).toEqual({
      kind: 'device-enrolment',
      key,
      version: 1,
      expiresAt: world.now() + 90 * dayMs,
      value: {
        ...{ device: key, name: machine.name, origin: 'first-seen', state: 'waiting', certificateNotAfter: 9e12 },
        ...{ firstSeenAt: world.now(), lastSeenAt: world.now() },
      },
    });
    expect(world.waiting['first-seen']).toBe(1);
  });

  it('is nothing to write before the writing', async () => {
    newcomers.seen(tenant, machine);
    expect(await kept()).toBeUndefined();
  });

  it('is written once a day, by however many gateways', async () => {
    const firstAt = world.now();
    await seen();
    world.advance(dayMs - 1);
    await seen();
    await seen(started());
    expect(await kept()).toMatchObject({ version: 1 });
    world.advance(1);
    await seen();
    await seen(started());
    expect(await kept()).toMatchObject({
      version: 2,
      expiresAt: world.now() + 90 * dayMs,
      value: { firstSeenAt: firstAt, lastSeenAt: world.now() },
    });
    expect(world.waiting['first-seen']).toBe(1);
  });

  it('keeps what was decided about it', async () => {
    await seen();
    const before = await kept();
    if (before === undefined) throw new Error('not kept');
    const { expiresAt, ...lasting } = before;
    expect(expiresAt).toBeDefined();
    const decided = { ...lasting, value: { ...before.value, state: 'refused' as const }, version: 2 };
    await world.store.commit({ tenant, at: world.now(), keep: [decided] });
    world.advance(dayMs);
    await seen();
    expect(await kept()).toMatchObject({ version: 3, value: { state: 'refused', lastSeenAt: world.now() } });
    expect(await kept()).not.toHaveProperty('expiresAt');
  });

  it('is one too many when ten thousand wait', async () => {
    world.waiting['first-seen'] = 10_000;
    await seen();
    expect(await kept()).toBeUndefined();
  });

  it('is seen again after the store was down', async () => {
    const kept = () => Promise.reject(new Unavailable('made to fail'));
    await seen(started({ ...world.store, kept }));
    await seen();
    expect(await world.store.keptAll(tenant, 'device-enrolment', 5)).toHaveLength(1);
  });
});

it('a listed machine is none', async () => {
  await seen(newcomers, { ...machine, name: 'lt-1.town.example' });
  expect(await kept()).toBeUndefined();
});

describe('a machine is seen', () => {
  it('when it connects with its own key, and not when its chain is refused', async () => {
    await world.handlers.verdict(requestOver(connectionFor(pki.laptop), undefined));
    expect(world.seen).toEqual([`${tenant} ${pki.laptop.key}`]);
    await world.handlers.verdict(requestOver(connectionFor(pki.person), undefined));
    await world.handlers.verdict(requestOver(connectionFor(pki.sessionHolder(), true), undefined));
    expect(world.seen).toHaveLength(1);
  });

  it('when a session of it is admitted', async () => {
    const radius = await makeRadiusWorld();
    try {
      const found: unknown[] = [];
      const ports = { ...radius.ports, machineSeen: (...what: unknown[]) => void found.push(what) };
      const nas = radius.ports.nasOf(nasAddress.vpn);
      if (nas === undefined) throw new Error('no such NAS');
      const ticket = await radius.ticket({ device: key, deviceCertificateNotAfter: 9e12 });
      await redeemTicket(ports, { nas, callingStationId: caller, ...ticket });
      expect(found).toEqual([['town', { key, name: 'lt-1.example', certificateNotAfter: 9e12 }]]);
    } finally {
      await radius.close();
    }
  });
});
