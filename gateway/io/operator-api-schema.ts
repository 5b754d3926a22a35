// What the operator API takes and gives. One schema per shape serves validation, serialisation and the OpenAPI document.

import { type Static, type TLiteral, type TUnion, Type } from 'typebox';
import type { DecisionDraft, DecisionRecord } from '../audit/record.ts';
import { changeCauses, changeKinds, changeStates } from '../contract/change.ts';
import { bindings } from '../contract/decision.ts';
import { outcomes } from '../contract/outcome.ts';
import { type ObservedNas, observationSchema, observedNasSchema } from '../contract/observation.ts';
import { replayReportSchema } from '../contract/replay.ts';
import { rolloutSchema } from '../contract/rollout.ts';
import { type RulesState, rulesStateSchema } from '../contract/rules-state.ts';
import { type TracePage, traceEventSchema } from '../contract/trace.ts';
import { type Refusal, refusalSchema } from '../contract/verdict.ts';
import { enrolmentStates } from '../contract/challenge.ts';
import type { Session } from '../pdp/session.ts';

const words = <const T extends readonly string[]>(all: T) =>
  // Told as a tuple of literals: the static type of a union made by `map` would be `never`.
  Type.Union(all.map(word => Type.Literal(word))) as unknown as TUnion<{ -readonly [K in keyof T]: TLiteral<T[K]> }>;
const optionalText = Type.Optional(Type.String());
const optionalInstant = Type.Optional(Type.Integer({ description: 'Milliseconds since 1970 UTC.' }));
const instant = Type.Integer({ description: 'Milliseconds since 1970 UTC.' });

const sessionStates = ['decided', 'started', 'stopped'] as const;

/** What is only shown may be a list that nobody may change. */
type Shown<T> = T extends (infer Item)[]
  ? readonly Shown<Item>[]
  : T extends object
    ? { readonly [K in keyof T]: Shown<T[K]> }
    : T;

/** The explanation of a decision as `contract/decision.ts` has it. */
const decision = Type.Unsafe<DecisionDraft['decision']>({ type: 'object', additionalProperties: true });

const changeSchema = Type.Object({
  kind: words(changeKinds),
  because: words(changeCauses),
  askedAt: instant,
  state: words(changeStates),
  stateAt: instant,
  word: optionalText,
});

const sessionSchema = Type.Object(
  {
    tenant: Type.String(),
    id: Type.String(),
    state: words(sessionStates),
    way: Type.String(),
    nas: Type.String(),
    nasGroup: Type.String(),
    userName: Type.String(),
    callingStationId: Type.String(),
    acctSessionId: optionalText,
    framedAddress: optionalText,
    nasIdentifier: optionalText,
    nasAddress: optionalText,
    clientClaims: Type.Optional(Type.Record(Type.String(), Type.String())),
    device: optionalText,
    deviceName: optionalText,
    person: optionalText,
    binding: words(bindings),
    decision,
    decisionId: Type.String(),
    caseCode: Type.String(),
    traceId: Type.String(),
    decidedAt: instant,
    startedAt: optionalInstant,
    lastSeenAt: optionalInstant,
    stoppedAt: optionalInstant,
    terminateCause: optionalText,
    inputOctets: Type.Number(),
    outputOctets: Type.Number(),
    change: Type.Optional(changeSchema),
    version: Type.Integer(),
  },
  { $id: 'Session' },
);

const recordFields = {
  version: Type.Literal(1),
  tenant: Type.String(),
  id: Type.String(),
  caseCode: Type.String(),
  kind: Type.String(),
  at: instant,
  outcome: words([...outcomes, 'try-again', 'done'] as const),
  reasons: Type.Array(Type.String()),
  failures: Type.Array(Type.Object({ check: Type.String(), result: Type.String() })),
  factsHash: Type.String(),
  policyHash: Type.String(),
  traceId: Type.String(),
  nas: optionalText,
  device: optionalText,
  /** As the device last reported itself; not part of the record. */
  deviceName: optionalText,
  person: optionalText,
  sessionId: optionalText,
  clientClaims: Type.Optional(Type.Record(Type.String(), Type.String())),
  because: optionalText,
  act: Type.Optional(Type.Object({ operator: Type.String(), what: Type.String(), reason: Type.String() })),
  detail: optionalText,
  writer: Type.String(),
  epoch: Type.Integer(),
  sequence: Type.Integer(),
  bodyHash: Type.String(),
  previous: Type.String(),
  chainHash: Type.String(),
};

const recordLineSchema = Type.Object(recordFields, { $id: 'DecisionLine' });
const recordSchema = Type.Object({ ...recordFields, decision: Type.Optional(decision) }, { $id: 'Decision' });

/** A record, and the name by which its device last reported itself. */
export type RecordView = DecisionRecord & { readonly deviceName?: string };
/** A record in a list: without its explanation. */
export type RecordLine = Omit<RecordView, 'decision'>;

