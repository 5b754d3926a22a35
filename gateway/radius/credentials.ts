// Which one credential an Access-Request offers. RFC 2865 section 4.1, RFC 2548 sections 2.1.2 and 2.3.2 (MSCHAPv2), RFC 3579
// section 3.2 (never two of them).

import { isRefused, type Refused, refused } from '../contract/reason.ts';
import { eapMessage, first } from './attributes.ts';
import type { AttributeName } from './dictionary.ts';
import { revealPassword } from './hiding.ts';
import type { PacketContent } from './packet.ts';

export type Credentials =
  /** `packet` is empty for EAP-Start. */
  | { readonly kind: 'eap'; readonly packet: Uint8Array }
  | { readonly kind: 'password'; readonly password: Uint8Array }
  | {
      readonly kind: 'chap';
      readonly identifier: number;
      readonly response: Uint8Array;
      readonly challenge: Uint8Array;
    }
  | ({ readonly kind: 'mschapv2' } & Mschapv2Credentials);

export interface Mschapv2Credentials {
  /** Goes back in the answer. */
  readonly identifier: number;
  /** 16 octets, made by the NAS. */
  readonly authenticatorChallenge: Uint8Array;
  /** 16 octets. */
  readonly peerChallenge: Uint8Array;
  /** 24 octets. */
  readonly ntResponse: Uint8Array;
}

const offers = [
  'EAP-Message',
  'User-Password',
  'CHAP-Password',
  'ARAP-Password',
  'MS-CHAP-Response',
  'MS-CHAP2-Response',
  'MS-CHAP-CPW-1',
  'MS-CHAP-CPW-2',
  'MS-CHAP2-CPW',
] as const satisfies readonly AttributeName[];

/** `in-clear`: the password is not hidden, for the way itself is [RFC9765-5.1.1]. */
export function readCredentials(request: PacketContent, secret: Uint8Array | 'in-clear'): Credentials | Refused {
  const { attributes, authenticator } = request;
  const offered = offers.filter(name => first(attributes, name) !== undefined);
  const [offer] = offered;
  if (offer === undefined) return refused('credentials-missing');
  // [RFC3579-3.2] Otherwise one could be checked and another be relied on.
  if (offered.length > 1) return refused('credentials-conflicting', offered.join(', '));
  const value = first(attributes, offer) ?? new Uint8Array();
  switch (offer) {
    case 'EAP-Message': {
      const packet = eapMessage(attributes);
      return isRefused(packet) ? packet : { kind: 'eap', packet: packet ?? value };
    }
    case 'User-Password': {
      const password = secret === 'in-clear' ? clearPassword(value) : revealPassword(value, authenticator, secret);
      return isRefused(password) ? password : { kind: 'password', password };
    }
    case 'CHAP-Password': {
      const [identifier] = value;
      if (identifier === undefined || value.length !== 17) return refused('password-malformed', 'CHAP-Password');
      // [RFC2865-2.2] Without CHAP-Challenge the Request Authenticator is the challenge.
      const challenge = first(attributes, 'CHAP-Challenge') ?? authenticator;
      return { kind: 'chap', identifier, response: value.subarray(1), challenge };
    }
    case 'MS-CHAP2-Response':
      return mschapv2(value, first(attributes, 'MS-CHAP-Challenge'));
    case 'ARAP-Password':
    case 'MS-CHAP-Response':
      return refused('password-method-refused', `${offer} is not served`);
    case 'MS-CHAP-CPW-1':
    case 'MS-CHAP-CPW-2':
    case 'MS-CHAP2-CPW':
      return refused('password-method-refused', `${offer}: passwords are not changed here`);
  }
}

/** [RFC2548-2.3.2] Identifier (1), flags (1), peer challenge (16), reserved (8), response (24). */
function mschapv2(value: Uint8Array, challenge: Uint8Array | undefined): Credentials | Refused {
  const [identifier] = value;
  if (identifier === undefined || value.length !== 50) {
    return refused('password-malformed', `MS-CHAP2-Response of ${value.length} octets`);
  }
  // [RFC2548-2.1.2] Unlike CHAP it has no other place that the challenge could stand in.
  if (challenge?.length !== 16) {
    return refused('password-malformed', `MS-CHAP-Challenge of ${challenge?.length ?? 'no'} octets`);
  }
  return {
    kind: 'mschapv2',
    identifier,
    authenticatorChallenge: challenge,
    peerChallenge: value.subarray(2, 18),
    ntResponse: value.subarray(26, 50),
  };
}

/** [RFC9765-5.1.1] */
function clearPassword(value: Uint8Array): Uint8Array | Refused {
  return value.length > 0 && value.length <= 128 ? value : refused('password-malformed', `${value.length} octets`);
}
