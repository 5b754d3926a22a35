// The read API: sessions, denials and decisions of one tenant as JSON, and the metrics and health of this gateway.
// It changes nothing. Everything under /v1 takes a bearer token, and the token says which tenant is read.

import { randomUUID } from 'node:crypto';
import helmet from '@fastify/helmet';
import swagger from '@fastify/swagger';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { RawReplyDefaultExpression, RawRequestDefaultExpression, RawServerDefault } from 'fastify';
import type { DecisionRecord } from '../audit/record.ts';
import type { Refusal } from '../contract/verdict.ts';
import { type AdmissionStore, type Log, Unavailable } from '../ports.ts';
import { textsOf } from '../reasons.ts';
import { isRefusal } from './embedded-store-rows.ts';
import { type ReadRefusalName, readRefusals } from './read-api-refusals.ts';
import * as shape from './read-api-schema.ts';
import { isLoopback, type ReadToken, tokenReader } from './read-api-token.ts';

export interface ReadApiOptions {
  readonly address: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly tokens: readonly ReadToken[];
  readonly store: AdmissionStore;
  readonly meterText: () => Promise<string>;
  readonly health: () => { readonly ready: boolean; readonly reasons: readonly string[] };
  readonly log: Log;
}

export interface ReadApi {
  readonly port: number;
  openapi(): object;
  close(): Promise<void>;
}

type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

const read = { '4xx': shape.refusal, '5xx': shape.refusal };

export async function listenReadApi(options: ReadApiOptions): Promise<ReadApi> {
  const app = fastify({
    logger: false,
    genReqId: () => randomUUID(),
    // An address that cannot be decoded never reaches a route or the error handler below.
    frameworkErrors: (_, request, reply) => void refuse(request, reply, 'no-page'),
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
      info: { title: 'Sluis read API', version: '1' },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    },
    refResolver: {
      buildLocalReference: (json, _base, _fragment, index) =>
        typeof json['$id'] === 'string' ? json['$id'] : `schema-${index}`,
    },
  });

  app.setNotFoundHandler((request, reply) => refuse(request, reply, 'no-page'));
  app.setErrorHandler<Error & { readonly statusCode?: number }>((error, request, reply) => {
    if (error instanceof Unavailable) return refuse(request, reply, 'store-down');
    if (error.statusCode !== undefined && error.statusCode < 500) return refuse(request, reply, 'bad-request');
    options.log.error('read-api-fault', { trace: request.id, route: request.routeOptions.url ?? '', error });
    return refuse(request, reply, 'fault');
  });

  const tenantOf = tokenReader(options.tokens);
  await app.register(async scope => serveGateway(scope.withTypeProvider<TypeBoxTypeProvider>(), options, tenantOf));
  await app.register(async scope => serveTenant(scope.withTypeProvider<TypeBoxTypeProvider>(), options, tenantOf), {
    prefix: '/v1',
  });

  await app.listen({ host: options.address, port: options.port });
  const bound = app.server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : options.port;
  return { port, openapi: () => app.swagger(), close: () => app.close() };
}

type TenantOf = ReturnType<typeof tokenReader>;

/** Health and metrics: of the gateway as a whole, for whoever keeps it running. */
function serveGateway(app: App, { health, meterText }: ReadApiOptions, tenantOf: TenantOf): void {
  app.get('/livez', { schema: { response: { 200: shape.live } } }, async () => ({ live: true as const }));

  app.get('/readyz', { schema: { response: { 200: shape.readiness, 503: shape.readiness } } }, async (_, reply) => {
    const { ready, reasons } = health();
    return reply.code(ready ? 200 : 503).send({ ready, reasons: [...reasons] });
  });

  app.get('/metrics', async (request, reply) => {
    // A proxy on this host also comes from loopback; it says so by forwarding somebody else's address.
    const forwarded = request.headers['x-forwarded-for'] ?? request.headers['forwarded'];
    const local = isLoopback(request.ip) && forwarded === undefined;
    if (!local && tenantOf(request.headers.authorization) === undefined) return refuse(request, reply, 'no-token');
    return reply.type('text/plain; version=0.0.4; charset=utf-8').send(await meterText());
  });
}

/** What one tenant may read of its own. */
function serveTenant(app: App, { store }: ReadApiOptions, tenantOf: TenantOf): void {
  const tenants = new WeakMap<FastifyRequest, string>();
  const tenantFor = (request: FastifyRequest): string => {
    const tenant = tenants.get(request);
    if (tenant === undefined) throw new Error('a request reached the read API without its token being read');
    return tenant;
  };
  // Before the query is validated: whoever has no token learns nothing, not even what a good query looks like.
  app.addHook('onRequest', async (request, reply) => {
    const tenant = tenantOf(request.headers.authorization);
    if (tenant === undefined) return refuse(request, reply, 'no-token');
    tenants.set(request, tenant);
    reply.header('cache-control', 'no-store');
  });
  const security = [{ token: [] }];

  app.get(
    '/sessions',
    { schema: { security, querystring: shape.sessionsQuery, response: { 200: shape.sessionList, ...read } } },
    async request => ({ sessions: [...(await store.sessions({ tenant: tenantFor(request), ...request.query }))] }),
  );

  app.get(
    '/sessions/:id',
    { schema: { security, params: shape.idPath, response: { 200: shape.session, ...read } } },
    async (request, reply) => {
      const session = await store.session(tenantFor(request), request.params.id);
      return session ?? refuse(request, reply, 'no-session');
    },
  );

  app.get(
    '/denials',
    { schema: { security, querystring: shape.denialsQuery, response: { 200: shape.denialList, ...read } } },
    async request => {
      const tenant = tenantFor(request);
      const records = await store.decisions({ tenant, only: 'refused', limit: request.query.limit });
      return { denials: await named(store, tenant, records) };
    },
  );

  for (const kind of ['denials', 'decisions'] as const) {
    app.get(
      `/${kind}/:idOrCaseCode`,
      { schema: { security, params: shape.casePath, response: { 200: shape.record, ...read } } },
      async (request, reply) => {
        const tenant = tenantFor(request);
        const record = await store.decision(tenant, request.params.idOrCaseCode);
        if (record === undefined || (kind === 'denials' && !isRefusal(record)))
          return refuse(request, reply, 'no-record');
        return (await named(store, tenant, [record]))[0];
      },
    );
  }
}

/** Each record with the name of its device, as far as that device is known; each device is looked up once. */
async function named(
  store: AdmissionStore,
  tenant: string,
  records: readonly DecisionRecord[],
): Promise<shape.RecordView[]> {
  const devices = [...new Set(records.flatMap(({ device }) => device ?? []))];
  const names = new Map(
    await Promise.all(
      devices.map(async device => [device, (await store.attestation(tenant, device))?.deviceName] as const),
    ),
  );
  return records.map(record => {
    const deviceName = record.device === undefined ? undefined : names.get(record.device);
    return deviceName === undefined ? record : { ...record, deviceName };
  });
}

function refuse(request: FastifyRequest, reply: FastifyReply, name: ReadRefusalName): FastifyReply {
  const { status, word } = readRefusals[name];
  if (status === 401) reply.header('www-authenticate', 'Bearer realm="sluis"');
  return reply.code(status).send({ refused: word, text: textsOf(word), traceId: request.id } satisfies Refusal);
}
