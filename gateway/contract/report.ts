// The posture report (Evidence, RFC 9334): what the agent measured, each check with its state, source and time.
// Absent and null both mean unknown; false means measured and false. Timestamps are RFC 3339 UTC.

import { type Static, type TLiteral, type TSchema, type TUnion, Type } from 'typebox';

const nullable = <T extends TSchema>(schema: T) => Type.Optional(Type.Union([schema, Type.Null()]));
const words = <const T extends readonly string[]>(...all: T) =>
  // Told as a tuple of literals: the static type of a union made by `map` would be `never`.
  Type.Union(all.map(word => Type.Literal(word))) as unknown as TUnion<{ -readonly [K in keyof T]: TLiteral<T[K]> }>;
const closed = { additionalProperties: false } as const;
const text = (maxLength: number) => Type.String({ maxLength });
const instant = Type.String({ maxLength: 40, pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d+)?Z$' });
const sha256hex = Type.String({ pattern: '^[0-9a-f]{64}$' });

/** Only `ok` and `partial` carry facts that count; every other state makes the facts of that check unknown. */
export const checkStates = ['ok', 'partial', 'unsupported', 'denied', 'timeout', 'error', 'disabled'] as const;
export type CheckState = (typeof checkStates)[number];

export const osFamilies = ['windows', 'macos', 'debian', 'ubuntu', 'rhel', 'fedora', 'other-linux'] as const;
export type OsFamily = (typeof osFamilies)[number];

export const reportReasons = [
  'preconnect',
  'recheck',
  'periodic',
  'change',
  'post-remediation',
  'resume',
  'manual',
] as const;
export type ReportReason = (typeof reportReasons)[number];

export const actionStates = [
  'offered',
  'deferred',
  'queued',
  'running',
  'succeeded',
  'failed',
  'cancelled',
  'needs-user',
  'needs-reboot',
  'unsupported',
  'blocked-by-policy',
] as const;
export type ActionState = (typeof actionStates)[number];

export const sourceKinds = [
  'cim',
  'powershell',
  'com',
  'registry',
  'command',
  'file',
  'proc',
  'osquery',
  'api',
] as const;

export const checkSchema = Type.Object(
  {
    type: Type.String({ pattern: '^[a-z][a-z0-9.-]{2,63}$' }),
    instance: nullable(text(256)),
    state: words(...checkStates),
    collectedAt: instant,
    durationMs: nullable(Type.Integer({ minimum: 0 })),
    cached: Type.Optional(Type.Boolean()),
    source: nullable(
      Type.Object({ kind: words(...sourceKinds), name: nullable(text(128)), version: nullable(text(64)) }, closed),
    ),
    privilege: nullable(words('user', 'service')),
    // The pattern is what limits a name: a record's key takes no other keyword.
    facts: Type.Record(Type.String({ pattern: '^.{1,64}$' }), Type.Unknown(), closed),
    evidence: Type.Optional(
      Type.Array(
        Type.Object(
          {
            key: text(128),
            value: Type.Union([text(512), Type.Number(), Type.Boolean(), Type.Null()]),
            truncated: Type.Optional(Type.Boolean()),
          },
          closed,
        ),
        { maxItems: 16 },
      ),
    ),
    error: nullable(Type.Object({ code: text(64), message: nullable(text(512)) }, closed)),
  },
  closed,
);
export type ReportCheck = Static<typeof checkSchema>;

export const actionSchema = Type.Object(
  {
    actionId: Type.String({ pattern: '^[a-z][a-z0-9.-]{2,63}$' }),
    runId: Type.String({ pattern: '^[0-9a-f-]{36}$' }),
    state: words(...actionStates),
    progressPct: nullable(Type.Integer({ minimum: 0, maximum: 100 })),
    phase: nullable(text(64)),
    startedAt: nullable(instant),
    finishedAt: nullable(instant),
    exitCode: nullable(Type.Integer()),
    rebootRequired: nullable(Type.Boolean()),
    deferralsUsed: nullable(Type.Integer({ minimum: 0 })),
    messageKey: nullable(text(64)),
    detail: nullable(text(512)),
  },
  closed,
);
export type ReportAction = Static<typeof actionSchema>;

export const reportSchema = Type.Object(
  {
    schema: Type.Literal('posture-report/1'),
    reportId: Type.String({ pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' }),
    /** Grows with every report of a device. */
    sequence: Type.Integer({ minimum: 0 }),
    reason: words(...reportReasons),
    generatedAt: instant,
    nonce: Type.String({ pattern: '^[A-Za-z0-9_-]{22,88}$' }),
    policyVersion: nullable(text(64)),
    /** Agent clock minus gateway clock, as the agent measured it; the gateway measures its own. */
    clockOffsetMs: nullable(Type.Integer()),
    agent: Type.Object(
      {
        name: text(64),
        version: text(32),
        channel: nullable(words('stable', 'beta', 'dev')),
        platform: words('windows', 'macos', 'linux'),
        arch: words('x64', 'arm64', 'other'),
        elevated: Type.Boolean(),
        startedAt: nullable(instant),
      },
      closed,
    ),
    device: Type.Object(
      {
        /** SHA-256 (hex) of the machine key's SubjectPublicKeyInfo; must be the key of the connection. */
        deviceId: sha256hex,
        hostname: text(255),
        serialNumber: nullable(text(128)),
        manufacturer: nullable(text(128)),
        model: nullable(text(128)),
        chassis: nullable(words('laptop', 'desktop', 'vm', 'other')),
      },
      closed,
    ),
    os: Type.Object(
      {
        family: words(...osFamilies),
        name: nullable(text(128)),
        version: text(64),
        build: nullable(text(64)),
        revision: nullable(Type.Integer()),
        edition: nullable(text(64)),
        kernel: nullable(text(128)),
        lastBootAt: nullable(instant),
      },
      closed,
    ),
    checks: Type.Array(checkSchema, { maxItems: 128 }),
    remediation: Type.Optional(Type.Array(actionSchema, { maxItems: 64 })),
    extensions: Type.Optional(Type.Object({})),
  },
  { ...closed, $id: 'Report' },
);
export type Report = Static<typeof reportSchema>;

/** Limits before anything is parsed. */
export const reportLimits = { bodyBytes: 256 * 1024, depth: 8, stringCharacters: 512, checks: 128 } as const;
