// Live changes of a session: what made it be judged again, and how far the change has come.

/** What happened since the last decision. */
export const changeCauses = [
  'report-changed',
  'person-changed',
  'device-register-changed',
  'certificate-revoked',
  'binding-confirmed',
  'key-used-twice',
  'operator',
  'validity-ended',
  'policy-changed',
] as const;
export type ChangeCause = (typeof changeCauses)[number];

/**
 * `asked`: the NAS was told. `acknowledged`: it said yes. `seen`: accounting shows the effect. `refused`, `unanswered`: the NAS
 * said no, or nothing. `impossible`: this NAS takes no live change.
 */
export const changeStates = ['asked', 'acknowledged', 'seen', 'refused', 'unanswered', 'impossible'] as const;
export type ChangeState = (typeof changeStates)[number];

/** RFC 5176: a CoA-Request changes what a session may do, a Disconnect-Request ends it. */
export const changeKinds = ['coa', 'disconnect'] as const;
export type ChangeKind = (typeof changeKinds)[number];

/**
 * What a refusal says about asking again. `session-gone`: the NAS knows no such session, ours is stale. `configuration`: it
 * will refuse until somebody changes a setting here or there.
 */
export type AfterRefusal = 'retry-later' | 'session-gone' | 'fall-back-to-disconnect' | 'configuration' | 'give-up';

/** The latest change of a session. Instants are milliseconds since 1970 UTC. */
export interface SessionChange {
  readonly kind: ChangeKind;
  readonly because: ChangeCause;
  readonly askedAt: number;
  readonly state: ChangeState;
  readonly stateAt: number;
  /** Why the NAS refused, in the words of RFC 5176 section 3.5. */
  readonly word?: string;
}
