// One mutual TLS connection to the gateway: one TLS 1.3 socket, kept alive, never silently replaced. What is signed names
// this very socket by its exporter (RFC 9266), so a lost socket ends the connection and the caller begins a new one.

import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { Client } from 'undici';
import {
  type Acceptance,
  type Accepted,
  acceptedSchema,
  type OpenTexts,
  openTextsSchema,
} from '../gateway/contract/acceptance.ts';
import {
  type Challenge,
  type ChallengePurpose,
  challengeSchema,
  type DeviceEnrolled,
  type DeviceEnrolment,
  deviceEnrolledSchema,
  type IdentityAccepted,
  type IdentityProof,
  identityAcceptedSchema,
  type NewSecondFactor,
  newSecondFactorSchema,
  type SessionConfirmed,
  sessionConfirmedSchema,
  type SessionKey,
  type Ticket,
  ticketSchema,
} from '../gateway/contract/challenge.ts';
import { exporterBytes, exporterLabel, type SignedReport } from '../gateway/contract/proof.ts';
import { refusalSchema, type Verdict, verdictSchema } from '../gateway/contract/verdict.ts';
import { AgentFailure } from './failure.ts';
import { publicKeyHash } from './signer.ts';

export interface ConnectionOptions {
  /** `https://gateway.example.org:8443` */
  readonly url: string;
  /** PEM certificates that the gateway's own certificate must lead to. */
  readonly trust: string;
  /** The key that does TLS: the machine key, or a session key. */
  readonly keyPem: string;
  readonly certificatePem: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface GatewayConnection {
  /** SHA-256 (hex) of the key that does TLS. */
  readonly key: string;
  /** False once the socket is gone: nothing bound to it will be accepted any more. */
  readonly alive: boolean;
  /** TLS exporter of the socket that carries every request here, base64url. */
  exporter(): string;
  challenge(purpose: ChallengePurpose): Promise<Challenge>;
  certifySessionKey(body: SessionKey): Promise<void>;
  report(body: SignedReport): Promise<Verdict>;
  proveIdentity(body: IdentityProof): Promise<IdentityAccepted>;
  ticket(machineKey: string): Promise<Ticket>;
  secondFactor(machineKey: string): Promise<NewSecondFactor>;
  verdict(): Promise<Verdict>;
  confirmSession(machineKey: string): Promise<SessionConfirmed>;
  openTexts(): Promise<OpenTexts>;
  accept(body: Omit<Acceptance, 'exporter'>): Promise<Accepted>;
  enrol(body: Omit<DeviceEnrolment, 'exporter'>): Promise<DeviceEnrolled>;
  close(): Promise<void>;
}

const answerLimitBytes = 1024 * 1024;
const idleMs = 10 * 60_000;
const checks = {
  challenge: Compile(challengeSchema),
  anything: Compile(Type.Unknown()),
  verdict: Compile(verdictSchema),
  identity: Compile(identityAcceptedSchema),
  ticket: Compile(ticketSchema),
  secondFactor: Compile(newSecondFactorSchema),
  confirmed: Compile(sessionConfirmedSchema),
  enrolled: Compile(deviceEnrolledSchema),
  openTexts: Compile(openTextsSchema),
  accepted: Compile(acceptedSchema),
  refusal: Compile(refusalSchema),
};
interface Check<T> {
  Check(value: unknown): value is T;
}

export async function connect(options: ConnectionOptions): Promise<GatewayConnection> {
  const url = new URL(options.url);
  const socket = await openSocket(url, options);
  const client = new Client(url.origin, {
    connect: (_target, done) => {
      // Once the socket is gone there is no other. The client takes it on a later turn only: called back at once, it
      // would wait for ever.
      queueMicrotask(() =>
        socket.destroyed ? done(new Error('the connection to the gateway was lost'), null) : done(null, socket),
      );
    },
    pipelining: 1,
    keepAliveTimeout: idleMs,
    // The gateway says how long it keeps an idle connection; ours ends just before, so that no request meets its end.
    keepAliveTimeoutThreshold: 500,
    headersTimeout: options.timeoutMs,
    bodyTimeout: options.timeoutMs,
    maxResponseSize: answerLimitBytes,
  });
  const exporter = (): string => {
    if (socket.destroyed) throw new AgentFailure('unreachable', 'the connection to the gateway was lost');
    return socket.exportKeyingMaterial(exporterBytes, exporterLabel, Buffer.alloc(0)).toString('base64url');
  };

  return {
    key: publicKeyHash(new X509Certificate(options.certificatePem).publicKey),
    get alive() {
      return !socket.destroyed && socket.writable;
    },
    exporter,
    challenge: purpose => exchange('POST', '/v1/challenge', checks.challenge, { purpose }),
    certifySessionKey: async body => {
      await exchange('POST', '/v1/session-key', checks.anything, body);
    },
    report: body => exchange('POST', '/v1/report', checks.verdict, body),
    proveIdentity: body => exchange('POST', '/v1/identity-proof', checks.identity, body),
    ticket: machineKey => exchange('POST', '/v1/ticket', checks.ticket, { machineKey, exporter: exporter() }),
    secondFactor: machineKey =>
      exchange('POST', '/v1/second-factor', checks.secondFactor, { machineKey, exporter: exporter() }),
    verdict: () => exchange('GET', '/v1/verdict', checks.verdict),
    confirmSession: machineKey =>
      exchange('POST', '/v1/session-confirmation', checks.confirmed, { machineKey, exporter: exporter() }),
    openTexts: () => exchange('GET', '/v1/acceptances', checks.openTexts),
    accept: body => exchange('POST', '/v1/acceptances', checks.accepted, { ...body, exporter: exporter() }),
    enrol: body => exchange('POST', '/v1/device-enrolment', checks.enrolled, { ...body, exporter: exporter() }),
    close: async () => {
      await client.close().catch(() => undefined);
      socket.destroy();
    },
  };

  async function exchange<T>(method: 'GET' | 'POST', path: string, check: Check<T>, body?: unknown): Promise<T> {
    const { status, text } = await send(method, path, body);
    const value = parse(text);
    if (status >= 200 && status < 300) {
      if (check.Check(value)) return value;
      throw new AgentFailure('unreachable', `${path}: the gateway's answer has an unknown shape`);
    }
    if (!checks.refusal.Check(value)) throw new AgentFailure('unreachable', `${path}: HTTP ${status} without a reason`);
    const kind = status >= 500 || status === 429 ? 'try-again' : 'refused';
    throw new AgentFailure(kind, `${path}: ${value.refused} (trace ${value.traceId})`, value);
  }

  async function send(method: 'GET' | 'POST', path: string, body: unknown): Promise<{ status: number; text: string }> {
    try {
      const response = await client.request({
        method,
        path: url.pathname.replace(/\/$/, '') + path,
        headers: { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      });
      return { status: response.statusCode, text: await response.body.text() };
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      throw new AgentFailure('unreachable', `${path}: ${message}`, undefined, cause);
    }
  }
}

function openSocket(url: URL, options: ConnectionOptions): Promise<TLSSocket> {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return new Promise((resolve, reject) => {
    const fail = (cause: Error): void => {
      socket.destroy();
      reject(new AgentFailure('unreachable', `cannot reach ${url.host}: ${cause.message}`, undefined, cause));
    };
    const socket = connectTls({
      host,
      port: Number(url.port === '' ? '443' : url.port),
      // A name for SNI; an address has none.
      ...(isIP(host) === 0 ? { servername: host } : {}),
      minVersion: 'TLSv1.3',
      ca: options.trust,
      key: options.keyPem,
      cert: options.certificatePem,
      ALPNProtocols: ['http/1.1'],
    });
    socket.setTimeout(options.timeoutMs, () => fail(new Error(`no answer in ${options.timeoutMs} ms`)));
    socket.once('error', fail);
    const stop = (): void => fail(new Error('stopped'));
    options.signal?.addEventListener('abort', stop, { once: true });
    socket.once('close', () => options.signal?.removeEventListener('abort', stop));
    socket.once('secureConnect', () => {
      socket.off('error', fail);
      socket.setTimeout(0);
      socket.removeAllListeners('timeout');
      // Between requests nobody else listens; the next request reports the loss.
      socket.on('error', () => undefined);
      resolve(socket);
    });
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A proxy's error page, a cut answer: no known shape, reported with the status.
    return undefined;
  }
}
