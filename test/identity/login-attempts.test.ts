// The back-off: strangers wait, whoever has signed in before does not wait for them, and nothing grows without bound.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  afterFailure,
  afterSuccess,
  attemptsExpireAt,
  type LoginAttempts,
  mayTry,
  noAttempts,
  withoutFailure,
} from '../../gateway/identity/login-attempts.ts';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const start = Date.UTC(2026, 10, 24);

const home = '192.0.2.7';
const office = '198.51.100.4';
const stranger = '203.0.113.99';

function failed(attempts: LoginAttempts, caller: string, times: number, now: number): LoginAttempts {
  return Array.from({ length: times }).reduce<LoginAttempts>(all => afterFailure(all, caller, now), attempts);
}

function waitMs(attempts: LoginAttempts, caller: string, now: number): number {
  const answer = mayTry(attempts, caller, now);
  return answer === true ? 0 : answer.retryAtMs - now;
}

describe('failures', () => {
  it.each([
    [0, 0],
    [5, 0],
    [6, 1],
    [7, 2],
    [8, 4],
    [12, 64],
    [15, 512],
    [16, 900],
    [17, 900],
    [500, 900],
  ])('%i of them make strangers wait for %i s', (times, seconds) => {
    expect(waitMs(failed(noAttempts, stranger, times, start), stranger, start)).toBe(seconds * second);
  });

  it('let the next try pass exactly when the wait is over', () => {
    const attempts = failed(noAttempts, stranger, 8, start);
    expect(mayTry(attempts, stranger, start + 4 * second - 1)).toEqual({ retryAtMs: start + 4 * second });
    expect(mayTry(attempts, stranger, start + 4 * second)).toBe(true);
  });

  it('that were none after all leave everything as it was, and make nobody known', () => {
    const before = failed(noAttempts, stranger, 7, start);
    const after = withoutFailure(afterFailure(before, stranger, start), stranger, start);
    expect(after).toEqual(before);
    const known = failed(afterSuccess(before, home, start), home, 6, start);
    expect(withoutFailure(afterFailure(known, home, start), home, start)).toEqual(known);
    expect(withoutFailure(noAttempts, stranger, start)).toEqual(noAttempts);
  });

  it('of one stranger are those of all', () => {
    const spread = Array.from({ length: 12 }, (_, at) => `203.0.113.${at}`);
    const attempts = spread.reduce((all, caller) => afterFailure(all, caller, start), noAttempts);
    expect(waitMs(attempts, '203.0.113.200', start)).toBe(64 * second);
    expect(waitMs(attempts, '', start)).toBe(64 * second);
  });

  it('fade, one in an hour', () => {
    const attempts = failed(noAttempts, stranger, 100, start);
    const later = (hours: number) =>
      waitMs(afterFailure(attempts, stranger, start + hours * hour), stranger, start + hours * hour);
    expect(later(0)).toBe(900 * second);
    expect(later(4)).toBe(128 * second);
    expect(later(11)).toBe(1 * second);
    expect(later(12)).toBe(0);
  });

  it('count for one each when the clock is set back', () => {
    const attempts = afterFailure(failed(noAttempts, stranger, 6, start), stranger, start - 5 * hour);
    expect(waitMs(attempts, stranger, start - 5 * hour)).toBe(2 * second);
  });

  it('do not fade for who keeps trying: about a hundred guesses a day, for all strangers together', () => {
    let attempts = noAttempts;
    let guesses = 0;
    for (let now = start; now < start + day; ) {
      const answer = mayTry(attempts, stranger, now);
      if (answer !== true) {
        now = answer.retryAtMs;
        continue;
      }
      guesses += 1;
      attempts = afterFailure(attempts, stranger, now);
    }
    expect(guesses).toBeGreaterThan(90);
    expect(guesses).toBeLessThan(120);
  });
});

describe('a caller that has signed in before', () => {
  const known = afterSuccess(noAttempts, home, start);

  it('never waits for strangers, however many they are', () => {
    expect(mayTry(failed(known, stranger, 1_000, start), home, start)).toBe(true);
  });

  it('waits for its own failures only, and strangers do not wait for those', () => {
    const attempts = failed(known, home, 7, start);
    expect(waitMs(attempts, home, start)).toBe(2 * second);
    expect(waitMs(attempts, stranger, start)).toBe(0);
  });

  it('begins anew when it signs in, and strangers do not', () => {
    const attempts = afterSuccess(failed(failed(known, stranger, 12, start), home, 12, start), home, start);
    expect(waitMs(attempts, home, start)).toBe(0);
    expect(waitMs(attempts, stranger, start)).toBe(64 * second);
  });

  it('is known by its network in IPv6', () => {
    const attempts = failed(afterSuccess(noAttempts, '2001:db8:1:2::a', start), stranger, 50, start);
    expect(mayTry(attempts, '2001:db8:1:2:ffff::b', start)).toBe(true);
    expect(mayTry(attempts, '2001:db8:1:3::a', start)).not.toBe(true);
  });

  it('is a stranger again after thirty days without', () => {
    const attempts = failed(known, stranger, 50, start + 30 * day - 1);
    expect(mayTry(attempts, home, start + 30 * day - 1)).toBe(true);
    expect(mayTry(attempts, home, start + 30 * day)).not.toBe(true);
  });

  it('does not leave its address behind when the thirty days are over', () => {
    const attempts = afterSuccess(known, office, start + 30 * day);
    expect(JSON.stringify(attempts)).not.toContain(home);
  });

  it('is one of sixteen: the one that succeeded longest ago is forgotten', () => {
    const callers = Array.from({ length: 17 }, (_, at) => `192.0.2.${at}`);
    let attempts = callers.slice(0, 16).reduce((all, caller, at) => afterSuccess(all, caller, start + at), noAttempts);
    attempts = afterSuccess(attempts, '192.0.2.0', start + 16);
    attempts = failed(afterSuccess(attempts, '192.0.2.16', start + 17), stranger, 50, start + 18);
    const waiting = callers.filter(caller => mayTry(attempts, caller, start + 18) !== true);
    expect(waiting).toEqual(['192.0.2.1']);
  });
});

