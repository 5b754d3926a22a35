// The requests this product sends as a client, for probing and for tests: octets ready to send, signed with a shared secret, or
// in clear for RADIUS/1.1. Random octets are arguments. RFC 2865 section 4.1, RFC 2866 section 4.1, RFC 5997 section 3, RFC 9765.

import { signRequest } from './authenticator.ts';
import { type Attributes, attribute } from './attributes.ts';
import { packetCodes } from './code.ts';
import { hidePassword } from './hiding.ts';
import { encodeInClear } from './in-clear.ts';

/** `in-clear`: nothing is signed or hidden, for the way itself is [RFC9765-5]. */
export type ClientSecret = Uint8Array | 'in-clear';

interface Asked {
  /** Different from every other request under way from the same port. */
  readonly identifier: number;
  readonly secret: ClientSecret;
  /** Sent after those the request needs. */
  readonly attributes?: Attributes;
}

/** 16 octets that nobody can foresee, fresh for every request. */
interface Random {
  readonly authenticator: Uint8Array;
}

/** Access-Request by PAP. */
export function passwordRequest(
  asked: Asked &
    Random & { readonly userName: string; readonly password: string; readonly messageAuthenticator?: boolean },
): Uint8Array {
  const { identifier, secret, authenticator, userName, password, attributes = [], messageAuthenticator = true } = asked;
  const octets = Buffer.from(password, 'utf8');
  const sent = secret === 'in-clear' ? octets : hidePassword(octets, authenticator, secret);
  return accessRequest({
    ...{ identifier, secret, authenticator, messageAuthenticator },
    attributes: [attribute('User-Name', userName), attribute('User-Password', sent), ...attributes],
  });
}

/** Access-Request whose credential stands among the attributes. */
export function accessRequest(asked: Asked & Random & { readonly messageAuthenticator?: boolean }): Uint8Array {
  const { identifier, secret, authenticator, attributes = [], messageAuthenticator = true } = asked;
  const content = { code: packetCodes['Access-Request'], identifier, authenticator, attributes };
  return secret === 'in-clear' ? encodeInClear(content) : signRequest(content, secret, { messageAuthenticator });
}

const statusTypes = { start: 1, stop: 2, interim: 3, on: 7, off: 8 } as const;

export function accountingRequest(
  asked: Asked & { readonly status: keyof typeof statusTypes; readonly acctSessionId: string },
): Uint8Array {
  const { identifier, secret, status, acctSessionId, attributes = [] } = asked;
  const content = {
    code: packetCodes['Accounting-Request'],
    identifier,
    authenticator: new Uint8Array(16),
    attributes: [
      attribute('Acct-Status-Type', statusTypes[status]),
      attribute('Acct-Session-Id', acctSessionId),
      ...attributes,
    ],
  };
  return secret === 'in-clear' ? encodeInClear(content) : signRequest(content, secret);
}

/** [RFC5997-3] "Are you alive?" – never sent twice: each probe has a fresh identifier and authenticator. */
export function statusRequest(asked: Asked & Random): Uint8Array {
  const { identifier, secret, authenticator, attributes = [] } = asked;
  const content = { code: packetCodes['Status-Server'], identifier, authenticator, attributes };
  return secret === 'in-clear' ? encodeInClear(content) : signRequest(content, secret);
}
