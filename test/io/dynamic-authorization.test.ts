// The client against a concentrator on this host that says what the test wants it to say.

import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { isRefused } from '../../gateway/contract/reason.ts';
import {
  type DynamicAuthorizationClient,
  type DynamicAuthorizationOptions,
  openDynamicAuthorization,
} from '../../gateway/io/dynamic-authorization.ts';
import { type DatagramHandler, type DatagramSource, listenRadius } from '../../gateway/io/radius-udp.ts';
import { systemClock, systemRandom } from '../../gateway/io/system.ts';
import type { Nas } from '../../gateway/pdp/nas.ts';
import { attribute, type Attributes, first, integer, text } from '../../gateway/radius/attributes.ts';
import { signReply, verifyRequest } from '../../gateway/radius/authenticator.ts';
import { decode, type Packet } from '../../gateway/radius/packet.ts';
import { concentrator, liveSession } from './live-session.ts';
import { nasProfile } from '../support/nas-profiles.ts';

const secret = Buffer.from('change-secret');
const open: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

const warnings: unknown[] = [];
const log = {
  info: () => undefined,
  warn: (event: string, fields?: Readonly<Record<string, unknown>>) => warnings.push([event, fields]),
  error: () => undefined,
};

function client(options: Partial<DynamicAuthorizationOptions> = {}): DynamicAuthorizationClient {
  const made = openDynamicAuthorization({
    log,
    clock: systemClock,
    random: systemRandom,
    timeoutMs: 60,
    retransmits: 1,
    ...options,
  });
  open.push(() => made.close());
  return made;
}

async function nas(handler: DatagramHandler, profile = 'generic'): Promise<Nas> {
  const listener = await listenRadius({ address: '127.0.0.1', port: 0, handler });
  open.push(() => listener.close());
  return concentrator({ port: listener.port, secret, profile });
}

function packetOf(datagram: Uint8Array): Packet {
  const packet = decode(datagram);
  if (isRefused(packet)) throw new Error(packet.refused);
  expect(verifyRequest(packet, secret, { requireMessageAuthenticator: true })).toBe(true);
  return packet;
}

function signed(datagram: Uint8Array, code: number, attributes: Attributes = [], by: Uint8Array = secret): Uint8Array {
  const reply = signReply({ code, attributes }, packetOf(datagram), by);
  if (isRefused(reply)) throw new Error(reply.refused);
  return reply;
}

const toUpdate = {
  kind: 'coa',
  session: liveSession(),
  attributes: [
    { name: 'Filter-Id', value: 'update' },
    { name: 'Session-Timeout', value: 900 },
  ],
} as const;
const end = { kind: 'disconnect', session: liveSession(), attributes: [] } as const;

