// The operator API: what one tenant may see of itself and do to it, and the metrics and health of this gateway.
// Everything under /v1 takes a bearer token, and the token says which operator of which tenant asks.

import { randomUUID } from 'node:crypto';
import helmet from '@fastify/helmet';
import swagger from '@fastify/swagger';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import type { Reason } from '../contract/reason.ts';
import { type AdmissionStore, type Log, Unavailable } from '../ports.ts';
import { refusalBody, statusOf } from './http-refusals.ts';
import type { OperatorActs } from '../contract/acts.ts';
import { serveActs } from './operator-api-acts.ts';
import * as shape from './operator-api-schema.ts';
import { type Caller, type CallerOf, isLoopback, type OperatorToken, tokenReader } from './operator-api-token.ts';
import { type ConcentratorViews, serveConcentrators } from './operator-api-concentrators.ts';
import { type ObservationReport, serveObservations } from './operator-api-observations.ts';
import type { Rollout } from '../contract/rollout.ts';
import { serveRollout } from './operator-api-rollout.ts';
import { serveReplays } from './operator-api-replays.ts';
import type { PolicyReplays } from './policy-replays.ts';
import type { RulesState } from '../contract/rules-state.ts';
import { serveRules } from './operator-api-rules.ts';
import { serveTraces, type TraceReader } from './operator-api-traces.ts';
import { type OperatorApp, serveViews } from './operator-api-views.ts';

export interface OperatorApiOptions {
  readonly address: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly tokens: readonly OperatorToken[];
  readonly store: AdmissionStore;
  /** An act that is not given has no address. */
  readonly acts: Partial<OperatorActs>;
  /** Absent: there is nothing to be seen of concentrators. */
  readonly concentrators?: ConcentratorViews;
  /** Absent: no concentrator is observed. */
  readonly observations?: ObservationReport;
  /** Absent: nothing can be traced. */
  readonly traces?: TraceReader;
  /** Absent: no draft can be judged on what was recorded. */
  readonly replays?: Pick<PolicyReplays, 'begin' | 'state'>;
  /** Absent: there is one version of the policies and no other. */
  readonly rollout?: () => Rollout;
  /** Absent: there is nothing to be seen of rules. */
  readonly rules?: () => RulesState;
  readonly meterText: () => Promise<string>;
  readonly health: () => { readonly ready: boolean; readonly reasons: readonly string[] };
  readonly log: Log;
}

export interface OperatorApi {
  readonly port: number;
  openapi(): object;
  close(): Promise<void>;
}

export async function listenOperatorApi(options: OperatorApiOptions): Promise<OperatorApi> {
  const app = fastify({
    logger: false,
    genReqId: () => randomUUID(),
    // An address that cannot be decoded never reaches a route or the error handler below.
    frameworkErrors: (_, request, reply) => void refuse(request, reply, 'address-unknown'),
    forceCloseConnections: true,
    requestTimeout: 10_000,
    bodyLimit: 1_024,
    routerOptions: { maxParamLength: 128 },
    ajv: { customOptions: { removeAdditional: false } },
  }).withTypeProvider<TypeBoxTypeProvider>();
  for (const schema of shape.namedSchemas) app.addSchema(schema);
  await app.register(helmet, { contentSecurityPolicy: { directives: { defaultSrc: ["'none'"] } } });
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Sluis operator API', version: '1' },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    },
    refResolver: {
      buildLocalReference: (json, _base, _fragment, index) =>
        typeof json['$id'] === 'string' ? json['$id'] : `schema-${index}`,
    },
  });

  app.setNotFoundHandler((request, reply) => refuse(request, reply, 'address-unknown'));
  app.setErrorHandler<Error & { readonly statusCode?: number }>((error, request, reply) => {
    if (error instanceof Unavailable) return refuse(request, reply, 'store-unavailable');
    if (error.statusCode !== undefined && error.statusCode < 500) return refuse(request, reply, 'request-malformed');
    options.log.error('operator-api-fault', { trace: request.id, route: request.routeOptions.url ?? '', error });
    return refuse(request, reply, 'try-again', 500);
  });

  const callerOf = tokenReader(options.tokens);
  await app.register(async scope => serveGateway(scope.withTypeProvider<TypeBoxTypeProvider>(), options, callerOf));
  await app.register(async scope => serveTenant(scope.withTypeProvider<TypeBoxTypeProvider>(), options, callerOf), {
    prefix: '/v1',
  });

  await app.listen({ host: options.address, port: options.port });
  const bound = app.server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : options.port;
  return { port, openapi: () => app.swagger(), close: () => app.close() };
}

