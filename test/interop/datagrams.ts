// Octets to a RADIUS port, exactly as given and from whatever loopback address, and all that comes back.

import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** Sends everything from one socket; resolves when `expected` replies have come, or after `waitMs`. */
export async function sendDatagrams(
  port: number,
  datagrams: readonly Uint8Array[],
  options: { readonly expected?: number; readonly waitMs?: number; readonly from?: string } = {},
): Promise<readonly Buffer[]> {
  const { expected = Number.POSITIVE_INFINITY, waitMs = 300, from = '127.0.0.1' } = options;
  const socket = createSocket('udp4');
  socket.bind(0, from);
  await once(socket, 'listening');
  const replies: Buffer[] = [];
  await new Promise<void>((resolve, reject) => {
    const late = setTimeout(resolve, waitMs);
    socket.once('error', reject);
    socket.on('message', reply => {
      replies.push(reply);
      if (replies.length < expected) return;
      clearTimeout(late);
      resolve();
    });
    for (const datagram of datagrams) socket.send(datagram, port, '127.0.0.1');
  });
  socket.close();
  await once(socket, 'close');
  return replies;
}
