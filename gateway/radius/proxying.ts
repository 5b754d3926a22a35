// One request passed on to another server and its answer passed back, unchanged but for what belongs to one way alone:
// authenticators, signatures, and what is hidden by the secret of one way. RFC 2865 sections 2.3 and 5.2, RFC 2548 section 2.4,
// RFC 2868 section 3.5, RFC 3579 section 3.2.
// Proxy-State of proxies before us goes on and comes back in order [RFC2865-5.33]; we add none, for each request passed on has a
// socket of its own.

import { isRefused, type Refused, refused } from '../contract/reason.ts';
import { type Attribute, attribute, has, vendorParts } from './attributes.ts';
import { signRequest } from './authenticator.ts';
import type { Reply } from './carrier.ts';
import { packetCodes } from './code.ts';
import { type AttributeDefinition, attributes as dictionary, definition, nameOf } from './dictionary.ts';
import { hideKey, hidePassword, revealKey, revealPassword } from './hiding.ts';
import { type Packet, type PacketContent, tooLarge } from './packet.ts';

/** One of the two ways: the secret of it, or a connection that needs none. */
export interface Way {
  readonly secret: Uint8Array | 'in-clear';
  /** Of the request on this way. */
  readonly authenticator: Uint8Array;
}

const userPassword = dictionary['User-Password'].number;
const vendorSpecific = dictionary['Vendor-Specific'].number;
const messageAuthenticator = dictionary['Message-Authenticator'].number;
const proxyState = dictionary['Proxy-State'].number;
/** Stands for the one that is added. */
const signature: Attribute = { type: messageAuthenticator, bytes: new Uint8Array(16) };
/** [RFC2865-5.2] */
const longestPassword = 128;

/** The request as the next server is to get it. `fresh`: its identifier, and 16 random octets. */
export function passedOn(
  request: Packet,
  from: Way['secret'],
  secret: Uint8Array,
  fresh: Pick<PacketContent, 'identifier' | 'authenticator'>,
): Uint8Array | Refused {
  const ways = { from: { secret: from, authenticator: request.authenticator }, to: { secret, ...fresh } };
  const attributes: Attribute[] = [];
  for (const each of request.attributes) {
    if (each.type === messageAuthenticator) continue;
    const hidden = each.type === userPassword ? rehidden(each.bytes, dictionary['User-Password'], ways) : each.bytes;
    if (isRefused(hidden)) return hidden;
    attributes.push({ type: each.type, bytes: hidden });
  }
  // [RFC2865-2.2] Without CHAP-Challenge the Request Authenticator is the challenge, and that is another one from here on.
  if (has(attributes, 'CHAP-Password') && !has(attributes, 'CHAP-Challenge')) {
    attributes.push(attribute('CHAP-Challenge', request.authenticator));
  }
  const much = tooLarge([...attributes, signature]);
  if (much !== undefined) return much;
  return signRequest({ code: request.code, ...fresh, attributes }, secret);
}

/** The answer as the NAS is to get it, before it is signed. `asked`: the way to the other server; `nas`: that to the NAS. */
export function passedBack(reply: Packet, asked: Way, nas: Way): Reply | Refused {
  const ways = { from: asked, to: nas };
  const attributes: Attribute[] = [];
  for (const each of reply.attributes) {
    if (each.type === messageAuthenticator || each.type === proxyState) continue;
    const name = nameOf(each.type);
    const bytes =
      each.type === vendorSpecific
        ? vendorPassed(each.bytes, ways)
        : rehidden(each.bytes, name === undefined ? undefined : definition(name), ways);
    if (isRefused(bytes)) return bytes;
    attributes.push({ type: each.type, bytes });
  }
  return { code: reply.code, attributes };
}

/** Whether an answer says anything about a login. */
export function isFinal({ code }: Pick<Packet, 'code'>): boolean {
  return code === packetCodes['Access-Accept'] || code === packetCodes['Access-Reject'];
}

interface Ways {
  readonly from: Way;
  readonly to: Way;
}

/** What is hidden by one secret, hidden by the other; all else as it is. */
function rehidden(
  value: Uint8Array,
  of: Pick<AttributeDefinition, 'hiding'> | undefined,
  { from, to }: Ways,
): Uint8Array | Refused {
  switch (of?.hiding) {
    case undefined:
      return value;
    case 'password': {
      const clear = from.secret === 'in-clear' ? value : revealPassword(value, from.authenticator, from.secret);
      if (isRefused(clear) || to.secret === 'in-clear') return clear;
      if (clear.length > longestPassword) return refused('password-malformed', `${clear.length} octets`);
      return hidePassword(padded(clear, value.length), to.authenticator, to.secret);
    }
    case 'salted':
      return salted(value, { from, to });
    case 'tagged-salted': {
      const key = salted(value.subarray(1), { from, to });
      return isRefused(key) ? key : Buffer.concat([value.subarray(0, 1), key]);
    }
  }
}

/** The salt stays: it is another one for each value of a packet already. */
function salted(value: Uint8Array, { from, to }: Ways): Uint8Array | Refused {
  if (from.secret === 'in-clear') return refused('password-malformed', 'a key in clear is not passed on');
  const key = revealKey(value, from.authenticator, from.secret);
  if (key === undefined) return refused('password-malformed', 'a key that cannot be read');
  return to.secret === 'in-clear' ? key : hideKey(key, value.subarray(0, 2), to.authenticator, to.secret);
}

/** A key may end in zero octets, which look like padding. */
function padded(clear: Uint8Array, length: number): Uint8Array {
  const whole = new Uint8Array(Math.max(clear.length, length));
  whole.set(clear);
  return whole;
}

/** Each sub-attribute by itself; in another format it is none of those that are hidden. */
function vendorPassed(value: Uint8Array, ways: Ways): Uint8Array | Refused {
  const pieces: Uint8Array[] = [value.subarray(0, 4)];
  const parts = vendorParts(value);
  if (parts.length === 0) return value;
  for (const { vendor, type, bytes } of parts) {
    const name = nameOf(type, vendor);
    const passed = rehidden(bytes, name === undefined ? undefined : definition(name), ways);
    if (isRefused(passed)) return passed;
    pieces.push(Uint8Array.of(type, passed.length + 2), passed);
  }
  return Buffer.concat(pieces);
}
