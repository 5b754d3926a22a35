// What the agent is told after a report, and the refusal it gets instead when the request itself is no good.

import { type Static, type TLiteral, type TUnion, Type } from 'typebox';
import { outcomes } from './outcome.ts';

const words = <const T extends readonly string[]>(...all: T) =>
  // Told as a tuple of literals: the static type of a union made by `map` would be `never`.
  Type.Union(all.map(word => Type.Literal(word))) as unknown as TUnion<{ -readonly [K in keyof T]: TLiteral<T[K]> }>;
const texts = Type.Object({ nl: Type.String(), fr: Type.String(), de: Type.String(), en: Type.String() });

export const verdictSchema = Type.Object(
  {
    decisionId: Type.String(),
    /** Six letters that open exactly this case in the console. */
    caseCode: Type.String(),
    outcome: words(...outcomes),
    policy: Type.Optional(Type.String()),
    segment: Type.Optional(Type.String()),
    reasons: Type.Array(Type.Object({ word: Type.String(), text: texts })),
    results: Type.Array(
      Type.Object({
        check: Type.String(),
        result: Type.Union([Type.Literal('pass'), Type.Literal('fail'), Type.Literal('unknown')]),
        outcome: words(...outcomes),
        fact: Type.String(),
        value: Type.String(),
        limit: Type.String(),
        source: Type.String(),
        ageMs: Type.Optional(Type.Number()),
        text: texts,
        /** Only told for now, and why; `until` is the first moment at which it counts. */
        excuse: Type.Optional(
          Type.Object({
            by: words('notice', 'grace', 'deadline', 'waiver', 'emergency'),
            name: Type.Optional(Type.String()),
            until: Type.Optional(Type.Number()),
            reminderMs: Type.Optional(Type.Number()),
          }),
        ),
        help: Type.Optional(Type.String()),
      }),
    ),
    /** The checks that are met. */
    passed: Type.Optional(Type.Array(Type.String())),
    /** Actions to run from the agent's own allow-list, in this order. */
    actions: Type.Array(Type.String()),
    smallestChange: Type.Optional(Type.Array(Type.String())),
    /** Milliseconds since 1970 UTC. */
    validUntil: Type.Number(),
    validUntilBecause: Type.String(),
    serverTime: Type.Number(),
    nextReportInSeconds: Type.Integer({ minimum: 1 }),
    policyHash: Type.String(),
    traceId: Type.String(),
  },
  { $id: 'Verdict' },
);
export type Verdict = Static<typeof verdictSchema>;

/** Every error body of the agent API. */
export const refusalSchema = Type.Object(
  { refused: Type.String(), text: texts, traceId: Type.String() },
  { $id: 'Refusal' },
);
export type Refusal = Static<typeof refusalSchema>;
