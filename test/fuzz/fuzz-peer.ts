// The client's side of every way to log in by EAP. It says what a good client would, and hands each thing that it says to
// whoever may change it, from the inside out: what stands around it is built around the changed octets.

import { createHash } from 'node:crypto';
import { isRefused } from '../../gateway/contract/reason.ts';
import { type EapMethod, isTls, methodTypes } from '../../gateway/eap/method.ts';
import { decodeEap, type EapExchange, eapTypes, encodeEap } from '../../gateway/eap/packet.ts';
import {
  acknowledgementData,
  collect,
  cutMessage,
  decodeFragment,
  emptyCollection,
  encodeFragment,
  isStart,
  type TlsFragment,
} from '../../gateway/eap/tls-fragments.ts';
import { eapAvp } from '../../gateway/eap/ttls.ts';
import { decodeAvps, encodeAvp } from '../../gateway/eap/ttls-avp.ts';
import type { Layer } from './eap-mutations.ts';

export interface Way {
  readonly outside: EapMethod;
  readonly inside?: EapMethod | 'password' | 'mschapv2';
}

export const ways = {
  'eap-tls': { outside: 'eap-tls' },
  'eap-mschapv2': { outside: 'eap-mschapv2' },
  'ttls-password': { outside: 'eap-ttls', inside: 'password' },
  'ttls-mschapv2': { outside: 'eap-ttls', inside: 'mschapv2' },
  'ttls-eap-tls': { outside: 'eap-ttls', inside: 'eap-tls' },
  'ttls-eap-mschapv2': { outside: 'eap-ttls', inside: 'eap-mschapv2' },
  'ttls-eap-gtc': { outside: 'eap-ttls', inside: 'eap-gtc' },
  'peap-eap-tls': { outside: 'peap', inside: 'eap-tls' },
  'peap-eap-mschapv2': { outside: 'peap', inside: 'eap-mschapv2' },
  'peap-eap-gtc': { outside: 'peap', inside: 'eap-gtc' },
} as const satisfies Readonly<Record<string, Way>>;
export type WayName = keyof typeof ways;
export const wayNames = Object.keys(ways) as readonly WayName[];

/** The client's end of TLS. */
export interface PeerTls {
  readonly begin: () => Promise<Uint8Array>;
  /** Takes a message of the server; what goes back. */
  readonly step: (message: Uint8Array) => Promise<Uint8Array>;
  readonly finished: () => boolean;
  /** What the server said inside since the last call. */
  readonly heard: () => Promise<Uint8Array>;
  readonly say: (data: Uint8Array) => Promise<Uint8Array>;
  readonly challenge: () => Uint8Array;
  readonly close: () => void;
}

export interface FuzzPeerOptions {
  readonly way: Way;
  readonly userName: string;
  readonly password: string;
  /** To a question after the password. */
  readonly code: string;
  /** A handshake; the one inside a tunnel is another. */
  readonly tls: (inside: boolean) => PeerTls;
  readonly fragmentBytes: number;
  readonly change: (layer: Layer, octets: Uint8Array) => Uint8Array;
}

/** EAP-Request → the octets of the answer; nothing to what is no request. */
export type FuzzPeer = (request: Uint8Array) => Promise<Uint8Array | undefined>;

export function fuzzPeer(options: FuzzPeerOptions): FuzzPeer {
  const answer = eapSide(options, options.way.outside, false);
  return async octets => {
    const packet = decodeEap(octets);
    return isRefused(packet) || packet.code !== 'request' ? undefined : answer(packet);
  };
}

/** What the peer of EAP-MSCHAPv2 says in place of the response: whoever knows the password can check it as well. */
export function proofOf(password: string, ...challenges: readonly Uint8Array[]): Uint8Array {
  const digest = createHash('sha256').update(password);
  for (const challenge of challenges) digest.update(challenge);
  return digest.digest().subarray(0, 24);
}

const nothing = new Uint8Array();
const text = (words: string): Uint8Array => new Uint8Array(Buffer.from(words));

function eapSide(
  options: FuzzPeerOptions,
  method: EapMethod,
  inside: boolean,
): (request: EapExchange) => Promise<Uint8Array> {
  const { userName, change } = options;
  const speak = isTls(method)
    ? tlsSide(options, inside)
    : async (data: Uint8Array) => change('method', passwordSide(options, method, data));
  return async ({ identifier, type, data }) => {
    const response = async (): Promise<readonly [type: number, data: Uint8Array]> => {
      // The result of PEAP is confirmed by saying it as well.
      if (type === eapTypes.extensions) return [type, data];
      if (type === eapTypes.identity) return [type, text(userName)];
      if (type !== methodTypes[method]) return [eapTypes.nak, Uint8Array.of(methodTypes[method])];
      return [type, await speak(data)];
    };
    const [said, saidData] = await response();
    return change('packet', encodeEap({ code: 'response', identifier, type: said, data: saidData }));
  };
}

