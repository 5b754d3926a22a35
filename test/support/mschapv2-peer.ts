// The client's side of MSCHAPv2 (RFC 2759 section 8) with the MD4 and the DES of openssl: nothing of it is the gateway's.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';

export interface PeerExchange {
  readonly userName: string;
  readonly password: string;
  /** 16 octets each. */
  readonly authenticatorChallenge: Uint8Array;
  readonly peerChallenge: Uint8Array;
}

export interface Mschapv2Peer {
  /** 24 octets. */
  readonly response: (exchange: PeerExchange) => Buffer;
  /** [RFC2759-8.7] What a server that knows the password says to it. */
  readonly serverProof: (exchange: PeerExchange) => string;
  /** [RFC3079-3.4] The client's keys, 16 octets each, named from its side. */
  readonly keys: (exchange: PeerExchange) => { readonly send: string; readonly receive: string };
}

/** `openssl`: path of the program. */
export function mschapv2Peer(openssl: string): Mschapv2Peer {
  const legacy = ['-provider', 'legacy', '-provider', 'default'];
  const run = (words: readonly string[], input: Uint8Array) => execFileSync(openssl, [...words, ...legacy], { input });
  const md4 = (octets: Uint8Array) => run(['dgst', '-md4', '-binary'], octets);

  function desWithParity(key: Uint8Array, block: Uint8Array): Buffer {
    const bits = Array.from(key, octet => octet.toString(2).padStart(8, '0')).join('');
    const groups = bits.match(/.{7}/g) ?? [];
    // Odd parity, as a careful peer sets it.
    const spread = groups.map(group => group + (group.replaceAll('0', '').length % 2 === 0 ? '1' : '0'));
    const hex = spread.map(group => Number.parseInt(group, 2).toString(16).padStart(2, '0')).join('');
    return run(['enc', '-des-ecb', '-nopad', '-K', hex], block);
  }
  const passwordHash = ({ password }: PeerExchange) => md4(Buffer.from(password, 'utf16le'));
  const challengeHash = ({ peerChallenge, authenticatorChallenge, userName }: PeerExchange) =>
    sha1(peerChallenge, authenticatorChallenge, Buffer.from(userName)).subarray(0, 8);
  const response = (exchange: PeerExchange) => {
    const keys = Buffer.concat([passwordHash(exchange), Buffer.alloc(5)]);
    const challenge = challengeHash(exchange);
    return Buffer.concat([0, 7, 14].map(at => desWithParity(keys.subarray(at, at + 7), challenge)));
  };
  return {
    response,
    serverProof: exchange => {
      const magic = Buffer.from('Magic server to client signing constant');
      const inner = sha1(md4(passwordHash(exchange)), response(exchange), magic);
      const padding = Buffer.from('Pad to make it do more than one iteration');
      return `S=${sha1(inner, challengeHash(exchange), padding).toString('hex').toUpperCase()}`;
    },
    keys: exchange => {
      const hashHash = md4(passwordHash(exchange));
      const master = sha1(hashHash, response(exchange), Buffer.from('This is the MPPE Master Key')).subarray(0, 16);
      const key = (magic: string) =>
        sha1(master, Buffer.alloc(40), Buffer.from(magic), Buffer.alloc(40, 0xf2)).toString('hex').slice(0, 32);
      return {
        send: key('On the client side, this is the send key; on the server side, it is the receive key.'),
        receive: key('On the client side, this is the receive key; on the server side, it is the send key.'),
      };
    },
  };
}

function sha1(...parts: readonly Uint8Array[]): Buffer {
  return createHash('sha1').update(Buffer.concat(parts)).digest();
}
