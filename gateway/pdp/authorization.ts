// From decision to what the concentrator is told. Policy chooses the segment; caps are enforced here, last.
// Attribute names are those of `radius/dictionary.ts`; nothing here knows octets.

import type { Decision } from '../contract/decision.ts';
import { type Nas, nasProfiles } from './nas.ts';

export type ReplyAttribute =
  | { readonly name: 'Filter-Id' | 'Class'; readonly value: string }
  | { readonly name: 'Tunnel-Type' | 'Session-Timeout' | 'Acct-Interim-Interval'; readonly value: number };

/** Session-Timeout never exceeds this, whatever a policy says: a forgotten session ends within a day. */
export const sessionAtMostMs = 24 * 3_600_000;
/** How often a NAS is asked to say that a session is there. */
export const interimIntervalMs = 600_000;
const tunnelEsp: ReplyAttribute = { name: 'Tunnel-Type', value: 9 };

/**
 * Reply attributes of an Access-Accept for a session, in the order they are sent; empty for `deny`.
 * Session-Timeout is in seconds and never below the NAS profile's floor: below it, strongSwan logs in again without end.
 */
export function authorization(decision: Decision, nas: Nas, sessionId: string, now: number): readonly ReplyAttribute[] {
  if (decision.outcome === 'deny' || decision.segment === undefined) return [];
  const profile = nasProfiles[nas.profile];
  const leftS = Math.ceil((decision.validUntil - now) / 1000);
  const timeoutS = Math.min(sessionAtMostMs / 1000, Math.max(leftS, profile.sessionTimeoutFloorS));
  const segment: ReplyAttribute[] =
    profile.segmentIn === 'class-ou'
      ? [{ name: 'Class', value: `OU=${decision.segment}` }]
      : [
          { name: 'Filter-Id', value: decision.segment },
          // strongSwan takes a Filter-Id as group only beside Tunnel-Type ESP.
          ...(profile.segmentIn === 'filter-id-esp' ? [tunnelEsp] : []),
          { name: 'Class', value: sessionId },
        ];
  return [
    ...segment,
    { name: 'Session-Timeout', value: timeoutS },
    { name: 'Acct-Interim-Interval', value: interimIntervalMs / 1000 },
  ];
}
