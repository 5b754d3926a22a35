// RADIUS/1.1 (RFC 9765): inside TLS, so without MD5. No authenticators, no Message-Authenticator, no hidden values; a Token of
// 32 bits in place of the Identifier.
//
//   Code(1) Reserved(1) Length(2) Token(4) Reserved(12) | Type(1) Length(1) Value(0..253) | …

import { hash } from 'node:crypto';
import { isRefused, refused } from '../contract/reason.ts';
import { all, type Attribute, type Attributes, attribute, has } from './attributes.ts';
import type { Carrier, Reply } from './carrier.ts';
import { answers, isRequest, packetCodes } from './code.ts';
import { readCredentials } from './credentials.ts';
import { attributes as dictionary } from './dictionary.ts';
import { decode, encode, type Packet, type PacketContent, tooLarge } from './packet.ts';

/** RFC 7930 section 4. */
export const protocolError = 52;
const resourcesUnavailable = 506;
const proxyStateType = dictionary['Proxy-State'].number;

export const inClear: Carrier = {
  decode: octets => {
    const packet = decode(octets, { unsigned: true });
    if (isRefused(packet)) return packet;
    const { bytes } = packet;
    return {
      ...packet,
      identifier: Buffer.from(bytes).readUInt32BE(4),
      // Nobody reads it as one, but it tells a request from another that a broken client gives the same Token.
      authenticator: hash('sha256', bytes, 'buffer').subarray(0, 16),
    };
  },
  // Whoever holds the connection said it.
  verify: ({ code }) => isRequest(code) || refused('code-not-served', `code ${code}`),
  credentials: request => {
    // [RFC9765-5.1.2] There is no Request Authenticator that could be the challenge.
    if (has(request.attributes, 'CHAP-Password') && !has(request.attributes, 'CHAP-Challenge')) {
      return refused('password-malformed', 'CHAP-Password without CHAP-Challenge');
    }
    return readCredentials(request, 'in-clear');
  },
  // [RFC9765-5.1.4]
  sessionKeys: ({ receive, send }) => [attribute('MS-MPPE-Recv-Key', receive), attribute('MS-MPPE-Send-Key', send)],
  sign: (reply, request) => {
    if (!answers(reply.code, request.code)) throw new TypeError(`code ${reply.code} does not answer ${request.code}`);
    const attributes = [...reply.attributes, ...proxyStates(request)];
    return tooLarge(attributes) ?? withToken(request, reply, attributes);
  },
  // [RFC9765-6.1] It saves the client from waiting until it tries elsewhere.
  unable: request => {
    const { code } = request;
    if (code !== packetCodes['Access-Request'] && code !== packetCodes['Accounting-Request']) return undefined;
    const attributes = [attribute('Error-Cause', resourcesUnavailable), ...proxyStates(request)];
    // Proxy-State can be so long that nothing fits beside it.
    return tooLarge(attributes) ? undefined : withToken(request, { code: protocolError }, attributes);
  },
};

/** [RFC2865-5.33] Unmodified and in order. */
function proxyStates({ attributes }: Packet): readonly Attribute[] {
  return all(attributes, 'Proxy-State').map(bytes => ({ type: proxyStateType, bytes }));
}

function withToken({ bytes }: Packet, { code }: Pick<Reply, 'code'>, attributes: Attributes): Uint8Array {
  return encodeInClear({ code, identifier: Buffer.from(bytes).readUInt32BE(4), attributes });
}

/** [RFC9765-4.1] The identifier is a Token of 32 bits, in the first octets of what was the authenticator. */
export function encodeInClear({ code, identifier, attributes }: Omit<PacketContent, 'authenticator'>): Uint8Array {
  const field = Buffer.alloc(16);
  field.writeUInt32BE(identifier);
  return encode({ code, identifier: 0, authenticator: field, attributes });
}
