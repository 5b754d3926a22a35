// One TLS server handshake without a connection (RFC 5216 section 2.1, RFC 9190 section 2.1): inbound messages in, flights
// out. The last flight is held back until somebody has judged the peer, so that a refusal can still become an alert. In a
// resumed handshake (RFC 5246 section 7.3) the peer is judged as well, but nothing is left to hold back. For a tunnel method
// (RFC 5281, PEAP, TEAP) nothing is held: the connection stays, and carries what both ends say inside.

import { type TLSSocketOptions, TLSSocket } from 'node:tls';
import type { Reason } from '../contract/reason.ts';
import { type TlsMethod, type TlsPeer, type TlsSettlement, type TlsStep, tlsAlerts } from '../eap/step.ts';
import { plainAlert, sealedAlert } from '../eap/tls-alert.ts';
import { askedServer } from './tls-asked-server.ts';
import { peerChain } from './tls-chain.ts';
import type { TlsServerContext } from './tls-context.ts';
import { refusedByTls } from './tls-error.ts';
import { keyMaterialOf, negotiatedVersion, tunnelChallengeOf } from './tls-exporter.ts';
import { HandshakeSession } from './tls-handshake-session.ts';
import { TlsPipe } from './tls-pipe.ts';
import type { TlsSessions } from './tls-sessions.ts';

const unexpectedMessage = 10;
const nothing = new Uint8Array();

/** [RFC9190-2.1.1] The protected success indication. */
const protectedSuccess = Uint8Array.of(0);

export class TlsHandshake {
  private readonly pipe = new TlsPipe();
  private readonly socket: TLSSocket;
  private readonly method: TlsMethod;
  private readonly profile: string | undefined;
  private readonly maxInboundBytes: number;
  private inboundBytes = 0;
  private finished = false;
  /** Before TLS has finished an error shows in `errored` first, and is emitted later; afterwards it is only emitted. */
  private emitted: Error | undefined;
  private peerClosed = false;
  private busy = false;
  private delivering = false;
  private closing = false;
  private tunnelOpen = false;
  private held: { readonly flight: Uint8Array; readonly peer: TlsPeer } | undefined;
  private serverSecret: Uint8Array | undefined;
  private readonly session: HandshakeSession | undefined;
  private readonly stapled: boolean;

  /** `staple`: an OCSP answer about our certificate, for a peer that asks for one. */
  constructor(
    context: TlsServerContext,
    sessions: TlsSessions | undefined,
    method: TlsMethod = 'eap-tls',
    staple?: Uint8Array,
  ) {
    this.method = method;
    this.profile = context.profile;
    this.maxInboundBytes = context.maxInboundBytes;
    // A session is good for the EAP method that began it, and tunnels resume nothing: what is said inside is the proof.
    this.session = method === 'eap-tls' && sessions !== undefined ? new HandshakeSession(sessions) : undefined;
    this.stapled = staple !== undefined;
    const secureContext = method === 'teap' ? context.teapContext : context.secureContext;
    const server = askedServer(secureContext, {
      ...(staple === undefined ? {} : { staple }),
      ...(this.session === undefined ? {} : { sessions: this.session.answers }),
    });
    const options: TLSSocketOptions = {
      isServer: true,
      secureContext,
      // [RFC9930-3.4.1] TLS 1.2 would show it to everybody on the way, and TEAP asks for certificates inside.
      requestCert: method !== 'teap',
      // Node would drop the connection without an alert; the chain is judged elsewhere.
      rejectUnauthorized: false,
      ...(server === undefined ? {} : { server }),
    };
    this.socket = new TLSSocket(this.pipe, options);
    this.socket.on('secure', () => {
      this.finished = true;
    });
    this.socket.on('close', () => {
      this.peerClosed = true;
    });
    this.socket.on('keylog', line => {
      this.keepServerSecret(line);
    });
    const failed = (error: Error): void => {
      this.emitted = error;
    };
    this.socket.on('error', failed);
    // What breaks a tunnel Node tells by this event alone, as nobody has accepted the socket from a server of its own.
    this.socket.on('_tlsError', failed);
    this.pipe.on('error', () => undefined);
  }

