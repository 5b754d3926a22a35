// The packets of EAP-MSCHAPv2 (draft-kamath-pppext-eap-mschapv2 section 2, with the fields of RFC 2759): OpCode, identifier,
// length, and what each carries. The arithmetic is not done here.

import { type Refused, refused } from '../contract/reason.ts';

const opCodes = { challenge: 1, response: 2, success: 3, failure: 4 } as const;
const headerOctets = 4;
const challengeOctets = 16;
/** Peer challenge (16), reserved (8), NT response (24), flags (1). */
const valueOctets = 49;
/** Told to the peer, which shows it to nobody. */
const serverName = 'sluis';

export interface Mschapv2Response {
  readonly userName: string;
  readonly peerChallenge: Uint8Array;
  readonly ntResponse: Uint8Array;
}

export function mschapv2Challenge(identifier: number, challenge: Uint8Array): Uint8Array {
  if (challenge.length !== challengeOctets) throw new RangeError(`a challenge of ${challenge.length} octets`);
  return packet('challenge', identifier, Uint8Array.of(challengeOctets, ...challenge, ...Buffer.from(serverName)));
}

/** `message`: `S=` and 40 hexadecimal digits, by which the peer knows that we know its password, too. */
export function mschapv2Success(identifier: number, message: string): Uint8Array {
  return packet('success', identifier, Buffer.from(message, 'latin1'));
}

/** The same whatever was wrong. */
export function mschapv2Failure(identifier: number, challenge: Uint8Array): Uint8Array {
  const message = mschapv2FailureMessage('authentication-failed', challenge, 'Access denied');
  return packet('failure', identifier, Buffer.from(message, 'latin1'));
}

const failures = { 'authentication-failed': 691, 'no-permission': 649 } as const;

/** [RFC2759-6] In words of PPP; another attempt begins anew. */
export function mschapv2FailureMessage(why: keyof typeof failures, challenge: Uint8Array, message: string): string {
  const digits = Buffer.from(challenge).toString('hex').toUpperCase();
  return `E=${failures[why]} R=0 C=${digits} V=3 M=${message}`;
}

export function readMschapv2Response(data: Uint8Array, identifier: number): Mschapv2Response | Refused {
  const [opCode, itsIdentifier, high = 0, low = 0, valueSize] = data;
  if (opCode !== opCodes.response) return refused('eap-unexpected', `MSCHAPv2 code ${opCode ?? 'none'}`);
  if (itsIdentifier !== identifier) return refused('eap-identifier-wrong', 'of MSCHAPv2');
  const length = (high << 8) | low;
  if (length !== data.length || valueSize !== valueOctets || length < headerOctets + 1 + valueOctets) {
    return refused('eap-malformed', `an MSCHAPv2 response of ${data.length} octets`);
  }
  const value = data.subarray(headerOctets + 1);
  try {
    return {
      userName: new TextDecoder('utf-8', { fatal: true }).decode(value.subarray(valueOctets)),
      peerChallenge: value.slice(0, 16),
      ntResponse: value.slice(24, 48),
    };
  } catch {
    // Not UTF-8: hostile or broken input, which is a refusal here and not an exception.
    return refused('eap-malformed', 'the user name is not UTF-8');
  }
}

/** Whether the peer takes a success, after it has checked it, or a failure, for what it is. */
export function acknowledges(data: Uint8Array, what: 'success' | 'failure'): boolean {
  return data[0] === opCodes[what];
}

function packet(what: keyof typeof opCodes, identifier: number, rest: Uint8Array): Uint8Array {
  const length = headerOctets + rest.length;
  return Uint8Array.of(opCodes[what], identifier, length >> 8, length & 0xff, ...rest);
}
