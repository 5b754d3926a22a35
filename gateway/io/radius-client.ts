// One RADIUS request over UDP with retransmission until a reply that verifies, or until time is up. RFC 5080 section 2.2.1,
// RFC 2865 section 3.

import { randomInt } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { isRefused, type Refused } from '../contract/reason.ts';
import { type ReplyDemand, verifyReply } from '../radius/authenticator.ts';
import { decode, type Packet } from '../radius/packet.ts';

export interface ExchangeOptions {
  readonly address: string;
  readonly port: number;
  readonly secret: Uint8Array;
  /** Signed, as it goes on the wire; sent again octet for octet. A function is told the port that it will be sent from. */
  readonly request: Uint8Array | ((localPort: number) => Uint8Array);
  /** How long to wait for the reply to the first copy; each next wait is about twice as long. */
  readonly timeoutMs?: number;
  /** Copies after the first. [RFC5997-4.2] Status-Server takes 0. */
  readonly retransmits?: number;
  readonly messageAuthenticator?: ReplyDemand;
  /** Sends from this address. */
  readonly localAddress?: string;
  /** Given what sends one more copy, for whoever repeats only when somebody else does. */
  readonly underWay?: (again: () => void) => void;
  /** Ends the wait early, as if the time were up. */
  readonly signal?: AbortSignal;
}

interface Sent {
  readonly copiesSent: number;
  /** What came but did not verify, oldest first. */
  readonly refusals: readonly Refused[];
}

export type Exchanged =
  | (Sent & { readonly result: 'reply'; readonly reply: Packet; readonly elapsedMs: number })
  | (Sent & {
      readonly result: 'no-reply';
      /** The last thing the network said, for example ECONNREFUSED. */
      readonly networkError?: string;
    });

/** [RFC5080-2.2.1] MRT: no single wait is longer than this. */
const maximumWaitMs = 16_000;
const maximumRefusals = 16;

export async function exchange(options: ExchangeOptions): Promise<Exchanged> {
  const { address, secret, timeoutMs = 2000, retransmits = 4, messageAuthenticator, signal } = options;
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  const refusals: Refused[] = [];
  let networkError: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stop: () => void = () => undefined;
  const startedAt = performance.now();
  let copiesSent = 0;
  try {
    const unreachable = await connect(socket, options);
    if (unreachable !== undefined) {
      return { result: 'no-reply', copiesSent, refusals, networkError: errorWord(unreachable) };
    }
    const bytes = typeof options.request === 'function' ? options.request(socket.address().port) : options.request;
    const request = decode(bytes);
    if (isRefused(request)) throw new TypeError(`not a RADIUS packet: ${request.refused}`);
    const reply = await new Promise<Packet | undefined>(resolve => {
      let waitMs = timeoutMs;
      // Nobody listens yet, perhaps: the next copy may find someone.
      socket.on('error', error => (networkError = errorWord(error)));
      socket.on('message', datagram => {
        const packet = decode(datagram);
        const verdict = isRefused(packet) ? packet : verifyReply(packet, request, secret, messageAuthenticator);
        if (!isRefused(packet) && verdict === true) return resolve(packet);
        // A forged reply must not end the wait for the true one.
        if (verdict !== true && refusals.length < maximumRefusals) refusals.push(verdict);
      });
      const sendCopy = () => {
        copiesSent++;
        socket.send(bytes, error => {
          if (error) networkError = errorWord(error);
        });
      };
      const transmit = () => {
        if (copiesSent > retransmits) return resolve(undefined);
        if (copiesSent > 0) waitMs *= 2;
        sendCopy();
        timer = setTimeout(transmit, spread(Math.min(waitMs, maximumWaitMs)));
      };
      stop = () => resolve(undefined);
      signal?.addEventListener('abort', stop);
      if (signal?.aborted) return stop();
      transmit();
      options.underWay?.(sendCopy);
    });
    if (reply === undefined) {
      return { result: 'no-reply', copiesSent, refusals, ...(networkError === undefined ? {} : { networkError }) };
    }
    return { result: 'reply', reply, copiesSent, refusals, elapsedMs: performance.now() - startedAt };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
    socket.close();
  }
}

/** Connected, so that only the server asked can answer and "port unreachable" is heard. Gives the error if it cannot be. */
function connect(socket: Socket, { address, port, localAddress }: ExchangeOptions): Promise<Error | undefined> {
  return new Promise(resolve => {
    socket.once('error', resolve);
    socket.bind({ port: 0, ...(localAddress === undefined ? {} : { address: localAddress }) }, () => {
      // With a callback Node tells it of a way that there is not, and nobody else.
      socket.connect(port, address, (error?: Error | null) => {
        socket.off('error', resolve);
        resolve(error ?? undefined);
      });
    });
  });
}

/** [RFC5080-2.2.1] ±10 %, so that clients that lost the same server do not come back as one. */
function spread(waitMs: number): number {
  return waitMs * (0.9 + randomInt(0, 2001) / 10_000);
}

function errorWord(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
