// What an operator can do to a running gateway: one row per act, with the right it needs, what it is told and what it
// answers. Every act is `POST /v1/acts/NAME` with these arguments and a `reason`, and is recorded.

import { type Static, type TObject, Type } from 'typebox';
import type { ActRequest, Right } from './operator.ts';
import type { Refused } from './reason.ts';
import { traceLimits } from './trace.ts';

/** Why it is done, for whoever reads the record later; characters without the blanks around them. */
export const reasonLength = { least: 10, most: 500 } as const;

/** With the id of its key in front; see `identity/pseudonym.ts`. */
const pseudonym = Type.String({ pattern: '^[a-z0-9]{1,8}-[a-z2-7]{26}$' });
/** SHA-256 (hex) of a machine key. */
const device = Type.String({ pattern: '^[0-9a-f]{64}$' });
const deviceClass = Type.String({ pattern: '^[a-z0-9][a-z0-9.-]{0,62}$' });
const decidedDevice = Type.Object({ name: Type.String(), state: Type.String() });
const nasMode = Type.Union([Type.Literal('observe'), Type.Literal('decide')]);
const sessionId = Type.String({ pattern: '^S-[A-Za-z0-9_-]{1,64}$' });

export const acts = {
  'session-disconnect': {
    right: 'session',
    args: Type.Object({ session: sessionId }),
    /** How far the request to the concentrator has come. */
    answer: Type.Object({ state: Type.String(), word: Type.Optional(Type.String()) }),
  },
  /** The machine has this class from now on, unless it is listed. */
  'device-approve': {
    right: 'device',
    args: Type.Object({ device, class: deviceClass, owner: Type.Optional(pseudonym) }),
    answer: decidedDevice,
  },
  'device-refuse': { right: 'device', args: Type.Object({ device }), answer: decidedDevice },
  /** What the person is told is told this once; the gateway keeps nothing that gives it again. */
  'second-factor-enrol': {
    right: 'second-factor',
    args: Type.Object({
      person: pseudonym,
      /** What the authenticator app calls it. */
      account: Type.String({ minLength: 1, maxLength: 64 }),
      /** One that is in use is good for nothing from then on. */
      replace: Type.Optional(Type.Boolean()),
    }),
    answer: Type.Object({ uri: Type.String(), recoveryCodes: Type.Array(Type.String()) }),
  },
  /** Who decides about one concentrator from now on: this gateway, or its authority as before. */
  'nas-mode': {
    right: 'nas',
    args: Type.Object({ nas: Type.String({ minLength: 1, maxLength: 63 }), mode: nasMode }),
    answer: Type.Object({ nas: Type.String(), before: nasMode }),
  },
  /** The change of rules that waits goes on: the sessions that it would end do end. */
  'policy-go-on': {
    right: 'policy',
    /** The policy that runs, so that nobody agrees to another one than they have looked at. */
    args: Type.Object({ policy: Type.String({ pattern: '^[0-9a-f]{64}$' }) }),
    answer: Type.Object({ sessions: Type.Integer() }),
  },
  /** The version of the policies that decided before decides again, until a newer one is released. */
  'policy-rollback': {
    right: 'policy',
    args: Type.Object({}),
    answer: Type.Object({ from: Type.String(), to: Type.String() }),
  },
  /** What comes from one concentrator, person or machine from now on, and what becomes of it. */
  trace: {
    right: 'trace',
    args: Type.Object({
      by: Type.Union([Type.Literal('nas'), Type.Literal('user'), Type.Literal('device')]),
      /** The name of the concentrator; a user name or a pseudonym; the name or the key of a machine. */
      value: Type.String({ minLength: 1, maxLength: 253 }),
      forMs: Type.Integer({ minimum: traceLimits.leastMs, maximum: traceLimits.mostMs }),
    }),
    /** To be read page by page at `/v1/traces/ID`. */
    answer: Type.Object({ trace: Type.String(), until: Type.Integer() }),
  },
  /** Whom a replay concerned, of those who would be treated otherwise. */
  'replay-names': {
    right: 'reveal',
    args: Type.Object({ replay: Type.String({ pattern: '^[0-9a-f-]{36}$' }) }),
    answer: Type.Object({
      concerned: Type.Array(
        Type.Object({
          became: Type.String(),
          deviceName: Type.Optional(Type.String()),
          person: Type.Optional(Type.String()),
          displayName: Type.Optional(Type.String()),
          caseCode: Type.String(),
        }),
      ),
    }),
  },
  reveal: {
    right: 'reveal',
    args: Type.Object({ person: pseudonym }),
    /** The state of the account as well: a name alone does not say whether the person is still there. */
    answer: Type.Object({ person: Type.String(), displayName: Type.Optional(Type.String()), account: Type.String() }),
  },
} as const satisfies Readonly<
  Record<string, { readonly right: Right; readonly args: TObject; readonly answer: TObject }>
>;

export type ActName = keyof typeof acts;
export type ArgsOf<N extends ActName> = Static<(typeof acts)[N]['args']>;
/** One concentrator, or one person by user name or pseudonym, or one machine by name or key. */
export type Wanted = Pick<ArgsOf<'trace'>, 'by' | 'value'>;
export type AnswerOf<N extends ActName> = Static<(typeof acts)[N]['answer']>;

/** What does each of them. */
export type OperatorActs = {
  readonly [N in ActName]: (request: ActRequest<ArgsOf<N>>) => Promise<AnswerOf<N> | Refused>;
};
