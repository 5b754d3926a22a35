// Challenge, session key, ticket: the small messages of the agent API (JSON over mutual TLS).
// Instants are milliseconds since 1970 UTC; hashes are lower-case hex SHA-256; binary values are base64url without padding.

import { type Static, type TLiteral, type TUnion, Type } from 'typebox';

const words = <const T extends readonly string[]>(...all: T) =>
  // Told as a tuple of literals: the static type of a union made by `map` would be `never`.
  Type.Union(all.map(word => Type.Literal(word))) as unknown as TUnion<{ -readonly [K in keyof T]: TLiteral<T[K]> }>;
const base64url = Type.String({ pattern: '^[A-Za-z0-9_-]*$', maxLength: 16_384 });
const base64 = Type.String({ pattern: '^[A-Za-z0-9+/]*={0,2}$', maxLength: 16_384 });
const sha256hex = Type.String({ pattern: '^[0-9a-f]{64}$' });

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
