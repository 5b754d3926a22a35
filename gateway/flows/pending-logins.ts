// Logins whose password was right and whose second factor is still to come, by the RADIUS State that the NAS must bring back
// (RFC 2865 section 5.24). Lives in one gateway: after a restart the person begins again.

import type { Nas } from '../pdp/nas.ts';

/** Octets in a State: nobody guesses it. */
export const pendingStateBytes = 16;
/** To find the telephone, open the app and type six digits. */
const pendingForMs = 120_000;
const mostPending = 10_000;

export interface PendingLogin {
  readonly login: string;
  readonly person: string;
  /** Under earlier keys. */
  readonly formerPseudonyms?: readonly string[];
  readonly strong: boolean;
  readonly traceId: string;
}

export interface PendingLogins {
  /** The State to send; `undefined`: too many are waiting. */
  readonly put: (login: PendingLogin, nas: Nas, caller: string, random: Uint8Array, now: number) => string | undefined;
  /** Once: a second answer to the same challenge finds nothing. Another NAS or caller ends nobody's login. */
  readonly take: (state: string, nas: Nas, caller: string, now: number) => PendingLogin | undefined;
  /** Whether a State leads to a login, whoever brings it. */
  readonly holds: (state: string) => boolean;
}

interface Entry {
  readonly login: PendingLogin;
  /** Whose concentrators may bring it back. */
  readonly at: string;
  readonly caller: string;
  readonly expiresAt: number;
}

export function pendingLogins(): PendingLogins {
  const entries = new Map<string, Entry>();
  return {
    put: (login, nas, caller, random, now) => {
      // The oldest stand first, and all of them wait for the same time.
      for (const [state, { expiresAt }] of entries) {
        if (now < expiresAt) break;
        entries.delete(state);
      }
      if (entries.size >= mostPending) return undefined;
      const state = `P-${Buffer.from(random).toString('base64url')}`;
      entries.set(state, { login, at: placeOf(nas), caller, expiresAt: now + pendingForMs });
      return state;
    },
    take: (state, nas, caller, now) => {
      const entry = entries.get(state);
      if (entry === undefined || entry.at !== placeOf(nas) || entry.caller !== caller) return undefined;
      entries.delete(state);
      return now < entry.expiresAt ? entry.login : undefined;
    },
    holds: state => entries.has(state),
  };
}

/** Two tenants may have groups of one name. */
function placeOf({ tenant, group }: Nas): string {
  return `${tenant}/${group}`;
}

/** Whether a State is one of ours; EAP conversations have States of another form. */
export function isPendingState(state: string): boolean {
  return state.startsWith('P-');
}