  /** Feeds one message, or a part of one; a part is answered by an empty flight. */
  async step(message: Uint8Array): Promise<TlsStep> {
    if (this.held !== undefined) throw new Error('a TLS message came while the peer is being judged');
    return this.exclusively(async () => {
      this.inboundBytes += message.length;
      if (this.inboundBytes > this.maxInboundBytes) {
        return this.failed(
          'eap-message-too-large',
          `more than ${this.maxInboundBytes} octets in one handshake`,
          nothing,
        );
      }
      await this.deliver(message);
      if (this.closing) return this.failed('tls-handshake-failed', 'closed meanwhile', nothing);
      const error = this.socket.errored ?? this.emitted;
      if (error !== undefined) return this.failedBy(error, message);
      if (this.tunnelOpen) return this.hear();
      const flight = this.pipe.takeWritten();
      if (this.finished) return this.method === 'eap-tls' ? this.judge(flight) : this.open(flight);
      if (flight.length === 0 && (await this.hasPeerClosed())) {
        return this.failed('tls-alert-from-peer', 'close notify', nothing);
      }
      return { step: 'flight', bytes: flight };
    });
  }

  /** Says something inside the tunnel. */
  async seal(data: Uint8Array): Promise<TlsStep> {
    if (!this.tunnelOpen) throw new Error('there is no tunnel to say anything in');
    return this.exclusively(async () => {
      const error = await this.write(data);
      if (error !== undefined) return this.failedBy(error);
      return { step: 'flight', bytes: this.pipe.takeWritten() };
    });
  }

  /** Releases the held flight, or puts an alert in its place; closes a tunnel. The handshake is over then. */
  async settle(settlement: TlsSettlement): Promise<TlsStep> {
    const { held } = this;
    if (this.tunnelOpen) return this.exclusively(() => this.closeTunnel());
    if (held === undefined) throw new Error('there is nothing to settle');
    return this.exclusively(async () => {
      if (!settlement.accept) {
        const bytes = this.alert(tlsAlerts[settlement.alert]);
        this.session?.forget();
        this.close();
        return { step: 'settled', bytes };
      }
      if (this.socket.getProtocol() === 'TLSv1.3') {
        const error = await this.write(protectedSuccess);
        if (error !== undefined) return this.failedBy(error);
      }
      const bytes = new Uint8Array(Buffer.concat([held.flight, this.pipe.takeWritten()]));
      if (settlement.resumable === true) this.session?.remember(held.peer);
      this.close();
      return { step: 'settled', bytes };
    });
  }

  close(): void {
    if (this.delivering) {
      this.closing = true;
      return;
    }
    this.socket.destroy();
    this.pipe.destroy();
  }

  /**
   * With a server for sessions Node answers a ClientHello later than in `push()`. A socket that is destroyed in between would
   * make Node throw where nobody can catch it, and end the thread: so a close waits.
   */
  private async deliver(message: Uint8Array): Promise<void> {
    this.delivering = true;
    await this.pipe.deliver(message);
    await this.session?.answered();
    // An OCSP answer is taken by one more immediate, in the same way.
    if (this.stapled) await new Promise(resolve => setImmediate(resolve));
    this.delivering = false;
  }

  private judge(flight: Uint8Array): TlsStep {
    // [RFC9190-2.5] The peer has nothing to say inside the tunnel.
    if (this.socket.readableLength > 0) {
      return this.failed('eap-unexpected', 'application data from the peer', this.alert(unexpectedMessage));
    }
    const peer = this.peer();
    if (peer === undefined) return this.failed('tls-handshake-failed', 'resumed without a session of ours', nothing);
    this.held = { flight, peer };
    return { step: 'judge', peer };
  }

