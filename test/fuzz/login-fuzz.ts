// Logins by EAP to a whole gateway, with real TLS at both ends, in which the peer says something wrong on any layer, and
// somebody on the way spoils packets. What the gateway answers must be signed, and accepted is nobody without the truth.

import { randomBytes } from 'node:crypto';
import { isRefused } from '../../gateway/contract/reason.ts';
import { encodeEap, eapTypes } from '../../gateway/eap/packet.ts';
import { attribute, eapAttributes, eapMessage, first } from '../../gateway/radius/attributes.ts';
import { signRequest, verifyReply } from '../../gateway/radius/authenticator.ts';
import { packetCodes } from '../../gateway/radius/code.ts';
import { decode } from '../../gateway/radius/packet.ts';
import { reasons } from '../../gateway/reasons.ts';
import { offeringClient } from '../contracts/tls-engine-client.ts';
import { caller, nasAddress, radiusSecret, type RadiusWorld } from '../support/radius-world.ts';
import { type Layer, mutateSaid } from './eap-mutations.ts';
import { fuzzPeer, type PeerTls, wayNames, ways } from './fuzz-peer.ts';
import { isSigned, mutate } from './mutate.ts';
import { type Random, seededRandom } from './random.ts';

export interface LoginFuzzResult {
  readonly count: number;
  readonly accepted: number;
  readonly rejected: number;
  /** Of requests that were signed. */
  readonly silent: number;
  readonly spoiled: number;
  readonly refusals: Readonly<Record<string, number>>;
}

/** More than any login that is not changed has. */
const mostRounds = 120;
const refusedCount = 'sluis_radius_refused_total ';

export async function fuzzLogins(
  world: RadiusWorld,
  { count, seed }: { readonly count: number; readonly seed: number },
): Promise<LoginFuzzResult> {
  const random = seededRandom(seed);
  const ends = { accepted: 0, rejected: 0, silent: 0, spoiled: 0 };
  const refusals = new Map<string, number>();
  // Of whoever was here before: a full table would refuse everybody.
  forget(world);
  for (let login = 0; login < count; login++) {
    world.counted.length = 0;
    const { end, spoiled, told } = await playOnce(world, random).catch((error: unknown) => {
      throw new Error(`login ${login} of seed ${seed}`, { cause: error });
    });
    ends[end]++;
    ends.spoiled += spoiled;
    for (const line of world.counted.filter(each => each.startsWith(refusedCount))) {
      const [, reason = ''] = line.split(' ');
      if (!(reason in reasons)) throw new Error(`login ${login} of seed ${seed}: "${reason}" is on no list\n${told}`);
      refusals.set(reason, (refusals.get(reason) ?? 0) + 1);
    }
    // What was left in the middle is forgotten, and then nothing is kept of it.
    if (login % 100 === 99) forget(world);
  }
  forget(world);
  return { count, ...ends, refusals: Object.fromEntries([...refusals].sort()) };
}

interface Once {
  readonly end: 'accepted' | 'rejected' | 'silent';
  readonly spoiled: number;
  /** For whoever repairs it. */
  readonly told: string;
}

async function playOnce(world: RadiusWorld, random: Random): Promise<Once> {
  const name = random.pick(wayNames);
  const honest = random.below(2) === 0;
  const tls = random.pick(['1.2', '1.3'] as const);
  const wrongFrom = random.below(30);
  const open: PeerTls[] = [];
  let utterances = 0;
  let told = `${name}, ${honest ? 'honest' : 'lying'}, TLS ${tls}`;
  const ticket = await world.ticket();
  const peer = fuzzPeer({
    way: ways[name],
    userName: ticket.handle,
    password: honest ? ticket.secret : 'wrong-secret-of-it',
    code: '123456',
    tls: inside => {
      const made = realTls(world, { tls, shown: name.endsWith('eap-tls') && inside === (name !== 'eap-tls'), honest });
      open.push(made);
      return made;
    },
    fragmentBytes: random.pick([200, 1_000]),
    change: (layer: Layer, octets: Uint8Array): Uint8Array => {
      const wrong = utterances++ === wrongFrom || (utterances > wrongFrom && random.below(20) === 0);
      if (!wrong) return octets;
      const said = mutateSaid(layer, octets, random);
      told += `\n${layer} ${utterances} ${Buffer.from(said).toString('hex')}`;
      return said;
    },
  });
  try {
    return { ...(await talk(world, random, peer, honest)), told };
  } catch (error) {
    throw new Error(told, { cause: error });
  } finally {
    for (const each of open) each.close();
  }
}

