// A TCP proxy before a directory server: passes on, swallows what the server says, or lets it drip.

import { connect, createServer, type Socket } from 'node:net';

export interface Proxy {
  readonly port: number;
  mode: 'pass' | 'swallow' | 'drip';
  readonly connections: () => number;
  readonly close: () => Promise<void>;
}

/** One octet of the server's each so many milliseconds: always something, never enough. */
const dripEveryMs = 20;

export async function startProxy(target: number): Promise<Proxy> {
  const open = new Set<Socket>();
  let connections = 0;
  const server = createServer(client => {
    connections += 1;
    const upstream = connect(target, '127.0.0.1');
    const drops: number[] = [];
    const dripping = setInterval(() => {
      const next = drops.shift();
      if (next !== undefined && proxy.mode === 'drip') client.write(Buffer.from([next]));
    }, dripEveryMs);
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket
        .on('error', () => undefined)
        .on('close', () => {
          open.delete(socket);
          clearInterval(dripping);
          client.destroy();
          upstream.destroy();
        });
    }
    client.on('data', octets => upstream.write(octets));
    upstream.on('data', octets => {
      if (proxy.mode === 'pass') client.write(octets);
      else if (proxy.mode === 'drip') drops.push(...Buffer.from(octets));
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const proxy: Proxy = {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    mode: 'pass',
    connections: () => connections,
    close: () =>
      new Promise(resolve => {
        server.close(() => {
          resolve();
        });
        for (const socket of open) socket.destroy();
      }),
  };
  return proxy;
}
