// A RADIUS socket: datagram → handler → datagram back to where it came from. RFC 2865 section 3. It knows nothing of
// packets; the handler says what is answered, and `undefined` is silence.

import { createSocket, type RemoteInfo } from 'node:dgram';
import { isIPv6 } from 'node:net';

export interface DatagramSource {
  /** IPv4 addresses are dotted, also when they arrive at an IPv6 socket. */
  readonly address: string;
  readonly port: number;
  /** Names the receiving socket: part of what makes two requests the same. */
  readonly socket: string;
}

export type DatagramHandler = (datagram: Uint8Array, from: DatagramSource) => Promise<Uint8Array | undefined>;

export interface RadiusListenerOptions {
  /** `::` takes IPv4 too. On a host with several addresses bind each one: replies must leave from the address asked. */
  readonly address: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly handler: DatagramHandler;
  /** Datagrams in work at the same time; what comes above that is met with silence. */
  readonly maxInProgress?: number;
  /** A datagram was shed because of that bound. */
  readonly onShed?: (from: DatagramSource) => void;
  /** The handler threw, or the reply could not be sent. The source hears nothing. */
  readonly onError?: (error: unknown, from?: DatagramSource) => void;
}

export interface RadiusListener {
  readonly port: number;
  /** Takes no more datagrams, answers those in work, then closes the socket. */
  close(): Promise<void>;
}

/** Room for some thousand packets while the process is busy; the kernel may give less (`net.core.rmem_max`). */
const receiveBufferBytes = 4 * 1024 * 1024;

export async function listenRadius(options: RadiusListenerOptions): Promise<RadiusListener> {
  const { address, port, handler, maxInProgress = 4096, onShed, onError } = options;
  const socket = createSocket({ type: isIPv6(address) ? 'udp6' : 'udp4' });
  const inProgress = new Set<Promise<void>>();

  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind({ address, port, exclusive: true }, () => {
      socket.off('error', reject);
      resolve();
    });
  });
  // After a send to a vanished client the kernel reports here; a listener that dies of it would be easy to kill.
  socket.on('error', error => onError?.(error));
  try {
    socket.setRecvBufferSize(receiveBufferBytes);
  } catch (error) {
    // Some systems refuse what is above their limit instead of giving the limit: the default buffer works, too.
    onError?.(error);
  }
  const bound = socket.address();
  const name = `${bound.address}:${bound.port}`;

  async function work(datagram: Uint8Array, sender: RemoteInfo, from: DatagramSource): Promise<void> {
    try {
      const reply = await handler(datagram, from);
      if (reply !== undefined) await send(reply, sender);
    } catch (error) {
      // Whatever went wrong, the source learns nothing from it and tries again or elsewhere.
      onError?.(error, from);
    }
  }

  function send(reply: Uint8Array, { address: to, port: toPort }: RemoteInfo): Promise<void> {
    return new Promise((resolve, reject) => {
      socket.send(reply, toPort, to, error => {
        if (error) reject(error);
        else resolve();
      });
    });
  }

  function receive(datagram: Uint8Array, sender: RemoteInfo): void {
    const from = { address: plainAddress(sender.address), port: sender.port, socket: name };
    if (inProgress.size >= maxInProgress) {
      onShed?.(from);
      return;
    }
    const working = work(datagram, sender, from).finally(() => inProgress.delete(working));
    inProgress.add(working);
  }

  socket.on('message', receive);
  let closing: Promise<void> | undefined;
  return {
    port: bound.port,
    close: () => {
      closing ??= (async () => {
        socket.off('message', receive);
        await Promise.all(inProgress);
        await new Promise<void>(resolve => {
          socket.close(resolve);
        });
      })();
      return closing;
    },
  };
}

/** `::ffff:192.0.2.7` is 192.0.2.7: the NAS table knows it by that. */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}
