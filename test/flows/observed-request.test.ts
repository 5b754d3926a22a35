// What becomes of a request whose NAS is only observed: the authority's word goes back, ours is compared, and nothing else happens.

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Observation } from '../../gateway/contract/observation.ts';
import { isRefused, refused } from '../../gateway/contract/reason.ts';
import { machinesByName } from '../../gateway/flows/claimed-machine.ts';
import type { AskAuthority } from '../../gateway/flows/observed-request.ts';
import { type Observing, observing } from '../../gateway/flows/observing.ts';
import { pendingLogins } from '../../gateway/flows/pending-logins.ts';
import { type RadiusHandler, type RadiusPorts, radiusRequest } from '../../gateway/flows/radius-request.ts';
import { recoveryCodeKey } from '../../gateway/identity/recovery-codes.ts';
import { recordSealing } from '../../gateway/io/record-sealing.ts';
import type { Nas } from '../../gateway/pdp/nas.ts';
import { attribute, type Attributes } from '../../gateway/radius/attributes.ts';
import { signReply, verifyReply } from '../../gateway/radius/authenticator.ts';
import { statusRequest } from '../../gateway/radius/client-requests.ts';
import { recentRequests } from '../../gateway/radius/duplicates.ts';
import { decode, type Packet } from '../../gateway/radius/packet.ts';
import { nasProfile } from '../support/nas-profiles.ts';
import { accounting, makeRadiusWorld, pap, type RadiusWorld, radiusSecret } from '../support/radius-world.ts';

const [accept, reject, accounted] = [2, 3, 5];
const authoritySecret = Buffer.from('secret-of-the-authority');
const vpn: Nas = {
  name: 'vpn-1',
  group: 'vpn',
  tenant: 'town',
  address: '127.0.0.1',
  secret: radiusSecret,
  requireMessageAuthenticator: true,
  profile: nasProfile('generic'),
  path: 'loopback',
  mode: 'observe',
  authority: {
    address: '192.0.2.20',
    authenticationPort: 1812,
    accountingPort: 1813,
    secret: authoritySecret,
    requireMessageAuthenticator: true,
  },
};

let world: RadiusWorld;
let handlers: Readonly<Record<'authentication' | 'accounting', RadiusHandler>>;
let observed: Observing;
/** What the authority answers; nothing: silence. */
let says: { readonly code: number; readonly attributes: Attributes } | undefined;
/** The authority waits for this before it answers. */
let thinks: Promise<unknown>;
let askedOf: string[];
let repeats: number;
let tried: string[];

beforeAll(async () => {
  world = await makeRadiusWorld();
});
afterAll(() => world.close());
beforeEach(() => {
  says = undefined;
  thinks = Promise.resolve();
  [askedOf, repeats, tried] = [[], 0, []];
  world.fault.storeDown = false;
  use(vpn);
});

function use(nas: Nas, more: Partial<RadiusPorts> = {}): void {
  const key = randomBytes(32);
  observed = observing([nas], world.now());
  const askAuthority: AskAuthority = async (_authority, kind, octets, underWay) => {
    askedOf.push(kind);
    underWay(() => repeats++);
    await thinks;
    const request = decode(octets);
    if (says === undefined || isRefused(request)) return undefined;
    const reply = signReply(says, request, authoritySecret);
    return isRefused(reply) ? undefined : (decode(reply) as Packet);
  };
  const ports = {
    ...world.ports,
    ...more,
    nasOf: () => nas,
    observed: { observing: observed, askAuthority, machines: machinesByName() },
    passwords: {
      directory: {
        authenticate: async (_tenant: string, login: string, password: string) => {
          tried.push(login);
          return password === 'right'
            ? { accepted: true as const, pseudonyms: [`k1-${'a'.repeat(26)}`] }
            : { accepted: false as const };
        },
      },
      pending: pendingLogins(),
      sealing: recordSealing(key),
      recoveryCodeKey: recoveryCodeKey(key),
    },
  };
  handlers = {
    authentication: radiusRequest({ ...ports, recent: recentRequests() }, 'authentication'),
    accounting: radiusRequest({ ...ports, recent: recentRequests() }, 'accounting'),
  };
}

