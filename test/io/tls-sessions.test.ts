// The store of TLS sessions by itself: its time, its bound, and what other threads are told.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type SessionChange, TlsSessions } from '../../gateway/io/tls-sessions.ts';

const state = Uint8Array.of(1, 2, 3);
const chain = [Uint8Array.of(0x30), Uint8Array.of(0x31)];
const session = (id: string) => ({ id, state, chain });

function store(settings: { lifetimeMs?: number; maxSessions?: number } = {}) {
  const clock = { now: 1_700_000_000_000 };
  const told: SessionChange[] = [];
  const sessions = new TlsSessions(settings, { changed: change => told.push(change), now: () => clock.now });
  return { clock, told, sessions };
}

describe('TLS sessions', () => {
  it('are found with their chain until their hour is over', () => {
    const { clock, sessions } = store();
    sessions.remember(session('a'));
    clock.now += 3_600_000 - 1;
    expect(sessions.find('a')).toMatchObject({ state, chain });
    expect(sessions.find('b')).toBeUndefined();
    clock.now += 1;
    expect(sessions.find('a')).toBeUndefined();
  });

  it('that have expired make room when the next one comes', () => {
    const { clock, sessions } = store({ lifetimeMs: 1_000 });
    for (const id of ['a', 'b', 'c']) sessions.remember(session(id));
    clock.now += 1_000;
    sessions.remember(session('d'));
    expect(sessions.size).toBe(1);
  });

  it('tell their changes, and not what they learnt of others', () => {
    const one = store();
    const other = store();
    one.sessions.remember(session('a'));
    const expiresAt = one.clock.now + 3_600_000;
    expect(one.told).toEqual([{ remembered: { id: 'a', state, chain, expiresAt } }]);
    for (const change of one.told) other.sessions.learn(change);
    expect(other.sessions.find('a')).toEqual(one.sessions.find('a'));
    other.sessions.forget('a');
    expect(other.told).toEqual([{ forgotten: 'a' }]);
    for (const change of other.told) one.sessions.learn(change);
    expect(one.sessions.find('a')).toBeUndefined();
    expect(one.told).toHaveLength(1);
  });

  it('are never more than allowed, the youngest among them, and never served after their time', () => {
    const step = fc.record({
      id: fc.integer({ min: 0, max: 30 }).map(String),
      waitMs: fc.nat(400),
      forget: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 8 }), (steps, maxSessions) => {
        const { clock, sessions } = store({ lifetimeMs: 1_000, maxSessions });
        const rememberedAt = new Map<string, number>();
        for (const { id, waitMs, forget } of steps) {
          clock.now += waitMs;
          // TLS draws 32 random octets for an id: none comes twice.
          if (forget || rememberedAt.has(id)) {
            sessions.forget(id);
            rememberedAt.set(id, Number.NEGATIVE_INFINITY);
          } else {
            sessions.remember(session(id));
            rememberedAt.set(id, clock.now);
            expect(sessions.find(id)).toMatchObject({ id });
          }
          expect(sessions.size).toBeLessThanOrEqual(maxSessions);
          for (const [known, at] of rememberedAt) {
            if (clock.now >= at + 1_000) expect(sessions.find(known)).toBeUndefined();
          }
        }
      }),
    );
  });
});
