// One connection of RADIUS over TLS after its handshake: octets → packets → handler → replies, in the order in which they are
// ready. RFC 6613 sections 2.6.4 and 2.6.5. Everything is bounded: requests in work, octets held, and the time that either
// direction may stand still in the middle of a packet.

import type { Duplex } from 'node:stream';
import { isRefused, type Refused, refused } from '../contract/reason.ts';
import { packetFraming } from '../radius/framing.ts';
import { isChangeAnswer, type ReversePath } from '../radius/reverse-path.ts';
import { type AskableConnection, askOn } from './radius-tls-asking.ts';

export interface ConnectionLimits {
  /** Requests in work or waiting to be written; above that nothing is read. */
  readonly requestsInWork: number;
  /** From the first octet of a packet to its last, in either direction. */
  readonly packetTimeoutMs: number;
  /** Clean ends take no longer than this once the last reply is written. */
  readonly closeGraceMs: number;
}

export interface ServedConnection extends AskableConnection {
  /** Reads no more, answers what is in work, then ends. */
  close(): Promise<void>;
}

export function serveConnection(
  socket: Duplex,
  options: {
    readonly handler: (packet: Uint8Array) => Promise<Uint8Array | undefined>;
    readonly limits: ConnectionLimits;
    /** How requests of ours look on it. */
    readonly reverse: ReversePath;
    /** What comes is no stream of packets: time to close the connection. */
    readonly onRefused: (why: Refused) => void;
    /** The handler threw; the peer hears nothing. */
    readonly onError: (error: unknown) => void;
  },
): ServedConnection {
  const { handler, limits, onRefused, onError } = options;
  const framing = packetFraming();
  const asking = askOn(options.reverse, octets => void send(octets));
  const inWork = new Set<Promise<void>>();
  let closing = false;
  let late: NodeJS.Timeout | undefined;

  function pump(): void {
    while (!closing && !socket.destroyed && inWork.size < limits.requestsInWork) {
      const packet = framing.next();
      if (isRefused(packet)) return onRefused(packet);
      if (packet === undefined) {
        if (framing.waiting() > 0) late ??= setTimeout(tooLate, limits.packetTimeoutMs);
        socket.resume();
        return;
      }
      punctual();
      if (isChangeAnswer(packet)) {
        const unbelievable = asking.answered(packet);
        if (unbelievable !== undefined) return onRefused(unbelievable);
        continue;
      }
      const working = work(packet).finally(() => {
        inWork.delete(working);
        pump();
      });
      inWork.add(working);
    }
    // Held up by us: the peer cannot be late meanwhile.
    punctual();
    socket.pause();
  }

  async function work(packet: Uint8Array): Promise<void> {
    try {
      const reply = await handler(packet);
      if (reply !== undefined && socket.writable) await send(reply);
    } catch (error) {
      onError(error);
    }
  }

  /** Also when it could not be sent: the peer is gone then, and whoever waits asks again over another connection. */
  function send(reply: Uint8Array): Promise<void> {
    return new Promise(resolve => {
      const stuck = setTimeout(() => socket.destroy(), limits.packetTimeoutMs);
      socket.write(reply, () => {
        clearTimeout(stuck);
        resolve();
      });
    });
  }

  function punctual(): void {
    clearTimeout(late);
    late = undefined;
  }

  function tooLate(): void {
    onRefused(refused('packet-too-short', `not whole after ${limits.packetTimeoutMs} ms`));
  }

  socket.on('data', (octets: Uint8Array) => {
    framing.push(octets);
    pump();
  });
  socket.on('close', () => {
    punctual();
    asking.end();
  });

  return {
    ask: asking.ask,
    isOpen: asking.isOpen,
    close: async () => {
      closing = true;
      asking.end();
      punctual();
      socket.pause();
      await Promise.all(inWork);
      await ended(socket, limits.closeGraceMs);
    },
  };
}

async function ended(socket: Duplex, graceMs: number): Promise<void> {
  if (socket.destroyed) return;
  await new Promise<void>(resolve => {
    socket.once('close', resolve);
    const cut = setTimeout(() => socket.destroy(), graceMs);
    socket.once('close', () => clearTimeout(cut));
    // Whatever still comes is let go, or the peer's own end would never be seen.
    socket.removeAllListeners('data');
    socket.resume();
    socket.end();
  });
}
