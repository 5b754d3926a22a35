// The routes of the agent API. A handler is a flow; it answers with what the route's schema says, or with a refusal.

import { normalizeIP } from '@fastify/rate-limit';
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
import type { Acceptance, Accepted, OpenTexts } from '../contract/acceptance.ts';
import type {
  AnyIdentityProof,
  Challenge,
  ChallengeRequest,
  DeviceEnrolled,
  DeviceEnrolment,
  IdentityAccepted,
  NewSecondFactor,
  SecondFactorRequest,
  SessionConfirmation,
  SessionConfirmed,
  SessionKey,
  Ticket,
  TicketRequest,
} from '../contract/challenge.ts';
import type { SignedReport } from '../contract/proof.ts';
import { isRefused, type Refused } from '../contract/reason.ts';
import { reportLimits } from '../contract/report.ts';
import type { Verdict } from '../contract/verdict.ts';
import type { AgentConnection, AgentRequest } from '../ports.ts';
import * as shape from './agent-api-schema.ts';

type Handler<Body, Answer> = (request: AgentRequest<Body>) => Promise<Answer | Refused>;

export interface AgentHandlers {
  readonly challenge: Handler<ChallengeRequest, Challenge>;
  readonly sessionKey: Handler<SessionKey, shape.SessionKeyAccepted>;
  readonly report: Handler<SignedReport, Verdict>;
  readonly identityProof: Handler<AnyIdentityProof, IdentityAccepted>;
  readonly ticket: Handler<TicketRequest, Ticket>;
  readonly verdict: Handler<undefined, Verdict>;
  readonly secondFactor: Handler<SecondFactorRequest, NewSecondFactor>;
  readonly sessionConfirmation: Handler<SessionConfirmation, SessionConfirmed>;
  readonly openTexts: Handler<undefined, OpenTexts>;
  readonly acceptance: Handler<Acceptance, Accepted>;
  readonly deviceEnrolment: Handler<DeviceEnrolment, DeviceEnrolled>;
}

export type AgentApp = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** What the routes are given by the server around them. */
export interface Surroundings {
  readonly tenant: string;
  readonly connectionOf: (request: FastifyRequest) => AgentConnection;
  readonly refuse: (request: FastifyRequest, reply: FastifyReply, why: Refused) => FastifyReply;
  readonly limits: { readonly reportsPerMinute: number; readonly requestsPerMinute: number };
}

/** A chain of six certificates, and nothing that could be larger. */
const proofBytes = 128 * 1024;
const smallBytes = 4 * 1024;
/** Per address. */
const enrolmentsPerMinute = 10;

/** An IPv6 host has a whole network of addresses to choose from; they count as one. */
export const byAddress = (request: FastifyRequest): string => normalizeIP(request.ip);

