// A login through a tunnel, message by message, by a client that says inside whatever a test wants it to.

import { randomBytes, randomInt } from 'node:crypto';
import type { Issued } from '../../gateway/cli/demo/test-authority.ts';
import { isRefused } from '../../gateway/contract/reason.ts';
import { decodeEap, encodeEap, eapTypes } from '../../gateway/eap/packet.ts';
import type { TunnelMethod } from '../../gateway/eap/method.ts';
import {
  acknowledgementData,
  collect,
  cutMessage,
  decodeFragment,
  emptyCollection,
  encodeFragment,
} from '../../gateway/eap/tls-fragments.ts';
import { attribute, eapAttributes, eapMessage, first } from '../../gateway/radius/attributes.ts';
import { signRequest } from '../../gateway/radius/authenticator.ts';
import type { Packet } from '../../gateway/radius/packet.ts';
import { offeringClient } from '../contracts/tls-engine-client.ts';
import { ask, caller, radiusSecret, type RadiusWorld } from './radius-world.ts';

export interface TunnelLogin {
  /** What the gateway says inside once the tunnel stands: nothing in EAP-TTLS, a request for the identity in PEAP. */
  readonly opened: Uint8Array;
  /** Says something inside; what the gateway says to that, if it goes on. */
  readonly say: (data: Uint8Array) => Promise<Inside>;
  /** An empty message: goes on where the gateway has spoken last. */
  readonly acknowledge: () => Promise<Inside>;
  readonly close: () => void;
}

export interface Inside {
  /** Silence is `undefined`. */
  readonly reply: Packet | undefined;
  readonly data: Uint8Array;
  /** By a notification of TLS. */
  readonly closed: boolean;
}

const challengeCode = 11;

export async function tunnelLogin(
  world: RadiusWorld,
  options: { readonly method: TunnelMethod; readonly tls: '1.2' | '1.3'; readonly machine?: Issued },
): Promise<TunnelLogin> {
  const { method, tls, machine } = options;
  const type = method === 'peap' ? eapTypes.peap : eapTypes.ttls;
  const own = machine === undefined ? {} : { cert: machine.chainPem, key: machine.privateKeyPem };
  const client = offeringClient({ ...own, minVersion: `TLSv${tls}`, maxVersion: `TLSv${tls}` });
  let state: Uint8Array | undefined;
  let identifier = 0;
  let reply: Packet | undefined;

  async function send(ofType: number, data: Uint8Array): Promise<Uint8Array> {
    const eap = encodeEap({ code: 'response', identifier, type: ofType, data });
    const named = [attribute('User-Name', 'anonymous'), attribute('Calling-Station-Id', caller)];
    const continued = state === undefined ? [] : [attribute('State', state)];
    const content = { code: 1, identifier: randomInt(256), authenticator: randomBytes(16) };
    const attributes = [...named, ...continued, ...eapAttributes(eap)];
    reply = await ask(world, signRequest({ ...content, attributes }, radiusSecret));
    if (reply?.code !== challengeCode) return new Uint8Array();
    state = first(reply.attributes, 'State');
    const message = eapMessage(reply.attributes);
    const packet = message === undefined || isRefused(message) ? message : decodeEap(message);
    if (packet === undefined || isRefused(packet) || !('type' in packet)) throw new Error('a challenge without EAP');
    ({ identifier } = packet);
    return packet.data;
  }
  /** One TLS message there and one back; nothing comes back where the conversation ends. */
  async function exchange(message: Uint8Array): Promise<Uint8Array> {
    let data = acknowledgementData;
    for (const fragment of cutMessage(message, 1_000)) data = await send(type, encodeFragment(fragment));
    for (
      let collection = emptyCollection;
      reply?.code === challengeCode;
      data = await send(type, acknowledgementData)
    ) {
      const fragment = decodeFragment(data);
      const collected = isRefused(fragment) ? fragment : collect(collection, fragment, 65_536);
      if (isRefused(collected)) throw new Error(collected.detail);
      if (collected.complete) return collected.message;
      ({ collection } = collected);
    }
    return new Uint8Array();
  }
  async function inside(sealed: Uint8Array): Promise<Inside> {
    const message = await exchange(sealed);
    if (message.length > 0) await client.step(message);
    return { reply, ...(await client.heard()) };
  }

  await send(eapTypes.identity, Buffer.from('anonymous'));
  await send(eapTypes.nak, Uint8Array.of(type));
  let toServer = (await client.begin()).bytes;
  while (!client.status().finished) {
    const answered = await client.step(await exchange(toServer));
    toServer = answered.bytes;
  }
  // In TLS 1.3 the client finishes last, in 1.2 the gateway does, and waits in PEAP until that is acknowledged.
  const opened = tls === '1.3' || method === 'peap' ? await inside(toServer) : await client.heard();
  return {
    opened: opened.data,
    say: async data => inside(await client.say(data)),
    acknowledge: () => inside(new Uint8Array()),
    close: () => client.close(),
  };
}