const from = { address: '127.0.0.1', port: 4_000, socket: 's' };

async function send(request: Uint8Array, port: 'authentication' | 'accounting' = 'authentication') {
  const octets = await handlers[port](request, from);
  if (octets === undefined) return undefined;
  const [reply, sent] = [decode(octets), decode(request)];
  if (isRefused(reply) || isRefused(sent)) throw new Error('no packet came back');
  expect(verifyReply(reply, sent, radiusSecret)).toBe(true);
  return reply.code;
}
const login = (name: string, secret: string) => pap({ handle: name, secret });
/** The only row of the table. */
const row = (): Promise<Observation> =>
  vi.waitFor(() => {
    const [only] = observed.report('town')[0]?.examples ?? [];
    if (only === undefined) throw new Error('nothing was compared');
    return only;
  });

describe('a password', () => {
  it('that the authority accepts is tried here, and nothing of it is counted or kept', async () => {
    says = { code: accept, attributes: [attribute('Filter-Id', 'staff')] };
    expect(await send(login('jan', 'right'))).toBe(accept);
    expect(await row()).toMatchObject({ userName: 'jan', comparison: 'attributes-differ', ours: { answer: 'accept' } });
    const record = await world.store.decision('town', (await row()).caseCode ?? '');
    expect(record).toMatchObject({ kind: 'observation', outcome: 'grant', nas: 'vpn-1' });
    expect(record?.sessionId).toBeUndefined();
    expect(tried).toEqual(['jan']);
    expect(await world.store.sessions({ tenant: 'town', limit: 10 })).toEqual([]);
    expect(await world.store.keptAll('town', 'login-attempts', 10)).toEqual([]);
    expect(world.counted.filter(each => each.startsWith('sluis_decisions_total'))).toEqual([]);
  });
  it('that the authority refuses is not tried again: the directory would count it twice', async () => {
    says = { code: reject, attributes: [] };
    expect(await send(login('jan', 'wrong'))).toBe(reject);
    expect(await row()).toMatchObject({ comparison: 'not-judged', because: ['a wrong password is not tried twice'] });
    expect(tried).toEqual([]);
  });
  it('that may not travel this way is told as what it is', async () => {
    use({ ...vpn, path: 'plain' });
    says = { code: accept, attributes: [] };
    expect(await send(login('jan', 'right'))).toBe(accept);
    expect(await row()).toMatchObject({ comparison: 'outcome-differs', because: ['password-path-refused'] });
    expect(tried).toEqual([]);
  });
  it('that is the code of another factor, asked for by the authority, is not tried: it would lock the account', async () => {
    says = { code: accept, attributes: [] };
    const code = pap({ handle: 'jan', secret: '123456' }, { attributes: [attribute('State', Buffer.from('theirs'))] });
    expect(await send(code)).toBe(accept);
    expect(await row()).toMatchObject({
      comparison: 'not-judged',
      because: ['it answers a question that the authority has asked'],
    });
    expect(tried).toEqual([]);
  });
  it('of a ticket is judged whatever the authority says, and the ticket stays good', async () => {
    const ticket = await world.ticket();
    says = { code: reject, attributes: [] };
    expect(await send(pap(ticket))).toBe(reject);
    await row();
    expect((await world.store.ticket('town', ticket.handle))?.redeemed).toBeUndefined();
  });
  it('refused by both is the same, and no example', async () => {
    says = { code: reject, attributes: [] };
    expect(await send(login('t-aaaaaaaaaaaaaaaa', 'wrong'))).toBe(reject);
    await vi.waitFor(() => expect(observed.report('town')[0]).toMatchObject({ same: 1, examples: [] }));
  });
});

