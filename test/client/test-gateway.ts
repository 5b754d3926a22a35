// A gateway's end of the agent API for tests: real HTTPS with mutual TLS, nonces that are good once, and every signature
// checked with node:crypto. What it decides is given to it.

import { createHash, createPublicKey, randomBytes, verify, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { TLSSocket } from 'node:tls';
import { Compile } from 'typebox/compile';
import {
  type Challenge,
  challengeRequestSchema,
  deviceEnrolmentSchema,
  type EnrolmentState,
  type IdentityProof,
  identityProofSchema,
  type SessionKey,
  sessionKeySchema,
  sessionConfirmationSchema,
  ticketRequestSchema,
} from '../../gateway/contract/challenge.ts';
import {
  exporterBytes,
  exporterLabel,
  identityProofBytes,
  reportSigningInput,
  type SignedReport,
  sessionKeyBytes,
  signatureAlgorithms,
} from '../../gateway/contract/proof.ts';
import { type Report, reportSchema } from '../../gateway/contract/report.ts';
import type { Verdict } from '../../gateway/contract/verdict.ts';
import { grantVerdict } from './verdict-fixture.ts';
import { pem, type TestKey } from './test-keys.ts';

const audience = 'sluis-test';
const checks = {
  challenge: Compile(challengeRequestSchema),
  sessionKey: Compile(sessionKeySchema),
  identity: Compile(identityProofSchema),
  ticket: Compile(ticketRequestSchema),
  confirmation: Compile(sessionConfirmationSchema),
  enrolment: Compile(deviceEnrolmentSchema),
  report: Compile(reportSchema),
};

export interface Received {
  readonly path: string;
  readonly socket: TLSSocket;
  readonly exporter: string;
  readonly body: unknown;
}

export interface TestGateway {
  readonly url: string;
  readonly received: readonly Received[];
  readonly reports: readonly Report[];
  /** Refusals that it gave, in order. */
  readonly refusals: readonly string[];
  close(): Promise<void>;
}

export interface TestGatewayOptions {
  readonly key: TestKey;
  readonly collect: readonly string[];
  /** Answers the n-th report (from 1), or refuses it. */
  readonly decide?: (report: Report, count: number) => Verdict | { readonly status: number; readonly refused: string };
  /** Closes idle connections after this time. */
  readonly keepAliveTimeoutMs?: number;
  readonly challengeLifeMs?: number;
  /** Whether the n-th confirmation (from 1) came from inside a tunnel. */
  readonly inTunnel?: (count: number) => boolean;
  /** What was decided about a PC that asks to be admitted. */
  readonly admission?: (device: string) => EnrolmentState;
}

export async function startTestGateway(options: TestGatewayOptions): Promise<TestGateway> {
  const received: Received[] = [];
  const reports: Report[] = [];
  const refusals: string[] = [];
  const nonces = new Map<string, string>();
  /** Session key → machine key (SPKI hash and key). */
  const certified = new Map<string, X509Certificate>();
  let lastDigest = '';
  let confirmations = 0;
  let lastVerdict: Verdict = grantVerdict(Date.now());
  const server = createServer(
    {
      ...{ key: pem(options.key.key), cert: pem(options.key.certificate), minVersion: 'TLSv1.3' },
      // Any certificate may connect: who it is, is decided per request.
      ...{ requestCert: true, rejectUnauthorized: false, keepAliveTimeout: options.keepAliveTimeoutMs ?? 60_000 },
    },
    (request, response) => void answer(request, response),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    ...{ url: `https://localhost:${port}`, received, reports, refusals },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    const { socket } = request;
    if (!(socket instanceof TLSSocket)) throw new TypeError('a request that came over no TLS');
    const exporter = socket.exportKeyingMaterial(exporterBytes, exporterLabel, Buffer.alloc(0)).toString('base64url');
    const one: Received = {
      path: request.url ?? '',
      socket,
      exporter,
      body: text === '' ? undefined : JSON.parse(text),
    };
    received.push(one);
    const result = handle(one, socket.getPeerX509Certificate());
    const refused = 'refused' in result ? String(result.refused) : undefined;
    if (refused !== undefined) refusals.push(refused);
    const body =
      refused === undefined
        ? result
        : { refused, traceId: 'trace-9', text: { nl: 'nee', fr: 'non', de: 'nein', en: 'no' } };
    response.writeHead(refused === undefined ? 200 : 'status' in result ? Number(result.status) : 403, {
      'content-type': 'application/json',
    });
    response.end(JSON.stringify(body));
  }

  function handle({ path, exporter, body }: Received, peer: X509Certificate | undefined): object {
    if (peer === undefined) return { refused: 'certificate-missing' };
    const key = hashOf(peer);
    const machine = certified.get(key) ?? (peer.subject.includes('session key') ? undefined : peer);
    if (path === '/v1/challenge') return challenge(body);
    if (path === '/v1/session-key') return sessionKey(body as SessionKey, key);
    if (machine === undefined) return { refused: 'session-key-unproven' };
    if (path === '/v1/report') return report(body as SignedReport, machine, exporter);
    if (path === '/v1/identity-proof') return identity(body as IdentityProof, machine, exporter);
    if (path === '/v1/verdict') return lastVerdict;
    if (path === '/v1/session-confirmation') return confirmation(body, machine, exporter);
    if (path === '/v1/device-enrolment') return enrolment(body, peer, exporter);
    if (!checks.ticket.Check(body) || body.exporter !== exporter) return { refused: 'channel-binding-wrong' };
    if (body.machineKey !== hashOf(machine)) return { refused: 'report-device-mismatch' };
    return { handle: 't-ABCDEFGHIJKLMNOP', secret: 'S3CRET', expiresAt: Date.now() + 300_000, traceId: 'trace-1' };
  }

  function challenge(body: unknown): object {
    if (!checks.challenge.Check(body)) return { refused: 'report-malformed' };
    const now = Date.now();
    const nonce = randomBytes(24).toString('base64url');
    nonces.set(nonce, body.purpose);
    const given: Challenge = {
      ...{ purpose: body.purpose, nonce, audience, serverTime: now, collect: [...options.collect] },
      ...{ expiresAt: now + (options.challengeLifeMs ?? 120_000), policyHash: 'f'.repeat(64) },
    };
    return given;
  }

  function sessionKey(body: SessionKey, key: string): object {
    if (!checks.sessionKey.Check(body) || body.sessionKey !== key) return { refused: 'session-key-unproven' };
    if (!spend(body.nonce, 'session-key')) return { refused: 'nonce-used' };
    if (body.notAfter > Date.now() + 8 * 3_600_000) return { refused: 'session-key-unproven' };
    const [leaf] = body.machineChain.map(der => new X509Certificate(Buffer.from(der, 'base64url')));
    const { nonce, notAfter } = body;
    const signed = sessionKeyBytes({ audience, nonce, sessionKey: key, notAfter });
    if (leaf === undefined || !verified(leaf, body.algorithm, signed, body.signature))
      return { refused: 'proof-signature-wrong' };
    certified.set(key, leaf);
    return { device: hashOf(leaf), validUntil: notAfter, traceId: 'trace-1' };
  }

  function report(body: SignedReport, machine: X509Certificate, exporter: string): object {
    const header = JSON.parse(Buffer.from(body.protected, 'base64url').toString()) as Record<string, string>;
    const input = reportSigningInput(body.protected, body.payload);
    if (!verified(machine, header['alg'] ?? '', input, body.signature)) return { refused: 'report-signature-wrong' };
    if (header['exporter'] !== exporter) return { refused: 'channel-binding-wrong' };
    if (header['kid'] !== hashOf(machine)) return { refused: 'report-device-mismatch' };
    const payload = Buffer.from(body.payload, 'base64url');
    const content: unknown = JSON.parse(payload.toString('utf8'));
    if (!checks.report.Check(content)) return { refused: 'report-schema-wrong' };
    if (content.nonce !== header['nonce'] || !spend(content.nonce, 'report')) return { refused: 'nonce-used' };
    if (content.device.deviceId !== hashOf(machine)) return { refused: 'report-device-mismatch' };
    if (content.sequence <= (reports.at(-1)?.sequence ?? -1)) return { refused: 'report-sequence-old' };
    reports.push(content);
    lastDigest = createHash('sha256').update(payload).digest('hex');
    const decided = options.decide?.(content, reports.length) ?? grantVerdict(Date.now());
    if (!('refused' in decided)) lastVerdict = decided;
    return decided;
  }

  function identity(body: IdentityProof, machine: X509Certificate, exporter: string): object {
    if (!checks.identity.Check(body)) return { refused: 'proof-malformed' };
    if (!spend(body.nonce, 'identity-proof')) return { refused: 'nonce-used' };
    if (body.exporter !== exporter) return { refused: 'channel-binding-wrong' };
    if (body.reportDigest !== lastDigest || body.machineKey !== hashOf(machine)) return { refused: 'report-stale' };
    const [leaf] = body.chain.map(der => new X509Certificate(Buffer.from(der, 'base64url')));
    const { nonce, machineKey, reportDigest } = body;
    const signed = identityProofBytes({ audience, nonce, machineKey, reportDigest, exporter });
    if (leaf === undefined || !verified(leaf, body.algorithm, signed, body.signature))
      return { refused: 'proof-signature-wrong' };
    return { pseudonym: 'p-1', profile: 'be-eid-test', validUntil: Date.now() + 3_600_000, traceId: 'trace-1' };
  }

  function confirmation(body: unknown, machine: X509Certificate, exporter: string): object {
    if (!checks.confirmation.Check(body) || body.machineKey !== hashOf(machine))
      return { refused: 'report-device-mismatch' };
    if (body.exporter !== exporter) return { refused: 'channel-binding-wrong' };
    const confirmed = options.inTunnel?.(++confirmations) ?? false;
    return { confirmed, binding: confirmed ? 'confirmed' : 'ticket', outcome: lastVerdict.outcome, traceId: 'trace-1' };
  }

  function enrolment(body: unknown, peer: X509Certificate, exporter: string): object {
    if (!checks.enrolment.Check(body)) return { refused: 'report-malformed' };
    if (body.exporter !== exporter) return { refused: 'channel-binding-wrong' };
    const device = hashOf(peer);
    const state = options.admission?.(device) ?? 'waiting';
    return { state, device, traceId: 'trace-1', ...(state === 'waiting' ? { caseCode: 'KRTWBX' } : {}) };
  }

  function spend(nonce: string, purpose: string): boolean {
    const good = nonces.get(nonce) === purpose;
    nonces.delete(nonce);
    return good;
  }
}

function verified(certificate: X509Certificate, algorithm: string, bytes: Uint8Array, signature: string): boolean {
  if (!Object.hasOwn(signatureAlgorithms, algorithm)) return false;
  const { hash } = signatureAlgorithms[algorithm as keyof typeof signatureAlgorithms];
  const key = createPublicKey(certificate.publicKey.export({ type: 'spki', format: 'pem' }));
  return verify(hash, bytes, { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'));
}

export function hashOf(certificate: X509Certificate): string {
  return createHash('sha256')
    .update(certificate.publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex');
}
