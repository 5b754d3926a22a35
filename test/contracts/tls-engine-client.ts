// A TLS client that can offer a session and speak inside the tunnel: Node's own, over the in-memory pipe, with what a test
// asks about afterwards.

import { type ConnectionOptions, connect } from 'node:tls';
import type { TlsPeerEngine } from '../../gateway/eap/peer.ts';
import type { TlsMethod } from '../../gateway/eap/step.ts';
import { keyMaterialOf, negotiatedVersion, tunnelChallengeOf } from '../../gateway/io/tls-exporter.ts';
import { TlsPipe } from '../../gateway/io/tls-pipe.ts';

export interface OfferingClient extends TlsPeerEngine {
  readonly resumed: () => boolean;
  readonly keyMaterial: (method?: TlsMethod) => Uint8Array;
  readonly challenge: () => Uint8Array;
  /** Says something inside; the octets for the server, none where TLS is over. */
  readonly say: (data: Uint8Array) => Promise<Uint8Array>;
  /** Closes its side of TLS; the octets for the server. */
  readonly end: () => Promise<Uint8Array>;
  /** What the server said inside since the last call; how TLS ended, if it did. */
  readonly heard: () => Promise<{ readonly data: Uint8Array; readonly closed: boolean }>;
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
  let closed = false;
  let broken = false;
  let said: Buffer[] = [];
  socket.on('session', session => {
    latest = session;
  });
  socket.on('secureConnect', () => {
    finished = true;
  });
  socket.on('end', () => {
    closed = true;
  });
  socket.on('data', (data: Buffer) => said.push(data));
  socket.on('error', () => undefined);
  // Of an alert that comes with the end of the handshake Node tells by this event alone.
  socket.on('_tlsError', () => {
    broken = true;
  });
  pipe.on('error', () => undefined);
  return {
    begin: async () => {
      await pipe.firstWrite();
      return { step: 'flight', bytes: pipe.takeWritten() };
    },
    step: async message => {
      await pipe.deliver(message);
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
    keyMaterial: method => keyMaterialOf(socket, method),
    challenge: () => tunnelChallengeOf(socket),
    say: async data => {
      await pipe.idle();
      // After an alert TLS says nothing more, and does not tell that it has not.
      if (broken || !socket.writable) return new Uint8Array();
      await new Promise(resolve => socket.write(data, resolve));
      return pipe.takeWritten();
    },
    end: async () => {
      await pipe.idle();
      await new Promise<void>(resolve => socket.end(resolve));
      return pipe.takeWritten();
    },
    heard: async () => {
      // The end of a stream is told in a later turn than its last octets.
      for (let turn = 0; turn < 3; turn++) await new Promise(resolve => setImmediate(resolve));
      const data = new Uint8Array(Buffer.concat(said));
      said = [];
      return { data, closed };
    },
    session: () => {
      const session = latest ?? socket.getSession();
      if (session === undefined) throw new Error('the client has no session');
      return session;
    },
  };
}
