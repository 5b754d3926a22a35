// Many RADIUS requests over UDP, at a pace. Each socket carries at most 256 requests, one per
// identifier (RFC 2865 section 3), so that no request takes the place of another at the server.

import { createSocket, type Socket } from 'node:dgram';
import { isRefused } from '../../gateway/contract/reason.ts';
import { verifyReply } from '../../gateway/radius/authenticator.ts';
import { packetCodes } from '../../gateway/radius/code.ts';
import { decode, type Packet } from '../../gateway/radius/packet.ts';
import type { Pace, Sent } from './load-job.ts';
import { latencyOf, paced } from './pace.ts';

export const identifiersPerSocket = 256;

export interface UdpLoad {
  send(pace: Pace): Promise<Sent>;
  /** In the order of the requests; those without a reply are left out. */
  replies(): readonly Uint8Array[];
  close(): void;
}

const resendAfterMs = 1_000;
const copies = 4;
const verifiedEvery = 50;

export async function openUdpLoad(options: {
  readonly port: number;
  readonly secret: Uint8Array;
  /** Request `n` has identifier `n % 256`. */
  readonly requests: readonly Uint8Array[];
}): Promise<UdpLoad> {
  const { port, secret, requests } = options;
  const sockets: Socket[] = [];
  for (let at = 0; at < requests.length; at += identifiersPerSocket) sockets.push(await openSocket(port));
  const replies: (Uint8Array | undefined)[] = [];
  return {
    send: pace => sendAll({ requests, sockets, replies, secret }, pace),
    replies: () => replies.filter(reply => reply !== undefined),
    close: () => {
      for (const socket of sockets) socket.close();
    },
  };
}

interface Waiting {
  readonly answered: () => void;
  sentAt: number;
  copies: number;
}

async function sendAll(
  load: {
    readonly requests: readonly Uint8Array[];
    readonly sockets: readonly Socket[];
    readonly replies: (Uint8Array | undefined)[];
    readonly secret: Uint8Array;
  },
  pace: Pace,
): Promise<Sent> {
  const { requests, sockets, replies, secret } = load;
  const waiting = new Map<number, Waiting>();
  let [accepted, lost, verified] = [0, 0, 0];
  const { promise: failed, reject } = Promise.withResolvers<never>();
  const transmit = (index: number): void => {
    const bytes = requests[index];
    if (bytes !== undefined) sockets[Math.floor(index / identifiersPerSocket)]?.send(bytes);
  };
  const ask = (index: number): Promise<void> =>
    new Promise(answered => {
      waiting.set(index, { answered, sentAt: performance.now(), copies: 1 });
      transmit(index);
    });
  const patience = setInterval(() => {
    const now = performance.now();
    for (const [index, wait] of waiting) {
      if (now - wait.sentAt < resendAfterMs) continue;
      if (wait.copies >= copies) {
        waiting.delete(index);
        lost++;
        wait.answered();
        continue;
      }
      wait.copies++;
      wait.sentAt = now;
      transmit(index);
    }
  }, resendAfterMs / 4);
  for (const [at, socket] of sockets.entries()) {
    socket.on('message', reply => {
      const index = at * identifiersPerSocket + (reply[1] ?? 0);
      const wait = waiting.get(index);
      // A second answer, to a copy that was sent too soon.
      if (wait === undefined) return;
      waiting.delete(index);
      if (index % verifiedEvery === 0) {
        const why = faultOf(reply, requests[index], secret);
        if (why !== undefined) return reject(new Error(`reply ${index}: ${why}`));
        verified++;
      }
      if (reply[0] === packetCodes['Access-Accept'] || reply[0] === packetCodes['Accounting-Response']) accepted++;
      replies[index] = reply;
      wait.answered();
    });
  }
  const startedAt = performance.now();
  try {
    const tookMs = await Promise.race([paced([...requests.keys()], pace, ask), failed]);
    const elapsedMs = performance.now() - startedAt;
    return { answered: requests.length - lost, accepted, lost, verified, elapsedMs, latencyMs: latencyOf(tookMs) };
  } finally {
    clearInterval(patience);
    for (const socket of sockets) socket.removeAllListeners('message');
  }
}

function faultOf(reply: Uint8Array, request: Uint8Array | undefined, secret: Uint8Array): string | undefined {
  const [asked, answered] = [request && decode(request), decode(reply)];
  if (asked === undefined || isRefused(asked)) return 'to nothing that was asked';
  if (isRefused(answered)) return answered.refused;
  const verdict = verify(answered, asked, secret);
  return verdict === true ? undefined : verdict.refused;
}

/** FreeRADIUS before 3.2.5 signs answers to PAP only by the Response Authenticator. */
function verify(reply: Packet, request: Packet, secret: Uint8Array) {
  return verifyReply(reply, request, secret, 'none');
}

function openSocket(port: number): Promise<Socket> {
  const socket = createSocket('udp4');
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.connect(port, '127.0.0.1', () => {
      socket.off('error', reject);
      // A lost datagram is told by its missing answer, whatever the network says of it.
      socket.on('error', () => undefined);
      resolve(socket);
    });
  });
}
