// A password inside a tunnel through the whole flow: whom it is handed to, what is asked of a person, and what is left when
// something breaks.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Refused, refused } from '../../gateway/contract/reason.ts';
import type { TunnelMethod } from '../../gateway/eap/method.ts';
import { eapAvp } from '../../gateway/eap/ttls.ts';
import { encodeAvp } from '../../gateway/eap/ttls-avp.ts';
import type { InnerAnswer, PasswordLogin } from '../../gateway/flows/inner-password.ts';
import { radiusRequest } from '../../gateway/flows/radius-request.ts';
import { first } from '../../gateway/radius/attributes.ts';
import { goodDevice, makeRadiusWorld, type RadiusWorld } from '../support/radius-world.ts';
import { type TunnelLogin, tunnelLogin } from '../support/tunnel-login.ts';

type Asked = Parameters<PasswordLogin>[1];

let world: RadiusWorld;
const open: TunnelLogin[] = [];
beforeAll(async () => {
  world = await makeRadiusWorld();
});
afterAll(async () => {
  for (const login of open) login.close();
  await world.close();
});

const [accept, reject] = [2, 3];
const text = (data: string): Uint8Array => new Uint8Array(Buffer.from(data));
const pap = (userName: string, password: string): Uint8Array =>
  Buffer.concat([
    encodeAvp({ code: 1, mandatory: true, data: text(userName) }),
    encodeAvp({ code: 2, mandatory: true, data: text(password) }),
  ]);
const denials = () => world.store.decisions({ tenant: 'town', only: 'refused', limit: 1000 });
const sessions = () => world.store.sessions({ tenant: 'town', limit: 1000 });
const lastRefused = () =>
  world.counted
    .filter(line => line.startsWith('sluis_radius_refused_total '))
    .at(-1)
    ?.split(' ')[1];

/** A login, in a gateway that answers passwords so; what it was asked. */
async function begin(
  options: Parameters<typeof tunnelLogin>[1],
  answer: (asked: Asked) => InnerAnswer | Promise<InnerAnswer>,
): Promise<{ login: TunnelLogin; asked: Asked[] }> {
  const asked: Asked[] = [];
  const passwordLogin: PasswordLogin = async (_ports, login) => {
    asked.push(login);
    return answer(login);
  };
  const authentication = radiusRequest({ ...world.ports, passwordLogin }, 'authentication');
  const login = await tunnelLogin({ ...world, handlers: { ...world.handlers, authentication } }, options);
  open.push(login);
  return { login, asked };
}
const unknown: Refused = refused('ticket-unknown', 'nobody of that name');

