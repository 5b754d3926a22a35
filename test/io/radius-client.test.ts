import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { isRefused } from '../../gateway/contract/reason.ts';
import { exchange } from '../../gateway/io/radius-client.ts';
import { type DatagramHandler, listenRadius } from '../../gateway/io/radius-udp.ts';
import { attribute } from '../../gateway/radius/attributes.ts';
import { signReply } from '../../gateway/radius/authenticator.ts';
import { accountingRequest, passwordRequest, statusRequest } from '../../gateway/radius/client-requests.ts';
import { decode, type Packet } from '../../gateway/radius/packet.ts';

const secret = Buffer.from('client-secret');
const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function server(handler: DatagramHandler): Promise<{ address: string; port: number; secret: Uint8Array }> {
  const listener = await listenRadius({ address: '127.0.0.1', port: 0, handler });
  open.push(() => listener.close());
  return { address: '127.0.0.1', port: listener.port, secret };
}

function packetOf(datagram: Uint8Array): Packet {
  const packet = decode(datagram);
  if (isRefused(packet)) throw new Error(packet.refused);
  return packet;
}

function signed(request: Packet, code: number, by: Uint8Array = secret): Uint8Array {
  const reply = signReply({ code, attributes: [attribute('Class', Uint8Array.of(1))] }, request, by);
  if (isRefused(reply)) throw new Error(reply.refused);
  return reply;
}

const pap = () =>
  passwordRequest({ identifier: 5, secret, authenticator: randomBytes(16), userName: 'laptop-07', password: 'pw' });

describe('exchange', () => {
  it.each([
    ['PAP', pap(), 2],
    ['Status-Server', statusRequest({ identifier: 6, secret, authenticator: randomBytes(16) }), 2],
    ['accounting', accountingRequest({ identifier: 7, secret, status: 'start', acctSessionId: 'a' }), 5],
  ])('%s: gives the reply that verifies', async (_what, request, code) => {
    const at = await server(async datagram => signed(packetOf(datagram), code));
    const result = await exchange({ ...at, request });
    expect(result).toMatchObject({ result: 'reply', copiesSent: 1, reply: { code } });
  });

  it('sends the same octets again until there is an answer [RFC5080-2.2.1]', async () => {
    const copies: string[] = [];
    const at = await server(async datagram => {
      copies.push(Buffer.from(datagram).toString('hex'));
      return copies.length < 3 ? undefined : signed(packetOf(datagram), 2);
    });
    const result = await exchange({ ...at, request: pap(), timeoutMs: 20, retransmits: 4 });
    expect(result).toMatchObject({ result: 'reply', copiesSent: 3 });
    expect(new Set(copies).size).toBe(1);
  });

  it('waits longer before each copy', async () => {
    const times: number[] = [];
    const at = await server(async () => {
      times.push(performance.now());
      return undefined;
    });
    const result = await exchange({ ...at, request: pap(), timeoutMs: 40, retransmits: 2 });
    expect(result).toEqual({ result: 'no-reply', copiesSent: 3, refusals: [] });
    const [first = 0, second = 0, third = 0] = times;
    expect(second - first).toBeGreaterThan(30);
    expect(third - second).toBeGreaterThan(65);
  });

  it.each<[string, (request: Packet) => Uint8Array, string]>([
    [
      'signed with another secret',
      request => signed(request, 2, Buffer.from('another')),
      'request-authenticator-wrong',
    ],
    ['that is no packet', () => Buffer.from('hello'), 'packet-too-short'],
    ['of another request', request => signed({ ...request, identifier: 99 }, 2), 'request-authenticator-wrong'],
    [
      'without the Proxy-State sent',
      request => signed({ ...request, attributes: [attribute('Proxy-State', Uint8Array.of(1))] }, 2),
      'proxy-state-unsigned',
    ],
  ])('ignores a reply %s and tells why', async (_what, make, reason) => {
    const at = await server(async datagram => make(packetOf(datagram)));
    const result = await exchange({ ...at, request: pap(), timeoutMs: 60, retransmits: 0 });
    expect(result).toMatchObject({ result: 'no-reply', refusals: [{ refused: reason }] });
  });

  it('takes the true reply after a forged one', async () => {
    let copies = 0;
    const at = await server(async datagram => {
      copies++;
      return signed(packetOf(datagram), copies === 1 ? 2 : 3, copies === 1 ? Buffer.from('forger') : secret);
    });
    const result = await exchange({ ...at, request: pap(), timeoutMs: 30, retransmits: 1 });
    expect(result).toMatchObject({ result: 'reply', reply: { code: 3 } });
  });

  it('ends early when it is told to', async () => {
    const at = await server(async () => undefined);
    const stop = new AbortController();
    const waiting = exchange({ ...at, request: pap(), timeoutMs: 10_000, signal: stop.signal });
    setTimeout(() => stop.abort(), 20);
    expect(await waiting).toEqual({ result: 'no-reply', copiesSent: 1, refusals: [] });
    expect(await exchange({ ...at, request: pap(), signal: stop.signal })).toMatchObject({ copiesSent: 0 });
  });

  it('tells the request which port it leaves from', async () => {
    let from = 0;
    let told = 0;
    const at = await server(async (datagram, { port }) => {
      from = port;
      return signed(packetOf(datagram), 2);
    });
    const request = (port: number) => {
      told = port;
      return pap();
    };
    expect(await exchange({ ...at, request })).toMatchObject({ result: 'reply', refusals: [] });
    expect(told).toBe(from);
  });

  it('says so when nobody listens', async () => {
    const at = await server(async () => undefined);
    for (const close of open.splice(0)) await close();
    const result = await exchange({ ...at, request: pap(), timeoutMs: 30, retransmits: 1 });
    expect(result).toMatchObject({ result: 'no-reply', copiesSent: 2, networkError: 'ECONNREFUSED' });
  });

  it('says so when the network cannot be used at all', async () => {
    const result = await exchange({
      address: '127.0.0.1',
      port: 9,
      secret,
      request: pap(),
      // TEST-NET-1: no address of this host.
      localAddress: '192.0.2.250',
    });
    expect(result).toMatchObject({ result: 'no-reply', copiesSent: 0, networkError: 'EADDRNOTAVAIL' });
  });

  it('says so when there is no way to the address', async () => {
    // Nobody may send to all hosts without asking for it.
    const result = await exchange({ address: '255.255.255.255', port: 3799, secret, request: pap(), timeoutMs: 30 });
    expect(result).toMatchObject({ result: 'no-reply', copiesSent: 0, networkError: 'EACCES' });
  });

  it('throws on what is no request of ours', async () => {
    await expect(exchange({ address: '127.0.0.1', port: 1, secret, request: new Uint8Array(3) })).rejects.toThrow(
      TypeError,
    );
  });
});
