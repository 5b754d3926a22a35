// A directory password at the concentrator, and the second factor beside it: what opens, what does not, and who has to wait.

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type PasswordPorts } from '../../gateway/flows/password-login.ts';
import { pendingLogins } from '../../gateway/flows/pending-logins.ts';
import { type RadiusHandler, radiusRequest } from '../../gateway/flows/radius-request.ts';
import { newSecondFactor } from '../../gateway/flows/second-factor.ts';
import { recoveryCodeKey } from '../../gateway/identity/recovery-codes.ts';
import { recordSealing } from '../../gateway/io/record-sealing.ts';
import { type Nas, nasTable } from '../../gateway/pdp/nas.ts';
import { Unavailable } from '../../gateway/ports.ts';
import { type Attributes, attribute, first, text } from '../../gateway/radius/attributes.ts';
import type { Packet } from '../../gateway/radius/packet.ts';
import { recentRequests } from '../../gateway/radius/duplicates.ts';
import type { Facts } from '../../gateway/verifier/facts.ts';
import { authenticator } from '../support/authenticator.ts';
import { ask, makeRadiusWorld, pap, type RadiusWorld, radiusSecret } from '../support/radius-world.ts';
import { nasProfile } from '../support/nas-profiles.ts';

const [accept, reject, challenge] = [2, 3, 11];
const password = 'Correct-Horse-9';
const [home, cafe] = ['203.0.113.7', '198.51.100.99'];
const [near, far, excepted, elsewhere] = ['127.0.0.1', '192.0.2.10', '192.0.2.11', '192.0.2.12'];

let world: RadiusWorld;
let handler: RadiusHandler;
let passwords: PasswordPorts;
let directoryDown: boolean;
let asked: number;
let seen: Facts;
/** A person of its own for each test. */
let login: string;
let person: string;
/** What the directory holds beside it. */
let former: readonly string[];
let turn = 0;

beforeAll(async () => {
  world = await makeRadiusWorld();
});
afterAll(() => world.close());

beforeEach(() => {
  turn += 1;
  login = `person-${turn}`;
  person = `k1-${turn.toString(2).replaceAll('0', 'a').replaceAll('1', 'b').padStart(26, 'a')}`;
  former = [];
  directoryDown = false;
  world.fault.storeDown = false;
  asked = 0;
  const key = randomBytes(32);
  passwords = {
    directory: {
      authenticate: (_tenant, name, given) => {
        asked += 1;
        if (directoryDown) return Promise.reject(new Unavailable('directory: made to fail'));
        const right = name === login && given === password;
        return Promise.resolve(right ? { accepted: true, pseudonyms: [person, ...former] } : { accepted: false });
      },
    },
    pending: pendingLogins(),
    sealing: recordSealing(key),
    recoveryCodeKey: recoveryCodeKey(key),
  };
  const nas = (address: string, fields: Partial<Nas> = {}): Nas => ({
    name: address,
    group: 'vpn',
    tenant: 'town',
    address,
    secret: radiusSecret,
    requireMessageAuthenticator: true,
    profile: nasProfile('generic'),
    path: 'plain',
    ...fields,
  });
  const table = [
    nas(near, { path: 'loopback' }),
    nas(far),
    nas(excepted, { passwordsOverPlainUntil: world.now() + 60_000 }),
    nas(elsewhere, { path: 'ipsec', group: 'other-vpn' }),
  ];
  handler = radiusRequest(
    {
      ...world.ports,
      passwords,
      nasOf: nasTable(table),
      recent: recentRequests(),
      tenant: name => {
        const tenant = world.ports.tenant(name);
        const evaluate: typeof tenant.policy.evaluate = (subject, facts, now) => {
          seen = facts;
          return tenant.policy.evaluate(subject, facts, now);
        };
        return { ...tenant, policy: { ...tenant.policy, evaluate } };
      },
    },
    'authentication',
  );
});

interface Try {
  readonly userName?: string;
  readonly from?: string;
  readonly caller?: string;
  readonly state?: Uint8Array;
}

