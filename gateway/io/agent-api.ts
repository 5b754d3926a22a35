// The agent API: HTTPS with mutual TLS 1.3 (RFC 8446), JSON bodies, one refusal body. Certificates are asked for but not
// judged here: the flows do that by the tenant's profiles, and give the reason. What is settled here is everything that
// must hold before a flow is asked: a certificate, limits of size, time and number, and the shape of the body.

import { constants, randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import fastify, { type FastifyError, type FastifyReply, type FastifyRequest } from 'fastify';
import { type Reason, type Refused, refused } from '../contract/reason.ts';
import { type Log, type Meter, Unavailable } from '../ports.ts';
import { connectionOf } from './agent-api-connection.ts';
import { refusalBody, statusOf } from './http-refusals.ts';
import { type AgentApp, type AgentHandlers, byAddress, serveAgent } from './agent-api-routes.ts';
import { namedSchemas } from './agent-api-schema.ts';

export interface AgentApiLimits {
  readonly headersTimeoutMs: number;
  /** From the first byte of a request to its last. */
  readonly requestTimeoutMs: number;
  readonly handshakeTimeoutMs: number;
  /** Between two requests: longer than a nonce lives, for a person may be typing a PIN over it. */
  readonly idleTimeoutMs: number;
  readonly maxConnections: number;
  /** Per device key. */
  readonly reportsPerMinute: number;
  /** Per device key and route. */
  readonly requestsPerMinute: number;
  /** Per address, all routes together: an office behind one address, or one stranger with many keys. */
  readonly addressPerMinute: number;
}

const defaultLimits: AgentApiLimits = {
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 20_000,
  handshakeTimeoutMs: 10_000,
  idleTimeoutMs: 150_000,
  maxConnections: 10_000,
  reportsPerMinute: 10,
  requestsPerMinute: 30,
  addressPerMinute: 1_200,
};

const closeGraceMs = 1_000;

export interface AgentApiOptions {
  readonly address: string;
  /** 0 for any free one. */
  readonly port: number;
  /** PEM, leaf first. */
  readonly certificate: string;
  /** PEM. */
  readonly key: string;
  readonly tenant: string;
  readonly handlers: AgentHandlers;
  readonly log: Log;
  /** Counts what is refused before any flow is asked. */
  readonly meter?: Meter;
  readonly limits?: Partial<AgentApiLimits>;
}

export interface AgentApi {
  readonly port: number;
  openapi(): object;
  close(): Promise<void>;
}

export async function listenAgentApi(options: AgentApiOptions): Promise<AgentApi> {
  const limits = { ...defaultLimits, ...options.limits };
  const app = createServer(options, limits);
  for (const schema of namedSchemas) app.addSchema(schema);
  const { refuse, refuseEarly } = refusing(options);

  app.setNotFoundHandler((request, reply) => refuseEarly(request, reply, refused('address-unknown'), 404));
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const why = refusalOf(error, request);
    if (why !== undefined) return refuseEarly(request, reply, why);
    // A mistake of ours is held against nobody.
    options.log.error('agent-api-fault', { trace: request.id, route: routeOf(request), error });
    return refuseEarly(request, reply, refused('try-again'), 500);
  });

  await app.register(rateLimit, {
    global: false,
    keyGenerator: request => connectionOf(request.raw.socket)?.key ?? request.ip,
    errorResponseBuilder: () => new TooManyRequests(),
  });
  const perAddress = app.createRateLimit({
    max: limits.addressPerMinute,
    timeWindow: 60_000,
    keyGenerator: byAddress,
  });
  // Before the body is read: who shows no certificate, or asks too often, gets no work done.
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-trace-id', request.id).header('cache-control', 'no-store');
    const load = await perAddress(request);
    if (!load.isAllowed && load.isExceeded) {
      reply.header('retry-after', load.ttlInSeconds);
      return refuseEarly(request, reply, refused('too-many-requests', 'by this address'));
    }
    if (connectionOf(request.raw.socket) === undefined) {
      return refuseEarly(request, reply, refused('certificate-missing'));
    }
    return undefined;
  });
  app.addHook('onResponse', async (request, reply) => {
    const { statusCode, elapsedTime } = reply;
    const fields = { trace: request.id, route: routeOf(request), status: statusCode, ms: Math.round(elapsedTime) };
    options.log.info('agent-api', { ...fields, key: connectionOf(request.raw.socket)?.key });
  });
  await app.register(helmet, { contentSecurityPolicy: { directives: { defaultSrc: ["'none'"] } } });
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Sluis agent API',
        version: '1',
        description:
          'HTTPS with TLS 1.3 and a client certificate on every connection: that of the machine key, or a self-signed one ' +
          'of a session key that the machine key has certified.',
      },
    },
    refResolver: {
      buildLocalReference: (json, _base, _fragment, index) =>
        typeof json['$id'] === 'string' ? json['$id'] : `schema-${index}`,
    },
  });
  await app.register(async scope =>
    serveAgent(scope.withTypeProvider<TypeBoxTypeProvider>(), options.handlers, {
      tenant: options.tenant,
      limits,
      refuse,
      connectionOf: request => {
        const connection = connectionOf(request.raw.socket);
        if (connection === undefined) throw new Error('a request without a certificate came past the first hook');
        return connection;
      },
    }),
  );

  const sockets = trackSockets(app);
  await app.listen({ host: options.address, port: options.port });
  app.server.maxConnections = limits.maxConnections;
  const bound = app.server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : options.port;
  return { port, openapi: () => app.swagger(), close: () => closeSoon(app, sockets) };
}