describe('a concentrator that does not name callers', () => {
  it('makes all of them strangers, whoever succeeded', () => {
    const attempts = afterSuccess(noAttempts, '', start);
    expect(attempts).toEqual(noAttempts);
    expect(waitMs(failed(attempts, '', 7, start), '', start)).toBe(2 * second);
  });
});

describe('a failure written before the password is checked', () => {
  it('is taken back when the login succeeds from somewhere new', () => {
    const before = failed(noAttempts, stranger, 9, start);
    const attempts = afterSuccess(afterFailure(before, office, start), office, start);
    expect(attempts.strangers).toEqual(before.strangers);
    expect(mayTry(attempts, office, start)).toBe(true);
  });

  it('is forgotten with the others when a known caller succeeds', () => {
    const known = afterSuccess(noAttempts, home, start);
    expect(afterSuccess(afterFailure(known, home, start), home, start)).toEqual(known);
  });
});

type Event = readonly [kind: 'failure' | 'success', caller: string, afterMs: number];
const anyCaller = fc.constantFrom(home, office, stranger, '', '2001:db8::1', '192.0.2.8', '192.0.2.9');
const events = (caller: fc.Arbitrary<string>, most: number): fc.Arbitrary<Event[]> =>
  fc.array(fc.tuple(fc.constantFrom('failure' as const, 'success' as const), caller, fc.nat(2 * day)), {
    maxLength: most,
  });

function played(all: readonly Event[], from = noAttempts): { readonly attempts: LoginAttempts; readonly now: number } {
  let attempts = from;
  let now = start;
  for (const [kind, caller, afterMs] of all) {
    now += afterMs;
    attempts = (kind === 'failure' ? afterFailure : afterSuccess)(attempts, caller, now);
  }
  return { attempts, now };
}

describe('whatever happens', () => {
  it('a login cannot be locked for a known caller by anyone else', () => {
    // Other callers may even succeed, as colleagues at a shared login do; up to fifteen of them push nobody out.
    const others = fc.constantFrom(office, stranger, '', '2001:db8::1', '192.0.2.8');
    fc.assert(
      fc.property(events(others, 60), all => {
        const { attempts, now } = played(all, afterSuccess(noAttempts, home, start));
        fc.pre(now < start + 30 * day);
        expect(mayTry(attempts, home, now)).toBe(true);
      }),
    );
  });

  it('nobody waits longer than a quarter of an hour, even if the clock is set back', () => {
    fc.assert(
      fc.property(events(anyCaller, 60), anyCaller, fc.nat(400 * day), (all, caller, backMs) => {
        const { attempts, now } = played(all);
        expect(waitMs(attempts, caller, now - backMs)).toBeLessThanOrEqual(15 * minute);
      }),
    );
  });

  it('it is plain JSON of a bounded size, and never changes what it was given', () => {
    const many = fc.integer({ min: 0, max: 255 }).map(at => `192.0.2.${at}`);
    fc.assert(
      fc.property(events(many, 80), many, (all, caller) => {
        const { attempts, now } = played(all);
        const before = structuredClone(attempts);
        afterFailure(attempts, caller, now);
        afterSuccess(attempts, caller, now);
        expect(attempts).toEqual(before);
        expect(JSON.parse(JSON.stringify(attempts))).toEqual(attempts);
        expect(attempts.known.length).toBeLessThanOrEqual(16);
        expect(attempts.strangers.count).toBeLessThanOrEqual(16);
      }),
    );
  });

  it('it expires when it says no more than nothing', () => {
    expect(attemptsExpireAt(noAttempts)).toBe(0);
    fc.assert(
      fc.property(events(anyCaller, 40), anyCaller, fc.integer({ min: 1, max: 20 }), (all, caller, more) => {
        const { attempts } = played(all);
        const now = Math.max(start, attemptsExpireAt(attempts));
        expect(mayTry(attempts, caller, now)).toBe(true);
        expect(failed(attempts, caller, more, now).strangers).toEqual(failed(noAttempts, caller, more, now).strangers);
      }),
    );
  });

  it('it does not expire while a caller is still known or a failure still counts', () => {
    expect(attemptsExpireAt(afterSuccess(noAttempts, home, start))).toBe(start + 30 * day);
    expect(attemptsExpireAt(failed(noAttempts, home, 3, start))).toBe(start + 3 * hour);
  });
});
