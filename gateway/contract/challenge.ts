// Challenge, session key, ticket: the small messages of the agent API (JSON over mutual TLS).
// Instants are milliseconds since 1970 UTC; hashes are lower-case hex SHA-256; binary values are base64url without padding.

import { type Static, type TLiteral, type TUnion, Type } from 'typebox';
import { watchedApplicationSchema, watchLimits } from './applications.ts';
import { bindings } from './decision.ts';
import { outcomes } from './outcome.ts';
import { osFamilies } from './report.ts';

const words = <const T extends readonly string[]>(...all: T) =>
  // Told as a tuple of literals: the static type of a union made by `map` would be `never`.
  Type.Union(all.map(word => Type.Literal(word))) as unknown as TUnion<{ -readonly [K in keyof T]: TLiteral<T[K]> }>;
const base64url = Type.String({ pattern: '^[A-Za-z0-9_-]*$', maxLength: 16_384 });
const base64 = Type.String({ pattern: '^[A-Za-z0-9+/]*={0,2}$', maxLength: 16_384 });
const sha256hex = Type.String({ pattern: '^[0-9a-f]{64}$' });

/** Of an OCSP response in a proof. */
export const broughtOcspBytes = 16 * 1024;

/** What a nonce may be used for; it is good for that alone, once. */
export const challengePurposes = ['report', 'identity-proof', 'session-key'] as const;
export type ChallengePurpose = (typeof challengePurposes)[number];

export const challengeRequestSchema = Type.Object(
  { purpose: words(...challengePurposes) },
  { $id: 'ChallengeRequest', additionalProperties: false },
);
export type ChallengeRequest = Static<typeof challengeRequestSchema>;

export const challengeSchema = Type.Object(
  {
    purpose: words(...challengePurposes),
    nonce: base64url,
    /** The name of this gateway that is signed along, so that a proof for one gateway is none for another. */
    audience: Type.String(),
    expiresAt: Type.Number(),
    serverTime: Type.Number(),
    /** Check types that the running policy asks for (`disk-encryption`, …); the agent collects no others. */
    collect: Type.Array(Type.String()),
    /** For the check type `applications`: those that the running policy asks for; of others the agent tells nothing. */
    applications: Type.Optional(Type.Array(watchedApplicationSchema, { maxItems: watchLimits.words })),
    policyHash: Type.String(),
  },
  { $id: 'Challenge' },
);
export type Challenge = Static<typeof challengeSchema>;

/** Machine keys that cannot do TLS certify a session key of at most 8 hours, over a server nonce. */
export const sessionKeySchema = Type.Object(
  {
    nonce: base64url,
    /** DER certificates of the machine, leaf first, base64url. */
    machineChain: Type.Array(base64url, { minItems: 1, maxItems: 6 }),
    /** SHA-256 of the session key's SubjectPublicKeyInfo: the key of this TLS connection. */
    sessionKey: sha256hex,
    notAfter: Type.Number(),
    algorithm: Type.String({ maxLength: 8 }),
    signature: base64url,
  },
  { $id: 'SessionKey', additionalProperties: false },
);
export type SessionKey = Static<typeof sessionKeySchema>;

export const identityProofSchema = Type.Object(
  {
    format: Type.Literal('sluis-identity-proof/1'),
    nonce: base64url,
    /** DER certificates of the person, leaf first, base64url. */
    chain: Type.Array(base64url, { minItems: 1, maxItems: 6 }),
    machineKey: sha256hex,
    /** SHA-256 of the signed payload of the last report, or empty. */
    reportDigest: Type.String({ pattern: '^([0-9a-f]{64})?$' }),
    /** TLS exporter value of this connection (RFC 9266), base64url. */
    exporter: base64url,
    algorithm: Type.String({ maxLength: 8 }),
    signature: base64url,
    /** An OCSP response about the leaf that the agent fetched, for a gateway that cannot reach the responder. */
    ocsp: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9_-]*$', maxLength: Math.ceil((broughtOcspBytes * 4) / 3) })),
  },
  { $id: 'IdentityProof', additionalProperties: false },
);
export type IdentityProof = Static<typeof identityProofSchema>;

/**
 * The token of a Web eID browser extension, as it gave it, and beside it the challenge's nonce, which a token does not
 * carry. What the extension was given to sign is that nonce as base64 with padding. Certificate and signature are base64.
 */
