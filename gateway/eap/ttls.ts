// What a peer proves itself with inside an EAP-TTLS tunnel (RFC 5281 section 11.2): a password (PAP), an MSCHAPv2 response to
// the challenge that TLS gave both ends, or a packet of EAP.

import { type Refused, isRefused, refused } from '../contract/reason.ts';
import { type Avp, decodeAvps, encodeAvp } from './ttls-avp.ts';

/** RADIUS names of RFC 2865, 2869 and 2548 (vendor 311). */
const codes = {
  '1': 'User-Name',
  '2': 'User-Password',
  '3': 'CHAP-Password',
  '60': 'CHAP-Challenge',
  '79': 'EAP-Message',
  '311/1': 'MS-CHAP-Response',
  '311/11': 'MS-CHAP-Challenge',
  '311/25': 'MS-CHAP2-Response',
} as const;
type AvpName = (typeof codes)[keyof typeof codes];

const microsoft = 311;
const eapMessageCode = 79;
const mschapv2SuccessCode = 26;
const challengeOctets = 16;
const responseOctets = 50;

export type SaidInside =
  | { readonly said: 'eap'; readonly packet: Uint8Array }
  | { readonly said: 'password'; readonly userName: string; readonly password: string }
  | {
      readonly said: 'mschapv2';
      readonly userName: string;
      /** Comes back with the answer. */
      readonly identifier: number;
      readonly authenticatorChallenge: Uint8Array;
      readonly peerChallenge: Uint8Array;
      readonly ntResponse: Uint8Array;
    };

/** `challenge`: the 17 octets that TLS gave both ends. */
export function readInside(data: Uint8Array, challenge: Uint8Array): SaidInside | Refused {
  const avps = decodeAvps(data);
  if (isRefused(avps)) return avps;
  const found = named(avps);
  if (isRefused(found)) return found;
  const password = found.get('User-Password');
  const response = found.get('MS-CHAP2-Response');
  const packet = found.get('EAP-Message');
  if ([password, response, packet].filter(one => one !== undefined).length > 1) {
    return refused('credentials-conflicting', 'two kinds of proof inside the tunnel');
  }
  if (packet !== undefined) return { said: 'eap', packet };
  if (password !== undefined) return readPassword(found, password);
  if (response !== undefined) return readMschapv2(found, response, challenge);
  if (found.has('CHAP-Password') || found.has('MS-CHAP-Response')) {
    return refused('eap-method-refused', 'CHAP and MS-CHAP are not served inside the tunnel');
  }
  return refused('credentials-missing', 'nothing is proven inside the tunnel');
}

/** [RFC5281-11.2.1] An EAP packet is never cut inside a tunnel. */
export function eapAvp(packet: Uint8Array): Uint8Array {
  return encodeAvp({ code: eapMessageCode, mandatory: true, data: packet });
}

/** [RFC5281-11.2.4] MS-CHAP2-Success: by it the peer knows that we know its password, too. */
export function mschapv2SuccessAvp(identifier: number, authenticatorResponse: string): Uint8Array {
  const data = Uint8Array.of(identifier, ...Buffer.from(authenticatorResponse, 'latin1'));
  return encodeAvp({ code: mschapv2SuccessCode, vendor: microsoft, mandatory: true, data });
}

function named(avps: readonly Avp[]): Map<AvpName, Uint8Array> | Refused {
  const found = new Map<AvpName, Uint8Array>();
  for (const { code, vendor, mandatory, data } of avps) {
    const key = vendor === undefined ? String(code) : `${vendor}/${code}`;
    const name = key in codes ? codes[key as keyof typeof codes] : undefined;
    if (name === undefined) {
      // [RFC5281-10.1]
      if (mandatory) return refused('eap-unexpected', `mandatory AVP ${key} is not known`);
    } else if (found.has(name)) {
      return refused('eap-malformed', `${name} twice`);
    } else {
      found.set(name, data);
    }
  }
  return found;
}

function readPassword(found: ReadonlyMap<AvpName, Uint8Array>, padded: Uint8Array): SaidInside | Refused {
  const userName = userNameOf(found);
  if (isRefused(userName)) return userName;
  // [RFC5281-11.2.5] Padded with nulls, so that its length is not seen from outside.
  const end = padded.findLastIndex(octet => octet !== 0) + 1;
  const password = asText(padded.subarray(0, end));
  if (password === undefined || password === '') return refused('password-malformed', 'empty, or not UTF-8');
  return { said: 'password', userName, password };
}

function readMschapv2(
  found: ReadonlyMap<AvpName, Uint8Array>,
  response: Uint8Array,
  challenge: Uint8Array,
): SaidInside | Refused {
  const userName = userNameOf(found);
  if (isRefused(userName)) return userName;
  if (response.length !== responseOctets) {
    return refused('password-malformed', `an MS-CHAP2-Response of ${response.length} octets`);
  }
  const [identifier = 0] = response;
  const authenticatorChallenge = challenge.slice(0, challengeOctets);
  // [RFC5281-11.2.4] Any other challenge would be one that the peer, or somebody before it, has chosen.
  const sameChallenge =
    Buffer.compare(found.get('MS-CHAP-Challenge') ?? new Uint8Array(), authenticatorChallenge) === 0;
  if (!sameChallenge || identifier !== challenge[challengeOctets]) {
    return refused('password-malformed', 'the MSCHAPv2 challenge is not that of this tunnel');
  }
  return {
    said: 'mschapv2',
    userName,
    identifier,
    authenticatorChallenge,
    // Ident, flags, challenge (16), reserved (8), response (24): RFC 2548 section 2.3.2.
    peerChallenge: response.slice(2, 18),
    ntResponse: response.slice(26, 50),
  };
}

function userNameOf(found: ReadonlyMap<AvpName, Uint8Array>): string | Refused {
  const octets = found.get('User-Name');
  const userName = octets && asText(octets);
  return userName === undefined ? refused('credentials-missing', 'no user name inside the tunnel') : userName;
}

function asText(octets: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(octets);
  } catch {
    // Not UTF-8: hostile or broken input, which the caller refuses.
    return undefined;
  }
}
