// What a concentrator's authority answered and what would have been answered here: one row of the table of differences, and the
// table of one concentrator.

import { type Static, Type } from 'typebox';

const answerSchema = Type.Object({
  answer: Type.Union([Type.Literal('accept'), Type.Literal('reject'), Type.Literal('challenge')]),
  /** Those that decide where a session may go and for how long, as text. */
  attributes: Type.Array(Type.String()),
});

const comparisonSchema = Type.Union([
  Type.Literal('same'),
  Type.Literal('outcome-differs'),
  Type.Literal('attributes-differ'),
  Type.Literal('not-judged'),
]);
export type Comparison = Static<typeof comparisonSchema>;

export const observationSchema = Type.Object(
  {
    at: Type.Integer({ description: 'Milliseconds since 1970 UTC.' }),
    /** As the concentrator says it; a national number is taken out. */
    userName: Type.String(),
    comparison: comparisonSchema,
    theirs: answerSchema,
    ours: Type.Optional(answerSchema),
    /** Why ours is what it is, or why there is none. */
    because: Type.Array(Type.String()),
    /** Nobody proved anything to us: the machine is taken to be the one that is claimed. */
    asClaimed: Type.Optional(Type.Boolean()),
    /** Opens the whole explanation. */
    caseCode: Type.Optional(Type.String()),
  },
  { $id: 'Observation' },
);
export type Observation = Static<typeof observationSchema>;
export type ObservedAnswer = Static<typeof answerSchema>;

export const observedNasSchema = Type.Object(
  {
    nas: Type.String(),
    authority: Type.String({ description: 'Address and port.' }),
    mode: Type.Union([Type.Literal('observe'), Type.Literal('decide')]),
    since: Type.Integer({ description: 'When counting began: milliseconds since 1970 UTC.' }),
    same: Type.Integer(),
    outcomeDiffers: Type.Integer(),
    attributesDiffer: Type.Integer(),
    notJudged: Type.Integer(),
    authoritySilent: Type.Integer(),
    /** The last ones that are not the same, newest first. */
    examples: Type.Array(Type.Unsafe<Observation>({ $ref: 'Observation#' })),
  },
  { $id: 'ObservedNas' },
);
export type ObservedNas = Static<typeof observedNasSchema>;
