// EAP-TLS through the whole flow: who gets in, what is promised when, and to whom a conversation belongs.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Issued } from '../../gateway/cli/demo/test-authority.ts';
import { encodeEap, eapTypes } from '../../gateway/eap/packet.ts';
import { tlsAlerts } from '../../gateway/eap/step.ts';
import { type RadiusPorts, radiusRequest } from '../../gateway/flows/radius-request.ts';
import type { Nas } from '../../gateway/pdp/nas.ts';
import { attribute, eapAttributes, eapMessage, first, text } from '../../gateway/radius/attributes.ts';
import { signRequest } from '../../gateway/radius/authenticator.ts';
import type { Packet } from '../../gateway/radius/packet.ts';
import { type EapLogin, eapLogin } from '../support/eap-login.ts';
import { ask, makeRadiusWorld, nasAddress, radiusSecret, type RadiusWorld } from '../support/radius-world.ts';

let world: RadiusWorld;
const open: EapLogin[] = [];
beforeAll(async () => {
  world = await makeRadiusWorld();
});
afterAll(async () => {
  for (const login of open) login.close();
  await world.close();
});

const [accept, reject, challenge] = [2, 3, 11];
const login = (who: Issued | undefined, options: Parameters<typeof eapLogin>[2] = {}): EapLogin => {
  const made = eapLogin(world, who, options);
  open.push(made);
  return made;
};
const denials = (tenant = 'town') => world.store.decisions({ tenant, only: 'refused', limit: 1000 });
const sessions = (tenant = 'town') => world.store.sessions({ tenant, limit: 1000 });
const lastRefused = () =>
  world.counted
    .filter(line => line.startsWith('sluis_radius_refused_total '))
    .at(-1)
    ?.split(' ')[1];
/** The first rounds, up to where the laptop has something to send. */
const advance = async (some: EapLogin, rounds: number): Promise<void> => {
  for (let round = 0; round < rounds; round++) {
    const reply = await ask(world, some.request());
    if (reply?.code !== challenge) throw new Error(`round ${round} was no challenge`);
    await some.take(reply);
  }
};

describe.each(['1.2', '1.3'] as const)('TLS %s', tls => {
  it.each([
    ['a card', () => world.ca.people.valid, { way: 'eap-tls-identity', binding: 'none' }, 'people'],
    ['a machine', () => world.ca.machines.valid, { way: 'eap-tls-machine', binding: 'one-conversation' }, 'machines'],
  ] as const)('%s gets in, with the keys of its own TLS', async (_, who, session, segment) => {
    const trying = login(who(), { tls });
    const reply = await trying.finish();
    expect(reply?.code).toBe(accept);
    if (reply === undefined) return;
    expect(trying.keysMatch(reply)).toBe(true);
    expect(trying.peer.result()).toMatchObject({ ended: 'success', tls: { finished: true } });
    expect(text(reply.attributes, 'Filter-Id')).toBe(segment);
    const id = Buffer.from(first(reply.attributes, 'Class') ?? []).toString();
    expect(await world.store.session('town', id)).toMatchObject({ ...session, decision: { outcome: 'grant' } });
  });
  it('[RFC9190-2.1.1] a denied machine is promised nothing: an alert, no keys, and the decision on record', async () => {
    const trying = login(world.ca.machines.second, { tls });
    const reply = await trying.finish();
    expect(reply?.code).toBe(reject);
    expect(trying.peer.result()).toMatchObject({ ended: 'failure', alert: tlsAlerts['access-denied'] });
    expect(reply && first(reply.attributes, 'MS-MPPE-Recv-Key')).toBeUndefined();
    // [RFC3579-2.6.5]
    expect(reply && first(reply.attributes, 'Reply-Message')).toBeUndefined();
    expect((await denials())[0]).toMatchObject({ kind: 'admission', outcome: 'deny', reasons: ['policy-gap'] });
  });
  it('a revoked card is told so, and leaves a case but no session', async () => {
    const [before, denied] = [await sessions(), await denials()];
    const trying = login(world.ca.people.revoked, { tls });
    expect((await trying.finish())?.code).toBe(reject);
    expect(trying.peer.result().alert).toBe(tlsAlerts['certificate-revoked']);
    expect(await sessions()).toHaveLength(before.length);
    expect(await denials()).toHaveLength(denied.length + 1);
    expect((await denials())[0]).toMatchObject({ kind: 'refusal', reasons: ['certificate-revoked'] });
  });
  it('no certificate at all is refused as missing', async () => {
    const trying = login(undefined, { tls });
    expect((await trying.finish())?.code).toBe(reject);
    expect((await denials())[0]?.reasons).toEqual(['certificate-missing']);
  });
  it('a write that was lost to another is try-again: rejected, and held against nobody', async () => {
    const [before, denied] = [await sessions(), await denials()];
    world.fault.storeConflicts = true;
    const trying = login(world.ca.people.valid, { tls });
    expect((await trying.finish())?.code).toBe(reject);
    world.fault.storeConflicts = false;
    expect(lastRefused()).toBe('try-again');
    expect(trying.peer.result()).not.toHaveProperty('msk');
    expect(await sessions()).toHaveLength(before.length);
    expect(await denials()).toHaveLength(denied.length);
  });
  it('a store that is down is silence: nothing recorded, nothing promised, and the next attempt gets in', async () => {
    const [before, denied] = [await sessions(), await denials()];
    world.fault.storeDown = true;
    const trying = login(world.ca.people.valid, { tls });
    expect(await trying.finish()).toBeUndefined();
    expect(lastRefused()).toBe('store-unavailable');
    world.fault.storeDown = false;
    // A copy of the request that met the fault: rejecting it would make the fault look like a refusal.
    expect(await ask(world, trying.request())).toBeUndefined();
    expect(lastRefused()).toBe('tls-engine-lost');
    expect(trying.peer.result()).not.toHaveProperty('msk');
    expect(await sessions()).toHaveLength(before.length);
    expect(await denials()).toHaveLength(denied.length);
    expect((await login(world.ca.people.valid, { tls }).finish())?.code).toBe(accept);
  });
});

