// The RADIUS/TLS listener (RFC 6614, RFC 6613 section 2.6): who connects is known by certificate, and what comes is handed to
// whoever answers for that concentrator. Strangers cost a handshake and are shown the door; they are logged with the line
// of configuration that would let them in, a few times a minute at most.

import { constants } from 'node:crypto';
import type { AddressInfo, Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { isRefused, type Reason, type Refused, refused } from '../contract/reason.ts';
import type { Log, Meter } from '../ports.ts';
import { secretOverTls } from '../pdp/nas.ts';
import { reversePath } from '../radius/reverse-path.ts';
import type { RadiusTlsSettings } from '../radius-config.ts';
import type { ConnectedPeers } from './radius-tls-peers.ts';
import { type ConnectionLimits, type ServedConnection, serveConnection } from './radius-tls-connection.ts';
import { nasLine, peerOf, protocolNames, type RadiusPeer } from './radius-tls-peer.ts';
import { type DatagramHandler, plainAddress, type RadiusListener } from './radius-udp.ts';

export interface RadiusTlsLimits extends ConnectionLimits {
  readonly handshakeTimeoutMs: number;
  /** A connection on which nothing was said for so long is closed. */
  readonly idleTimeoutMs: number;
  readonly connections: number;
  readonly connectionsPerNas: number;
  /** Of one address, under way. */
  readonly handshakesPerAddress: number;
}

const defaultLimits: RadiusTlsLimits = {
  requestsInWork: 256,
  packetTimeoutMs: 10_000,
  closeGraceMs: 1_000,
  handshakeTimeoutMs: 10_000,
  idleTimeoutMs: 30 * 60_000,
  connections: 1_024,
  connectionsPerNas: 16,
  handshakesPerAddress: 16,
};

/** A concentrator that is let in, and what answers its requests on this connection. */
export interface Admitted {
  readonly nas: string;
  readonly handler: DatagramHandler;
}

export interface RadiusTlsOptions extends RadiusTlsSettings {
  /** `undefined`: nobody knows it. `disbelieved` is for requests that end the connection. */
  readonly admit: (peer: RadiusPeer, disbelieved: (why: Refused) => void) => Admitted | undefined;
  /** Told of every peer that is not let in, with its certificate where one could be read. */
  readonly turnedAway?: (address: string, reason: Reason, peer: RadiusPeer | undefined) => void;
  /** Told who is connected, so that they can be asked to change a session. */
  readonly peers?: ConnectedPeers;
  readonly log: Log;
  readonly meter: Meter;
  readonly limits?: Partial<RadiusTlsLimits>;
}

/** Forward secrecy and AEAD only. */
const ciphers = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
  'ECDHE+AESGCM',
  'ECDHE+CHACHA20',
].join(':');
const strangersPerMinute = 30;