describe('ask', () => {
  it('a CoA-Request with the session, the new values and the time of now', async () => {
    const seen: Packet[] = [];
    const at = await nas(async datagram => {
      seen.push(packetOf(datagram));
      return signed(datagram, 44);
    });
    const now = Date.now();
    expect(await client().ask(at, toUpdate)).toEqual({ answer: 'ack' });
    const [packet] = seen;
    if (packet === undefined) throw new Error('nothing came');
    expect(packet.code).toBe(43);
    expect(text(packet.attributes, 'User-Name')).toBe('laptop-07');
    expect(text(packet.attributes, 'Acct-Session-Id')).toBe('0000002a');
    expect(text(packet.attributes, 'Filter-Id')).toBe('update');
    expect(integer(packet.attributes, 'Session-Timeout')).toBe(900);
    expect(Math.abs((integer(packet.attributes, 'Event-Timestamp') ?? 0) - now / 1000)).toBeLessThan(3);
  });

  it('a Disconnect-Request to strongSwan has the User-Name and nothing else of the session', async () => {
    const types: number[] = [];
    const at = await nas(async datagram => {
      types.push(...packetOf(datagram).attributes.map(({ type }) => type));
      return signed(datagram, 41);
    }, 'strongswan');
    expect(await client().ask(at, end)).toEqual({ answer: 'ack' });
    expect(types).toEqual([80, 1, 55]);
  });

  it('strongSwan is told the name that it said, where that is not the one that is kept', async () => {
    const said = Buffer.from('3013310f300d0603550405130638353037333033', 'hex');
    let named: Uint8Array | undefined;
    const at = await nas(async datagram => {
      named = first(packetOf(datagram).attributes, 'User-Name');
      return signed(datagram, 41);
    }, 'strongswan');
    const session = liveSession({ userName: 'dn:0123456789abcdef' });
    expect(await client().ask(at, { ...end, session, saidUserName: said })).toEqual({ answer: 'ack' });
    expect(named && Buffer.from(named)).toEqual(said);
    // Without it there is nothing to be told.
    expect(await client().ask(at, { ...end, session })).toEqual({ answer: 'impossible' });
  });

  it.each([
    ['generic', 'coa', [attribute('Error-Cause', 405)], { errorCause: 405, then: 'fall-back-to-disconnect' }],
    ['generic', 'disconnect', [attribute('Error-Cause', 503)], { errorCause: 503, then: 'session-gone' }],
    ['generic', 'disconnect', [attribute('Error-Cause', 506)], { errorCause: 506, then: 'retry-later' }],
    ['generic', 'disconnect', [], { word: 'no-reason', then: 'give-up' }],
    // Nobody of that name is connected to it.
    ['strongswan', 'disconnect', [], { word: 'no-reason', then: 'session-gone' }],
  ] as const)('%s refuses a %s', async (profile, kind, attributes, answer) => {
    const at = await nas(async datagram => signed(datagram, kind === 'coa' ? 45 : 42, attributes), profile);
    expect(await client().ask(at, kind === 'coa' ? toUpdate : end)).toMatchObject({ answer: 'nak', ...answer });
  });

  it('[RFC5176-2.3] a copy is the same octets from the same port', async () => {
    const copies: [octets: string, port: number][] = [];
    const at = await nas(async (datagram, from) => {
      copies.push([Buffer.from(datagram).toString('hex'), from.port]);
      return copies.length === 1 ? undefined : signed(datagram, 41);
    });
    const asking = client();
    expect(await asking.ask(at, end)).toEqual({ answer: 'ack' });
    expect(await asking.ask(at, end)).toEqual({ answer: 'ack' });
    expect(copies).toHaveLength(3);
    expect(copies[1]).toEqual(copies[0]);
    expect(copies[2]).not.toEqual(copies[0]);
  });

  it.each<[string, (datagram: Uint8Array) => Uint8Array, string]>([
    [
      'signed with another secret',
      datagram => signed(datagram, 41, [], Buffer.from('guess')),
      'request-authenticator-wrong',
    ],
    ['to another kind of request', datagram => withCode(signed(datagram, 41), 44), 'code-not-served'],
    ['that is no packet', () => Buffer.from('ack'), 'packet-too-short'],
  ])('an answer %s is ignored and told', async (_what, answer, why) => {
    warnings.length = 0;
    const at = await nas(async datagram => answer(datagram));
    expect(await client().ask(at, end)).toEqual({ answer: 'silent', copiesSent: 2 });
    expect(warnings).toEqual([
      ['change-answer-ignored', expect.objectContaining({ nas: 'vpn', count: 2, refused: why })],
    ]);
  });

  it('a forged consent does not end the wait for the refusal', async () => {
    warnings.length = 0;
    let copies = 0;
    const at = await nas(async datagram => {
      copies++;
      return copies === 1 ? signed(datagram, 41, [], Buffer.from('guess')) : signed(datagram, 42);
    });
    expect(await client().ask(at, end)).toMatchObject({ answer: 'nak' });
    expect(warnings).toHaveLength(1);
  });

  it('silence, with what the network says of it', async () => {
    const at = await nas(async () => undefined);
    expect(await client().ask(at, end)).toEqual({ answer: 'silent', copiesSent: 2 });
    for (const close of open.splice(0)) await close();
    expect(await client().ask(at, end)).toEqual({ answer: 'silent', copiesSent: 2, networkError: 'ECONNREFUSED' });
    expect(await client({ localAddress: '192.0.2.250' }).ask(at, end)).toEqual({
      answer: 'silent',
      copiesSent: 0,
      networkError: 'EADDRNOTAVAIL',
    });
  });

  it('impossible without a place to ask at, and without a name for the session', async () => {
    let heard = 0;
    const at = await nas(async () => {
      heard++;
      return undefined;
    }, 'strongswan');
    const nameless = { ...end, session: liveSession({ userName: 'dn:0123456789abcdef' }) };
    expect(await client().ask(concentrator(), end)).toEqual({ answer: 'impossible' });
    expect(await client().ask(at, nameless)).toEqual({ answer: 'impossible' });
    expect(await client().ask({ ...at, profile: nasProfile('ocserv') }, end)).toEqual({ answer: 'impossible' });
    expect(heard).toBe(0);
  });

  it('a User-Name that is not kept as it was said goes as it was said', async () => {
    const said = Buffer.from('CN=85073003328');
    const names: unknown[] = [];
    const at = await nas(async datagram => {
      names.push(text(packetOf(datagram).attributes, 'User-Name'));
      return signed(datagram, 41);
    }, 'strongswan');
    const session = liveSession({ userName: 'CN=[national-number]' });
    expect(await client().ask(at, { ...end, session, saidUserName: said })).toEqual({ answer: 'ack' });
    expect(names).toEqual(['CN=85073003328']);
  });

  it('new values in a Disconnect-Request are our own mistake, and the lane stays free', async () => {
    const at = await nas(async datagram => signed(datagram, 41));
    const asking = client({ atOnce: 1 });
    await expect(asking.ask(at, { ...toUpdate, kind: 'disconnect' })).rejects.toThrow(TypeError);
    await expect(asking.ask(at, { ...toUpdate, attributes: [] })).rejects.toThrow(TypeError);
    expect(await asking.ask(at, end)).toEqual({ answer: 'ack' });
  });
});

