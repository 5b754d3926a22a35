// Everything that keeps revocation known while the gateway runs, put together: answers of responders, lists, and the
// watch over live sessions. Whoever waits for it waits for one deadline, and whatever fails leaves what was known.

import { setTimeout as delay } from 'node:timers/promises';
import { isRefused, type Refused } from '../contract/reason.ts';
import type { Proven } from '../identity/identify.ts';
import type { IdentityProfile } from '../identity/profile.ts';
import { RevocationAnswers } from '../identity/revocation-answers.ts';
import type { Meter } from '../ports.ts';
import { type CrlRefresh, type CrlRefreshOptions, startCrlRefresh } from './crl-refresh.ts';
import { openRevocationClient, type RevocationClientOptions } from './revocation-client.ts';
import { type RevocationWatch, type RevocationWatchOptions, startRevocationWatch } from './revocation-watch.ts';

export interface RevocationUpkeepOptions {
  readonly crls: Pick<CrlRefreshOptions, 'directory' | 'tickMs' | 'fileEveryMs'>;
  readonly profiles: readonly IdentityProfile[];
  /** The profiles have other lists now: `current` gives them. */
  readonly changed: () => void;
  /** All of a judgement but revocation, by the running profiles. */
  readonly prove: (chain: readonly Uint8Array[], tenant: string, now: number) => Proven | Refused;
  readonly watch: Pick<RevocationWatchOptions, 'store' | 'judge' | 'revoked' | 'tickMs' | 'everyMs'>;
  readonly ports: Omit<RevocationClientOptions, 'answers' | 'breaker'> & { readonly meter: Meter };
}

export interface RevocationUpkeep {
  readonly answers: RevocationAnswers;
  readonly current: CrlRefresh['current'];
  readonly replaceProfiles: CrlRefresh['replaceProfiles'];
  /** Asks about a chain that holds but for revocation; resolves within the profile's timeout, whatever happens. An OCSP
   * answer that came with the chain is heard first. */
  readonly freshen: (chain: readonly Uint8Array[], tenant: string, now: number, brought?: Uint8Array) => Promise<void>;
  readonly remember: RevocationWatch['remember'];
  readonly known: RevocationWatch['known'];
  /** One round of the watch, now. */
  readonly watched: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** For lists, where no responder is asked and the profile names no time. */
const defaultTimeoutMs = 4_000;

export function startRevocationUpkeep(options: RevocationUpkeepOptions): RevocationUpkeep {
  const { ports, profiles } = options;
  const answers = new RevocationAnswers();
  let wanted = wants(profiles);
  const client = openRevocationClient({ ...ports, answers });
  const crls = startCrlRefresh({
    ...options.crls,
    ...ports,
    profiles,
    changed: () => {
      options.changed();
      // Whoever is in a list that has just come must not stay until the next round.
      watch.learned();
    },
  });
  const freshen: RevocationUpkeep['freshen'] = async (chain, tenant, now, brought) => {
    const proven = wanted ? options.prove(chain, tenant, now) : undefined;
    if (proven === undefined || isRefused(proven)) return;
    const { revocation } = proven.profile;
    if (revocation === undefined) return;
    if (brought !== undefined) client.hear(proven, brought);
    const done = new AbortController();
    const deadline = delay(revocation.ocsp?.timeoutMs ?? defaultTimeoutMs, undefined, { signal: done.signal });
    await Promise.race([
      Promise.all([client.freshen(proven), crls.meet(proven)]),
      // Ended early when the others are done.
      deadline.catch(() => undefined),
    ]).finally(() => done.abort());
  };
  const watch = startRevocationWatch({ ...ports, ...options.watch, freshen });
  return {
    answers,
    current: profile => crls.current(profile),
    replaceProfiles: replaced => {
      wanted = wants(replaced);
      crls.replaceProfiles(replaced);
    },
    freshen,
    remember: watch.remember,
    known: watch.known,
    watched: watch.round,
    close: async () => {
      // The watch last in, first out: it waits for questions that the client ends.
      await Promise.all([client.close(), crls.close(), watch.close()]);
    },
  };
}

/** Whether anybody is asked at all. */
function wants(profiles: readonly IdentityProfile[]): boolean {
  return profiles.some(({ revocation }) => revocation?.ocsp !== undefined || revocation?.crl !== undefined);
}
