// How often one login may be tried: back-off after failures that nobody can use to lock somebody else out. A caller that has
// signed in with this login before has a budget of its own; all others share one. Who shares it may have to wait; who has
// its own never waits for them. Plain values, for a store.

import { callerBucket } from './caller-bucket.ts';

const freeFailures = 5;
const firstDelayMs = 1_000;
const longestDelayMs = 15 * 60_000;
/** More would only take longer to fade. */
const mostFailures = freeFailures + 1 + Math.ceil(Math.log2(longestDelayMs / firstDelayMs));
/** One failure is forgotten in each. */
const fadeMs = 60 * 60_000;
const mostKnownCallers = 16;
const knownMs = 30 * 24 * 60 * 60_000;

interface Failures {
  readonly count: number;
  /** When the last one happened. */
  readonly lastAt: number;
}

interface KnownCaller {
  readonly bucket: string;
  readonly succeededAt: number;
  readonly failures: Failures;
}

/** Of one tenant and login. */
export interface LoginAttempts {
  /** Who succeeded last comes last. */
  readonly known: readonly KnownCaller[];
  readonly strangers: Failures;
}

const none: Failures = { count: 0, lastAt: 0 };

export const noAttempts: LoginAttempts = { known: [], strangers: none };

/** `caller` is the address in Calling-Station-Id, or its text; empty when the concentrator does not say. */
export function mayTry(attempts: LoginAttempts, caller: string, now: number): true | { readonly retryAtMs: number } {
  const { count, lastAt } = knownCaller(attempts, caller, now)?.failures ?? attempts.strangers;
  // A clock that was ahead for a while must not lock anyone out until then.
  const retryAtMs = Math.min(lastAt, now) + delayMs(count);
  return retryAtMs <= now ? true : { retryAtMs };
}

/**
 * Best written before the password is checked, and made good by `afterSuccess`: guesses in parallel then cannot all begin
 * before the first is counted.
 */
export function afterFailure(attempts: LoginAttempts, caller: string, now: number): LoginAttempts {
  const { known, strangers } = attempts;
  const failed = knownCaller(attempts, caller, now);
  if (failed === undefined) return { known, strangers: oneMore(strangers, now) };
  const after = { ...failed, failures: oneMore(failed.failures, now) };
  return { known: known.map(each => (each === failed ? after : each)), strangers };
}

/** Nothing was judged after all: what was counted counts no more, and nobody becomes known by it. */
export function withoutFailure(attempts: LoginAttempts, caller: string, now: number): LoginAttempts {
  const { known, strangers } = attempts;
  const counted = knownCaller(attempts, caller, now);
  if (counted === undefined) return { known, strangers: oneLess(strangers) };
  const after = { ...counted, failures: oneLess(counted.failures) };
  return { known: known.map(each => (each === counted ? after : each)), strangers };
}

/** Only for a whole login, the second factor included. Strangers are not forgiven: they would begin anew with each of them. */
export function afterSuccess(attempts: LoginAttempts, caller: string, now: number): LoginAttempts {
  const { known, strangers } = attempts;
  const wasKnown = knownCaller(attempts, caller, now) !== undefined;
  const bucket = callerBucket(caller);
  const others = known.filter(each => each.bucket !== bucket && now - each.succeededAt < knownMs);
  const succeeded = bucket === '' ? [] : [{ bucket, succeededAt: now, failures: none }];
  return {
    known: [...others, ...succeeded].slice(-mostKnownCallers),
    // The one that was counted for this login itself.
    strangers: wasKnown ? strangers : oneLess(strangers),
  };
}

/** From then on it says no more than `noAttempts`. */
export function attemptsExpireAt({ known, strangers }: LoginAttempts): number {
  return Math.max(strangers.lastAt + strangers.count * fadeMs, ...known.map(each => each.succeededAt + knownMs));
}

function knownCaller({ known }: LoginAttempts, caller: string, now: number): KnownCaller | undefined {
  const bucket = callerBucket(caller);
  return known.find(each => each.bucket === bucket && now - each.succeededAt < knownMs);
}

function oneMore({ count, lastAt }: Failures, now: number): Failures {
  const faded = Math.max(0, count - Math.floor(Math.max(0, now - lastAt) / fadeMs));
  return { count: Math.min(mostFailures, faded + 1), lastAt: now };
}

function oneLess({ count, lastAt }: Failures): Failures {
  return { count: Math.max(0, count - 1), lastAt };
}

function delayMs(count: number): number {
  return count <= freeFailures ? 0 : Math.min(longestDelayMs, firstDelayMs * 2 ** (count - freeFailures - 1));
}
