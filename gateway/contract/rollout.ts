// How far a new version of the policies has come: what decides, what is judged beside it, and where the two differ.

import { type Static, Type } from 'typebox';
import { outcomes } from './outcome.ts';

const instant = Type.Integer({ description: 'Milliseconds since 1970 UTC.' });
const outcome = Type.Unsafe<(typeof outcomes)[number]>({ type: 'string', enum: [...outcomes] });

const pairSchema = Type.Object({ older: outcome, newer: outcome, answers: Type.Integer() });

const exampleSchema = Type.Object({
  at: instant,
  older: outcome,
  newer: outcome,
  /** Why the stricter one says so. */
  because: Type.Array(Type.String()),
  concentrator: Type.Optional(Type.String()),
  /** Opens the explanation of what was decided. */
  caseCode: Type.String(),
});
export type BesideExample = Static<typeof exampleSchema>;

const besideSchema = Type.Object({
  hash: Type.String(),
  stage: Type.Union([Type.Literal('shadow'), Type.Literal('canary'), Type.Literal('enforce')]),
  since: instant,
  /** A group, or a share of the machines. */
  canary: Type.Optional(Type.String()),
  /** While a version that has just come to decide is held against its forecast. */
  watch: Type.Optional(Type.Object({ until: instant, allowedShare: Type.Number() })),
  /** Who was judged by both, each once; with whom the newer version is stricter. */
  subjects: Type.Integer(),
  stricter: Type.Integer(),
  pairs: Type.Array(pairSchema),
  /** The last ones that differ, newest first. */
  examples: Type.Array(exampleSchema),
});

export const rolloutSchema = Type.Object(
  {
    running: Type.String(),
    since: instant,
    previous: Type.Optional(Type.String()),
    beside: Type.Optional(besideSchema),
    /** Somebody went back, and nothing that was released before that decides again. */
    back: Type.Optional(
      Type.Object({ from: Type.String(), to: Type.String(), at: instant, by: Type.String(), reason: Type.String() }),
    ),
    /** Of the draft. */
    problems: Type.Array(Type.String()),
  },
  { $id: 'Rollout' },
);
export type Rollout = Static<typeof rolloutSchema>;
export type BesideTally = Pick<NonNullable<Rollout['beside']>, 'subjects' | 'stricter' | 'pairs' | 'examples'>;
