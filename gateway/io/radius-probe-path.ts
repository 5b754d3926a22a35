// The way from a probe to the server that it asks: UDP with a shared secret, or one connection of RADIUS over TLS, which shows a
// certificate as a concentrator would (RFC 6614, RFC 9765).

import { randomInt } from 'node:crypto';
import { connect, type TLSSocket } from 'node:tls';
import { isRefused, type Refused } from '../contract/reason.ts';
import { secretOverTls } from '../pdp/nas.ts';
import type { ClientSecret } from '../radius/client-requests.ts';
import { packetFraming } from '../radius/framing.ts';
import { reversePath } from '../radius/reverse-path.ts';
import type { RadiusVersion } from '../radius-config.ts';
import { type Exchanged, exchange } from './radius-client.ts';
import { type Asking, askOn } from './radius-tls-asking.ts';
import { protocolNames } from './radius-tls-peer.ts';

export interface ProbeServer {
  readonly address: string;
  readonly port: number;
  /** Over TLS it is that of everybody. */
  readonly secret: Uint8Array;
  readonly timeoutMs?: number;
  /** `false`: as Debian's ocserv and OpenVPN plugin do; only a NAS excused from it gets an answer. */
  readonly messageAuthenticator?: boolean;
  /** Absent: over UDP. */
  readonly overTls?: ProbeTls;
}

export interface ProbeTls {
  /** The concentrator's, PEM, leaf first. */
  readonly certificatePem: string;
  readonly keyPem: string;
  /** Authorities of the server's certificate. */
  readonly authoritiesPem: string;
  /** The name in it; its address when absent. */
  readonly serverName?: string;
  /** What is offered; the server chooses. */
  readonly versions: readonly RadiusVersion[];
}

export interface ProbePath {
  readonly secret: ClientSecret;
  /** `octetsFor`: the request under an identifier that no other one under way has. Over TLS it is sent once. */
  readonly ask: (octetsFor: (identifier: number) => Uint8Array, retransmits: number) => Promise<Exchanged>;
  /** What there is to say of the way itself. */
  readonly notes: readonly string[];
  readonly close: () => void;
}

const defaultTimeoutMs = 2_000;

export async function openProbePath(server: ProbeServer): Promise<ProbePath> {
  const { overTls } = server;
  if (overTls === undefined) return overUdp(server);
  const socket = await connected(server, overTls);
  return socket instanceof Error ? unreachable(socket) : overConnection(socket, server);
}

function overUdp({ address, port, secret, timeoutMs = defaultTimeoutMs }: ProbeServer): ProbePath {
  return {
    secret,
    ask: (octetsFor, retransmits) =>
      exchange({ address, port, secret, timeoutMs, retransmits, request: octetsFor(randomInt(256)) }),
    notes: [],
    close: () => undefined,
  };
}

/** Whoever is not let in at all is told why; a server that says nothing is told of by whoever asks. */
function unreachable(error: Error): ProbePath {
  const networkError = 'code' in error && typeof error.code === 'string' ? error.code : error.message;
  return {
    secret: secretOverTls,
    ask: () => Promise.resolve({ result: 'no-reply', copiesSent: 0, refusals: [], networkError }),
    notes: [],
    close: () => undefined,
  };
}

function connected(server: ProbeServer, tls: ProbeTls): Promise<TLSSocket | Error> {
  const { address, port, timeoutMs = defaultTimeoutMs } = server;
  return new Promise(resolve => {
    const socket = connect({
      host: address,
      port,
      cert: tls.certificatePem,
      key: tls.keyPem,
      ca: tls.authoritiesPem,
      minVersion: tls.versions.includes('1.0') ? 'TLSv1.2' : 'TLSv1.3',
      ALPNProtocols: tls.versions.map(version => protocolNames[version]),
      ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
    });
    const late = setTimeout(() => socket.destroy(new Error('no TLS handshake in time')), timeoutMs);
    // Also heard later, when whoever asks is told of the end instead.
    socket.on('error', error => {
      clearTimeout(late);
      resolve(error);
    });
    socket.once('secureConnect', () => {
      clearTimeout(late);
      resolve(socket);
    });
  });
}

function overConnection(socket: TLSSocket, { timeoutMs = defaultTimeoutMs }: ProbeServer): ProbePath {
  // [RFC9765-3.3] Without ALPN it is RADIUS as it was before.
  const version: RadiusVersion = socket.alpnProtocol === protocolNames['1.1'] ? '1.1' : '1.0';
  const asking = askOn(reversePath(version, secretOverTls), octets => void socket.write(octets));
  const refusals = hear(socket, asking);
  return {
    secret: version === '1.1' ? 'in-clear' : secretOverTls,
    ask: async octetsFor => {
      const startedMs = performance.now();
      const reply = await asking.ask((_, identifier) => octetsFor(identifier), AbortSignal.timeout(timeoutMs));
      const sent = { copiesSent: 1, refusals };
      if (reply === 'silent') return { ...sent, result: 'no-reply' };
      if (reply === 'ended') {
        const networkError = 'the server closed the connection: it may not know this certificate as a concentrator';
        return { ...sent, copiesSent: 0, result: 'no-reply', networkError };
      }
      return { ...sent, result: 'reply', reply, elapsedMs: performance.now() - startedMs };
    },
    notes: [`RADIUS/${version} over ${socket.getProtocol() ?? 'TLS'}`],
    close: () => socket.destroy(),
  };
}

/** Why the connection could not go on, once it could not. */
function hear(socket: TLSSocket, asking: Asking): readonly Refused[] {
  const framing = packetFraming();
  const refusals: Refused[] = [];
  socket.on('data', (octets: Uint8Array) => {
    framing.push(octets);
    for (let packet = framing.next(); packet !== undefined; packet = framing.next()) {
      const why = isRefused(packet) ? packet : asking.answered(packet);
      if (why === undefined) continue;
      refusals.push(why);
      socket.destroy();
      return;
    }
  });
  socket.once('close', () => asking.end());
  return refusals;
}
