// The client side of TLS without a connection: the engine of the EAP-TLS peer, for `sluis radius probe` and for tests. It
// notices what a supplicant would: the server's certificate, the protected success indication, an alert.

import { type ConnectionOptions, checkServerIdentity, connect, type TLSSocket } from 'node:tls';
import type { TlsPeerEngine, TlsPeerStatus, TlsPeerStep } from '../eap/peer.ts';
import { tlsAlerts } from '../eap/step.ts';
import { plainAlert } from '../eap/tls-alert.ts';
import { peerChain } from './tls-chain.ts';
import { readTlsError } from './tls-error.ts';
import { keyMaterialOf, negotiatedVersion } from './tls-exporter.ts';
import { TlsPipe } from './tls-pipe.ts';

export interface TlsPeerSettings {
  /** Leaf first, then the intermediates to send along; absent: no client certificate. */
  readonly certificatePem?: string;
  readonly keyPem?: string;
  /** Authorities for the server's certificate; absent: any server is taken. */
  readonly authoritiesPem?: readonly string[];
  /** Checked against the server's certificate when present. */
  readonly serverName?: string;
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3';
  readonly maxVersion?: 'TLSv1.2' | 'TLSv1.3';
  readonly signatureAlgorithms?: readonly string[];
  readonly groups?: readonly string[];
}

export function tlsPeerEngine(settings: TlsPeerSettings): TlsPeerEngine {
  return new TlsPeerHandshake(settings);
}

class TlsPeerHandshake implements TlsPeerEngine {
  private readonly pipe = new TlsPipe();
  private readonly socket: TLSSocket;
  private readonly checksServer: boolean;
  private finished = false;
  /** Before TLS has finished an error shows in `errored` first, and is emitted later; afterwards it is only emitted. */
  private emitted: Error | undefined;
  private protectedSuccess = false;
  private readonly unexpected: number[] = [];

  constructor(settings: TlsPeerSettings) {
    this.checksServer = settings.authoritiesPem !== undefined;
    this.socket = connect(connectionOptions(settings, this.pipe));
    this.socket.on('secureConnect', () => {
      this.finished = true;
    });
    this.socket.on('error', error => {
      this.emitted = error;
    });
    this.pipe.on('error', () => undefined);
  }

  async begin(): Promise<TlsPeerStep> {
    await this.pipe.firstWrite();
    return { step: 'flight', bytes: this.pipe.takeWritten() };
  }

  async step(message: Uint8Array): Promise<TlsPeerStep> {
    await this.pipe.deliver(message);
    const bytes = this.pipe.takeWritten();
    const error = this.socket.errored ?? this.emitted;
    if (error !== undefined) return this.failed({ ...readTlsError(error), bytes });
    // In TLS 1.3 nothing of our last flight has left yet. In TLS 1.2 the certificate has: Node tells too late.
    if (this.finished && this.checksServer && !this.socket.authorized) {
      const why = this.socket.authorizationError;
      const detail = `server certificate: ${typeof why === 'object' ? why.message : String(why)}`;
      return this.failed({ detail, bytes: plainAlert(tlsAlerts['unknown-ca']) });
    }
    this.readApplicationData();
    return { step: 'flight', bytes };
  }

  status(): TlsPeerStatus {
    if (!this.finished) return { finished: false };
    const version = negotiatedVersion(this.socket);
    return {
      finished: true,
      version,
      cipher: this.socket.getCipher().name,
      serverChain: peerChain(this.socket),
      keyMaterial: keyMaterialOf(this.socket),
      successIndicated: version === 'TLSv1.2' || (this.protectedSuccess && this.unexpected.length === 0),
    };
  }

  close(): void {
    this.socket.destroy();
    this.pipe.destroy();
  }

  /** [RFC9190-2.5] One octet of zero, once; nothing else is application data. */
  private readApplicationData(): void {
    const data = this.socket.read() as Buffer | null;
    for (const octet of data ?? []) {
      if (octet === 0 && !this.protectedSuccess) this.protectedSuccess = true;
      else this.unexpected.push(octet);
    }
  }

  private failed(failure: Omit<Extract<TlsPeerStep, { step: 'failed' }>, 'step'>): TlsPeerStep {
    this.close();
    return { step: 'failed', ...failure };
  }
}

function connectionOptions(settings: TlsPeerSettings, pipe: TlsPipe): ConnectionOptions {
  const { serverName } = settings;
  return {
    socket: pipe,
    rejectUnauthorized: false,
    ca: [...(settings.authoritiesPem ?? [])],
    minVersion: settings.minVersion ?? 'TLSv1.2',
    maxVersion: settings.maxVersion ?? 'TLSv1.3',
    checkServerIdentity: (_host, certificate) =>
      serverName === undefined ? undefined : checkServerIdentity(serverName, certificate),
    ...(settings.certificatePem === undefined ? {} : { cert: settings.certificatePem }),
    ...(settings.keyPem === undefined ? {} : { key: settings.keyPem }),
    ...(settings.signatureAlgorithms === undefined ? {} : { sigalgs: settings.signatureAlgorithms.join(':') }),
    ...(settings.groups === undefined ? {} : { ecdhCurve: settings.groups.join(':') }),
  };
}
