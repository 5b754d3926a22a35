// What an operator may see of its own tenant: sessions, denials, decisions. Nothing here changes anything.

import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import { deviceCode } from '../audit/case-code.ts';
import type { DecisionRecord } from '../audit/record.ts';
import type { Reason } from '../contract/reason.ts';
import type { AdmissionStore } from '../ports.ts';
import { enrolmentsAtMost } from './device-enrolments.ts';
import { isRefusal } from './store-entries.ts';
import * as shape from './operator-api-schema.ts';
import type { Caller } from './operator-api-token.ts';

export type OperatorApp = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** What the routes of a tenant are given by the server around them. */
export interface Surroundings {
  readonly callerOf: (request: FastifyRequest) => Caller;
  readonly refuse: (request: FastifyRequest, reply: FastifyReply, word: Reason) => FastifyReply;
  readonly security: { readonly token: readonly string[] }[];
}

export function serveViews(app: OperatorApp, store: AdmissionStore, around: Surroundings): void {
  const { callerOf, refuse, security } = around;
  app.addHook('onRequest', async (request, reply) => {
    if (!callerOf(request).operator.rights.includes('read')) return refuse(request, reply, 'right-missing');
  });

  app.get(
    '/sessions',
    { schema: { security, querystring: shape.sessionsQuery, response: { 200: shape.sessionList, ...shape.refusals } } },
    async request => ({
      sessions: [...(await store.sessions({ tenant: callerOf(request).tenant, ...request.query }))],
    }),
  );

  app.get(
    '/sessions/:id',
    { schema: { security, params: shape.idPath, response: { 200: shape.session, ...shape.refusals } } },
    async (request, reply) => {
      const session = await store.session(callerOf(request).tenant, request.params.id);
      return session ?? refuse(request, reply, 'session-unknown');
    },
  );

  app.get(
    '/device-enrolments',
    {
      schema: {
        security,
        querystring: shape.enrolmentsQuery,
        response: { 200: shape.enrolmentList, ...shape.refusals },
      },
    },
    async request => {
      const { state, find, limit } = request.query;
      const kept = await store.keptAll(callerOf(request).tenant, 'device-enrolment', enrolmentsAtMost);
      const enrolments = kept
        .map(({ value }) => ({ ...value, code: deviceCode(value.device) }))
        .filter(each => state === undefined || each.state === state)
        .filter(({ device, code, name }) => find === undefined || [device, code, name].includes(find));
      return { enrolments: enrolments.slice(0, limit) };
    },
  );

  app.get(
    '/denials',
    { schema: { security, querystring: shape.denialsQuery, response: { 200: shape.denialList, ...shape.refusals } } },
    async request => {
      const { tenant } = callerOf(request);
      const records = await store.decisions({ tenant, only: 'refused', limit: request.query.limit });
      return { denials: await named(store, tenant, records) };
    },
  );

  for (const kind of ['denials', 'decisions'] as const) {
    app.get(
      `/${kind}/:idOrCaseCode`,
      { schema: { security, params: shape.casePath, response: { 200: shape.record, ...shape.refusals } } },
      async (request, reply) => {
        const { tenant } = callerOf(request);
        const record = await store.decision(tenant, request.params.idOrCaseCode);
        if (record === undefined || (kind === 'denials' && !isRefusal(record)))
          return refuse(request, reply, 'record-unknown');
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
