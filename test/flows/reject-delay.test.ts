// A reject that waits, seen from the concentrator: what it gets, when, and what its copies get.

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boundedDelay, rejectDelay } from '../../gateway/flows/reject-delay.ts';
import { radiusRequest } from '../../gateway/flows/radius-request.ts';
import { recentRequests } from '../../gateway/radius/duplicates.ts';
import { accounting, makeRadiusWorld, nasAddress, pap, type RadiusWorld } from '../support/radius-world.ts';

const random = { bytes: (count: number) => new Uint8Array(randomBytes(count)) };

/** Waits that end when they are told to. */
function waits() {
  const open: { readonly ms: number; readonly end: () => void }[] = [];
  const wait = (ms: number) => new Promise<void>(end => void open.push({ ms, end }));
  return { open, wait };
}

describe('the delay', () => {
  it('is a second, a quarter more or less, and never the same', async () => {
    const asked: number[] = [];
    const delay = rejectDelay({ random, wait: async ms => void asked.push(ms) }, 1_000);
    for (let time = 0; time < 500; time++) await delay.hold();
    expect(Math.min(...asked)).toBeGreaterThanOrEqual(750);
    expect(Math.max(...asked)).toBeLessThanOrEqual(1_250);
    expect(Math.max(...asked) - Math.min(...asked)).toBeGreaterThan(400);
    expect(new Set(asked).size).toBeGreaterThan(450);
  });
  it('of none is none', async () => {
    await rejectDelay({ random, wait: () => Promise.reject(new Error('waited')) }, 0).hold();
  });
  it('above the bound is none, and told', async () => {
    const { open, wait } = waits();
    let full = 0;
    const delay = boundedDelay(rejectDelay({ random, wait }, 1_000), 2, () => full++);
    const held = [delay.hold(), delay.hold()];
    await delay.hold();
    expect([open.length, delay.held, full]).toEqual([2, 2, 1]);
    for (const { end } of open) end();
    await Promise.all(held);
    expect(delay.held).toBe(0);
  });
});

describe('at the gateway', () => {
  let world: RadiusWorld;
  beforeAll(async () => {
    world = await makeRadiusWorld();
  });
  afterAll(() => world.close());
  const from = { address: nasAddress.vpn, port: 4_711, socket: 'authentication' };
  const nobody = { handle: 't-aaaaaaaaaaaaaaaa', secret: 'x' };
  const until = async (what: () => boolean) => {
    for (let turn = 0; turn < 500 && !what(); turn++) await new Promise(resolve => setTimeout(resolve, 2));
    expect(what()).toBe(true);
  };

  it('a copy that comes meanwhile is answered by the one reply, and a later copy with the same octets at once', async () => {
    const { open, wait } = waits();
    const rejects = rejectDelay({ random, wait }, 1_000);
    const handler = radiusRequest({ ...world.ports, rejects, recent: recentRequests() }, 'authentication');
    const request = pap(nobody);
    const first = handler(request, from);
    await until(() => open.length === 1);
    expect(await handler(request, from)).toBeUndefined();
    open[0]?.end();
    const reply = await first;
    expect(reply?.[0]).toBe(3);
    expect(await handler(request, from)).toEqual(reply);
    expect(open).toHaveLength(1);
  });
  it('takes nobody’s turn, and holds back no accept, no challenge and no accounting', async () => {
    const { open, wait } = waits();
    const rejects = rejectDelay({ random, wait }, 1_000);
    const ports = { ...world.ports, rejects, recent: recentRequests() };
    const handler = radiusRequest(ports, 'authentication');
    const held = Array.from({ length: 300 }, (_, port) => handler(pap(nobody), { ...from, port }));
    await until(() => open.length === 300);
    // More than may be in work at once are held back by now.
    expect((await handler(pap(await world.ticket()), from))?.[0]).toBe(2);
    const report = radiusRequest({ ...ports, recent: recentRequests() }, 'accounting');
    expect((await report(accounting('on', '0'), from))?.[0]).toBe(5);
    expect(open).toHaveLength(300);
    for (const { end } of open) end();
    expect((await Promise.all(held)).every(reply => reply?.[0] === 3)).toBe(true);
  });
});