  private open(bytes: Uint8Array): TlsStep {
    if (this.method === 'teap' && negotiatedVersion(this.socket) !== 'TLSv1.2') {
      return this.failed('tls-version-refused', 'TEAP is served in TLS 1.2 only', nothing);
    }
    const peer = this.peer();
    if (peer === undefined) return this.failed('tls-handshake-failed', 'resumed without a session of ours', nothing);
    this.tunnelOpen = true;
    return { step: 'tunnel', peer, challenge: tunnelChallengeOf(this.socket), bytes, data: this.read() };
  }

  private async hear(): Promise<TlsStep> {
    const data = this.read();
    if (data.length > 0) return { step: 'inside', data };
    if (await this.hasPeerClosed()) return this.failed('tls-alert-from-peer', 'close notify', nothing);
    return { step: 'inside', data };
  }

  private read(): Uint8Array {
    const data = this.socket.read() as Buffer | null;
    return data === null ? nothing : new Uint8Array(data);
  }

  /** [RFC8446-6.1] Node sends no other alert by itself once TLS has finished, and this one is sealed in both versions. */
  private async closeTunnel(): Promise<TlsStep> {
    await this.pipe.idle();
    await new Promise<void>(resolve => this.socket.end(resolve));
    const bytes = this.pipe.takeWritten();
    this.close();
    return { step: 'settled', bytes };
  }

  /** Whom TLS has finished with; nobody, when it resumed what we do not know. */
  private peer(): TlsPeer | undefined {
    const version = negotiatedVersion(this.socket);
    const resumed = this.socket.isSessionReused();
    const chain = resumed ? this.session?.chain : peerChain(this.socket);
    if (chain === undefined || (resumed && version !== 'TLSv1.2')) return undefined;
    const cipher = this.socket.getCipher().name;
    return { chain, version, cipher, resumed, keyMaterial: keyMaterialOf(this.socket, this.method) };
  }

  /** A fatal alert that the peer can read at the end of its handshake, as nothing of the last flight was delivered. */
  private alert(code: number): Uint8Array {
    // Both ends have changed their ciphers, and Node does not show the keys of TLS 1.2: the peer learns it from EAP alone.
    if (this.socket.isSessionReused()) return nothing;
    if (this.socket.getProtocol() !== 'TLSv1.3') return plainAlert(code);
    if (this.serverSecret === undefined) throw new Error('TLS 1.3 finished without a server traffic secret');
    return sealedAlert(code, { suite: this.socket.getCipher().name, secret: this.serverSecret, sequence: 0 });
  }

  private keepServerSecret(line: Buffer): void {
    const [label, , secret] = line.toString('latin1').trim().split(' ');
    if (label === 'SERVER_TRAFFIC_SECRET_0' && secret !== undefined) {
      this.serverSecret = new Uint8Array(Buffer.from(secret, 'hex'));
    }
  }

  private async write(octets: Uint8Array): Promise<Error | undefined> {
    await this.pipe.idle();
    return new Promise(resolve => {
      const closed = (): void => {
        resolve(new Error('closed'));
      };
      this.socket.once('close', closed);
      this.socket.write(octets, error => {
        this.socket.off('close', closed);
        resolve(error ?? undefined);
      });
    });
  }

  /** A close notification is no error to Node: it ends the stream, in its own time, once somebody reads. */
  private async hasPeerClosed(): Promise<boolean> {
    this.socket.read(0);
    await new Promise(resolve => setImmediate(resolve));
    return this.peerClosed || this.socket.readableEnded;
  }

  private failedBy(error: Error, message: Uint8Array = nothing): TlsStep {
    const { refused, detail = '' } = refusedByTls(error, message);
    return this.failed(refused, detail, this.pipe.takeWritten());
  }

  private failed(reason: Reason, why: string, bytes: Uint8Array): TlsStep {
    this.session?.forget();
    this.close();
    const detail = this.profile === undefined ? why : `${why} (TLS profile ${this.profile})`;
    return { step: 'failed', reason, detail, bytes };
  }

  private async exclusively(work: () => Promise<TlsStep>): Promise<TlsStep> {
    if (this.busy) throw new Error('the handshake is still at its last message');
    this.busy = true;
    try {
      return await work();
    } finally {
      this.busy = false;
    }
  }
}
