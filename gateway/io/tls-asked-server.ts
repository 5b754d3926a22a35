// What Node asks the server of a TLS socket in mid-handshake: for a session that the peer names (RFC 5246 section 7.3), and
// for an OCSP answer about our own certificate (RFC 6066 section 8, RFC 8446 section 4.4.2.1).

import { Server } from 'node:net';
import type { SecureContext } from 'node:tls';

export interface TlsAnswers {
  readonly sessions?: {
    /** Answers with the state of that session, or with nothing. */
    readonly find: (id: string, answer: (state: Uint8Array | undefined) => void) => void;
    readonly begun: (session: { readonly id: string; readonly state: Uint8Array }) => void;
  };
  /** DER. */
  readonly staple?: Uint8Array;
}

/** One that serves a single socket, so that each handshake knows its own; absent where there is nothing to answer. */
export function askedServer(secureContext: SecureContext, { sessions, staple }: TlsAnswers): Server | undefined {
  if (sessions === undefined && staple === undefined) return undefined;
  const server = new Server();
  if (sessions !== undefined) {
    server.on('resumeSession', (id: Buffer, answer: (error: null, state: Buffer | null) => void) => {
      sessions.find(id.toString('hex'), state => {
        answer(null, state === undefined ? null : Buffer.from(state));
      });
    });
    server.on('newSession', (id: Buffer, state: Buffer, done: () => void) => {
      sessions.begun({ id: id.toString('hex'), state: new Uint8Array(state) });
      done();
    });
  }
  if (staple !== undefined) {
    // Node asks only a server that has a certificate, and finds it where a `tls.Server` keeps its own.
    Object.assign(server, { _sharedCreds: secureContext });
    const response = Buffer.from(staple);
    server.on(
      'OCSPRequest',
      (_certificate: Buffer, _issuer: Buffer, answer: (error: null, response: Buffer) => void) => {
        answer(null, response);
      },
    );
  }
  return server;
}