export const webEidProofSchema = Type.Object(
  {
    format: Type.String({ pattern: '^web-eid:[0-9]{1,3}([.][0-9]{1,3})?$' }),
    nonce: base64url,
    unverifiedCertificate: base64,
    algorithm: Type.String({ maxLength: 8 }),
    signature: base64,
    appVersion: Type.Optional(Type.String({ maxLength: 256 })),
    action: Type.Optional(Type.String({ maxLength: 64 })),
  },
  { $id: 'WebEidProof', additionalProperties: false },
);
export type WebEidProof = Static<typeof webEidProofSchema>;

export type AnyIdentityProof = IdentityProof | WebEidProof;

export const identityAcceptedSchema = Type.Object(
  { pseudonym: Type.String(), profile: Type.String(), validUntil: Type.Number(), traceId: Type.String() },
  { $id: 'IdentityAccepted' },
);
export type IdentityAccepted = Static<typeof identityAcceptedSchema>;

export const ticketRequestSchema = Type.Object(
  { machineKey: sha256hex, exporter: base64url },
  { $id: 'TicketRequest', additionalProperties: false },
);
export type TicketRequest = Static<typeof ticketRequestSchema>;

export const ticketSchema = Type.Object(
  {
    /** User name for the VPN client: `t-` and 16 characters. */
    handle: Type.String(),
    /** Password for the VPN client, good once. */
    secret: Type.String(),
    expiresAt: Type.Number(),
    traceId: Type.String(),
  },
  { $id: 'Ticket' },
);
export type Ticket = Static<typeof ticketSchema>;

/** A person who was proven on this machine a moment ago asks for a new second factor, in place of the one before. */
export const secondFactorRequestSchema = Type.Object(
  { machineKey: sha256hex, exporter: base64url },
  { $id: 'SecondFactorRequest', additionalProperties: false },
);
export type SecondFactorRequest = Static<typeof secondFactorRequestSchema>;

export const newSecondFactorSchema = Type.Object(
  {
    /** `otpauth:` URI for an authenticator app; it holds the secret, and is told this once. */
    uri: Type.String(),
    /** Each good once in place of a code. */
    recoveryCodes: Type.Array(Type.String()),
    traceId: Type.String(),
  },
  { $id: 'NewSecondFactor' },
);
export type NewSecondFactor = Static<typeof newSecondFactorSchema>;

/** Sent over a new connection once the VPN is up: that it comes from inside the tunnel binds the session to the machine. */
export const sessionConfirmationSchema = Type.Object(
  {
    machineKey: sha256hex,
    /** TLS exporter value of this connection (RFC 9266), base64url. */
    exporter: base64url,
  },
  { $id: 'SessionConfirmation', additionalProperties: false },
);
export type SessionConfirmation = Static<typeof sessionConfirmationSchema>;

export const sessionConfirmedSchema = Type.Object(
  {
    /** False: no open session of this machine has the address that the connection came from. */
    confirmed: Type.Boolean(),
    binding: words(...bindings),
    outcome: words(...outcomes),
    traceId: Type.String(),
  },
  { $id: 'SessionConfirmed' },
);
export type SessionConfirmed = Static<typeof sessionConfirmedSchema>;

/** A private PC asks to be admitted with a key of its own, over mutual TLS with the self-signed certificate of that key. */
export const deviceEnrolmentSchema = Type.Object(
  {
    /** What the person who decides will see; nothing else is made of it. */
    name: Type.String({ minLength: 1, maxLength: 64 }),
    os: Type.Object(
      { family: words(...osFamilies), version: Type.String({ maxLength: 64 }) },
      { additionalProperties: false },
    ),
    /** TLS exporter value of this connection (RFC 9266), base64url. */
    exporter: base64url,
  },
  { $id: 'DeviceEnrolment', additionalProperties: false },
);
export type DeviceEnrolment = Static<typeof deviceEnrolmentSchema>;

export const enrolmentStates = ['waiting', 'active', 'refused'] as const;
export type EnrolmentState = (typeof enrolmentStates)[number];

export const deviceEnrolledSchema = Type.Object(
  {
    state: words(...enrolmentStates),
    /** SHA-256 (hex) of the key that asked. */
    device: sha256hex,
    /** What the person tells the help desk while the request waits. */
    caseCode: Type.Optional(Type.String()),
    traceId: Type.String(),
  },
  { $id: 'DeviceEnrolled' },
);
export type DeviceEnrolled = Static<typeof deviceEnrolledSchema>;
