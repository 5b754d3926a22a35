// What the peer of `teap-peer.ts` does inside: EAP-TLS with a certificate, EAP-MSCHAPv2 with a ticket, and the keys of each.

import { randomBytes } from 'node:crypto';
import type { Issued } from '../../gateway/cli/demo/test-authority.ts';
import { isRefused } from '../../gateway/contract/reason.ts';
import { eapTlsPeer } from '../../gateway/eap/peer.ts';
import { tlsPeerEngine } from '../../gateway/io/tls-peer.ts';
import type { Mschapv2Peer } from './mschapv2-peer.ts';

export interface TeapCredentials {
  /** Shown when that identity is asked for; who has none says what it has. */
  readonly machine?: Issued;
  readonly user?: Issued;
  readonly ticket?: { readonly handle: string; readonly secret: string; readonly by: Mschapv2Peer };
}

export interface InnerMethod {
  readonly answer: (request: Buffer) => Promise<Buffer>;
  readonly keys: () => { readonly msk: Buffer; readonly emsk?: Buffer };
}

export function word(...octets: readonly number[]): Buffer {
  return Buffer.from(octets);
}

export function eapPacket(identifier: number, type: number, data: Buffer): Buffer {
  const length = 5 + data.length;
  return Buffer.concat([word(2, identifier, length >> 8, length & 255, type), data]);
}

export function methodOf(
  who: 'machine' | 'user',
  { machine, user, ticket }: TeapCredentials,
  type: number,
): InnerMethod | undefined {
  const shown = who === 'machine' ? machine : user;
  if (type === 13) return shown && byCertificate(shown);
  return ticket && byTicket(ticket);
}

function byCertificate(shown: Issued): InnerMethod {
  const engine = tlsPeerEngine({ certificatePem: shown.chainPem, keyPem: shown.privateKeyPem });
  const peer = eapTlsPeer({ identity: '', engine, fragmentBytes: 900 });
  return {
    answer: async request => {
      const back = await peer.answer(request);
      if (back === undefined || isRefused(back)) throw new Error('the EAP-TLS inside does not go on');
      return Buffer.from(back);
    },
    keys: () => {
      const { tls } = peer.result();
      if (!tls.finished) throw new Error('a binding before the end of EAP-TLS');
      const keys = Buffer.from(tls.keyMaterial);
      engine.close();
      return { msk: keys.subarray(0, 64), emsk: keys.subarray(64) };
    },
  };
}

function byTicket({ handle, secret, by }: NonNullable<TeapCredentials['ticket']>): InnerMethod {
  let exchange = { userName: handle, password: secret, authenticatorChallenge: word(), peerChallenge: randomBytes(16) };
  return {
    answer: async request => {
      const [identifier = 0, code, own = 0] = [request[1], request[5], request[6]];
      if (code === 3 || code === 4) return eapPacket(identifier, 26, word(code));
      exchange = { ...exchange, authenticatorChallenge: Buffer.from(request.subarray(10, 26)) };
      const value = Buffer.concat([exchange.peerChallenge, Buffer.alloc(8), by.response(exchange), word(0)]);
      const length = 5 + value.length + handle.length;
      const head = word(2, own, length >> 8, length & 255, value.length);
      return eapPacket(identifier, 26, Buffer.concat([head, value, Buffer.from(handle)]));
    },
    // [RFC5422-3.2.3] What it receives with comes first.
    keys: () => {
      const { receive, send } = by.keys(exchange);
      return { msk: Buffer.from(receive + send, 'hex') };
    },
  };
}
