// Which policy a gateway runs, where it has it from, what is wrong with the files now, and how far it has come with taking new
// rules to open sessions.

import { type Static, Type } from 'typebox';

const instant = Type.Integer({ description: 'Milliseconds since 1970 UTC.' });

const waveSchema = Type.Object({
  /** `waiting`: more sessions would end than may without an operator. */
  stage: Type.Union([
    Type.Literal('none'),
    Type.Literal('judging'),
    Type.Literal('waiting'),
    Type.Literal('acting'),
    Type.Literal('over'),
  ]),
  because: Type.Optional(Type.String()),
  since: Type.Optional(instant),
  judged: Type.Optional(Type.Integer()),
  /** Sessions that end, or have to log in anew. */
  ends: Type.Optional(Type.Integer()),
  /** Sessions that change otherwise. */
  moves: Type.Optional(Type.Integer()),
});
export type WaveState = Readonly<Static<typeof waveSchema>>;

const problemSchema = Type.Object({
  file: Type.String(),
  line: Type.Integer(),
  message: Type.String(),
  remedy: Type.String(),
});

export const rulesStateSchema = Type.Object(
  {
    /** Content hash of the policy set (SHA-256, hex). */
    hash: Type.String(),
    since: instant,
    /** `last-good`: the files were broken at the start, and these are the ones that ran before. */
    source: Type.Union([Type.Literal('directory'), Type.Literal('last-good')]),
    directory: Type.String(),
    /** Of the files as they were last read; the first hundred. */
    problems: Type.Array(problemSchema),
    readAt: instant,
    wave: waveSchema,
  },
  { $id: 'RulesState' },
);
export type RulesState = Static<typeof rulesStateSchema>;
