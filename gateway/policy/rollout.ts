// Which version of the policies decides, and which is judged beside it. Pure: the versions that there are, what was decided to go back
// from, and the time are arguments.

import type { Canary, Forecast, Release, Stage } from './release.ts';

/** A version that could decide. Without a release it decides as soon as it is there, or as a draft only looks on. */
export interface Candidate {
  readonly hash: string;
  readonly release?: Release;
}

/** Somebody went back from a version; nothing that was released before that decides again. */
export interface WayBack {
  readonly from: string;
  /** Of the release of `from`. */
  readonly signedAt?: number;
  readonly to: string;
  readonly at: number;
}

/** What decided, and since when. Instants are milliseconds since 1970 UTC. */
export interface Ran {
  readonly hash: string;
  readonly since: number;
  /** What decided before. */
  readonly previous?: string;
  /** When its release was signed. */
  readonly signedAt?: number;
}

export interface Beside {
  readonly hash: string;
  readonly stage: Stage;
  readonly canary?: Canary;
  /** Beside a version that has just come to decide, the one before it: more stricter answers than this, and it goes back. */
  readonly watch?: { readonly until: number; readonly forecast: Forecast; readonly margin: number };
}

export interface Chosen {
  readonly running: string;
  readonly beside?: Beside;
  /** Would decide, but was released before what decides or before what somebody went back from. */
  readonly outdated?: string;
}

/** So long a version that has come to decide is held against what was forecast. */
export const watchMs = 30 * 60_000;
/** A version that is only looked at for longer than this has been forgotten. */
export const shadowAtMostMs = 30 * 86_400_000;

export interface Versions {
  /** The set that the configuration names; absent while its files are broken. */
  readonly base?: Candidate;
  readonly draft?: Candidate;
  readonly back?: WayBack;
  readonly ran?: Ran;
}

/** `undefined`: there is nothing that could decide. */
export function chosen(versions: Versions, now: number): Chosen | undefined {
  const { base, draft, back, ran } = versions;
  const candidates = [
    ...(draft === undefined ? [] : [{ ...draft, stage: draft.release?.stage ?? 'shadow' }]),
    ...(base === undefined ? [] : [{ ...base, stage: base.release?.stage ?? 'enforce' }]),
  ].filter(({ release }) => (release?.validFrom ?? 0) <= now);
  const enforced = candidates.filter(({ stage }) => stage === 'enforce');
  const running = newest(enforced.filter(each => !isOutdated(each, versions)));
  // Where nobody has released anything, what ran goes on.
  const hash = running?.hash ?? (ran === undefined || ran.hash === back?.from ? back?.to : ran.hash);
  if (hash === undefined) return undefined;
  const looked = candidates.find(each => each.stage !== 'enforce' && each.hash !== hash && !isOutdated(each, versions));
  const beside = watched(running, ran, hash, now) ?? (looked && lookedAt(looked));
  const outdated = enforced.find(each => isOutdated(each, versions));
  return {
    running: hash,
    ...(beside === undefined ? {} : { beside }),
    ...(outdated === undefined ? {} : { outdated: outdated.hash }),
  };
}

/** The draft goes before what the configuration names, unless that was signed later. */
function newest(candidates: readonly Candidate[]): Candidate | undefined {
  return candidates.reduce<Candidate | undefined>((best, each) => {
    if (best === undefined) return each;
    return (each.release?.signedAt ?? 0) > (best.release?.signedAt ?? Number.POSITIVE_INFINITY) ? each : best;
  }, undefined);
}

/** Whoever can write files and has no key must not bring back an earlier version. */
function isOutdated({ hash, release }: Candidate, { back, ran }: Versions): boolean {
  const wentBack = back !== undefined && (ran === undefined || ran.hash === back.from || ran.hash === back.to);
  if (wentBack) {
    if (release === undefined || back.signedAt === undefined) return hash === back.from;
    return hash !== back.to && release.signedAt <= back.signedAt;
  }
  if (release === undefined || release.stage === 'shadow' || ran?.signedAt === undefined) return false;
  return hash !== ran.hash && release.signedAt < ran.signedAt;
}

function lookedAt({ hash, stage, release }: Candidate & { readonly stage: Stage }): Beside {
  return { hash, stage, ...(release?.canary === undefined ? {} : { canary: release.canary }) };
}

function watched(running: Candidate | undefined, ran: Ran | undefined, hash: string, now: number): Beside | undefined {
  const { forecast, denyMargin: margin = 0 } = running?.release ?? {};
  if (forecast === undefined || ran?.hash !== hash || ran.previous === undefined) return undefined;
  const until = ran.since + watchMs;
  return now < until ? { hash: ran.previous, stage: 'enforce', watch: { until, forecast, margin } } : undefined;
}

export interface Seen {
  /** People and machines that both versions were asked about. */
  readonly answers: number;
  /** Of these, how many of the newer one were stricter. */
  readonly stricter: number;
}

/** One laptop that nobody thought of is no reason to go back. */
export const leastStricter = 5;

export function isBeyondForecast({ answers, stricter }: Seen, forecast: Forecast, margin: number): boolean {
  return stricter >= leastStricter && stricter > answers * (shareOf(forecast) + margin);
}

export function shareOf({ subjects, stricter }: Forecast): number {
  return subjects === 0 ? 0 : stricter / subjects;
}