export function serveAgent(app: AgentApp, handlers: AgentHandlers, around: Surroundings): void {
  const refusals = { '4xx': shape.refusal, '5xx': shape.refusal };
  const limited = (max: number) => ({ rateLimit: { max, timeWindow: 60_000 } });
  const often = limited(around.limits.requestsPerMinute);

  async function answer<Body, Answer>(
    handler: Handler<Body, Answer>,
    request: FastifyRequest,
    reply: FastifyReply,
    body: Body,
  ): Promise<Answer | FastifyReply> {
    const { tenant, connectionOf, refuse } = around;
    const result = await handler({ tenant, connection: connectionOf(request), traceId: request.id, body });
    return isRefused(result) ? refuse(request, reply, result) : result;
  }

  app.post(
    '/v1/challenge',
    {
      bodyLimit: smallBytes,
      config: often,
      schema: {
        summary: 'A nonce for one purpose, good once within two minutes',
        body: shape.challengeRequest,
        response: { 200: shape.challenge, ...refusals },
      },
    },
    async (request, reply) => answer(handlers.challenge, request, reply, request.body),
  );
  app.post(
    '/v1/session-key',
    {
      bodyLimit: proofBytes,
      config: often,
      schema: {
        summary: "Certifies this connection's key by the machine key, for at most eight hours",
        body: shape.sessionKey,
        response: { 200: shape.sessionKeyAccepted, ...refusals },
      },
    },
    async (request, reply) => answer(handlers.sessionKey, request, reply, request.body),
  );
  app.post(
    '/v1/report',
    {
      bodyLimit: reportLimits.bodyBytes,
      config: limited(around.limits.reportsPerMinute),
      schema: {
        summary: 'A signed posture report; the answer is what the device would get now',
        body: shape.signedReport,
        response: { 200: shape.verdict, ...refusals },
      },
    },
    async (request, reply) => answer(handlers.report, request, reply, request.body),
  );
  app.post(
    '/v1/identity-proof',
    {
      bodyLimit: proofBytes,
      config: often,
      schema: {
        summary: 'A person proves who they are on this machine',
        body: shape.identityProof,
        response: { 200: shape.identityAccepted, ...refusals },
      },
    },
    async (request, reply) => answer(handlers.identityProof, request, reply, request.body),
  );
  app.post(
    '/v1/ticket',
    {
      bodyLimit: smallBytes,
      config: often,
      schema: {
        summary: 'User name and password for the VPN client, good once within two minutes',
        body: shape.ticketRequest,
        response: { 200: shape.ticket, ...refusals },
      },
    },
    async (request, reply) => answer(handlers.ticket, request, reply, request.body),
  );
  app.post(
    '/v1/second-factor',
    {
      bodyLimit: smallBytes,
      config: often,
      schema: {
        summary: 'A new second factor for the person who was proven on this machine within the last ten minutes',
        body: shape.secondFactorRequest,
        response: { 200: shape.newSecondFactor, ...refusals },
      },
    },
    async (request, reply) => answer(handlers.secondFactor, request, reply, request.body),
  );
  app.get(
    '/v1/verdict',
    {
      config: often,
      schema: {
        summary: 'What the device would get now, on its last report',
        response: { 200: shape.verdict, ...refusals },
      },
    },
    async (request, reply) => answer(handlers.verdict, request, reply, undefined),
  );
  app.get(
    '/v1/acceptances',
    {
      config: often,
      schema: {
        summary: 'The texts that the person proven on this machine has still to accept',
        response: { 200: shape.openTexts, ...refusals },
      },
    },
    async (request, reply) => answer(handlers.openTexts, request, reply, undefined),
  );
  app.post(
    '/v1/acceptances',
    {
      bodyLimit: smallBytes,
      config: often,
      schema: {
        summary: 'The person who was proven on this machine within the last ten minutes accepts a text as it is now',
        body: shape.acceptance,
        response: { 200: shape.accepted, ...refusals },
      },
    },
    async (request, reply) => answer(handlers.acceptance, request, reply, request.body),
  );
  app.post(
    '/v1/session-confirmation',
    {
      bodyLimit: smallBytes,
      config: often,
      schema: {
        summary: 'Binds the open VPN session whose address this connection comes from to this machine',
        body: shape.sessionConfirmation,
        response: { 200: shape.sessionConfirmed, ...refusals },
      },
    },
    async (request, reply) => answer(handlers.sessionConfirmation, request, reply, request.body),
  );
  app.post(
    '/v1/device-enrolment',
    {
      bodyLimit: smallBytes,
      // A new key costs nothing, so it is the address that counts.
      config: { rateLimit: { ...limited(enrolmentsPerMinute).rateLimit, keyGenerator: byAddress } },
      schema: {
        summary: 'A machine with nothing but a key of its own asks to be admitted; an operator decides',
        body: shape.deviceEnrolment,
        response: { 200: shape.deviceEnrolled, ...refusals },
      },
    },
    async (request, reply) => answer(handlers.deviceEnrolment, request, reply, request.body),
  );
  app.get('/v1/openapi.json', { config: often, schema: { hide: true } }, async () => app.swagger());
}
