// MSCHAPv2, the server's side: the response to check, the answer that proves the server, the keys of the tunnel (RFC 2759,
// RFC 3079, names of keys as in RFC 2548). It needs the password itself; DES and MD4 make it no stronger than a hash that
// leaks, so it is only for passwords that live minutes, or inside TLS.

import { createCipheriv, createHash, timingSafeEqual } from 'node:crypto';
import { md4 } from './md4.ts';

const challengeBytes = 16;
const responseBytes = 24;
const keyBytes = 16;

export interface Mschapv2Exchange {
  /** As the peer wrote it in its response; a domain before a backslash does not count. */
  readonly userName: string;
  /** 16 octets, ours. */
  readonly authenticatorChallenge: Uint8Array;
  /** 16 octets, the peer's. */
  readonly peerChallenge: Uint8Array;
  /** 24 octets. */
  readonly ntResponse: Uint8Array;
  readonly password: string;
}

export interface Mschapv2Keys {
  readonly receive: Uint8Array;
  readonly send: Uint8Array;
}

/** Whether the peer knows the password. What is not of the right size is not a response at all, and was our parser's to refuse. */
export function verifyMschapv2(exchange: Mschapv2Exchange): boolean {
  const { ntResponse, password } = exchange;
  mustHave('ntResponse', ntResponse, responseBytes);
  return timingSafeEqual(challengeResponse(challengeHash(exchange), passwordHash(password)), ntResponse);
}

/** [RFC2759-8.7] `S=` and 40 hexadecimal digits: only who knows the password can say it, so the peer learns who we are. */
export function authenticatorResponse(exchange: Mschapv2Exchange): string {
  const { ntResponse, password } = exchange;
  mustHave('ntResponse', ntResponse, responseBytes);
  const inner = sha1(md4(passwordHash(password)), ntResponse, 'Magic server to client signing constant');
  const outer = sha1(inner, challengeHash(exchange), 'Pad to make it do more than one iteration');
  return `S=${outer.toString('hex').toUpperCase()}`;
}

/**
 * [RFC3079-3.4] Two keys of 16 octets. `receive` is MS-MPPE-Recv-Key, for what the server (RFC 2548: the NAS) receives;
 * `send` is MS-MPPE-Send-Key, for what it sends. The peer names them the other way round.
 */
export function mschapv2MasterKeys(login: Pick<Mschapv2Exchange, 'ntResponse' | 'password'>): Mschapv2Keys {
  mustHave('ntResponse', login.ntResponse, responseBytes);
  const hashOfHash = md4(passwordHash(login.password));
  const masterKey = sha1(hashOfHash, login.ntResponse, 'This is the MPPE Master Key').subarray(0, keyBytes);
  const startKey = (meaning: string) =>
    sha1(masterKey, Buffer.alloc(40), meaning, Buffer.alloc(40, 0xf2)).subarray(0, keyBytes);
  return {
    receive: startKey('On the client side, this is the send key; on the server side, it is the receive key.'),
    send: startKey('On the client side, this is the receive key; on the server side, it is the send key.'),
  };
}

/**
 * The MSK of EAP-MSCHAPv2, 64 octets: `receive`, `send`, and 32 zeros. A NAS is given the MSK in halves, so both keys go out
 * in its MS-MPPE-Recv-Key, and its MS-MPPE-Send-Key is zeros; that is how both ends of IKEv2 come to the same MSK.
 */
export function mschapv2Msk({ receive, send }: Mschapv2Keys): Uint8Array {
  return Buffer.concat([receive, send, Buffer.alloc(32)]);
}

/** [RFC2759-8.2] */
function challengeHash({ peerChallenge, authenticatorChallenge, userName }: Mschapv2Exchange): Buffer {
  mustHave('peerChallenge', peerChallenge, challengeBytes);
  mustHave('authenticatorChallenge', authenticatorChallenge, challengeBytes);
  // [RFC2759-4] The domain is in the Name field and not in the hash.
  const name = userName.slice(userName.indexOf('\\') + 1);
  return sha1(peerChallenge, authenticatorChallenge, name).subarray(0, 8);
}

/** [RFC2759-8.3] */
function passwordHash(password: string): Uint8Array {
  return md4(Buffer.from(password, 'utf16le'));
}

/** [RFC2759-8.5] The hash and five zeros are three DES keys of seven octets. */
function challengeResponse(challenge: Uint8Array, hash: Uint8Array): Buffer {
  const keys = Buffer.alloc(21);
  keys.set(hash);
  return Buffer.concat([0, 7, 14].map(at => des(keys.subarray(at, at + 7), challenge)));
}

/** [RFC2759-8.6] Triple DES with one key three times is DES, which OpenSSL 3 no longer offers by itself. */
function des(key: Buffer, block: Uint8Array): Buffer {
  const bits = BigInt(`0x${key.toString('hex')}`);
  const once = Buffer.alloc(8);
  // Seven bits of key in each octet; the lowest bit is parity, which nobody reads.
  for (let octet = 0; octet < 8; octet++) once[octet] = Number((bits >> BigInt(7 * (7 - octet))) & 0x7fn) << 1;
  const cipher = createCipheriv('des-ede3-ecb', Buffer.concat([once, once, once]), null).setAutoPadding(false);
  return Buffer.concat([cipher.update(block), cipher.final()]);
}

function sha1(...parts: readonly (Uint8Array | string)[]): Buffer {
  const digest = createHash('sha1');
  for (const part of parts) digest.update(part);
  return digest.digest();
}

function mustHave(name: string, octets: Uint8Array, length: number): void {
  if (octets.length !== length) throw new RangeError(`${name} has ${length} octets`);
}