function send(given: string, { userName = login, from = near, caller = home, state }: Try = {}) {
  const attributes: Attributes = state === undefined ? [] : [attribute('State', state)];
  const request = pap({ handle: userName, secret: given }, { callingStationId: caller, attributes });
  return ask({ ...world, handlers: { ...world.handlers, authentication: handler } }, request, { from });
}

const stateOf = (reply: Packet | undefined): Uint8Array => {
  const state = reply && first(reply.attributes, 'State');
  if (state === undefined) throw new Error('no challenge');
  return state;
};
const lastReason = async () => (await world.store.decisions({ tenant: 'town', limit: 1 }))[0]?.reasons;

async function enrolled() {
  const enrolment = { tenant: 'town', pseudonyms: [person], account: login, now: world.now() };
  const { keep, told } = await newSecondFactor({ ...world.ports, ...passwords }, enrolment);
  await world.store.commit({ tenant: 'town', at: world.now(), keep });
  const app = authenticator(told.uri);
  return { ...told, keep, code: () => app(world.now()) };
}

describe('a password', () => {
  it('opens what the policy gives to who has no more than that, and says so in the facts', async () => {
    expect((await send(password))?.code).toBe(accept);
    expect(seen['person.second-factor']).toMatchObject({ value: false });
    expect(seen['person.password']).toMatchObject({ value: 'strong' });
    expect(seen['person.assurance']).toMatchObject({ value: 'low' });
    expect(seen['machine.proven']).toMatchObject({ value: false });
    const [session] = await world.store.sessions({ tenant: 'town', person, limit: 2 });
    expect(session).toMatchObject({ way: 'password', userName: login, binding: 'none' });
    expect(session?.personProof).toEqual({
      profile: 'directory-password',
      assurance: 'low',
      password: { strong: true, secondFactor: 'none' },
    });
  });

  it.each(['EXAMPLE\\', ''])('belongs to the account, however its domain is written (%s)', async domain => {
    expect((await send(password, { userName: `${domain}${login}@example.test` }))?.code).toBe(accept);
  });

  it('that is wrong, and a login that nobody has, look the same', async () => {
    const replies = [await send('wrong'), await send(password, { userName: 'nobody' })];
    expect(replies.map(reply => reply?.code)).toEqual([reject, reject]);
    const said = replies.map(reply => reply && text(reply.attributes, 'Reply-Message')?.replace(/ \(.*\)$/, ''));
    expect(said[0]).toBe(said[1]);
    expect(await lastReason()).toEqual(['password-wrong']);
  });

  it('opens an account that is called by a national number, of which nothing is kept', async () => {
    login = '85073003328';
    expect((await send(password))?.code).toBe(accept);
    expect((await send(password, { userName: '03021400272' }))?.code).toBe(reject);
    const kept = [
      await world.store.sessions({ tenant: 'town', limit: 1000 }),
      await world.store.decisions({ tenant: 'town', limit: 1000 }),
    ];
    expect(JSON.stringify(kept)).not.toMatch(/85073003328|03021400272/);
    expect(kept[0]?.[0]).toMatchObject({ userName: '[national-number]', person });
  });

  it.each(['PNOBE-85073003328', '85073003328', 'jan', ''])(
    'of an account that holds "%s" is nobody here',
    async held => {
      person = held;
      expect((await send(password))?.code).toBe(reject);
      const [record] = await world.store.decisions({ tenant: 'town', limit: 1 });
      expect(record).toMatchObject({ reasons: ['password-wrong'] });
      expect(record).not.toHaveProperty('person');
    },
  );

  it('is not even asked about over a plain path', async () => {
    expect((await send(password, { from: far }))?.code).toBe(reject);
    expect(await lastReason()).toEqual(['password-path-refused']);
    expect(asked).toBe(0);
  });

  it('passes a plain path until the day of the exception', async () => {
    expect((await send(password, { from: excepted }))?.code).toBe(accept);
    world.advance(60_000);
    expect((await send(password, { from: excepted }))?.code).toBe(reject);
  });

  it('is held against nobody while the directory is silent', async () => {
    directoryDown = true;
    for (let n = 0; n < 10; n++) expect((await send(password))?.code).not.toBe(accept);
    directoryDown = false;
    expect((await send(password))?.code).toBe(accept);
    const refused = await world.store.decisions({ tenant: 'town', only: 'refused', limit: 1000 });
    expect(refused.filter(record => record.person === person)).toEqual([]);
  });

  it('meets silence while the store is down', async () => {
    world.fault.storeDown = true;
    expect(await send(password)).toBeUndefined();
    expect(asked).toBe(0);
  });
});

