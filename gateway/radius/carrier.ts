// What a way in does to packets: how they are read, believed, answered, and where their secrets are hidden. Either as it has
// always been, by MD5 and a shared secret, or in clear inside TLS (`in-clear.ts`).

import type { Refused } from '../contract/reason.ts';
import type { Attributes } from './attributes.ts';
import { type SigningRules, signReply, verifyRequest } from './authenticator.ts';
import { type Credentials, readCredentials } from './credentials.ts';
import { decode, type Packet } from './packet.ts';
import { type SessionKeys, sessionKeyAttributes } from './session-keys.ts';

export interface Reply {
  readonly code: number;
  readonly attributes: Attributes;
}

export interface Carrier {
  readonly decode: (octets: Uint8Array) => Packet | Refused;
  /** `true`, or why this request is dropped. */
  readonly verify: (request: Packet) => true | Refused;
  readonly credentials: (request: Packet) => Credentials | Refused;
  /** `saltOctets`: four random ones. */
  readonly sessionKeys: (keys: SessionKeys, saltOctets: Uint8Array, request: Packet) => Attributes;
  readonly sign: (reply: Reply, request: Packet) => Uint8Array | Refused;
  /** What says that this request had no answer, where that can be said; elsewhere it is met with silence. */
  readonly unable?: (request: Packet) => Uint8Array | undefined;
}

/** RFC 2865 and all that grew from it. */
export function sharedSecret({ secret, ...rules }: SigningRules & { readonly secret: Uint8Array }): Carrier {
  return {
    decode,
    verify: request => verifyRequest(request, secret, rules),
    credentials: request => readCredentials(request, secret),
    sessionKeys: (keys, saltOctets, { authenticator }) => sessionKeyAttributes(keys, saltOctets, authenticator, secret),
    sign: (reply, request) => signReply(reply, request, secret, rules),
  };
}
