// Who may be believed: verifying and signing requests and replies. RFC 2865 section 3, RFC 2866 section 3, RFC 3579
// section 3.2, RFC 5176 section 2.3, RFC 5997 section 3, and the rules against forged replies by MD5 collisions
// (CVE-2024-3596): a Message-Authenticator in every reply, before anything a stranger could have chosen.

import { type Refused, refused } from '../contract/reason.ts';
import type { NasPath } from '../pdp/nas.ts';
import { type Attribute, type Attributes, all, has } from './attributes.ts';
import { answers, isRequest, packetCodes } from './code.ts';
import { attributes as dictionary } from './dictionary.ts';
import {
  authenticatorDigest,
  authenticatorField,
  authenticatorRule,
  messageAuthenticatorDigest,
  sameDigest,
} from './digests.ts';
import { encode, headerLength, type Packet, type PacketContent, tooLarge } from './packet.ts';

const messageAuthenticatorType = dictionary['Message-Authenticator'].number;
const proxyStateType = dictionary['Proxy-State'].number;
const emptyMessageAuthenticator: Attribute = { type: messageAuthenticatorType, bytes: new Uint8Array(16) };
const credentials = new Set<number>([
  dictionary['User-Password'].number,
  dictionary['CHAP-Password'].number,
  dictionary['ARAP-Password'].number,
]);

export interface SigningRules {
  readonly requireMessageAuthenticator: boolean;
  /** For a NAS that drops replies in which it does not expect a Message-Authenticator. */
  readonly unsignedReplies?: boolean;
  /** `tls`: nobody can forge or change what comes this way, so MD5 need not keep them from it. */
  readonly path?: NasPath;
}

/** `true`, or why this request is dropped without an answer. Shape was checked by `decode`. */
export function verifyRequest(packet: Packet, secret: Uint8Array, rules: SigningRules): true | Refused {
  if (!isRequest(packet.code)) return refused('code-not-served', `code ${packet.code}`);
  const field = authenticatorField(packet.bytes);
  const computed = authenticatorRule(packet.code) === 'over-zeros';
  if (computed && !sameDigest(authenticatorDigest(packet.bytes, field, secret), packet.authenticator)) {
    return refused('request-authenticator-wrong');
  }
  const at = packet.messageAuthenticatorAt;
  if (at === undefined) return unsigned(packet, rules);
  const right = sameDigest(
    messageAuthenticatorDigest(packet.bytes, at, field, secret),
    packet.bytes.subarray(at, at + 16),
  );
  return right || refused('message-authenticator-wrong');
}

/** What a request without Message-Authenticator may still be. */
function unsigned(packet: Packet, rules: SigningRules): true | Refused {
  // [RFC3579-3.2] EAP is never unsigned, whatever the NAS table allows.
  if (has(packet.attributes, 'EAP-Message')) return refused('message-authenticator-missing', 'EAP-Message');
  // [RFC5997-3]
  if (packet.code === packetCodes['Status-Server']) return refused('message-authenticator-missing', 'Status-Server');
  // The other requests carry a keyed digest as their authenticator.
  if (packet.code !== packetCodes['Access-Request']) return true;
  if (rules.path === 'tls') return true;
  if (rules.requireMessageAuthenticator) return refused('message-authenticator-missing');
  // CVE-2024-3596: Proxy-State is echoed, so it is where a forger would put the octets that make MD5 collide.
  if (has(packet.attributes, 'Proxy-State')) return refused('proxy-state-unsigned');
  // [RFC3579-3.2] Nothing in it is tied to the secret: anyone may have sent it.
  if (has(packet.attributes, 'MS-CHAP2-Response')) {
    return refused('message-authenticator-missing', 'MS-CHAP2-Response');
  }
  if (!packet.attributes.some(({ type }) => credentials.has(type))) return refused('credentials-missing', 'unsigned');
  return true;
}

/** Signs a request; Message-Authenticator first where the packet carries one. `authenticator` is random or unused. */
export function signRequest(
  request: PacketContent,
  secret: Uint8Array,
  { messageAuthenticator = request.code !== packetCodes['Accounting-Request'] } = {},
): Uint8Array {
  if (!isRequest(request.code)) throw new TypeError(`code ${request.code} is no request`);
  forbid(request.attributes, messageAuthenticatorType);
  const attributes = messageAuthenticator ? [emptyMessageAuthenticator, ...request.attributes] : request.attributes;
  const bytes = encode({ ...request, attributes });
  return sign(bytes, authenticatorField(bytes), secret, messageAuthenticator);
}