describe('a State belongs to one round of one concentrator', () => {
  it('a repeated request gets the same octets, and the conversation goes on', async () => {
    const trying = login(world.ca.people.valid);
    let reply: Packet | undefined;
    do {
      const request = trying.request();
      const from = { sourcePort: 4000 };
      reply = await ask(world, request, from);
      const again = await ask(world, request, from);
      expect(again?.bytes).toEqual(reply?.bytes);
    } while (reply !== undefined && (await trying.take(reply)));
    expect(reply?.code).toBe(accept);
  });
  it('the same State in another request is unknown', async () => {
    const trying = login(world.ca.people.valid);
    await advance(trying, 2);
    const request = trying.request();
    expect((await ask(world, request, { sourcePort: 1 }))?.code).toBe(challenge);
    expect((await ask(world, request, { sourcePort: 2 }))?.code).toBe(reject);
    expect(lastRefused()).toBe('eap-state-unknown');
  });
  it.each([
    ['another concentrator', nasAddress.standby],
    ['one of the same name of another tenant', nasAddress.villageVpn],
  ])('%s cannot use it, nor end the conversation', async (_, from) => {
    const [before, elsewhere] = [await sessions('village'), await denials('village')];
    const trying = login(world.ca.people.valid);
    await advance(trying, 2);
    expect((await ask(world, trying.request(), { from }))?.code).toBe(reject);
    expect(lastRefused()).toBe('eap-state-other-nas');
    expect((await trying.finish())?.code).toBe(accept);
    expect(await sessions('village')).toHaveLength(before.length);
    expect(await denials('village')).toHaveLength(elsewhere.length);
  });
  it('is forgotten after two minutes of silence', async () => {
    const trying = login(world.ca.people.valid);
    await advance(trying, 2);
    world.advance(120_001);
    expect((await trying.finish())?.code).toBe(reject);
    expect(lastRefused()).toBe('eap-too-slow');
  });
  it('one that another gateway gave out is told apart', async () => {
    const trying = login(world.ca.people.valid, {
      attributes: [attribute('State', Buffer.from('gw2.AAAAAAAAAAAAAAAAAAAAAA'))],
    });
    expect((await trying.finish())?.code).toBe(reject);
    expect(lastRefused()).toBe('eap-state-other-gateway');
  });
});

it('one person in two tenants has two pseudonyms', async () => {
  const before = await sessions();
  for (const from of [nasAddress.vpn, nasAddress.villageVpn]) {
    expect((await login(world.ca.people.second).finish({ from }))?.code).toBe(accept);
  }
  const [town, village] = [await sessions(), await sessions('village')];
  expect(town).toHaveLength(before.length + 1);
  const inTown = town.find(({ id }) => before.every(each => each.id !== id))?.person;
  expect(inTown).toMatch(/./);
  expect(village.map(({ person }) => person)).not.toContain(inTown);
});

it('[RFC3579-2.4] no fragment is longer than the Framed-MTU lets it be', async () => {
  const trying = login(world.ca.people.valid, { attributes: [attribute('Framed-MTU', 400)] });
  let longest = 0;
  for (
    let reply = await ask(world, trying.request());
    reply !== undefined;
    reply = await ask(world, trying.request())
  ) {
    const message = eapMessage(reply.attributes);
    if (message instanceof Uint8Array) longest = Math.max(longest, message.length);
    if (!(await trying.take(reply))) break;
  }
  expect(longest).toBeLessThanOrEqual(400);
  expect(longest).toBeGreaterThan(200);
});

