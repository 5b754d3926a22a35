// CoA- and Disconnect-Requests on the connection that the NAS opened (draft-ietf-radext-reverse-coa): the same packets as over
// UDP, in the form of RADIUS that the connection speaks. Codes tell which packets answer ours; our identifiers and those of
// the NAS are two spaces, since each end numbers its own requests [RFC6613-2.6.5] [RFC9765-4.2].

import { isRefused, type Refused, refused } from '../contract/reason.ts';
import { verifyReply } from './authenticator.ts';
import { answers, packetCodes } from './code.ts';
import { type ChangeRequest, changeContent, changeRequest } from './dynamic-authorization.ts';
import { encodeInClear, inClear, protocolError } from './in-clear.ts';
import { decode, type Packet } from './packet.ts';

export interface ReversePath {
  /** How many requests can be told apart. */
  readonly identifiers: number;
  readonly encode: (asked: Omit<ChangeRequest, 'secret'>) => Uint8Array;
  readonly decode: (octets: Uint8Array) => Packet | Refused;
  /** `true`: it is the answer. */
  readonly verify: (reply: Packet, request: Packet) => true | Refused;
}

const answerCodes: ReadonlySet<number> = new Set([
  packetCodes['CoA-ACK'],
  packetCodes['CoA-NAK'],
  packetCodes['Disconnect-ACK'],
  packetCodes['Disconnect-NAK'],
  protocolError,
]);

/** By its code alone: no NAS asks with one of these. */
export function isChangeAnswer(octets: Uint8Array): boolean {
  return answerCodes.has(octets[0] ?? 0);
}

/** `secret`: that of everybody over TLS [RFC6614-2.3]. */
export function reversePath(version: '1.0' | '1.1', secret: Uint8Array): ReversePath {
  return version === '1.1' ? reverseInClear : underSecret(secret);
}

function underSecret(secret: Uint8Array): ReversePath {
  return {
    identifiers: 256,
    encode: asked => changeRequest({ ...asked, secret }),
    decode,
    verify: (reply, request) => verifyReply(reply, request, secret, 'none'),
  };
}

const reverseInClear: ReversePath = {
  identifiers: 2 ** 32,
  encode: asked => encodeInClear(changeContent(asked)),
  decode: octets => inClear.decode(octets),
  // Whoever holds the connection said it.
  verify: (reply, request) =>
    reply.code === protocolError ||
    answers(reply.code, request.code) ||
    refused('code-not-served', `code ${reply.code}`),
};

/** [RFC7930-4] It understood, and cannot say yes or no: as if there were no answer. */
export function isUnable({ code }: Packet): boolean {
  return code === protocolError;
}

/** What was sent, as it will be compared with what comes. Throws on octets of ours that are no packet. */
export function ownPacket(path: ReversePath, octets: Uint8Array): Packet {
  const packet = path.decode(octets);
  if (isRefused(packet)) throw new TypeError(`not a RADIUS packet: ${packet.refused}`);
  return packet;
}
