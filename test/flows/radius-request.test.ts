// From datagram to datagram: what is met with silence and counted, what is answered twice, who is alive.

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Reason } from '../../gateway/contract/reason.ts';
import { attribute, text } from '../../gateway/radius/attributes.ts';
import { signRequest } from '../../gateway/radius/authenticator.ts';
import { statusRequest } from '../../gateway/radius/client-requests.ts';
import { fuzzGateway } from '../fuzz/gateway-fuzz.ts';
import {
  accounting,
  ask,
  makeRadiusWorld,
  nasAddress,
  pap,
  radiusSecret,
  type RadiusWorld,
} from '../support/radius-world.ts';

let world: RadiusWorld;
beforeAll(async () => {
  world = await makeRadiusWorld();
});
afterAll(() => world.close());

const [accept, reject, response] = [2, 3, 5];
const nobody = { handle: 't-aaaaaaaaaaaaaaaa', secret: 'x' };
const counted = (line: string) => world.counted.filter(each => each === line).length;
const refusedCount = (reason: Reason, nas = 'vpn-1') => counted(`sluis_radius_refused_total ${reason} ${nas}`);
const status = () => statusRequest({ identifier: 1, secret: radiusSecret, authenticator: randomBytes(16) });
const flipped = (octets: Uint8Array, at: number) => {
  const copy = Buffer.from(octets);
  copy[(at + copy.length) % copy.length] = (copy.at(at) ?? 0) ^ 1;
  return copy;
};
const records = () => world.store.decisions({ tenant: 'town', limit: 10_000 });

describe('silence', () => {
  const signed = signRequest(
    { code: 1, identifier: 1, authenticator: randomBytes(16), attributes: [attribute('User-Name', 'jan')] },
    Buffer.from('another secret'),
  );
  const disconnect = signRequest(
    { code: 40, identifier: 1, authenticator: new Uint8Array(16), attributes: [attribute('User-Name', 'jan')] },
    radiusSecret,
  );
  const proxied = pap(nobody, {
    messageAuthenticator: false,
    attributes: [attribute('Proxy-State', Buffer.from('px'))],
  });
  it.each<{
    reason: Reason;
    what: string;
    octets: Uint8Array;
    port?: 'accounting' | 'authentication';
    from?: string;
    nas?: string;
  }>([
    { reason: 'unknown-nas', what: 'a stranger', octets: pap(nobody), from: '203.0.113.1', nas: 'none' },
    { reason: 'packet-too-short', what: 'nothing', octets: new Uint8Array() },
    { reason: 'packet-too-short', what: '19 octets', octets: pap(nobody).subarray(0, 19) },
    { reason: 'packet-length-wrong', what: 'one octet fewer', octets: pap(nobody).subarray(0, -1) },
    { reason: 'message-authenticator-wrong', what: 'another secret', octets: signed },
    { reason: 'message-authenticator-wrong', what: 'a changed octet', octets: flipped(pap(nobody), -1) },
    {
      reason: 'message-authenticator-missing',
      what: 'no signature',
      octets: pap(nobody, { messageAuthenticator: false }),
    },
    { reason: 'message-authenticator-wrong', what: 'a changed Status-Server', octets: flipped(status(), -1) },
    {
      reason: 'proxy-state-unsigned',
      what: 'Proxy-State without signature',
      octets: proxied,
      from: nasAddress.excused,
      nas: 'excused',
    },
    {
      reason: 'request-authenticator-wrong',
      what: 'changed accounting',
      octets: flipped(accounting('on', '0'), -1),
      port: 'accounting',
    },
    { reason: 'code-not-served', what: 'accounting at the wrong port', octets: accounting('on', '0') },
    { reason: 'code-not-served', what: 'a login at the wrong port', octets: pap(nobody), port: 'accounting' },
    { reason: 'code-not-served', what: 'a request to end a session', octets: disconnect },
  ])('$what: $reason', async ({ reason, octets, port = 'authentication', from = nasAddress.vpn, nas = 'vpn-1' }) => {
    const [before, recorded] = [refusedCount(reason, nas), await records()];
    expect(await ask(world, octets, { port, from })).toBeUndefined();
    expect(refusedCount(reason, nas)).toBe(before + 1);
    expect(await records()).toHaveLength(recorded.length);
  });
});