describe('what is not EAP-TLS', () => {
  const send = (eap: Uint8Array, state?: Uint8Array, to = world) =>
    ask(
      to,
      signRequest(
        {
          code: 1,
          identifier: 3,
          authenticator: Buffer.from(crypto.getRandomValues(new Uint8Array(16))),
          attributes: [...(state ? [attribute('State', state)] : []), ...eapAttributes(eap)],
        },
        radiusSecret,
      ),
    );
  const identity = encodeEap({ code: 'response', identifier: 1, type: eapTypes.identity, data: Buffer.from('jan') });
  /** The same world with other ports, and with concentrators that are otherwise. */
  const served = (more: Partial<RadiusPorts>, nas: Partial<Nas> = {}): RadiusWorld => {
    const nasOf: RadiusPorts['nasOf'] = address => {
      const found = world.ports.nasOf(address);
      return found && { ...found, ...nas };
    };
    const authentication = radiusRequest({ ...world.ports, ...more, nasOf }, 'authentication');
    return { ...world, handlers: { ...world.handlers, authentication } };
  };

  it('[RFC3748-5.3.1] a peer that wants another method is given it, where that is served', async () => {
    const start = await send(identity);
    const nak = encodeEap({ code: 'response', identifier: 2, type: eapTypes.nak, data: Uint8Array.of(4, 25) });
    const reply = await send(nak, first(start?.attributes ?? [], 'State'));
    expect(reply?.code).toBe(challenge);
    const message = reply && eapMessage(reply.attributes);
    expect(message instanceof Uint8Array && [...message.slice(4)]).toEqual([eapTypes.peap, 0x20]);
  });
  it('the methods are the configuration’s to choose; EAP-GTC makes no keys', async () => {
    const { handle, secret } = await world.ticket();
    const only = served({ methods: ['eap-gtc'] }, { path: 'ipsec' });
    const said = encodeEap({ code: 'response', identifier: 1, type: eapTypes.identity, data: Buffer.from(handle) });
    const asked = await send(said, undefined, only);
    const password = encodeEap({ code: 'response', identifier: 2, type: eapTypes.gtc, data: Buffer.from(secret) });
    const reply = await send(password, first(asked?.attributes ?? [], 'State'), only);
    expect(reply?.code).toBe(accept);
    expect(reply && first(reply.attributes, 'MS-MPPE-Recv-Key')).toBeUndefined();
  });
  it('EAP-GTC outside a tunnel hides nothing: over a plain path not even a ticket is taken', async () => {
    const { handle, secret } = await world.ticket();
    const said = encodeEap({ code: 'response', identifier: 1, type: eapTypes.identity, data: Buffer.from(handle) });
    const password = encodeEap({ code: 'response', identifier: 2, type: eapTypes.gtc, data: Buffer.from(secret) });
    const logIn = async (nas: Partial<Nas>) => {
      const only = served({ methods: ['eap-gtc'] }, nas);
      const asked = await send(said, undefined, only);
      return send(password, first(asked?.attributes ?? [], 'State'), only);
    };
    expect((await logIn({}))?.code).toBe(reject);
    expect((await denials())[0]).toMatchObject({ kind: 'refusal', reasons: ['password-path-refused'] });
    expect((await logIn({ passwordsOverPlainUntil: world.now() }))?.code).toBe(reject);
    expect(await world.store.ticket('town', handle)).not.toHaveProperty('redeemed');
    expect((await logIn({ passwordsOverPlainUntil: world.now() + 1 }))?.code).toBe(accept);
  });
  it('a concentrator may have methods of its own', async () => {
    const only = served({ methods: ['eap-tls'] }, { eapMethods: ['peap', 'eap-tls'] });
    const start = await send(identity, undefined, only);
    const message = start && eapMessage(start.attributes);
    expect(message instanceof Uint8Array && message[4]).toBe(eapTypes.peap);
    const other = await send(identity, undefined, { ...only, handlers: world.handlers });
    const offered = other && eapMessage(other.attributes);
    expect(offered instanceof Uint8Array && offered[4]).toBe(eapTypes.tls);
  });
  it.each([
    ['the configuration', { methods: ['eap-tls', 'peap'] as const }, {}],
    ['the concentrator', {}, { eapMethods: ['eap-tls', 'peap'] as const }],
  ])(
    'a peer that wants a method that %s leaves out is told apart from one that wants what nobody serves',
    async (_, more, nas) => {
      const only = served(more, nas);
      const start = await send(identity, undefined, only);
      const nak = encodeEap({ code: 'response', identifier: 2, type: eapTypes.nak, data: Uint8Array.of(4, 21) });
      const reply = await send(nak, first(start?.attributes ?? [], 'State'), only);
      expect(reply?.code).toBe(reject);
      expect((await denials())[0]).toMatchObject({ reasons: ['eap-method-off'], detail: 'the peer wants eap-ttls' });
    },
  );
  it('a peer that wants another method is refused, under a case', async () => {
    const start = await send(identity);
    const nak = encodeEap({ code: 'response', identifier: 2, type: eapTypes.nak, data: Uint8Array.of(4) });
    const reply = await send(nak, first(start?.attributes ?? [], 'State'));
    expect(reply?.code).toBe(reject);
    expect((await denials())[0]).toMatchObject({ kind: 'refusal', reasons: ['eap-method-refused'] });
  });
  it.each([
    ['half a header', Uint8Array.of(2, 1), 'eap-malformed'],
    ['a length of its own', Uint8Array.of(2, 1, 0, 99, 1, 65), 'eap-malformed'],
  ])('%s is rejected', async (_, eap, reason) => {
    expect((await send(eap))?.code).toBe(reject);
    expect(lastRefused()).toBe(reason);
  });
});
