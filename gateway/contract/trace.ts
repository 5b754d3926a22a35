// What a trace shows: one event for each packet and for each thing that the gateway thought of it. No secret, no password and no
// national number is in any of them.

import { type Static, Type } from 'typebox';

/** How long somebody may watch, and how long a trace outlives the last look at it. */
export const traceLimits = { leastMs: 1_000, mostMs: 3_600_000, unreadMs: 10_000 } as const;

export const traceEventSchema = Type.Object(
  {
    at: Type.Integer({ description: 'Milliseconds since 1970 UTC.' }),
    nas: Type.String(),
    /** The events of one conversation, or of one request outside of any, have the same. */
    thread: Type.String(),
    /** `in`: from the concentrator. `out`: to it. `thought`: inside the gateway. */
    way: Type.Union([Type.Literal('in'), Type.Literal('out'), Type.Literal('thought')]),
    text: Type.String(),
    /** What stands below it: attributes, reasons. */
    lines: Type.Array(Type.String()),
    /** The word for a refusal or for silence. */
    reason: Type.Optional(Type.String()),
    caseCode: Type.Optional(Type.String()),
    session: Type.Optional(Type.String()),
  },
  { $id: 'TraceEvent' },
);
export type TraceEvent = Static<typeof traceEventSchema>;

/** What came since the last look. */
export interface TracePage {
  readonly events: readonly TraceEvent[];
  /** To be given at the next look. */
  readonly next: number;
  /** Events that had gone before anybody looked. */
  readonly missed: number;
  /** Its time is over. */
  readonly ended: boolean;
}
