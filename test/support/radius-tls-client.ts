// The concentrator's end of RADIUS over TLS: a connection with a certificate, octets as a test wants them sent, packets back.

import { once } from 'node:events';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import type { Issued } from '../../gateway/cli/demo/test-authority.ts';
import { isRefused } from '../../gateway/contract/reason.ts';
import { packetFraming } from '../../gateway/radius/framing.ts';

export interface RadiusTlsClient {
  readonly socket: TLSSocket;
  /** The next packet that comes; `undefined` when the connection ends before. */
  next(): Promise<Uint8Array | undefined>;
  /** Resolves when the other end is gone. */
  readonly closed: Promise<void>;
  close(): void;
}

export interface RadiusTlsClientOptions extends Pick<ConnectionOptions, 'ALPNProtocols' | 'maxVersion'> {
  readonly port: number;
  /** PEM of the authority of the gateway's own certificate. */
  readonly trust: string;
  readonly certificate?: Issued;
}

/** Rejects when the handshake fails. In TLS 1.3 a server that does not want the certificate closes after it. */
export async function connectRadiusTls(options: RadiusTlsClientOptions): Promise<RadiusTlsClient> {
  const { port, trust, certificate, ...tls } = options;
  const socket = connect({
    host: '127.0.0.1',
    port,
    ca: trust,
    ...(certificate === undefined ? {} : { cert: certificate.chainPem, key: certificate.privateKeyPem }),
    ...tls,
  });
  const closed = new Promise<void>(resolve => {
    socket.once('close', () => resolve());
  });
  await once(socket, 'secureConnect');
  // Cut off by the other end: `closed` tells.
  socket.on('error', () => undefined);
  const framing = packetFraming();
  const waiting: (() => void)[] = [];
  const wake = (): void => {
    for (const resolve of waiting.splice(0)) resolve();
  };
  socket.on('data', (octets: Uint8Array) => {
    framing.push(octets);
    wake();
  });
  socket.on('close', wake);
  return {
    socket,
    next: async () => {
      for (;;) {
        const packet = framing.next();
        if (isRefused(packet)) throw new Error(`the gateway sent no packet: ${packet.detail ?? packet.refused}`);
        if (packet !== undefined || socket.closed) return packet;
        await new Promise<void>(resolve => {
          waiting.push(resolve);
        });
      }
    },
    closed,
    close: () => socket.destroy(),
  };
}