describe('a second factor', () => {
  it('that was enrolled under an earlier key of the pseudonyms is still asked for', async () => {
    const { code } = await enrolled();
    [person, former] = [person.replace('k1-', 'k2-'), [person]];
    const asking = await send(password);
    expect(asking?.code).toBe(challenge);
    expect((await send(code(), { state: stateOf(asking) }))?.code).toBe(accept);
    expect(seen['person.second-factor']).toMatchObject({ value: true });
    expect(
      (await world.store.sessions({ tenant: 'town', person, limit: 2 })).map(each => each.personProof),
    ).toMatchObject([{ formerPseudonyms: former }]);
  });

  it('is asked for by a challenge, and opens with its code', async () => {
    const { code } = await enrolled();
    const first = await send(password);
    expect(first?.code).toBe(challenge);
    expect(await world.store.sessions({ tenant: 'town', person, limit: 1 })).toEqual([]);
    expect((await send(code(), { state: stateOf(first) }))?.code).toBe(accept);
    expect(seen['person.second-factor']).toMatchObject({ value: true });
    expect(seen['person.assurance']).toMatchObject({ value: 'substantial' });
    expect((await world.store.kept('town', 'second-factor', person))?.value.state).toBe('active');
  });

  it('is not asked for after a wrong password', async () => {
    await enrolled();
    expect((await send('wrong'))?.code).toBe(reject);
  });

  it.each([
    ['a wrong code', () => '000000'],
    ['no code at all', () => ''],
    ['the password again', () => password],
  ])('does not open with %s, and the State is used up by it', async (_what, given) => {
    const { code } = await enrolled();
    const state = stateOf(await send(password));
    const wrong = given();
    expect((await send(wrong === code() ? '000001' : wrong, { state }))?.code).toBe(reject);
    expect((await send(code(), { state }))?.code).toBe(reject);
    expect(await lastReason()).toEqual(['second-factor-missing']);
  });

  it('opens once with one code, also for two who send it at once', async () => {
    const { code } = await enrolled();
    const states = [stateOf(await send(password)), stateOf(await send(password))];
    const replies = await Promise.all(states.map(state => send(code(), { state })));
    expect(replies.map(reply => reply?.code).toSorted()).toEqual([accept, reject]);
    const third = stateOf(await send(password));
    expect((await send(code(), { state: third }))?.code).toBe(reject);
    expect(await lastReason()).toEqual(['second-factor-replayed']);
    world.advance(30_000);
    expect((await send(code(), { state: stateOf(await send(password)) }))?.code).toBe(accept);
  });

  it('opens once with each recovery code', async () => {
    const { recoveryCodes } = await enrolled();
    const [one = '', two = ''] = recoveryCodes;
    const typed = one.toUpperCase().replaceAll('-', ' ');
    expect((await send(typed, { state: stateOf(await send(password)) }))?.code).toBe(accept);
    expect((await send(one, { state: stateOf(await send(password)) }))?.code).toBe(reject);
    expect(await lastReason()).toEqual(['second-factor-wrong']);
    expect((await send(two, { state: stateOf(await send(password)) }))?.code).toBe(accept);
  });

  it('is not opened by a State that another concentrator or caller brings, and waits for its own', async () => {
    const { code } = await enrolled();
    const state = stateOf(await send(password));
    expect((await send(code(), { state, from: elsewhere }))?.code).toBe(reject);
    expect((await send(code(), { state, caller: cafe }))?.code).toBe(reject);
    expect((await send(code(), { state }))?.code).toBe(accept);
  });

  it('is waited for two minutes', async () => {
    const { code } = await enrolled();
    const state = stateOf(await send(password));
    world.advance(120_000);
    expect((await send(code(), { state }))?.code).toBe(reject);
    expect(await lastReason()).toEqual(['second-factor-missing']);
  });

  it('is that of the one person: a seed copied into the record of another does not open', async () => {
    const { code, keep } = await enrolled();
    const thief = person.replace(/a/, 't');
    await world.store.commit({
      tenant: 'town',
      at: world.now(),
      keep: keep.map(kept => ({ ...kept, key: thief, value: { ...kept.value, person: thief } })),
    });
    person = thief;
    expect((await send(code(), { state: stateOf(await send(password)) }))?.code).toBe(reject);
    expect(await lastReason()).toEqual(['second-factor-missing']);
  });
});

