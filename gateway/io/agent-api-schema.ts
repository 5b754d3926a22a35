// The shapes of the agent API as Fastify and the OpenAPI document see them: each named once, referred to everywhere.

import { type Static, type TSchema, Type } from 'typebox';
import {
  challengeRequestSchema,
  challengeSchema,
  deviceEnrolledSchema,
  deviceEnrolmentSchema,
  identityAcceptedSchema,
  identityProofSchema,
  newSecondFactorSchema,
  secondFactorRequestSchema,
  sessionConfirmationSchema,
  sessionConfirmedSchema,
  sessionKeySchema,
  ticketRequestSchema,
  ticketSchema,
  type AnyIdentityProof,
  webEidProofSchema,
} from '../contract/challenge.ts';
import { acceptanceSchema, acceptedSchema, openTextsSchema } from '../contract/acceptance.ts';
import { reportLimits } from '../contract/report.ts';
import { refusalSchema, verdictSchema } from '../contract/verdict.ts';

const base64url = (maxLength: number) => Type.String({ pattern: '^[A-Za-z0-9_-]+$', maxLength });

/** RFC 7515 section 7.2.2. */
const signedReportSchema = Type.Object(
  { protected: base64url(2048), payload: base64url(reportLimits.bodyBytes), signature: base64url(1024) },
  { $id: 'SignedReport', additionalProperties: false },
);

const sessionKeyAcceptedSchema = Type.Object(
  {
    /** SHA-256 (hex) of the machine key. */
    device: Type.String(),
    validUntil: Type.Number(),
    traceId: Type.String(),
  },
  { $id: 'SessionKeyAccepted' },
);
export type SessionKeyAccepted = Static<typeof sessionKeyAcceptedSchema>;

/** The agent's own proof, or a Web eID token. */
const anyIdentityProofSchema = Type.Unsafe<AnyIdentityProof>({
  $id: 'AnyIdentityProof',
  anyOf: [{ $ref: 'IdentityProof#' }, { $ref: 'WebEidProof#' }],
});

export const namedSchemas: readonly TSchema[] = [
  challengeRequestSchema,
  challengeSchema,
  sessionKeySchema,
  sessionKeyAcceptedSchema,
  signedReportSchema,
  identityProofSchema,
  webEidProofSchema,
  anyIdentityProofSchema,
  identityAcceptedSchema,
  ticketRequestSchema,
  ticketSchema,
  secondFactorRequestSchema,
  newSecondFactorSchema,
  sessionConfirmationSchema,
  sessionConfirmedSchema,
  deviceEnrolmentSchema,
  deviceEnrolledSchema,
  openTextsSchema,
  acceptanceSchema,
  acceptedSchema,
  verdictSchema,
  refusalSchema,
];

function refer<T extends TSchema>(schema: T) {
  const { $id } = schema as { readonly $id?: string };
  if ($id === undefined) throw new Error('only a named schema can be referred to');
  return Type.Unsafe<Static<T>>({ $ref: `${$id}#` });
}

export const challengeRequest = refer(challengeRequestSchema);
export const challenge = refer(challengeSchema);
export const sessionKey = refer(sessionKeySchema);
export const sessionKeyAccepted = refer(sessionKeyAcceptedSchema);
export const signedReport = refer(signedReportSchema);
export const identityProof = refer(anyIdentityProofSchema);
export const identityAccepted = refer(identityAcceptedSchema);
export const ticketRequest = refer(ticketRequestSchema);
export const ticket = refer(ticketSchema);
export const secondFactorRequest = refer(secondFactorRequestSchema);
export const newSecondFactor = refer(newSecondFactorSchema);
export const sessionConfirmation = refer(sessionConfirmationSchema);
export const sessionConfirmed = refer(sessionConfirmedSchema);
export const deviceEnrolment = refer(deviceEnrolmentSchema);
export const deviceEnrolled = refer(deviceEnrolledSchema);
export const openTexts = refer(openTextsSchema);
export const acceptance = refer(acceptanceSchema);
export const accepted = refer(acceptedSchema);
export const verdict = refer(verdictSchema);
export const refusal = refer(refusalSchema);
