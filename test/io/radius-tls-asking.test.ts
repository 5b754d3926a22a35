// Our own requests on a connection that somebody else opened: identifiers, answers that fit and answers that do not, the end.

import { describe, expect, it } from 'vitest';
import { isRefused } from '../../gateway/contract/reason.ts';
import { type Asked, askOn, type ChangeOctets } from '../../gateway/io/radius-tls-asking.ts';
import { connectedPeers } from '../../gateway/io/radius-tls-peers.ts';
import { attribute } from '../../gateway/radius/attributes.ts';
import { signReply } from '../../gateway/radius/authenticator.ts';
import { encodeInClear } from '../../gateway/radius/in-clear.ts';
import { decode, type Packet } from '../../gateway/radius/packet.ts';
import { isChangeAnswer, reversePath } from '../../gateway/radius/reverse-path.ts';

const secret = Buffer.from('radsec');
const disconnect: ChangeOctets = (path, identifier) =>
  path.encode({
    kind: 'disconnect',
    identifier,
    at: 1e12,
    identification: [attribute('User-Name', 'jan')],
    changes: [],
  });
const never = new AbortController().signal;

function connection(version: '1.0' | '1.1' = '1.0') {
  const sent: Uint8Array[] = [];
  const asking = askOn(reversePath(version, secret), octets => void sent.push(octets));
  return { sent, asking };
}

function packetOf(octets: Uint8Array | undefined): Packet {
  const packet = octets === undefined ? undefined : decode(octets);
  if (packet === undefined || isRefused(packet)) throw new Error('that is no packet');
  return packet;
}

function signed(request: Uint8Array | undefined, code: number, by = secret): Uint8Array {
  const reply = signReply({ code, attributes: [] }, packetOf(request), by);
  if (isRefused(reply)) throw new Error(reply.refused);
  return reply;
}

const codeOf = (asked: Asked) => (typeof asked === 'string' ? asked : asked.code);

describe('RADIUS/1.0', () => {
  it('gives answers in any order to those who asked', async () => {
    const { sent, asking } = connection();
    const [one, two] = [asking.ask(disconnect, never), asking.ask(disconnect, never)];
    expect(asking.answered(signed(sent[1], 42))).toBeUndefined();
    expect(asking.answered(signed(sent[0], 41))).toBeUndefined();
    expect([codeOf(await one), codeOf(await two)]).toEqual([41, 42]);
  });

  it('has 256 under way and no more, each with an identifier of its own', async () => {
    const { sent, asking } = connection();
    const all = Array.from({ length: 256 }, () => asking.ask(disconnect, never));
    expect(new Set(sent.map(([, identifier]) => identifier)).size).toBe(256);
    expect(await asking.ask(disconnect, never)).toBe('silent');
    asking.answered(signed(sent[200], 41));
    expect(codeOf(await (all[200] ?? 'silent'))).toBe(41);
    void asking.ask(disconnect, never);
    expect(sent.at(-1)?.[1]).toBe(200);
    asking.end();
    expect(new Set((await Promise.all(all)).map(codeOf))).toEqual(new Set([41, 'ended']));
  });

  it('says that the connection is no good when an answer is signed wrongly [RFC6613-2.6.4]', async () => {
    const { sent, asking } = connection();
    const asked = asking.ask(disconnect, never);
    expect(asking.answered(signed(sent[0], 41, Buffer.from('another')))).toMatchObject({
      refused: 'request-authenticator-wrong',
    });
    asking.end();
    expect(await asked).toBe('ended');
  });

  it('lets an answer go that nobody waits for any more', async () => {
    const { sent, asking } = connection();
    const patience = new AbortController();
    const asked = asking.ask(disconnect, patience.signal);
    patience.abort();
    expect(await asked).toBe('silent');
    expect(asking.answered(signed(sent[0], 41))).toBeUndefined();
  });

  it('sends nothing once it is over', async () => {
    const { sent, asking } = connection();
    asking.end();
    expect([await asking.ask(disconnect, never), asking.isOpen(), sent]).toEqual(['ended', false, []]);
  });
});

describe('RADIUS/1.1', () => {
  const reply = (request: Uint8Array | undefined, code: number) =>
    encodeInClear({ code, identifier: Buffer.from(request ?? []).readUInt32BE(4), attributes: [] });

  it('tells requests apart by their Tokens, and signs nothing [RFC9765-4.1]', async () => {
    const { sent, asking } = connection('1.1');
    const all = Array.from({ length: 300 }, () => asking.ask(disconnect, never));
    const tokens = sent.map(octets => Buffer.from(octets).readUInt32BE(4));
    expect(new Set(tokens).size).toBe(300);
    expect(packetOf(sent[0]).attributes.map(({ type }) => type)).toEqual([1, 55]);
    expect([...(sent[299] ?? [])].slice(8, 20)).toEqual(Array.from({ length: 12 }, () => 0));
    expect(asking.answered(reply(sent[299], 41))).toBeUndefined();
    expect(codeOf(await (all[299] ?? 'silent'))).toBe(41);
    asking.end();
  });

  it('takes a Protocol-Error for a NAS that cannot tell, and an answer to something else for none', async () => {
    const { sent, asking } = connection('1.1');
    const [one, two] = [asking.ask(disconnect, never), asking.ask(disconnect, never)];
    expect(asking.answered(reply(sent[0], 52))).toBeUndefined();
    expect(await one).toBe('silent');
    expect(asking.answered(reply(sent[1], 44))).toMatchObject({ refused: 'code-not-served' });
    asking.end();
    expect(await two).toBe('ended');
  });
});

it('knows an answer by its code: requests of the other end keep their own identifiers', () => {
  const codes = Array.from({ length: 256 }, (_, code) => code);
  expect(codes.filter(code => isChangeAnswer(Uint8Array.of(code)))).toEqual([41, 42, 44, 45, 52]);
});

describe('who is connected', () => {
  const { asking: one } = connection();
  const { asking: other } = connection();
  it('the newest connection that is open', async () => {
    const peers = connectedPeers();
    const { asking: gone } = connection();
    for (const each of [one, other, gone]) peers.add('vpn', each);
    gone.end();
    expect(await peers.connectionOf('vpn', never)).toBe(other);
    peers.remove('vpn', other);
    expect(await peers.connectionOf('vpn', never)).toBe(one);
  });
  it('is waited for, until it comes or time is up', async () => {
    const peers = connectedPeers();
    const patience = new AbortController();
    const [soon, never] = [
      peers.connectionOf('vpn', new AbortController().signal),
      peers.connectionOf('web', patience.signal),
    ];
    peers.add('vpn', one);
    expect(await soon).toBe(one);
    patience.abort();
    expect(await never).toBeUndefined();
    expect(await peers.connectionOf('web', patience.signal)).toBeUndefined();
  });
});