describe('guessing', () => {
  const guess = (times: number, from: string) =>
    Promise.all(Array.from({ length: times }, (_, n) => send(`guess-${n}`, { caller: from })));

  it('is slowed down, with its own reason, and reaches the directory no more', async () => {
    for (let n = 0; n < 5; n++) await send(`guess-${n}`, { caller: cafe });
    const before = asked;
    await send('guess-5', { caller: cafe });
    expect((await send(password, { caller: cafe }))?.code).toBe(reject);
    expect(await lastReason()).toEqual(['login-locked']);
    expect(asked).toBeLessThanOrEqual(before + 1);
  });

  it('by strangers does not lock out whoever has been here before', async () => {
    expect((await send(password, { caller: home }))?.code).toBe(accept);
    for (let n = 0; n < 30; n++) await send(`guess-${n}`, { caller: cafe });
    expect((await send(password, { caller: home }))?.code).toBe(accept);
    expect((await send(password, { caller: cafe }))?.code).toBe(reject);
  });

  it('is not begun anew by an outage of the directory', async () => {
    for (let n = 0; n < 5; n++) await send(`guess-${n}`, { caller: cafe });
    directoryDown = true;
    await send('guess-5', { caller: cafe });
    directoryDown = false;
    await send('guess-6', { caller: cafe });
    expect((await send(password, { caller: cafe }))?.code).toBe(reject);
    expect(await lastReason()).toEqual(['login-locked']);
  });

  it('is not begun anew by another port of the same address', async () => {
    for (let port = 4500; port < 4530; port++) await send('guess', { caller: `${cafe}[${port}]` });
    expect(asked).toBeLessThanOrEqual(6);
    expect((await send(password, { caller: `${home}[4500]` }))?.code).toBe(reject);
    world.advance(24 * 60 * 60_000);
    expect((await send(password, { caller: `${home}[4501]` }))?.code).toBe(accept);
    await send('guess', { caller: `${cafe}[4500]` });
    for (let port = 4500; port < 4530; port++) await send('guess', { caller: `${cafe}[${port}]` });
    expect((await send(password, { caller: `${home}[4502]` }))?.code).toBe(accept);
    const [session] = await world.store.sessions({ tenant: 'town', person, limit: 1 });
    // As the concentrator will say it in its accounting.
    expect(session?.callingStationId).toBe(`${home}[4502]`);
  });

  it('in parallel gets no more tries than one after the other', async () => {
    await guess(40, cafe);
    expect(asked).toBeLessThanOrEqual(6);
  });

  it('of codes is counted like guessing of passwords', async () => {
    await enrolled();
    for (let n = 0; n < 5; n++)
      await send('000000', { caller: cafe, state: stateOf(await send(password, { caller: cafe })) });
    await send(password, { caller: cafe });
    expect((await send(password, { caller: cafe }))?.code).toBe(reject);
    expect(await lastReason()).toEqual(['login-locked']);
  });
});
