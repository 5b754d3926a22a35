// What an authenticated Access-Request leads to, without EAP: credentials, tickets, and the words each concentrator takes.

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Attributes,
  attribute,
  eapAttributes,
  eapMessage,
  first,
  integer,
  text,
} from '../../gateway/radius/attributes.ts';
import { signRequest } from '../../gateway/radius/authenticator.ts';
import { hidePassword } from '../../gateway/radius/hiding.ts';
import {
  ask,
  caller,
  makeRadiusWorld,
  nasAddress,
  pap,
  radiusSecret,
  type RadiusWorld,
  unwantedDevice,
} from '../support/radius-world.ts';

let world: RadiusWorld;
beforeAll(async () => {
  world = await makeRadiusWorld();
});
afterAll(() => world.close());

const [accept, reject, challenge] = [2, 3, 11];
const request = (attributes: Attributes) =>
  signRequest({ code: 1, identifier: 1, authenticator: randomBytes(16), attributes }, radiusSecret);
const denials = () => world.store.decisions({ tenant: 'town', only: 'refused', limit: 1000 });
const refusedCount = (reason: string) =>
  world.counted.filter(line => line === `sluis_radius_refused_total ${reason} vpn-1`).length;

describe('credentials', () => {
  const name = attribute('User-Name', 'jan');
  const authenticator = randomBytes(16);
  const password = attribute('User-Password', hidePassword(Buffer.from('x'), authenticator, radiusSecret));
  const chap = attribute('CHAP-Password', Buffer.alloc(17));
  const eap = eapAttributes(Buffer.from('02010008016a616e', 'hex'));
  it.each([
    ['none', [name], 'credentials-missing'],
    ['CHAP', [name, chap], 'password-method-refused'],
    ['password and CHAP', [name, password, chap], 'credentials-conflicting'],
    ['password and EAP', [name, password, ...eap], 'credentials-conflicting'],
  ] as const)('%s: rejected, and no case is opened', async (_, attributes, reason) => {
    const [before, counted] = [await denials(), refusedCount(reason)];
    const reply = await ask(world, request([...attributes]));
    expect(reply?.code).toBe(reject);
    expect(refusedCount(reason)).toBe(counted + 1);
    expect(await denials()).toHaveLength(before.length);
  });
  it('[RFC3579-2.1] EAP-Start is answered by asking who it is', async () => {
    const reply = await ask(world, request([name, ...eapAttributes(new Uint8Array())]));
    expect(reply?.code).toBe(challenge);
    const asked = eapMessage(reply?.attributes ?? []);
    // Request, Identity.
    expect(asked instanceof Uint8Array && [asked[0], asked[4]]).toEqual([1, 1]);
  });
});

describe('a ticket', () => {
  it('is accepted with segment, session, and times', async () => {
    const ticket = await world.ticket();
    const reply = await ask(world, pap(ticket));
    expect(reply?.code).toBe(accept);
    const attributes = reply?.attributes ?? [];
    expect(text(attributes, 'Filter-Id')).toBe('machines');
    expect(integer(attributes, 'Session-Timeout')).toBe(8 * 3600);
    expect(integer(attributes, 'Acct-Interim-Interval')).toBe(600);
    const id = Buffer.from(first(attributes, 'Class') ?? []).toString();
    expect(await world.store.session('town', id)).toMatchObject({
      userName: ticket.handle,
      nas: 'vpn-1',
      way: 'ticket',
    });
  });
  it('a second answer does not run longer than the first', async () => {
    const ticket = await world.ticket();
    await ask(world, pap(ticket));
    world.advance(20_000);
    const again = await ask(world, pap(ticket));
    expect(integer(again?.attributes ?? [], 'Session-Timeout')).toBe(8 * 3600 - 20);
  });
  it('ocserv is told the segment in Class', async () => {
    const reply = await ask(world, pap(await world.ticket()), { from: nasAddress.ocserv });
    expect(Buffer.from(first(reply?.attributes ?? [], 'Class') ?? []).toString()).toBe('OU=machines');
    expect(first(reply?.attributes ?? [], 'Filter-Id')).toBeUndefined();
  });
  it('what the client says of itself is kept as a claim, with the session and in the record', async () => {
    const attributes = [attribute('Connect-Info', 'AnyConnect Windows 5.1')];
    await ask(world, pap(await world.ticket(), { attributes }), { from: nasAddress.ocserv });
    const claims = { 'client-version': 'AnyConnect Windows 5.1', 'outer-address': caller };
    const [session] = await world.store.sessions({ tenant: 'town', limit: 1 });
    expect(session?.clientClaims).toEqual(claims);
    const record = await world.store.decision('town', session?.decisionId ?? '');
    expect(record?.clientClaims).toEqual(claims);
  });
  it('a denial carries a sentence and the case, and nothing that opens anything', async () => {
    const reply = await ask(world, pap(await world.ticket({ device: unwantedDevice })));
    expect(reply?.code).toBe(reject);
    const [record] = await denials();
    expect(record).toMatchObject({ kind: 'admission', outcome: 'deny', reasons: ['policy-gap'] });
    expect(text(reply?.attributes ?? [], 'Reply-Message')).toMatch(new RegExp(`\\(${record?.caseCode ?? '-'}\\)$`));
    for (const name of ['Filter-Id', 'Class', 'Session-Timeout'] as const) {
      expect(first(reply?.attributes ?? [], name)).toBeUndefined();
    }
  });
  it.each([
    ['an unknown handle', { handle: 't-aaaaaaaaaaaaaaaa', secret: 'x' }],
    ['a name that is no handle', { handle: 'jan', secret: 'x' }],
  ])('%s: rejected as unknown, under a case of its own', async (_, ticket) => {
    const reply = await ask(world, pap(ticket));
    expect(reply?.code).toBe(reject);
    const [record] = await denials();
    expect(record).toMatchObject({ kind: 'refusal', reasons: ['ticket-unknown'], nas: 'vpn-1' });
    expect(text(reply?.attributes ?? [], 'Reply-Message')).toContain(record?.caseCode);
  });
  it('an unknown handle and a wrong secret look the same but for the case', async () => {
    const { handle } = await world.ticket();
    const texts = [];
    for (const ticket of [
      { handle, secret: 'x' },
      { handle: 't-aaaaaaaaaaaaaaaa', secret: 'x' },
    ]) {
      const reply = await ask(world, pap(ticket));
      texts.push(text(reply?.attributes ?? [], 'Reply-Message')?.replace(/\([^)]*\)$/, ''));
    }
    expect(texts[0]).toBe(texts[1]);
  });
});
