import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type DatagramSource,
  listenRadius,
  type RadiusListener,
  type RadiusListenerOptions,
} from '../../gateway/io/radius-udp.ts';

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function listen(
  options: Partial<RadiusListenerOptions> & Pick<RadiusListenerOptions, 'handler'>,
): Promise<RadiusListener> {
  const listener = await listenRadius({ address: '127.0.0.1', port: 0, ...options });
  open.push(() => listener.close());
  return listener;
}

async function client(type: 'udp4' | 'udp6' = 'udp4'): Promise<Socket> {
  const socket = createSocket(type);
  socket.bind(0);
  await once(socket, 'listening');
  open.push(async () => {
    socket.close();
    await once(socket, 'close');
  });
  return socket;
}

async function reply(socket: Socket): Promise<{ text: string; port: number }> {
  const [message, from] = (await once(socket, 'message', { signal: AbortSignal.timeout(5000) })) as [
    Buffer,
    { port: number },
  ];
  return { text: message.toString(), port: from.port };
}

/** Something that others wait for. */
function gate() {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  return { passed: promise, open: () => resolve(undefined) };
}

describe('listenRadius', () => {
  it.each(['127.0.0.1', '::1'])('answers from the socket that was asked, at %s', async address => {
    const seen: DatagramSource[] = [];
    const listener = await listen({
      address,
      handler: async (datagram, from) => {
        seen.push(from);
        return Buffer.from(`re ${Buffer.from(datagram).toString()}`);
      },
    });
    const socket = await client(address === '::1' ? 'udp6' : 'udp4');
    socket.send('hello', listener.port, address);
    expect(await reply(socket)).toEqual({ text: 're hello', port: listener.port });
    expect(seen).toEqual([{ address, port: socket.address().port, socket: `${address}:${listener.port}` }]);
  });

  it('shows an IPv4 client of an IPv6 socket by its dotted address', async () => {
    const addresses: string[] = [];
    const listener = await listen({
      address: '::',
      handler: async (datagram, from) => {
        addresses.push(from.address);
        return datagram;
      },
    });
    const socket = await client();
    socket.send('x', listener.port, '127.0.0.1');
    expect((await reply(socket)).text).toBe('x');
    expect(addresses).toEqual(['127.0.0.1']);
  });

  it('is silent when the handler says nothing or throws, and goes on', async () => {
    const errors: unknown[] = [];
    const listener = await listen({
      handler: async datagram => {
        const text = Buffer.from(datagram).toString();
        if (text === 'throw') throw new Error('broken');
        return text === 'silence' ? undefined : datagram;
      },
      onError: error => errors.push(error),
    });
    const socket = await client();
    for (const text of ['throw', 'silence', 'echo']) socket.send(text, listener.port, '127.0.0.1');
    expect((await reply(socket)).text).toBe('echo');
    expect(errors).toEqual([new Error('broken')]);
  });

  it('survives a handler that throws before it returns a promise', async () => {
    const errors: unknown[] = [];
    let calls = 0;
    const listener = await listen({
      handler: datagram => {
        if (++calls === 1) throw new Error('at once');
        return Promise.resolve(datagram);
      },
      onError: error => errors.push(error),
    });
    const socket = await client();
    socket.send('1', listener.port, '127.0.0.1');
    socket.send('2', listener.port, '127.0.0.1');
    expect((await reply(socket)).text).toBe('2');
    expect(errors).toHaveLength(1);
  });

  it('reports a reply that cannot be sent', async () => {
    const failed = Promise.withResolvers<unknown>();
    const listener = await listen({ handler: async () => new Uint8Array(70_000), onError: failed.resolve });
    (await client()).send('x', listener.port, '127.0.0.1');
    expect(await failed.promise).toMatchObject({ code: 'EMSGSIZE' });
  });

  it('sheds what is above its bound, and counts it', async () => {
    const release = gate();
    const twoAreShed = gate();
    let shed = 0;
    const listener = await listen({
      maxInProgress: 2,
      handler: async datagram => {
        await release.passed;
        return datagram;
      },
      onShed: () => {
        if (++shed === 2) twoAreShed.open();
      },
    });
    const socket = await client();
    for (const text of ['1', '2', '3', '4']) socket.send(text, listener.port, '127.0.0.1');
    await twoAreShed.passed;
    const replies: string[] = [];
    const both = gate();
    socket.on('message', message => {
      replies.push(message.toString());
      if (replies.length === 2) both.open();
    });
    release.open();
    await both.passed;
    expect(replies.sort()).toEqual(['1', '2']);
    // There is room again.
    socket.send('5', listener.port, '127.0.0.1');
    expect((await reply(socket)).text).toBe('5');
    expect(shed).toBe(2);
  });

  it('close waits for the work in progress and its reply, and takes no more', async () => {
    const release = gate();
    const started = gate();
    let calls = 0;
    const listener = await listen({
      handler: async datagram => {
        calls++;
        started.open();
        await release.passed;
        return datagram;
      },
    });
    const socket = await client();
    socket.send('last', listener.port, '127.0.0.1');
    await started.passed;
    let closed = false;
    const closing = listener.close().then(() => {
      closed = true;
    });
    socket.send('too late', listener.port, '127.0.0.1');
    await new Promise(resolve => setTimeout(resolve, 30));
    expect(closed).toBe(false);
    release.open();
    expect((await reply(socket)).text).toBe('last');
    await closing;
    expect(calls).toBe(1);
    // Closing twice is closing once.
    await listener.close();
  });

  it('fails when the port is taken', async () => {
    const first = await listen({ handler: async () => undefined });
    await expect(
      listenRadius({ address: '127.0.0.1', port: first.port, handler: async () => undefined }),
    ).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
  });
});