function passwordSide({ userName, password, code }: FuzzPeerOptions, method: EapMethod, data: Uint8Array): Uint8Array {
  if (method === 'eap-gtc') return text(Buffer.from(data).toString() === 'Password' ? password : code);
  const [opCode = 0, identifier = 0] = data;
  if (opCode !== 1) return Uint8Array.of(opCode);
  const own = new Uint8Array(16).fill(identifier);
  const proof = proofOf(password, data.subarray(5, 21), own);
  const rest = [49, ...own, ...new Uint8Array(8), ...proof, 0, ...text(userName)];
  return Uint8Array.of(2, identifier, 0, 4 + rest.length, ...rest);
}

function tlsSide(options: FuzzPeerOptions, inside: boolean): (data: Uint8Array) => Promise<Uint8Array> {
  const { fragmentBytes, change } = options;
  const tls = options.tls(inside);
  const speakInside = inside ? undefined : insideSide(options, tls);
  let unsent: readonly TlsFragment[] = [];
  let collection = emptyCollection;

  function next(): Uint8Array {
    const [first, ...rest] = unsent;
    unsent = rest;
    return change('fragment', first === undefined ? acknowledgementData : encodeFragment(first));
  }
  function send(message: Uint8Array): Uint8Array {
    unsent = cutMessage(change('message', message), fragmentBytes);
    return next();
  }
  async function answer(message: Uint8Array): Promise<Uint8Array> {
    const own = message.length === 0 ? nothing : await tls.step(message);
    if (speakInside === undefined || !tls.finished()) return own;
    const said = await speakInside(await tls.heard());
    return said === undefined ? own : Buffer.concat([own, await tls.say(change('inside', said))]);
  }
  return async data => {
    if (isStart(data)) return send(await tls.begin());
    if (unsent.length > 0) return next();
    const fragment = decodeFragment(data);
    const collected = isRefused(fragment) ? fragment : collect(collection, fragment, 65_536);
    if (isRefused(collected)) throw new Error(`the gateway sent what is no fragment: ${collected.detail ?? ''}`);
    collection = collected.complete ? emptyCollection : collected.collection;
    return collected.complete ? send(await answer(collected.message)) : next();
  };
}

/** What the server said inside → what is said to it; nothing where TLS alone goes on. */
function insideSide(
  options: FuzzPeerOptions,
  tls: PeerTls,
): ((heard: Uint8Array) => Promise<Uint8Array | undefined>) | undefined {
  const { way, userName, password } = options;
  const { outside, inside } = way;
  if (inside === undefined) return undefined;
  let spoken = false;
  if (inside === 'password' || inside === 'mschapv2') {
    return async () => {
      if (spoken) return undefined;
      spoken = true;
      const avps = inside === 'password' ? passwordAvps(password) : mschapv2Avps(password, tls.challenge());
      return Buffer.concat([encodeAvp({ code: 1, mandatory: true, data: text(userName) }), ...avps]);
    };
  }
  const answer = eapSide(options, inside, true);
  if (outside === 'peap') {
    return async heard => {
      if (heard.length === 0) return undefined;
      const whole = decodeEap(heard);
      if (!isRefused(whole) && 'type' in whole && whole.type === eapTypes.extensions) return answer(whole);
      const [type = 0] = heard;
      return (await answer({ code: 'request', identifier: 0, type, data: heard.slice(1) })).slice(4);
    };
  }
  return async heard => {
    const avps = decodeAvps(heard);
    const packet = isRefused(avps) || avps[0] === undefined ? undefined : decodeEap(avps[0].data);
    if (packet !== undefined && !isRefused(packet) && 'type' in packet) return eapAvp(await answer(packet));
    if (spoken) return undefined;
    spoken = true;
    return eapAvp(await answer({ code: 'request', identifier: 0, type: eapTypes.identity, data: nothing }));
  };
}

function passwordAvps(password: string): readonly Uint8Array[] {
  const padded = Buffer.alloc(Math.ceil(password.length / 16) * 16);
  padded.write(password);
  return [encodeAvp({ code: 2, mandatory: true, data: padded })];
}

function mschapv2Avps(password: string, challenge: Uint8Array): readonly Uint8Array[] {
  const [identifier = 0] = challenge.subarray(16);
  const own = new Uint8Array(16).fill(identifier);
  const proof = proofOf(password, challenge.subarray(0, 16), own);
  const data = Uint8Array.of(identifier, 0, ...own, ...new Uint8Array(8), ...proof);
  return [
    encodeAvp({ code: 11, vendor: 311, mandatory: true, data: challenge.slice(0, 16) }),
    encodeAvp({ code: 25, vendor: 311, mandatory: true, data }),
  ];
}
