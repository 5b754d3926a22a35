// The same flow behind RADIUS over TLS: what the way in changes about belief, silence and signatures, and what it does not.

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isRefused, type Refused } from '../../gateway/contract/reason.ts';
import { radiusOverTls } from '../../gateway/flows/radius-over-tls.ts';
import type { RadiusHandler } from '../../gateway/flows/radius-request.ts';
import type { Nas } from '../../gateway/pdp/nas.ts';
import { all, type Attributes, attribute } from '../../gateway/radius/attributes.ts';
import { verifyReply } from '../../gateway/radius/authenticator.ts';
import { passwordRequest, statusRequest } from '../../gateway/radius/client-requests.ts';
import { decode, encode, type Packet } from '../../gateway/radius/packet.ts';
import { caller, makeRadiusWorld, radiusSecret, type RadiusWorld } from '../support/radius-world.ts';
import { nasProfile } from '../support/nas-profiles.ts';

const radsec = Buffer.from('radsec');
const from = { address: '192.0.2.1', port: 2083, socket: 'tls' };

let world: RadiusWorld;
let disbelieved: Refused[] = [];
beforeAll(async () => {
  world = await makeRadiusWorld();
});
afterAll(async () => world.close());
beforeEach(() => {
  disbelieved = [];
  world.counted.length = 0;
  world.fault.storeDown = false;
});

/** One connection of a concentrator that may come by UDP, too. */
function connection(version: '1.0' | '1.1' = '1.0'): RadiusHandler {
  const nas: Nas = {
    name: 'vpn-1',
    tenant: 'town',
    group: 'vpn',
    address: '192.0.2.1',
    certificate: { name: 'vpn-1.example' },
    secret: radiusSecret,
    requireMessageAuthenticator: true,
    profile: nasProfile('generic'),
    path: 'plain',
  };
  const admit = radiusOverTls(world.ports, [nas]);
  const admitted = admit({ names: ['vpn-1.example'], fingerprint: 'f0', version }, why => void disbelieved.push(why));
  if (admitted === undefined) throw new Error('it was not let in');
  expect(admitted.nas).toBe('vpn-1');
  return admitted.handler;
}

function packetOf(octets: Uint8Array | undefined): Packet {
  const packet = octets === undefined ? undefined : decode(octets);
  if (packet === undefined || isRefused(packet)) throw new Error('no packet came');
  return packet;
}

it('knows nobody by another name', () => {
  const admit = radiusOverTls(world.ports, []);
  expect(admit({ names: ['vpn-1.example'], fingerprint: 'f0', version: '1.0' }, () => undefined)).toBeUndefined();
});

describe('RADIUS over TLS', () => {
  const request = (who: { handle: string; secret: string }, { messageAuthenticator = true, secret = radsec } = {}) =>
    passwordRequest({
      identifier: 7,
      authenticator: randomBytes(16),
      secret,
      userName: who.handle,
      password: who.secret,
      attributes: [attribute('Calling-Station-Id', caller), attribute('Proxy-State', Uint8Array.of(1))],
      messageAuthenticator,
    });

  it.each([true, false])(
    'believes what the connection says, signed (%s) or not, and signs what it answers',
    async signed => {
      const octets = request(await world.ticket(), { messageAuthenticator: signed });
      const reply = packetOf(await connection()(octets, from));
      expect(reply.code).toBe(2);
      expect(verifyReply(reply, packetOf(octets), radsec)).toBe(true);
      expect(world.counted.filter(each => each.includes('legacy'))).toEqual([]);
      expect(disbelieved).toEqual([]);
    },
  );

  it('uses the secret of everybody, not that of the NAS [RFC6614-2.3]', async () => {
    const octets = request(await world.ticket(), { secret: radiusSecret });
    expect(await connection()(octets, from)).toBeUndefined();
    expect(disbelieved).toMatchObject([{ refused: 'message-authenticator-wrong' }]);
    expect(world.counted).toEqual(['sluis_radius_refused_total message-authenticator-wrong vpn-1']);
  });

  it('still takes no EAP that is unsigned [RFC3579-3.2]', async () => {
    const eap = attribute('EAP-Message', Uint8Array.of(2, 1, 0, 5, 1));
    const octets = encode({ code: 1, identifier: 1, authenticator: randomBytes(16), attributes: [eap] });
    expect(await connection()(octets, from)).toBeUndefined();
    expect(disbelieved).toMatchObject([{ refused: 'message-authenticator-missing' }]);
  });

  it('is silent, and keeps the connection, where it is not the request that is at fault', async () => {
    world.fault.storeDown = true;
    expect(await connection()(request(await world.ticket()), from)).toBeUndefined();
    expect(disbelieved).toEqual([]);
  });

  it('remembers requests for each connection', async () => {
    const [one, other] = [connection(), connection()];
    const octets = statusRequest({ identifier: 1, secret: radsec, authenticator: randomBytes(16) });
    const [first, again, elsewhere] = [await one(octets, from), await one(octets, from), await other(octets, from)];
    expect(again).toBe(first);
    expect(elsewhere).not.toBe(first);
    expect(elsewhere).toEqual(first);
  });
});

describe('RADIUS/1.1', () => {
  const request = (code: number, attributes: Attributes, token = 1): Uint8Array =>
    encode({ code, identifier: 0, authenticator: Uint8Array.of(0, 0, 0, token, ...new Uint8Array(12)), attributes });
  const login = (who: { handle: string; secret: string }) => [
    attribute('User-Name', who.handle),
    attribute('User-Password', Buffer.from(who.secret)),
    attribute('Calling-Station-Id', caller),
    attribute('Proxy-State', Uint8Array.of(9)),
  ];

  it('needs no secret at all', async () => {
    const reply = packetOf(await connection('1.1')(request(1, login(await world.ticket()), 5), from));
    expect(reply.code).toBe(2);
    expect([...reply.authenticator.subarray(0, 4)]).toEqual([0, 0, 0, 5]);
    expect(all(reply.attributes, 'Message-Authenticator')).toEqual([]);
  });

  it('answers a wrong password as ever', async () => {
    const { handle } = await world.ticket();
    const reply = packetOf(await connection('1.1')(request(1, login({ handle, secret: 'wrong' })), from));
    expect(reply.code).toBe(3);
  });

  it('says by Protocol-Error what is silence elsewhere [RFC9765-6.1]', async () => {
    world.fault.storeDown = true;
    const reply = packetOf(await connection('1.1')(request(1, login(await world.ticket())), from));
    expect(reply.code).toBe(52);
    expect(all(reply.attributes, 'Proxy-State').map(state => [...state])).toEqual([[9]]);
    expect(disbelieved).toEqual([]);
  });

  it('does not give one request the answer of another, though a client gives both the same Token', async () => {
    const handler = connection('1.1');
    const [jan, els] = [await world.ticket(), await world.ticket()];
    const first = packetOf(await handler(request(1, login(jan)), from));
    expect(packetOf(await handler(request(1, login(jan)), from)).bytes).toEqual(first.bytes);
    const second = packetOf(await handler(request(1, login({ ...els, secret: 'wrong' })), from));
    expect([first.code, second.code]).toEqual([2, 3]);
  });

  it.each([
    ['a reply', request(2, [])],
    ['a packet of RADIUS/1.0 code 52', request(52, [])],
    ['a broken attribute', Buffer.concat([request(1, []).subarray(0, 2), Buffer.of(0, 21), Buffer.alloc(17, 1)])],
  ])('disbelieves %s', async (_what, octets) => {
    expect(await connection('1.1')(octets, from)).toBeUndefined();
    expect(disbelieved).toHaveLength(1);
  });
});
