// One place that revocation lists come from, a URL or a file: what it gave last, when to look again, and whether what it
// gives now may replace what it gave before.

import type { Crl } from '../identity/crl.ts';

export interface CrlSource {
  readonly profile: string;
  readonly kind: 'url' | 'file';
  /** The address, or the path. */
  readonly name: string;
  lists: readonly Crl[];
  /** Milliseconds since 1970 UTC. */
  nextAt: number;
  failures: number;
  /** What the file looked like when it was last read. */
  stamp: string | undefined;
  /** The look that is under way. */
  busy: Promise<void> | undefined;
  /** Whether anything was tried yet. */
  tried: boolean;
}

export function crlSource(
  profile: string,
  kind: CrlSource['kind'],
  name: string,
  nextAt: number,
  lists: readonly Crl[] = [],
): CrlSource {
  return { profile, kind, name, lists, nextAt, failures: 0, stamp: undefined, busy: undefined, tried: false };
}

/** Why the new lists must not replace the old ones; a path in clear text may hand us anything. */
export function replacementFault(before: readonly Crl[], after: readonly Crl[]): string | undefined {
  for (const list of after) {
    for (const old of before) {
      if (old.issuer.key !== list.issuer.key || JSON.stringify(old.scope) !== JSON.stringify(list.scope)) continue;
      if (old.signedByKey !== undefined && list.signedByKey === undefined) return 'nobody vouches for it';
      // Numbers of another key, or those that nobody vouched for, say nothing about these [RFC5280-5.2.3].
      if (old.signedByKey !== list.signedByKey) continue;
      if (list.number < old.number) return `number ${list.number} after ${old.number}`;
      if (list.thisUpdate < old.thisUpdate) return 'older than the list at hand';
    }
  }
  return undefined;
}

const firstRetryMs = 30_000;

/** On our own schedule, a tenth earlier or later so that gateways do not ask all at once; sooner before a list ends. */
export function nextLook(source: CrlSource, refreshMs: number, now: number, chance: number): number {
  const jittered = (ms: number) => Math.round(ms * (0.9 + chance * 0.2));
  if (source.failures > 0)
    return now + jittered(Math.min(refreshMs, firstRetryMs * 2 ** Math.min(source.failures - 1, 10)));
  const ends = Math.min(...source.lists.map(list => list.nextUpdate));
  const beforeEnd = Math.max(ends - now, Math.min(refreshMs, firstRetryMs));
  return now + jittered(Math.min(refreshMs, beforeEnd));
}