const enrolmentSchema = Type.Object(
  {
    /** SHA-256 (hex) of the machine key. */
    device: Type.String(),
    /** Six letters of that, as its person is told them. */
    code: Type.String(),
    /** In its certificate, or what it calls itself. */
    name: Type.String(),
    origin: words(['first-seen', 'self-enrolled'] as const),
    state: words(enrolmentStates),
    class: optionalText,
    owner: optionalText,
    os: optionalText,
    certificateNotAfter: instant,
    firstSeenAt: instant,
    lastSeenAt: instant,
    decidedBy: optionalText,
    decidedAt: optionalInstant,
  },
  { $id: 'DeviceEnrolment' },
);
export type EnrolmentView = Static<typeof enrolmentSchema>;

const sourceSchema = Type.Object({
  address: Type.String(),
  secretAt: optionalInstant,
  formerSecretAt: optionalInstant,
  overTlsAt: optionalInstant,
});
const sightingSchema = Type.Object(
  {
    tenant: Type.String(),
    nas: Type.String(),
    lastHeardAt: instant,
    sources: Type.Array(sourceSchema),
    unsigned: Type.Optional(Type.Object({ since: instant, lastAt: instant })),
    clockSkewS: Type.Optional(Type.Integer({ description: 'Its clock less ours.' })),
  },
  { $id: 'NasSighting' },
);
export type SightingView = Shown<Static<typeof sightingSchema>>;

const strangerSchema = Type.Object(
  {
    address: Type.String(),
    ways: Type.Array(words(['authentication', 'accounting', 'both', 'tls'] as const)),
    count: Type.Integer(),
    firstAt: instant,
    lastAt: instant,
    isRadius: Type.Optional(Type.Boolean()),
    claims: Type.Optional(
      Type.Object({ nasIdentifier: optionalText, nasIpAddress: optionalText }, { description: 'Not verified.' }),
    ),
    reason: optionalText,
    certificate: Type.Optional(Type.Object({ names: Type.Array(Type.String()), fingerprint: Type.String() })),
    proposedName: Type.String(),
  },
  { $id: 'Stranger' },
);
export type StrangerView = Shown<Static<typeof strangerSchema>>;

/** Schemas that others refer to by name, here and in the OpenAPI document. */
export const namedSchemas = [
  sessionSchema,
  recordLineSchema,
  recordSchema,
  enrolmentSchema,
  sightingSchema,
  strangerSchema,
  refusalSchema,
  traceEventSchema,
  observationSchema,
  observedNasSchema,
  rulesStateSchema,
  replayReportSchema,
  rolloutSchema,
];

const limit = Type.Integer({ minimum: 1, maximum: 500, default: 50 });
const key = Type.String({ minLength: 1, maxLength: 128 });

export const sessionsQuery = Type.Object(
  { state: Type.Optional(words(sessionStates)), device: Type.Optional(key), limit },
  { additionalProperties: false },
);
export const enrolmentsQuery = Type.Object(
  {
    state: Type.Optional(words(enrolmentStates)),
    find: Type.Optional(Type.String({ minLength: 1, maxLength: 255, description: 'Key, code or name, whole.' })),
    limit,
  },
  { additionalProperties: false },
);
export const denialsQuery = Type.Object({ limit }, { additionalProperties: false });
export const idPath = Type.Object({ id: key });
export const casePath = Type.Object({ idOrCaseCode: key });

export const session = Type.Unsafe<Session>({ $ref: 'Session#' });
export const record = Type.Unsafe<RecordView>({ $ref: 'Decision#' });
const refusal = Type.Unsafe<Refusal>({ $ref: 'Refusal#' });
export const refusals = { '4xx': refusal, '5xx': refusal };
export const sessionList = Type.Object({ sessions: Type.Array(session) });
export const denialList = Type.Object({ denials: Type.Array(Type.Unsafe<RecordLine>({ $ref: 'DecisionLine#' })) });
export const enrolmentList = Type.Object({
  enrolments: Type.Array(Type.Unsafe<EnrolmentView>({ $ref: 'DeviceEnrolment#' })),
});
export const sightingList = Type.Object({ nas: Type.Array(Type.Unsafe<SightingView>({ $ref: 'NasSighting#' })) });
export const strangerList = Type.Object({ strangers: Type.Array(Type.Unsafe<StrangerView>({ $ref: 'Stranger#' })) });
export const observationList = Type.Object({ nas: Type.Array(Type.Unsafe<ObservedNas>({ $ref: 'ObservedNas#' })) });
export const rulesState = Type.Unsafe<RulesState>({ $ref: 'RulesState#' });
export const tracePage = Type.Unsafe<TracePage>(
  Type.Object({
    events: Type.Array(Type.Unsafe({ $ref: 'TraceEvent#' })),
    next: Type.Integer({ description: 'The `after` of the next question.' }),
    missed: Type.Integer({ description: 'Events that had gone before anybody looked.' }),
    ended: Type.Boolean(),
  }),
);
export const live = Type.Object({ live: Type.Literal(true) });
export const readiness = Type.Object({ ready: Type.Boolean(), reasons: Type.Array(Type.String()) });
