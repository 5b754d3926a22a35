// What a draft of the policies would have made of the logins of the last weeks: the answer to a replay, without a name in it.

import { type Static, Type } from 'typebox';

/** Where logins end up by the draft that ended up elsewhere by the running version; `moved`: granted by both, another segment. */
export const becomings = ['denied', 'quarantined', 'to-update', 'granted', 'moved'] as const;
export type Becoming = (typeof becomings)[number];

const counts = {
  logins: Type.Integer(),
  /** Each once. */
  people: Type.Integer(),
  devices: Type.Integer(),
};
const countedSchema = Type.Object({ name: Type.String(), ...counts });
export type Counted = Static<typeof countedSchema>;

const changeSchema = Type.Object({
  became: Type.Union([
    Type.Literal('denied'),
    Type.Literal('quarantined'),
    Type.Literal('to-update'),
    Type.Literal('granted'),
    Type.Literal('moved'),
  ]),
  ...counts,
  groups: Type.Array(countedSchema),
  concentrators: Type.Array(countedSchema),
  /** Checks, or words where no check was judged: the most frequent first. */
  because: Type.Array(Type.Object({ name: Type.String(), logins: Type.Integer() })),
  example: Type.String({ description: 'Case code.' }),
});
export type ReplayedChange = Static<typeof changeSchema>;

export const replayReportSchema = Type.Object(
  {
    draft: Type.String({ description: 'Content hash.' }),
    running: Type.String({ description: 'Content hash.' }),
    /** Milliseconds since 1970 UTC: of the first and the last login. */
    from: Type.Integer(),
    until: Type.Integer(),
    ...counts,
    /** Logins that the draft is stricter with. */
    stricter: Type.Integer(),
    /** Whoever came, each once: a person, or a machine without one; those of them that would newly be denied, and with whom it is stricter. */
    subjects: Type.Integer(),
    deniedSubjects: Type.Integer(),
    stricterSubjects: Type.Integer(),
    changes: Type.Array(changeSchema),
    /** Facts that the draft looks at and that no login was recorded with: nothing is known of what they would have done. */
    unrecorded: Type.Array(Type.String()),
  },
  { $id: 'ReplayReport' },
);
export type ReplayReport = Static<typeof replayReportSchema>;

export const replayStateSchema = Type.Object({
  state: Type.Union([Type.Literal('running'), Type.Literal('done'), Type.Literal('refused'), Type.Literal('failed')]),
  /** So far. */
  logins: Type.Integer(),
  report: Type.Optional(Type.Unsafe<ReplayReport>({ $ref: 'ReplayReport#' })),
  /** Why the draft is no policy set, each with file and line. */
  problems: Type.Optional(Type.Array(Type.String())),
});
export type ReplayState = Static<typeof replayStateSchema>;

/** One of those whom a change concerns. */
export interface Concerned {
  readonly became: Becoming;
  readonly deviceName?: string;
  readonly person?: string;
  readonly caseCode: string;
}

export const replayLimits = {
  /** Of all files together, as JSON. */
  bytes: 4 * 1024 * 1024,
  sinceMs: 366 * 86_400_000,
  /** Whom a change concerns, in all. */
  concerned: 500,
} as const;
