// An EAP-TLS login as laptop and concentrator make it together, round by round, so that a test can come between rounds.

import { randomBytes, randomInt } from 'node:crypto';
import type { Issued } from '../../gateway/cli/demo/test-authority.ts';
import { isRefused } from '../../gateway/contract/reason.ts';
import { encodeEap, eapTypes } from '../../gateway/eap/packet.ts';
import { eapTlsPeer } from '../../gateway/eap/peer.ts';
import { tlsPeerEngine } from '../../gateway/io/tls-peer.ts';
import { type Attributes, attribute, eapAttributes, eapMessage, first } from '../../gateway/radius/attributes.ts';
import { signRequest } from '../../gateway/radius/authenticator.ts';
import { revealKey } from '../../gateway/radius/hiding.ts';
import type { Packet } from '../../gateway/radius/packet.ts';
import { type Asked, ask, radiusSecret, type RadiusWorld } from './radius-world.ts';

export interface EapLogin {
  /** The Access-Request of this round; the same octets until its reply has been taken. */
  readonly request: () => Uint8Array;
  /** Whether another round is due. */
  readonly take: (reply: Packet) => Promise<boolean>;
  /** Asks and takes until there is no further round; the last reply. */
  readonly finish: (asked?: Asked) => Promise<Packet | undefined>;
  readonly peer: ReturnType<typeof eapTlsPeer>;
  /** Whether the keys of the reply are those of the laptop. */
  readonly keysMatch: (accepted: Packet) => boolean;
  readonly close: () => void;
}

export function eapLogin(
  world: RadiusWorld,
  who: Issued | undefined,
  options: { readonly tls?: '1.2' | '1.3'; readonly userName?: Uint8Array; readonly attributes?: Attributes } = {},
): EapLogin {
  const { tls = '1.3', userName = Buffer.from('anonymous'), attributes = [] } = options;
  const own = who === undefined ? {} : { certificatePem: who.chainPem, keyPem: who.privateKeyPem };
  const engine = tlsPeerEngine({ ...own, minVersion: `TLSv${tls}`, maxVersion: `TLSv${tls}` });
  const peer = eapTlsPeer({ identity: 'anonymous', engine, fragmentBytes: 1000 });
  const identity = Buffer.from('anonymous');
  let state: Uint8Array | undefined;
  let authenticator = randomBytes(16);
  let made = sign(encodeEap({ code: 'response', identifier: 0, type: eapTypes.identity, data: identity }));

  function sign(eap: Uint8Array): Uint8Array {
    authenticator = randomBytes(16);
    const named = [{ type: 1, bytes: userName }, ...attributes];
    const continued = state === undefined ? [] : [attribute('State', state)];
    const content = { code: 1, identifier: randomInt(256), authenticator };
    return signRequest({ ...content, attributes: [...named, ...continued, ...eapAttributes(eap)] }, radiusSecret);
  }
  async function take(reply: Packet): Promise<boolean> {
    const message = eapMessage(reply.attributes);
    if (message === undefined || isRefused(message) || message.length === 0) return false;
    const answer = await peer.answer(message);
    if (reply.code !== 11 || answer === undefined || isRefused(answer)) return false;
    state = first(reply.attributes, 'State');
    made = sign(answer);
    return true;
  }
  return {
    request: () => made,
    take,
    finish: async asked => {
      for (let round = 0; round < 100; round++) {
        const reply = await ask(world, made, asked);
        if (reply === undefined || !(await take(reply))) return reply;
      }
      throw new Error('no end after 100 rounds');
    },
    peer,
    keysMatch: accepted => {
      const { msk } = peer.result();
      const halves = (['MS-MPPE-Recv-Key', 'MS-MPPE-Send-Key'] as const).map(name => {
        const hidden = first(accepted.attributes, name);
        return hidden && revealKey(hidden, authenticator, radiusSecret);
      });
      return msk !== undefined && Buffer.compare(msk, Buffer.concat(halves.map(half => half ?? Buffer.alloc(0)))) === 0;
    },
    close: () => engine.close(),
  };
}