/** Health and metrics: of the gateway as a whole, for whoever keeps it running. */
function serveGateway(app: OperatorApp, { health, meterText }: OperatorApiOptions, callerOf: CallerOf): void {
  app.get('/livez', { schema: { response: { 200: shape.live } } }, async () => ({ live: true as const }));

  app.get('/readyz', { schema: { response: { 200: shape.readiness, 503: shape.readiness } } }, async (_, reply) => {
    const { ready, reasons } = health();
    return reply.code(ready ? 200 : 503).send({ ready, reasons: [...reasons] });
  });

  app.get('/metrics', async (request, reply) => {
    // A proxy on this host also comes from loopback; it says so by forwarding somebody else's address.
    const forwarded = request.headers['x-forwarded-for'] ?? request.headers['forwarded'];
    const local = isLoopback(request.ip) && forwarded === undefined;
    if (!local && callerOf(request.headers.authorization) === undefined) return refuse(request, reply, 'token-wrong');
    return reply.type('text/plain; version=0.0.4; charset=utf-8').send(await meterText());
  });
}

/** What the operators of one tenant may see and do. */
async function serveTenant(
  app: OperatorApp,
  { store, acts, concentrators, observations, traces, rules, replays, rollout }: OperatorApiOptions,
  callerOf: CallerOf,
): Promise<void> {
  const callers = new WeakMap<FastifyRequest, Caller>();
  // Before anything is validated: whoever has no token learns nothing, not even what a good question looks like.
  app.addHook('onRequest', async (request, reply) => {
    const caller = callerOf(request.headers.authorization);
    if (caller === undefined) return refuse(request, reply, 'token-wrong');
    callers.set(request, caller);
    reply.header('cache-control', 'no-store');
  });
  const around = {
    callerOf: (request: FastifyRequest): Caller => {
      const caller = callers.get(request);
      if (caller === undefined) throw new Error('a request reached the operator API without its token being read');
      return caller;
    },
    refuse,
    security: [{ token: [] }],
  };
  await app.register(async scope => serveViews(scope.withTypeProvider<TypeBoxTypeProvider>(), store, around));
  if (concentrators !== undefined) {
    await app.register(async scope =>
      serveConcentrators(scope.withTypeProvider<TypeBoxTypeProvider>(), concentrators, around),
    );
  }
  if (observations !== undefined) {
    await app.register(async scope =>
      serveObservations(scope.withTypeProvider<TypeBoxTypeProvider>(), observations, around),
    );
  }
  if (traces !== undefined) {
    await app.register(async scope => serveTraces(scope.withTypeProvider<TypeBoxTypeProvider>(), traces, around));
  }
  if (replays !== undefined) {
    await app.register(async scope => serveReplays(scope.withTypeProvider<TypeBoxTypeProvider>(), replays, around));
  }
  if (rollout !== undefined) {
    await app.register(async scope => serveRollout(scope.withTypeProvider<TypeBoxTypeProvider>(), rollout, around));
  }
  if (rules !== undefined) {
    await app.register(async scope => serveRules(scope.withTypeProvider<TypeBoxTypeProvider>(), rules, around));
  }
  await app.register(async scope => serveActs(scope.withTypeProvider<TypeBoxTypeProvider>(), acts, around));
}

function refuse(request: FastifyRequest, reply: FastifyReply, word: Reason, status = statusOf(word)): FastifyReply {
  if (status === 401) reply.header('www-authenticate', 'Bearer realm="sluis"');
  return reply.code(status).send(refusalBody(word, request.id));
}