export async function listenRadiusTls(options: RadiusTlsOptions): Promise<RadiusListener> {
  const { log, meter, versions, admit } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const server = tlsServer(options, limits);
  const served = new Map<ServedConnection, { readonly nas: string }>();
  const sockets = boundHandshakes(server, limits.handshakesPerAddress, () => {
    meter.count('sluis_shed_total', { what: 'tls-handshake' });
  });
  const stranger = atMost(strangersPerMinute);

  server.on('secureConnection', socket => {
    // A peer that is gone is no fault; what is lost with it is asked again.
    socket.on('error', () => undefined);
    const peer = peerOf(socket, versions);
    if (isRefused(peer)) return turnAway(socket, peer, peer.peer);
    const admitted: Admitted | undefined = admit(peer, why => cut(socket, admitted?.nas ?? '', why));
    if (admitted === undefined) return turnAway(socket, refused('unknown-nas'), peer);
    const { nas } = admitted;
    const others = [...served.values()].filter(other => other.nas === nas).length;
    if (others >= limits.connectionsPerNas)
      return turnAway(socket, refused('overloaded', `connections of ${nas}`), peer);
    serve(socket, admitted, peer);
  });
  server.on('tlsClientError', (error, socket) => {
    // Node leaves a handshake that took too long open.
    socket.destroy();
    meter.count('sluis_radius_tls_turned_away_total', { reason: 'tls-handshake-failed' });
    if (stranger()) log.warn('radius-tls-turned-away', { reason: 'tls-handshake-failed', detail: error.message });
  });
  server.on('drop', () => meter.count('sluis_shed_total', { what: 'tls-connection' }));

  function turnAway(socket: TLSSocket, why: Refused, peer?: RadiusPeer): void {
    const address = plainAddress(socket.remoteAddress ?? '');
    meter.count('sluis_radius_tls_turned_away_total', { reason: why.refused });
    options.turnedAway?.(address, why.refused, peer);
    if (stranger()) {
      log.warn('radius-tls-turned-away', {
        address,
        reason: why.refused,
        detail: why.detail,
        ...(peer === undefined ? {} : { fingerprint: peer.fingerprint, nasLine: nasLine(peer) }),
      });
    }
    socket.destroy();
  }

  function cut(socket: TLSSocket, nas: string, why: Refused): void {
    const address = plainAddress(socket.remoteAddress ?? '');
    log.warn('radius-tls-cut', { nas, address, reason: why.refused, detail: why.detail });
    socket.destroy();
  }

  function serve(socket: TLSSocket, { nas, handler }: Admitted, { version, fingerprint }: RadiusPeer): void {
    const address = plainAddress(socket.remoteAddress ?? '');
    const from = { address, port: socket.remotePort ?? 0, socket: 'tls' };
    socket.setKeepAlive(true, 60_000);
    const connection = serveConnection(socket, {
      handler: packet => handler(packet, from),
      limits,
      reverse: reversePath(version, secretOverTls),
      onRefused: why => {
        meter.count('sluis_radius_refused_total', { reason: why.refused, nas });
        cut(socket, nas, why);
      },
      onError: error => log.error('radius-fault', { nas, error }),
    });
    socket.setTimeout(limits.idleTimeoutMs, () => void connection.close());
    served.set(connection, { nas });
    options.peers?.add(nas, connection);
    socket.on('close', () => {
      served.delete(connection);
      options.peers?.remove(nas, connection);
      log.info('radius-tls-ended', { nas, address });
      told(nas);
    });
    log.info('radius-tls-connected', { nas, address, version, fingerprint, tls: socket.getProtocol() });
    told(nas);
  }

  function told(nas: string): void {
    const connections = [...served.values()].filter(each => each.nas === nas).length;
    meter.gauge('sluis_radius_tls_connections', connections, { nas });
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: options.address, port: options.port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  server.on('error', error => log.error('radius-fault', { error }));
  const { port } = server.address() as AddressInfo;
  let closing: Promise<void> | undefined;
  return {
    port,
    close: () => {
      closing ??= (async () => {
        const closed = new Promise(resolve => server.close(resolve));
        await Promise.all([...served.keys()].map(connection => connection.close()));
        // What is left is in its handshake.
        for (const socket of sockets) socket.destroy();
        await closed;
      })();
      return closing;
    },
  };
}

function tlsServer({ certificate, key, clientCa, versions }: RadiusTlsSettings, limits: RadiusTlsLimits): Server {
  const server = createServer({
    cert: certificate,
    key,
    ca: clientCa,
    requestCert: true,
    // Judged after the handshake, where there is something to log about it.
    rejectUnauthorized: false,
    minVersion: 'TLSv1.2',
    ciphers,
    honorCipherOrder: true,
    // [RFC9765-3.3] The newest that both speak; without one in common OpenSSL says so in an alert.
    ALPNProtocols: versions
      .toSorted()
      .toReversed()
      .map(version => protocolNames[version]),
    // Who comes back is authorized again, and nothing has to be remembered of which version it spoke [RFC9765-3.5].
    secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
    handshakeTimeout: limits.handshakeTimeoutMs,
  });
  server.maxConnections = limits.connections;
  return server;
}

/** Every TCP connection. Whoever begins handshakes and does not end them gets no more of them. */
function boundHandshakes(server: Server, perAddress: number, onShed: () => void): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  const underWay = new Map<string, Set<number>>();
  const over = (address: string, port: number): void => {
    const ports = underWay.get(address);
    ports?.delete(port);
    if (ports?.size === 0) underWay.delete(address);
  };
  server.on('connection', (socket: Socket) => {
    const { remoteAddress = '', remotePort = 0 } = socket;
    const ports = underWay.get(remoteAddress) ?? new Set();
    if (ports.size >= perAddress) {
      onShed();
      socket.destroy();
      return;
    }
    sockets.add(socket);
    underWay.set(remoteAddress, ports.add(remotePort));
    socket.on('close', () => {
      sockets.delete(socket);
      over(remoteAddress, remotePort);
    });
  });
  server.on('secureConnection', ({ remoteAddress = '', remotePort = 0 }) => over(remoteAddress, remotePort));
  return sockets;
}

/** `true` so many times in a minute. */
function atMost(perMinute: number): () => boolean {
  let since = 0;
  let times = 0;
  return () => {
    const now = performance.now();
    if (now - since > 60_000) [since, times] = [now, 0];
    return ++times <= perMinute;
  };
}