function createServer({ certificate, key }: AgentApiOptions, limits: AgentApiLimits): AgentApp {
  return fastify({
    https: {
      cert: certificate,
      key,
      requestCert: true,
      rejectUnauthorized: false,
      minVersion: 'TLSv1.3',
      // A resumed session would show the client's leaf without its chain.
      secureOptions: constants.SSL_OP_NO_TICKET,
      handshakeTimeout: limits.handshakeTimeoutMs,
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      // How often slow requests are looked for: without it, every 30 s.
      connectionsCheckingInterval: Math.min(1_000, limits.headersTimeoutMs / 2),
    },
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.idleTimeoutMs,
    forceCloseConnections: 'idle',
    // Requests that still come while closing are answered as always, or cut off: no body but a refusal or an answer.
    return503OnClosing: false,
    logger: false,
    bodyLimit: 4 * 1024,
    genReqId: request => traceIdOf(request.headers['x-trace-id']),
    requestIdHeader: false,
    // What does not fit the schema is refused, never bent until it does.
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false, allErrors: false } },
  }).withTypeProvider<TypeBoxTypeProvider>();
}

/** The TCP sockets underneath: also those that are still in their handshake, or have never asked anything. */
function trackSockets(app: AgentApp): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  app.server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  return sockets;
}

/** Requests under way may finish; then nothing holds up the end. */
async function closeSoon(app: AgentApp, sockets: ReadonlySet<Socket>): Promise<void> {
  const cut = setTimeout(() => {
    for (const socket of sockets) socket.destroy();
  }, closeGraceMs);
  await app.close();
  clearTimeout(cut);
}

function traceIdOf(header: string | readonly string[] | undefined): string {
  return typeof header === 'string' && /^[0-9a-f]{16,32}$/.test(header) ? header : randomBytes(16).toString('hex');
}

class TooManyRequests extends Error {
  readonly statusCode = 429;
}

/** What an error says about the request; nothing when it is our own. */
function refusalOf(error: FastifyError, request: FastifyRequest): Refused | undefined {
  if (error instanceof Unavailable) return refused('try-again', error.message);
  if (error instanceof TooManyRequests) return refused('too-many-requests', 'by this key');
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') return refused('report-too-large', error.message);
  if (error.statusCode === undefined || error.statusCode >= 500) return undefined;
  return refused(malformedWord(request), error.message);
}

function malformedWord(request: FastifyRequest): Reason {
  return routeOf(request) === '/v1/report' ? 'report-malformed' : 'request-malformed';
}

function routeOf(request: FastifyRequest): string {
  return request.routeOptions.url ?? 'none';
}

function refusing({ log, meter }: AgentApiOptions) {
  const refuse = (
    request: FastifyRequest,
    reply: FastifyReply,
    { refused: reason, detail }: Refused,
    status = statusOf(reason),
  ) => {
    log.info('agent-api-refused', { trace: request.id, route: routeOf(request), reason, detail });
    return reply.code(status).send(refusalBody(reason, request.id));
  };
  const refuseEarly = (request: FastifyRequest, reply: FastifyReply, why: Refused, status?: number) => {
    meter?.count('sluis_reports_refused_total', { reason: why.refused });
    return refuse(request, reply, why, status);
  };
  return { refuse, refuseEarly };
}
