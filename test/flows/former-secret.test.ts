// A concentrator whose secret is being replaced: either is believed, and everything about a request is under the one that made it.

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isRefused } from '../../gateway/contract/reason.ts';
import { type NasSightings, nasSightings } from '../../gateway/flows/nas-sightings.ts';
import { type RadiusHandler, radiusRequest } from '../../gateway/flows/radius-request.ts';
import { attribute } from '../../gateway/radius/attributes.ts';
import { verifyReply } from '../../gateway/radius/authenticator.ts';
import { accountingRequest, passwordRequest, statusRequest } from '../../gateway/radius/client-requests.ts';
import { recentRequests } from '../../gateway/radius/duplicates.ts';
import { decode, type Packet } from '../../gateway/radius/packet.ts';
import { caller, makeRadiusWorld, type RadiusWorld, nasAddress } from '../support/radius-world.ts';

const secrets = { new: Buffer.from('the secret that is to stay'), former: Buffer.from('the secret that is to go') };
const from = { address: nasAddress.vpn, port: 20_000, socket: 'udp' };

let world: RadiusWorld;
let sightings: NasSightings;
let handlers: Record<'authentication' | 'accounting', RadiusHandler>;
beforeAll(async () => {
  world = await makeRadiusWorld();
});
afterAll(async () => world.close());
beforeEach(() => {
  const known = world.ports.nasOf(nasAddress.vpn);
  if (known === undefined) throw new Error('the world has no such concentrator');
  const nas = { ...known, secret: secrets.new, formerSecret: secrets.former };
  sightings = nasSightings(world.ports);
  const ports = { ...world.ports, nasOf: () => nas, sightings };
  handlers = {
    authentication: radiusRequest({ ...ports, recent: recentRequests() }, 'authentication'),
    accounting: radiusRequest({ ...ports, recent: recentRequests() }, 'accounting'),
  };
  world.counted.length = 0;
});

function packetOf(octets: Uint8Array | undefined): Packet {
  const packet = octets === undefined ? undefined : decode(octets);
  if (packet === undefined || isRefused(packet)) throw new Error('no packet came');
  return packet;
}

const login = (who: { handle: string; secret: string }, secret: Uint8Array, messageAuthenticator = true) =>
  passwordRequest({
    identifier: 7,
    authenticator: randomBytes(16),
    secret,
    userName: who.handle,
    password: who.secret,
    attributes: [attribute('Calling-Station-Id', caller)],
    messageAuthenticator,
  });
const signedBy = (reply: Packet, request: Uint8Array) =>
  (['new', 'former'] as const).filter(each => verifyReply(reply, packetOf(request), secrets[each]) === true);

describe.each(['new', 'former'] as const)('a request under the %s secret', which => {
  const secret = secrets[which];
  it('is believed, its password read, and its answer signed, under that one', async () => {
    const request = login(await world.ticket(), secret);
    const reply = packetOf(await handlers.authentication(request, from));
    expect(reply.code).toBe(2);
    expect(signedBy(reply, request)).toEqual([which]);
  });

  it('gets the same octets for a copy', async () => {
    const request = login(await world.ticket(), secret);
    const first = await handlers.authentication(request, from);
    expect(await handlers.authentication(request, from)).toEqual(first);
    expect(world.counted.filter(each => each.startsWith('sluis_decisions_total'))).toHaveLength(1);
  });

  it('is told of by its Request Authenticator in accounting, and by Message-Authenticator in Status-Server', async () => {
    const account = accountingRequest({ identifier: 1, secret, status: 'start', acctSessionId: 'a1' });
    expect(signedBy(packetOf(await handlers.accounting(account, from)), account)).toEqual([which]);
    const status = statusRequest({ identifier: 2, secret, authenticator: randomBytes(16) });
    expect(signedBy(packetOf(await handlers.authentication(status, from)), status)).toEqual([which]);
  });

  it('is seen as that', async () => {
    await handlers.authentication(statusRequest({ identifier: 3, secret, authenticator: randomBytes(16) }), from);
    const at = { new: 'secretAt', former: 'formerSecretAt' }[which];
    expect(sightings.all('town')).toMatchObject([
      { nas: 'vpn-1', sources: [{ address: from.address, [at]: world.now() }] },
    ]);
    const counted = world.counted.filter(each => each === 'sluis_nas_former_secret_total vpn-1');
    expect(counted).toHaveLength(which === 'former' ? 1 : 0);
  });
});

it('a third secret is silence, for the reason that it has under the new one', async () => {
  const request = login(await world.ticket(), Buffer.from('a third one'));
  expect(await handlers.authentication(request, from)).toBeUndefined();
  expect(world.counted).toContain('sluis_radius_refused_total message-authenticator-wrong vpn-1');
  expect(sightings.all('town')).toEqual([]);
});

it('a request that shows neither is silence: no password is tried under two secrets', async () => {
  const request = login(await world.ticket(), secrets.former, false);
  expect(await handlers.authentication(request, from)).toBeUndefined();
  expect(world.counted).toContain('sluis_radius_refused_total message-authenticator-missing vpn-1');
});

it('its clock is read from accounting that is believed', async () => {
  const stamp = attribute('Event-Timestamp', Math.floor(world.now() / 1000) - 90);
  const attributes = [stamp, attribute('Acct-Delay-Time', 30)];
  const request = accountingRequest({
    identifier: 9,
    secret: secrets.new,
    status: 'start',
    acctSessionId: 'b1',
    attributes,
  });
  await handlers.accounting(request, from);
  expect(Math.abs((sightings.all('town')[0]?.clockSkewS ?? 0) + 60)).toBeLessThanOrEqual(1);
});