describe('a copy of a request', () => {
  it('is passed on while the authority thinks, and answered from memory afterwards', async () => {
    says = { code: accept, attributes: [] };
    let decide: () => void = () => undefined;
    thinks = new Promise<void>(resolve => (decide = resolve));
    const request = login('jan', 'right');
    const first = send(request);
    await vi.waitFor(() => expect(askedOf).toEqual(['authentication']));
    expect(await send(request)).toBeUndefined();
    expect(await send(request)).toBeUndefined();
    expect(repeats).toBe(2);
    decide();
    expect(await first).toBe(accept);
    expect(await send(request)).toBe(accept);
    expect([askedOf.length, repeats]).toEqual([1, 2]);
  });
});

describe('however much comes', () => {
  it('waits for no turn of ours: where nobody of ours would be let in, the authority still answers', async () => {
    use(vpn, { gate: { turn: async () => refused('overloaded', 'nas-rate') } });
    says = { code: accept, attributes: [] };
    expect(await send(login('jan', 'right'))).toBe(accept);
    says = { code: accounted, attributes: [] };
    expect(await send(accounting('start', 'a1', []), 'accounting')).toBe(accounted);
    observed.setMode(vpn, 'decide');
    expect(await send(login('piet', 'right'))).toBeUndefined();
  });
  it('what nobody waits for is bounded, and counted where it is left out', async () => {
    const open: (() => void)[] = [];
    const slow = () => new Promise<void>(resolve => void open.push(resolve));
    const begun = Array.from({ length: 300 }, () => observed.beside(slow));
    expect(begun.filter(Boolean)).toHaveLength(256);
    says = { code: accept, attributes: [] };
    expect(await send(login('jan', 'right'))).toBe(accept);
    expect(tried).toEqual([]);
    expect(world.counted.filter(each => each === 'sluis_shed_total observed')).toHaveLength(1);
    for (const end of open) end();
    await new Promise(resolve => setImmediate(resolve));
    expect(observed.beside(slow)).toBe(true);
  });
  it('no draft of a policy is judged on a session that does not exist', async () => {
    const taken: unknown[] = [];
    use(vpn, { snapshots: { take: (...of) => void taken.push(of) } });
    says = { code: accept, attributes: [attribute('Filter-Id', 'staff')] };
    expect(await send(login('jan', 'right'))).toBe(accept);
    await row();
    expect(taken).toEqual([]);
  });
});

describe('silence', () => {
  it('of the authority is ours, and is counted', async () => {
    expect(await send(login('jan', 'right'))).toBeUndefined();
    expect(observed.report('town')[0]).toMatchObject({ authoritySilent: 1 });
    expect(world.counted).toContain('sluis_radius_refused_total authority-silent vpn-1');
  });
  it('of the authority does not make this gateway dead', async () => {
    const status = statusRequest({ identifier: 1, authenticator: randomBytes(16), secret: radiusSecret });
    expect(await send(status)).toBe(accept);
    expect(askedOf).toEqual([]);
  });
});

describe('accounting', () => {
  const start = () => accounting('start', 'a1', [attribute('User-Name', 'jan')]);
  it('is answered as the authority answers, and remembered here', async () => {
    says = { code: accounted, attributes: [] };
    expect(await send(start(), 'accounting')).toBe(accounted);
    await vi.waitFor(async () => expect(await world.store.keptAll('town', 'observed-session', 10)).toHaveLength(1));
    expect(world.counted.filter(each => each.startsWith('sluis_unadmitted'))).toEqual([]);
    observed.setMode(vpn, 'decide');
    expect(await send(accounting('interim', 'a1', [attribute('User-Name', 'jan')]), 'accounting')).toBe(accounted);
    expect(world.counted.filter(each => each.startsWith('sluis_unadmitted'))).toEqual([]);
    expect(await send(accounting('start', 'of-nobody', [attribute('User-Name', 'jan')]), 'accounting')).toBe(accounted);
    expect(world.counted.filter(each => each.startsWith('sluis_unadmitted'))).toHaveLength(1);
    expect(askedOf).toEqual(['accounting']);
  });
  it('is answered even when it cannot be kept here', async () => {
    world.fault.storeDown = true;
    says = { code: accounted, attributes: [] };
    expect(await send(start(), 'accounting')).toBe(accounted);
  });
  it('that the authority does not answer is not answered', async () => {
    expect(await send(start(), 'accounting')).toBeUndefined();
  });
});
