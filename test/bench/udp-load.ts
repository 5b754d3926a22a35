// Many RADIUS requests over UDP with a fixed number in flight. Each socket carries at most 256 requests, one per
// identifier (RFC 2865 section 3), so that no request takes the place of another at the server.

import { createSocket, type Socket } from 'node:dgram';
import { isRefused } from '../../gateway/contract/reason.ts';
import { verifyReply } from '../../gateway/radius/authenticator.ts';
import { packetCodes } from '../../gateway/radius/code.ts';
import { decode, type Packet } from '../../gateway/radius/packet.ts';
import type { Sent } from './load-job.ts';

export const identifiersPerSocket = 256;

export interface UdpLoad {
  send(inFlight: number): Promise<Sent>;
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
    send: inFlight => sendAll({ requests, sockets, replies, secret, inFlight }),
    replies: () => replies.filter(reply => reply !== undefined),
    close: () => {
      for (const socket of sockets) socket.close();
    },
  };
}

interface Waiting {
  sentAt: number;
  copies: number;
}

function sendAll(load: {
  readonly requests: readonly Uint8Array[];
  readonly sockets: readonly Socket[];
  readonly replies: (Uint8Array | undefined)[];
  readonly secret: Uint8Array;
  readonly inFlight: number;
}): Promise<Sent> {
  const { requests, sockets, replies, secret, inFlight } = load;
  const waiting = new Map<number, Waiting>();
  let [next, accepted, lost, verified] = [0, 0, 0, 0];
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const transmit = (index: number): void => {
      const bytes = requests[index];
      if (bytes !== undefined) sockets[Math.floor(index / identifiersPerSocket)]?.send(bytes);
    };
    const proceed = (): void => {
      while (next < requests.length && waiting.size < inFlight) {
        waiting.set(next, { sentAt: performance.now(), copies: 1 });
        transmit(next++);
      }
      if (waiting.size === 0) end();
    };
    const end = (error?: Error): void => {
      clearInterval(patience);
      for (const socket of sockets) socket.removeAllListeners('message');
      if (error) reject(error);
      else resolve({ answered: next - lost, accepted, lost, verified, elapsedMs: performance.now() - startedAt });
    };
    const patience = setInterval(() => {
      const now = performance.now();
      for (const [index, wait] of waiting) {
        if (now - wait.sentAt < resendAfterMs) continue;
        if (wait.copies >= copies) {
          waiting.delete(index);
          lost++;
          continue;
        }
        wait.copies++;
        wait.sentAt = now;
        transmit(index);
      }
      proceed();
    }, resendAfterMs / 4);
    for (const [at, socket] of sockets.entries()) {
      socket.on('message', reply => {
        const index = at * identifiersPerSocket + (reply[1] ?? 0);
        // A second answer, to a copy that was sent too soon.
        if (!waiting.delete(index)) return;
        if (index % verifiedEvery === 0) {
          const why = faultOf(reply, requests[index], secret);
          if (why !== undefined) return end(new Error(`reply ${index}: ${why}`));
          verified++;
        }
        if (reply[0] === packetCodes['Access-Accept'] || reply[0] === packetCodes['Accounting-Response']) accepted++;
        replies[index] = reply;
        proceed();
      });
    }
    proceed();
  });
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