describe.each(['1.2', '1.3'] as const)('TLS %s', tls => {
  it('hands on what was said, and whose machine it was said from', async () => {
    const machine = world.ca.machines.valid;
    const { login, asked } = await begin({ method: 'eap-ttls', tls, machine }, () => unknown);
    const { reply, closed } = await login.say(pap('jan', 'geheim'));
    expect(closed).toBe(true);
    expect(reply?.code).not.toBe(accept);
    expect((await login.acknowledge()).reply?.code).toBe(reject);
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({
      userName: 'jan',
      password: 'geheim',
      canAsk: false,
      outside: { userName: 'anonymous' },
      machine: { kind: 'machine-certificate', revocation: 'good' },
      nas: { name: 'vpn-1' },
    });
    expect(asked[0]).not.toHaveProperty('pending');
    expect((await denials())[0]).toMatchObject({ reasons: ['ticket-unknown'], detail: 'nobody of that name' });
  });

  it('does not hand on the password of a ticket', async () => {
    const { handle, secret } = await world.ticket();
    const { login, asked } = await begin({ method: 'eap-ttls', tls }, () => unknown);
    const { reply } = await login.say(pap(handle, secret));
    expect(reply?.code).toBe(accept);
    expect(reply && first(reply.attributes, 'MS-MPPE-Recv-Key')).toBeDefined();
    expect(asked).toEqual([]);
  });

  it('asks a person for more in PEAP, and takes the answer', async () => {
    const ticket = await world.ticket();
    const { login, asked } = await begin({ method: 'peap', tls }, ({ pending }) =>
      pending === undefined ? { ask: 'The code of your telephone?', pending: 'P-1' } : unknown,
    );
    expect(login.opened).toEqual(text('\x01'));
    expect((await login.say(text('\x01jan'))).data[0]).toBe(26);
    expect((await login.say(text('\x03\x06'))).data).toEqual(text('\x06Password'));
    expect((await login.say(text('\x06geheim'))).data).toEqual(text('\x06The code of your telephone?'));
    const end = await login.say(text('\x06123456'));
    // The Result TLV says failure.
    expect([...end.data.slice(-2)]).toEqual([0, 2]);
    expect((await login.say(end.data)).reply?.code).toBe(reject);
    expect(asked.map(({ password, canAsk, pending }) => ({ password, canAsk, pending }))).toEqual([
      { password: 'geheim', canAsk: true, pending: undefined },
      { password: '123456', canAsk: true, pending: 'P-1' },
    ]);
    // And one whose password was a ticket's after all has used nothing up.
    expect(await world.store.ticket('town', ticket.handle)).not.toHaveProperty('redeemed');
  });

  it('is silent where the gateway itself is not able, and holds it against nobody', async () => {
    const before = await denials();
    const { login } = await begin({ method: 'eap-ttls', tls }, () => refused('overloaded', 'busy'));
    await login.say(pap('jan', 'geheim'));
    expect((await login.acknowledge()).reply).toBeUndefined();
    expect(await denials()).toHaveLength(before.length);
  });

  it('rejects what is try-again, and holds it against nobody', async () => {
    const before = await denials();
    const { login } = await begin({ method: 'eap-ttls', tls }, () => refused('try-again', 'busy'));
    await login.say(pap('jan', 'geheim'));
    expect((await login.acknowledge()).reply?.code).toBe(reject);
    expect(lastRefused()).toBe('try-again');
    expect(await denials()).toHaveLength(before.length);
  });

  it.each<[string, Uint8Array, string]>([
    ['octets that are no AVP', text('hello'), 'eap-malformed'],
    ['an AVP that is longer than its message', pap('jan', 'geheim').subarray(0, -4), 'eap-malformed'],
    ['a mandatory AVP that nobody knows', encodeAvp({ code: 999, mandatory: true, data: text('x') }), 'eap-unexpected'],
    ['a response inside that is a request', eapAvp(Uint8Array.of(1, 0, 0, 5, 1)), 'eap-unexpected'],
  ])('%s: refused inside first, under a case', async (_what, data, reason) => {
    const [before, denied] = [await sessions(), await denials()];
    const { login, asked } = await begin({ method: 'eap-ttls', tls }, () => unknown);
    expect((await login.say(data)).closed).toBe(true);
    expect((await login.acknowledge()).reply?.code).toBe(reject);
    expect(asked).toEqual([]);
    expect(await sessions()).toHaveLength(before.length);
    expect(await denials()).toHaveLength(denied.length + 1);
    expect((await denials())[0]?.reasons).toEqual([reason]);
  });

  it.each<TunnelMethod>(['eap-ttls', 'peap'])(
    '%s: a store that is down is silence, and nothing is promised',
    async method => {
      const { handle, secret } = await world.ticket();
      const before = await sessions();
      const { login } = await begin({ method, tls }, () => unknown);
      if (method === 'peap') {
        await login.say(text(`\x01${handle}`));
        await login.say(text('\x03\x06'));
      }
      world.fault.storeDown = true;
      const { reply, data } = await login.say(method === 'peap' ? text(`\x06${secret}`) : pap(handle, secret));
      world.fault.storeDown = false;
      expect({ reply, data }).toEqual({ reply: undefined, data: new Uint8Array() });
      expect(await sessions()).toHaveLength(before.length);
      // The ticket is as good as before.
      const again = await begin({ method: 'eap-ttls', tls }, () => unknown);
      expect((await again.login.say(pap(handle, secret))).reply?.code).toBe(accept);
      expect((await sessions())[0]).toMatchObject({ device: goodDevice, way: 'ticket' });
    },
  );
});

it('a gateway without a login by password has tickets only', async () => {
  const login = await tunnelLogin(world, { method: 'eap-ttls', tls: '1.3' });
  open.push(login);
  await login.say(pap('jan', 'geheim'));
  expect((await login.acknowledge()).reply?.code).toBe(reject);
  expect((await denials())[0]).toMatchObject({ reasons: ['ticket-unknown'] });
});