it('a concentrator that is excused from Message-Authenticator is answered, signed, and counted', async () => {
  const ticket = await world.ticket();
  // `ask` verifies that the reply is signed, Message-Authenticator first.
  const reply = await ask(world, pap(ticket, { messageAuthenticator: false }), { from: nasAddress.excused });
  expect(reply?.code).toBe(accept);
  expect(counted('sluis_legacy_request_without_message_authenticator_total excused')).toBe(1);
});

describe('Status-Server', () => {
  it('is answered on both ports, each in its own words', async () => {
    const alive = await ask(world, status());
    expect(alive?.code).toBe(accept);
    expect(text(alive?.attributes ?? [], 'Reply-Message')).toBe('Sluis serves');
    expect((await ask(world, status(), { port: 'accounting' }))?.code).toBe(response);
  });
  it('is met with silence by a gateway that is not fit to serve', async () => {
    world.fault.unfit = ['stopping'];
    const before = refusedCount('not-ready');
    expect(await ask(world, status())).toBeUndefined();
    expect(await ask(world, status(), { port: 'accounting' })).toBeUndefined();
    world.fault.unfit = [];
    expect(refusedCount('not-ready')).toBe(before + 2);
  });
});

describe('[RFC5080-2.2.2] copies of one request', () => {
  const from = { address: nasAddress.vpn, port: 5000, socket: 'authentication' };
  it('256 at once: one decision; whoever is answered at all is answered alike', async () => {
    const request = pap(await world.ticket());
    const before = await records();
    const atOnce = await Promise.all(Array.from({ length: 256 }, () => world.handlers.authentication(request, from)));
    expect(atOnce.filter(reply => reply !== undefined)).toHaveLength(1);
    expect(refusedCount('duplicate-in-progress')).toBe(255);
    expect(await records()).toHaveLength(before.length + 1);
  });
  it('256 one after the other: one decision, 256 times the same octets', async () => {
    const request = pap(await world.ticket());
    const before = await records();
    const replies = new Set<string>();
    for (let copy = 0; copy < 256; copy++) {
      replies.add(Buffer.from((await world.handlers.authentication(request, from)) ?? []).toString('hex'));
    }
    expect(replies.size).toBe(1);
    expect([...replies][0]?.slice(0, 2)).toBe('02');
    expect(await records()).toHaveLength(before.length + 1);
  });
  it('a refusal is recorded once, too', async () => {
    const request = pap(nobody);
    const before = await records();
    const asked = { sourcePort: 5001 };
    const replies = [await ask(world, request, asked), await ask(world, request, asked)];
    expect(replies.map(reply => reply?.code)).toEqual([reject, reject]);
    expect(replies[0]?.bytes).toEqual(replies[1]?.bytes);
    expect(await records()).toHaveLength(before.length + 1);
  });
  it('from another source they are other requests', async () => {
    const request = pap(nobody);
    const before = await records();
    for (const sourcePort of [1, 2]) await ask(world, request, { sourcePort });
    await ask(world, request, { sourcePort: 1, from: nasAddress.standby });
    expect(await records()).toHaveLength(before.length + 3);
  });
});

describe('a store that is down', () => {
  it('is silence, and the next copy of the request gets a new chance', async () => {
    const request = pap(await world.ticket());
    const asked = { sourcePort: 6000 };
    const [before, recorded] = [refusedCount('store-unavailable'), await records()];
    world.fault.storeDown = true;
    expect(await ask(world, request, asked)).toBeUndefined();
    expect(await ask(world, request, asked)).toBeUndefined();
    world.fault.storeDown = false;
    expect(refusedCount('store-unavailable')).toBe(before + 2);
    expect(await records()).toHaveLength(recorded.length);
    expect((await ask(world, request, asked))?.code).toBe(accept);
  });
  it('does not even turn a bad ticket into a reject', async () => {
    world.fault.storeDown = true;
    expect(await ask(world, pap(nobody))).toBeUndefined();
    world.fault.storeDown = false;
  });
});

it('3,000 mutated packets: no reply ever leaves for a request that is not signed', async () => {
  const result = await fuzzGateway(world, { count: 3000, seed: 20_260_301 });
  expect(result.answered).toBeGreaterThan(50);
});
