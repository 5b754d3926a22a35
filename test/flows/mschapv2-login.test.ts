// MSCHAPv2 without EAP through the whole flow: a ticket is what it proves, once; a response that comes again is the same login
// again or nothing; and all else is refused by name.

import { randomBytes, randomInt } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Attributes, attribute, first, integer, text } from '../../gateway/radius/attributes.ts';
import { signRequest } from '../../gateway/radius/authenticator.ts';
import { hidePassword, revealKey } from '../../gateway/radius/hiding.ts';
import type { Packet } from '../../gateway/radius/packet.ts';
import { mschapv2Peer, type PeerExchange } from '../support/mschapv2-peer.ts';
import { describeWith } from '../support/programs.ts';
import {
  accounting,
  ask,
  type Asked,
  caller,
  classOf,
  makeRadiusWorld,
  nasAddress,
  radiusSecret,
  type RadiusWorld,
  unwantedDevice,
} from '../support/radius-world.ts';

const [accept, reject] = [2, 3];

describeWith('openssl', 'MSCHAPv2 without EAP', (openssl = '') => {
  const peer = mschapv2Peer(openssl);
  let world: RadiusWorld;
  beforeAll(async () => {
    world = await makeRadiusWorld();
  });
  afterAll(() => world.close());

  const exchangeOf = ({ handle, secret }: { readonly handle: string; readonly secret: string }): PeerExchange => ({
    userName: handle,
    password: secret,
    authenticatorChallenge: randomBytes(16),
    peerChallenge: randomBytes(16),
  });
  const attributesOf = (exchange: PeerExchange, identifier = 9, from = caller): Attributes => [
    attribute('User-Name', exchange.userName),
    attribute('Calling-Station-Id', from),
    attribute('MS-CHAP-Challenge', exchange.authenticatorChallenge),
    attribute(
      'MS-CHAP2-Response',
      Buffer.concat([Buffer.of(identifier, 0), exchange.peerChallenge, Buffer.alloc(8), peer.response(exchange)]),
    ),
  ];
  const authenticator = randomBytes(16);
  const send = (attributes: Attributes, asked?: Asked, messageAuthenticator = true) =>
    ask(
      world,
      signRequest({ code: 1, identifier: randomInt(256), authenticator, attributes }, radiusSecret, {
        messageAuthenticator,
      }),
      asked,
    );
  const denials = () => world.store.decisions({ tenant: 'town', only: 'refused', limit: 1000 });
  const lastDenial = async () => (await denials())[0];
  const errorOf = (reply: Packet | undefined) => Buffer.from(first(reply?.attributes ?? [], 'MS-CHAP-Error') ?? []);
  const keyOf = (reply: Packet | undefined, name: 'MS-MPPE-Recv-Key' | 'MS-MPPE-Send-Key') =>
    Buffer.from(
      revealKey(first(reply?.attributes ?? [], name) ?? new Uint8Array(), authenticator, radiusSecret) ?? [],
    ).toString('hex');

  it('opens with a ticket, proves the gateway and gives both ends the same keys [RFC2759-8.7] [RFC3079-3.4]', async () => {
    const exchange = exchangeOf(await world.ticket());
    const reply = await send(attributesOf(exchange, 0x42));
    expect(reply?.code).toBe(accept);
    const success = Buffer.from(first(reply?.attributes ?? [], 'MS-CHAP2-Success') ?? []);
    expect([success[0], success.subarray(1).toString()]).toEqual([0x42, peer.serverProof(exchange)]);
    const { send: sent, receive } = peer.keys(exchange);
    // What the client sends with, the concentrator receives with.
    expect([keyOf(reply, 'MS-MPPE-Recv-Key'), keyOf(reply, 'MS-MPPE-Send-Key')]).toEqual([sent, receive]);
    expect(integer(reply?.attributes ?? [], 'MS-MPPE-Encryption-Types')).toBe(4);
    expect(text(reply?.attributes ?? [], 'Filter-Id')).toBe('machines');
    const id = Buffer.from(first(reply?.attributes ?? [], 'Class') ?? []).toString();
    expect(await world.store.session('town', id)).toMatchObject({ way: 'ticket', userName: exchange.userName });
  });

  it('a response that comes again is the same login again, until accounting starts or a minute is over', async () => {
    const exchange = exchangeOf(await world.ticket());
    const first = await send(attributesOf(exchange));
    const again = await send(attributesOf(exchange));
    expect([again?.code, classOf(again)]).toEqual([accept, classOf(first)]);
    expect(await send(attributesOf(exchange), { from: nasAddress.standby })).toMatchObject({ code: accept });
    // Whoever recorded it and comes from elsewhere, to this concentrator or to another, comes too late.
    for (const [from, at] of [
      ['203.0.113.9', nasAddress.vpn],
      [caller, nasAddress.wifi],
    ] as const) {
      const replayed = await send(attributesOf(exchange, 9, from), { from: at });
      expect(replayed?.code).toBe(reject);
      expect(errorOf(replayed).toString()).toMatch(/^\tE=691 R=0 C=[0-9A-F]{32} V=3 M=/);
      expect((await lastDenial())?.reasons).toEqual(['ticket-used']);
    }
    const started = accounting('start', 's1', [
      attribute('User-Name', exchange.userName),
      attribute('Calling-Station-Id', caller),
      classOf(first),
    ]);
    await ask(world, started, { port: 'accounting' });
    expect((await send(attributesOf(exchange)))?.code).toBe(reject);
    expect(await lastDenial()).toMatchObject({ reasons: ['ticket-used'], detail: 'accounting has started' });

    const later = exchangeOf(await world.ticket());
    await send(attributesOf(later));
    world.advance(61_000);
    expect((await send(attributesOf(later)))?.code).toBe(reject);
    expect((await lastDenial())?.reasons).toEqual(['ticket-used']);
  });

  it('a wrong secret opens nothing, teaches nothing, and leaves the ticket as it was', async () => {
    const ticket = await world.ticket();
    const wrong = await send(attributesOf(exchangeOf({ ...ticket, secret: 'guessed' })));
    expect(wrong?.code).toBe(reject);
    expect(await lastDenial()).toMatchObject({ reasons: ['ticket-secret-wrong'] });
    const error = errorOf(wrong);
    const message = text(wrong?.attributes ?? [], 'Reply-Message') ?? '';
    expect(message).toContain((await lastDenial())?.caseCode);
    expect(error.subarray(1).toString()).toBe(`E=691 R=0 C=${error.subarray(13, 45).toString()} V=3 M=${message}`);
    const unknown = await send(attributesOf(exchangeOf({ handle: 't-aaaaaaaaaaaaaaaa', secret: 'guessed' })));
    const said = (reply: Packet | undefined) => text(reply?.attributes ?? [], 'Reply-Message')?.replace(/\(.*/, '');
    expect(said(unknown)).toBe(said(wrong));
    for (const name of ['MS-CHAP2-Success', 'MS-MPPE-Recv-Key', 'Class'] as const) {
      expect(first(wrong?.attributes ?? [], name)).toBeUndefined();
    }
    expect(await world.store.ticket('town', ticket.handle)).not.toHaveProperty('redeemed');
  });

  it('an answer to another challenge is wrong', async () => {
    const exchange = exchangeOf(await world.ticket());
    const attributes = attributesOf(exchange).map(each => each);
    attributes[2] = attribute('MS-CHAP-Challenge', randomBytes(16));
    expect((await send(attributes))?.code).toBe(reject);
    expect((await lastDenial())?.reasons).toEqual(['ticket-secret-wrong']);
  });

  it('a denial says in the words of PPP that it is not about the password', async () => {
    const reply = await send(attributesOf(exchangeOf(await world.ticket({ device: unwantedDevice }))));
    expect(reply?.code).toBe(reject);
    expect(errorOf(reply).toString()).toContain('E=649 R=0');
    expect(first(reply?.attributes ?? [], 'MS-CHAP2-Success')).toBeUndefined();
    expect(await lastDenial()).toMatchObject({ kind: 'admission', reasons: ['policy-gap'] });
  });

  it('a password of the directory cannot be compared, whatever it is', async () => {
    const reply = await send(attributesOf(exchangeOf({ handle: 'jan', secret: 'geheim' })));
    expect(reply?.code).toBe(reject);
    expect(errorOf(reply).toString()).toContain('E=691');
    expect(await lastDenial()).toMatchObject({ kind: 'refusal', reasons: ['password-method-refused'] });
  });

  it('without Message-Authenticator it is nobody’s, even where the concentrator is excused from it [RFC3579-3.2]', async () => {
    const ticket = await world.ticket();
    const attributes = attributesOf(exchangeOf(ticket));
    expect(await send(attributes, { from: nasAddress.excused }, false)).toBeUndefined();
    expect(world.counted).toContain('sluis_radius_refused_total message-authenticator-missing excused');
    expect(await world.store.ticket('town', ticket.handle)).not.toHaveProperty('redeemed');
  });

  it('a store that is down is silence, and nothing is used up', async () => {
    const exchange = exchangeOf(await world.ticket());
    world.fault.storeDown = true;
    expect(await send(attributesOf(exchange))).toBeUndefined();
    world.fault.storeDown = false;
    expect((await send(attributesOf(exchange)))?.code).toBe(accept);
  });

  it.each<[string, Attributes, string]>([
    ['MS-CHAP version 1', [attribute('MS-CHAP-Response', Buffer.alloc(50))], 'password-method-refused'],
    ['a change of the password', [attribute('MS-CHAP2-CPW', Buffer.alloc(70))], 'password-method-refused'],
    ['half a response', [attribute('MS-CHAP2-Response', Buffer.alloc(25))], 'password-malformed'],
    [
      'a password beside it',
      [
        attribute('MS-CHAP2-Response', Buffer.alloc(50)),
        attribute('User-Password', hidePassword(Buffer.from('x'), authenticator, radiusSecret)),
      ],
      'credentials-conflicting',
    ],
  ])('%s is refused by name, and no case is opened', async (_what, credential, reason) => {
    const before = await denials();
    const counted = () => world.counted.filter(line => line === `sluis_radius_refused_total ${reason} vpn-1`).length;
    const count = counted();
    const challenge = attribute('MS-CHAP-Challenge', Buffer.alloc(16));
    expect((await send([attribute('User-Name', 'jan'), challenge, ...credential]))?.code).toBe(reject);
    expect(counted()).toBe(count + 1);
    expect(await denials()).toHaveLength(before.length);
  });
});