/**
 * The signed answer to a verified request: identifier, authenticator and Proxy-State are the request's.
 * A Message-Authenticator stands first in every answer to Access-Request and Status-Server; `unsignedReplies` leaves it out
 * where no EAP demands it [RFC3579-3.2].
 */
export function signReply(
  reply: { readonly code: number; readonly attributes: Attributes },
  request: PacketContent,
  secret: Uint8Array,
  { unsignedReplies = false }: Pick<SigningRules, 'unsignedReplies'> = {},
): Uint8Array | Refused {
  if (!answers(reply.code, request.code)) throw new TypeError(`code ${reply.code} does not answer ${request.code}`);
  forbid(reply.attributes, messageAuthenticatorType);
  forbid(reply.attributes, proxyStateType);
  const signed = repliesAreSigned(request) && (!unsignedReplies || has(reply.attributes, 'EAP-Message'));
  const attributes = [
    ...(signed ? [emptyMessageAuthenticator] : []),
    ...reply.attributes,
    // [RFC2865-5.33] Unmodified and in order.
    ...request.attributes.filter(({ type }) => type === proxyStateType),
  ];
  // The request's Proxy-State counts too, so a peer can cause this: refused, not thrown.
  const much = tooLarge(attributes);
  if (much !== undefined) return much;
  const bytes = encode({ ...reply, identifier: request.identifier, authenticator: request.authenticator, attributes });
  return sign(bytes, request.authenticator, secret, signed);
}

/** What a client demands of a Message-Authenticator in replies that must have one. */
export type ReplyDemand = 'first' | 'present' | 'none';

/** `true`, or why a client must go on waiting as if this reply had not come. */
export function verifyReply(
  reply: Packet,
  request: PacketContent,
  secret: Uint8Array,
  demand: ReplyDemand = 'first',
): true | Refused {
  if (!answers(reply.code, request.code))
    return refused('code-not-served', `code ${reply.code} in answer to ${request.code}`);
  if (reply.identifier !== request.identifier) return refused('request-authenticator-wrong', 'another Identifier');
  const digest = authenticatorDigest(reply.bytes, request.authenticator, secret);
  if (!sameDigest(digest, reply.authenticator)) return refused('request-authenticator-wrong', 'Response Authenticator');
  const at = reply.messageAuthenticatorAt;
  if (at === undefined) {
    const demanded = demand !== 'none' && repliesAreSigned(request);
    if (demanded || has(reply.attributes, 'EAP-Message')) return refused('message-authenticator-missing');
  } else {
    const computed = messageAuthenticatorDigest(reply.bytes, at, request.authenticator, secret);
    if (!sameDigest(computed, reply.bytes.subarray(at, at + 16))) return refused('message-authenticator-wrong');
    if (demand === 'first' && repliesAreSigned(request) && at !== headerLength + 2) {
      return refused('message-authenticator-malformed', 'not the first attribute');
    }
  }
  const sent = all(request.attributes, 'Proxy-State');
  const echoed = all(reply.attributes, 'Proxy-State');
  const same =
    sent.length === echoed.length && sent.every((state, index) => Buffer.compare(state, echoed[index] ?? state) === 0);
  return same || refused('proxy-state-unsigned', 'Proxy-State differs from what was sent');
}

/** Always for authentication and Status-Server; dynamic authorization answers as it was asked [RFC5176-3.4]. */
function repliesAreSigned(request: PacketContent): boolean {
  const { code, attributes } = request;
  if (code === packetCodes['Access-Request'] || code === packetCodes['Status-Server']) return true;
  return code !== packetCodes['Accounting-Request'] && has(attributes, 'Message-Authenticator');
}

/** Message-Authenticator first, since the MD5 authenticator covers it. Writes into `bytes`. */
function sign(bytes: Uint8Array, field: Uint8Array, secret: Uint8Array, messageAuthenticator: boolean): Uint8Array {
  const at = headerLength + 2;
  if (messageAuthenticator) bytes.set(messageAuthenticatorDigest(bytes, at, field, secret), at);
  if (authenticatorRule(bytes[0] ?? 0) !== 'random') bytes.set(authenticatorDigest(bytes, field, secret), 4);
  return bytes;
}

function forbid(attributes: Attributes, type: number): void {
  if (attributes.some(found => found.type === type)) throw new TypeError(`attribute ${type} is added by signing`);
}