async function talk(
  world: RadiusWorld,
  random: Random,
  peer: ReturnType<typeof fuzzPeer>,
  honest: boolean,
): Promise<Omit<Once, 'told'>> {
  let spoiled = 0;
  let state: Uint8Array | undefined;
  let eap = await peer(encodeEap({ code: 'request', identifier: 0, type: eapTypes.identity, data: new Uint8Array() }));
  for (let round = 0; round < mostRounds; round++) {
    const named = [attribute('User-Name', 'anonymous'), attribute('Calling-Station-Id', caller)];
    const continued = state === undefined ? [] : [attribute('State', state)];
    const content = { code: 1, identifier: round % 256, authenticator: randomBytes(16) };
    // An EAP packet that became longer than what a RADIUS packet bears is not sent.
    const message = eapAttributes((eap ?? new Uint8Array()).subarray(0, 3_500));
    const request = signRequest({ ...content, attributes: [...named, ...continued, ...message] }, radiusSecret);
    const from = { address: nasAddress.vpn, port: 1 + random.below(65_535), socket: 'fuzz' };
    const bad = mutate(request, random);
    if (random.below(4) === 0 && !isSigned(bad, radiusSecret)) {
      spoiled++;
      const reply = await world.handlers.authentication(bad, from);
      if (reply !== undefined) throw new Error(`answered unsigned ${Buffer.from(bad).toString('hex')}`);
    }
    world.advance(50);
    const octets = await world.handlers.authentication(request, from);
    if (octets === undefined) return { end: 'silent', spoiled };
    const [reply, sent] = [decode(octets), decode(request)];
    if (isRefused(reply) || isRefused(sent)) throw new Error('the answer is no packet');
    if (verifyReply(reply, sent, radiusSecret) !== true) throw new Error('the answer is not signed');
    if (reply.code === packetCodes['Access-Reject']) return { end: 'rejected', spoiled };
    if (reply.code === packetCodes['Access-Accept']) {
      if (!honest) throw new Error('accepted without the truth');
      return { end: 'accepted', spoiled };
    }
    const asked = eapMessage(reply.attributes);
    if (asked === undefined || isRefused(asked)) throw new Error('a challenge without EAP');
    state = first(reply.attributes, 'State');
    eap = await peer(asked);
  }
  throw new Error(`no end after ${mostRounds} rounds`);
}

function realTls(
  { ca }: RadiusWorld,
  { tls, shown, honest }: { readonly tls: '1.2' | '1.3'; readonly shown: boolean; readonly honest: boolean },
): PeerTls {
  const who = honest ? ca.machines.valid : ca.machines.expired;
  const own = shown ? { cert: who.chainPem, key: who.privateKeyPem } : {};
  const client = offeringClient({ ...own, minVersion: `TLSv${tls}`, maxVersion: `TLSv${tls}` });
  return {
    begin: async () => (await client.begin()).bytes,
    step: async message => (await client.step(message)).bytes,
    finished: () => client.status().finished,
    heard: async () => (await client.heard()).data,
    say: client.say,
    challenge: client.challenge,
    close: () => client.close(),
  };
}

function forget({ ports, advance, now }: RadiusWorld): void {
  advance(5 * ports.limits.idleMs);
  for (const handshake of ports.conversations.sweep(now())) ports.tls.close(handshake);
  if (ports.conversations.size > 0) throw new Error(`${ports.conversations.size} conversations are never forgotten`);
}