describe('a NAS that has a former secret as well', () => {
  const former = Buffer.from('former-change-secret');
  async function inRollover(
    has: Uint8Array,
    answer: (signed: Uint8Array) => Uint8Array | undefined = octets => octets,
  ) {
    let dropped = 0;
    const at = await nas(async datagram => {
      const packet = decode(datagram);
      if (isRefused(packet)) throw new Error(packet.refused);
      if (verifyRequest(packet, has, { requireMessageAuthenticator: true }) !== true) {
        dropped++;
        return undefined;
      }
      const reply = signReply({ code: 41, attributes: [] }, packet, has);
      if (isRefused(reply)) throw new Error(reply.refused);
      return answer(reply);
    });
    const { dynamicAuthorization: server } = at;
    if (server === undefined || server === 'over-tls') throw new Error('it is asked over UDP');
    return { at: { ...at, dynamicAuthorization: { ...server, formerSecret: former } }, dropped: () => dropped };
  }

  it.each([
    ['new', secret, 0],
    ['former', former, 1],
  ] as const)('answers under the %s one at once, and that is told of the former', async (_which, has, told) => {
    warnings.length = 0;
    const { at, dropped } = await inRollover(has);
    expect(await client({ timeoutMs: 20_000, retransmits: 0 }).ask(at, end)).toEqual({ answer: 'ack' });
    expect(dropped()).toBeLessThanOrEqual(1);
    expect(warnings).toEqual(
      Array.from({ length: told }, () => ['former-secret-used', { nas: 'vpn', for: 'changes' }]),
    );
  });

  it('is silent when it has neither, or answers neither', async () => {
    const stranger = await inRollover(Buffer.from('a third one'));
    expect(await client().ask(stranger.at, end)).toEqual({ answer: 'silent', copiesSent: 2 });
    expect(stranger.dropped()).toBe(4);
    const dumb = await inRollover(secret, () => undefined);
    expect(await client().ask(dumb.at, end)).toEqual({ answer: 'silent', copiesSent: 2 });
  });
});

describe('many at once', () => {
  it('[RFC5176-2.3] 3000 requests: never two of one port and identifier, never more than 64 under way', async () => {
    let underWay = 0;
    let most = 0;
    const seen = new Set<string>();
    const key = (datagram: Uint8Array, from: DatagramSource) => `${from.port} ${datagram[1] ?? 0}`;
    const at = await nas(async (datagram, from) => {
      most = Math.max(most, ++underWay);
      seen.add(key(datagram, from));
      await sleep(randomInt(3));
      underWay--;
      return signed(datagram, 41);
    });
    const asking = client({ timeoutMs: 5000 });
    const answers = await Promise.all(Array.from({ length: 3000 }, () => asking.ask(at, end)));
    expect(answers.filter(({ answer }) => answer === 'ack')).toHaveLength(3000);
    expect(most).toBeLessThanOrEqual(64);
    expect(most).toBeGreaterThan(8);
    // Ports come back; with another identifier each time.
    expect(seen.size).toBe(3000);
  });

  it('a dead NAS holds up nobody else, and whoever waited too long is not sent', async () => {
    let copies = 0;
    const dead = await nas(async () => {
      copies++;
      return undefined;
    });
    const alive = await nas(async datagram => signed(datagram, 41));
    const asking = client({ atOnce: 2, timeoutMs: 200, retransmits: 0, patienceMs: 50 });
    const hopeless = Array.from({ length: 6 }, () => asking.ask(dead, end));
    const started = performance.now();
    expect(await asking.ask(alive, end)).toEqual({ answer: 'ack' });
    expect(performance.now() - started).toBeLessThan(150);
    const sent = (await Promise.all(hopeless)).map(answer => (answer.answer === 'silent' ? answer.copiesSent : -1));
    expect(sent.sort()).toEqual([0, 0, 0, 0, 1, 1]);
    expect(copies).toBe(2);
  });

  it('close ends every wait, and nothing is sent after it', async () => {
    let copies = 0;
    const at = await nas(async () => {
      copies++;
      return undefined;
    });
    const asking = client({ atOnce: 20, timeoutMs: 10_000 });
    const waiting = Array.from({ length: 30 }, () => asking.ask(at, end));
    await sleep(50);
    asking.close();
    const answers = await Promise.all([...waiting, asking.ask(at, end)]);
    expect(answers.filter(answer => answer.answer === 'silent' && answer.copiesSent === 1)).toHaveLength(20);
    expect(answers.filter(answer => answer.answer === 'silent' && answer.copiesSent === 0)).toHaveLength(11);
    expect(copies).toBe(20);
  });
});

function withCode(reply: Uint8Array, code: number): Uint8Array {
  const out = Uint8Array.from(reply);
  out[0] = code;
  return out;
}
