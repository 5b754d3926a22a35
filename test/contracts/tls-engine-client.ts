// A TLS client that can offer a session: Node's own, over the in-memory pipe, with what a test asks about afterwards.

import { type ConnectionOptions, connect } from 'node:tls';
import type { TlsPeerEngine } from '../../gateway/eap/peer.ts';
import { keyMaterialOf, negotiatedVersion } from '../../gateway/io/tls-exporter.ts';
import { TlsPipe } from '../../gateway/io/tls-pipe.ts';

export interface OfferingClient extends TlsPeerEngine {
  readonly resumed: () => boolean;
  readonly keyMaterial: () => Uint8Array;
  /** What it may offer next time. */
  readonly session: () => Buffer;
}

/** Takes any server, and takes a finished handshake for success: for TLS 1.2, where there is no other indication. */
export function offeringClient(options: ConnectionOptions): OfferingClient {
  const pipe = new TlsPipe();
  const socket = connect({ ...options, socket: pipe, rejectUnauthorized: false });
  // Tickets of TLS 1.3 come after the handshake; a session of TLS 1.2 is told by this event too, when it is a new one.
  let latest: Buffer | undefined;
  let finished = false;
  socket.on('session', session => {
    latest = session;
  });
  socket.on('secureConnect', () => {
    finished = true;
  });
  socket.on('error', () => undefined);
  pipe.on('error', () => undefined);
  return {
    begin: async () => {
      await pipe.firstWrite();
      return { step: 'flight', bytes: pipe.takeWritten() };
    },
    step: async message => {
      await pipe.deliver(message);
      socket.read();
      return { step: 'flight', bytes: pipe.takeWritten() };
    },
    status: () => {
      if (!finished) return { finished };
      const version = negotiatedVersion(socket);
      const keyMaterial = keyMaterialOf(socket);
      return {
        finished,
        version,
        cipher: socket.getCipher().name,
        serverChain: [],
        keyMaterial,
        successIndicated: true,
      };
    },
    close: () => {
      socket.destroy();
      pipe.destroy();
    },
    resumed: () => socket.isSessionReused(),
    keyMaterial: () => keyMaterialOf(socket),
    session: () => {
      const session = latest ?? socket.getSession();
      if (session === undefined) throw new Error('the client has no session');
      return session;
    },
  };
}
