// Texts that people accept before they telework, as the agent API tells them and is answered.

import { type Static, Type } from 'typebox';

const sha256hex = Type.String({ pattern: '^[0-9a-f]{64}$' });
const textName = Type.String({ pattern: '^[a-z][a-z0-9-]{1,62}$' });
const texts = Type.Object({ nl: Type.String(), fr: Type.String(), de: Type.String(), en: Type.String() });

/** Characters of one text in one language. */
export const acceptanceLength = { title: 200, text: 20_000 } as const;

export const openTextsSchema = Type.Object(
  {
    /** Those that the running policy asks for, and that the person has not accepted as they are now. */
    texts: Type.Array(
      Type.Object({
        name: textName,
        /** SHA-256 of title and text in all languages. */
        hash: sha256hex,
        title: texts,
        text: texts,
        /** The role that answers for it. */
        by: Type.String(),
        /** Since when it is so, as `2027-01-15`. */
        date: Type.String(),
      }),
    ),
    traceId: Type.String(),
  },
  { $id: 'OpenTexts' },
);
export type OpenTexts = Static<typeof openTextsSchema>;
export type OpenText = OpenTexts['texts'][number];

export const acceptanceSchema = Type.Object(
  {
    machineKey: sha256hex,
    /** TLS exporter value of this connection (RFC 9266), base64url. */
    exporter: Type.String({ pattern: '^[A-Za-z0-9_-]*$', maxLength: 64 }),
    name: textName,
    hash: sha256hex,
    /** In which the person read it. */
    language: Type.Union([Type.Literal('nl'), Type.Literal('fr'), Type.Literal('de'), Type.Literal('en')]),
  },
  { $id: 'Acceptance', additionalProperties: false },
);
export type Acceptance = Static<typeof acceptanceSchema>;

export const acceptedSchema = Type.Object(
  {
    name: textName,
    hash: sha256hex,
    /** Milliseconds since 1970 UTC. */
    acceptedAt: Type.Number(),
    /** How many texts are still open. */
    open: Type.Integer({ minimum: 0 }),
    traceId: Type.String(),
  },
  { $id: 'Accepted' },
);
export type Accepted = Static<typeof acceptedSchema>;
