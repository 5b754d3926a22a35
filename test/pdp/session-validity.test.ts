// When time alone has an open session judged again.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SessionChange } from '../../gateway/contract/change.ts';
import { withAnswer, withChange } from '../../gateway/pdp/live-change.ts';
import type { Session } from '../../gateway/pdp/session.ts';
import { dueAt, hasLapsed, isDue } from '../../gateway/pdp/session-validity.ts';
import { decision, session } from '../contracts/admission-store-samples.ts';

const now = 1_800_000_000_000;
const minuteMs = 60_000;
const held = (fields: Partial<Session> = {}, decided: Parameters<typeof decision>[0] = {}): Session =>
  session('S-1', {
    state: 'started',
    decidedAt: now,
    decision: decision({
      decidedAt: now,
      validUntil: now + 30 * minuteMs,
      validUntilBecause: 'time-window',
      ...decided,
    }),
    ...fields,
  });
const asked = (fields: Partial<SessionChange> = {}): SessionChange => ({
  kind: 'disconnect',
  because: 'validity-ended',
  askedAt: now,
  state: 'asked',
  stateAt: now,
  ...fields,
});

describe('an open session is due', () => {
  it('after the last moment of which its decision speaks, and within a quarter of a minute of it', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, maxLength: 40 }),
        fc.integer({ min: now + 10_000, max: now + 1e9 }),
        (id, end) => {
          const at = dueAt({ ...held({}, { validUntil: end }), id });
          expect(at).toBeGreaterThan(end);
          expect(at).toBeLessThanOrEqual(end + 15_001);
          expect(dueAt({ ...held({}, { validUntil: end }), id })).toBe(at);
        },
      ),
    );
  });
  it('a minute later when its NAS knows the end as well', () => {
    const at = dueAt(held()) ?? 0;
    expect(dueAt(held({}, { validUntilBecause: 'session-limit' }))).toBe(at + minuteMs);
    expect(dueAt(held({}, { validUntilBecause: 'day-limit' }))).toBe(at + minuteMs);
  });
  it('not in the same moment again, however short a decision holds', () => {
    const at = dueAt(held({}, { validUntil: now - minuteMs })) ?? 0;
    expect(at).toBe(now + 10_000);
    expect(isDue(held({}, { validUntil: now - minuteMs }), now)).toBe(false);
  });
  it('in whole milliseconds, whatever a report says', () => {
    expect(Number.isInteger(dueAt(held({}, { validUntil: now + 60_000.25 })))).toBe(true);
  });
  it('not before it was put off to', () => {
    expect(dueAt(held({ nextLookAt: now + 90 * minuteMs }))).toBe(now + 90 * minuteMs);
    expect(dueAt(held({ nextLookAt: now }))).toBe(dueAt(held()));
  });
  it('also where its login is all that is known of it', () => {
    expect(dueAt(held({ state: 'decided' }))).toBe(dueAt(held()));
  });
});

describe('nothing is due', () => {
  it.each([
    ['that has ended', held({ state: 'stopped', stoppedAt: now })],
    ['that was refused', held({ state: 'decided' }, { outcome: 'deny' })],
    ['whose end the NAS has agreed to', held({ change: asked({ state: 'acknowledged' }) })],
    ['whose end has been seen', held({ change: asked({ state: 'seen' }) }, { outcome: 'deny' })],
    ['whose end its NAS cannot bring about', held({ change: asked({ state: 'impossible' }) }, { outcome: 'deny' })],
    ['whose end its NAS refuses', held({ change: asked({ state: 'refused' }) }, { outcome: 'deny' })],
    [
      'that an operator asks about',
      held({ change: asked({ because: 'operator', state: 'unanswered' }) }, { outcome: 'deny' }),
    ],
  ])('%s', (_, each) => {
    expect(dueAt(each)).toBeUndefined();
    expect(isDue(each, now + 1e12)).toBe(false);
  });
});

describe('an end that nobody has answered for', () => {
  const unanswered = (stateAt: number) =>
    dueAt(held({ change: asked({ state: 'unanswered', stateAt }) }, { outcome: 'deny', validUntil: now + 1e9 }));
  it('is asked for again after minutes, and ever more slowly', () => {
    expect(unanswered(now)).toBe(now + 5 * minuteMs);
    expect(unanswered(now + 20 * minuteMs)).toBe(now + 40 * minuteMs);
    expect(unanswered(now + 600 * minuteMs)).toBe(now + 660 * minuteMs);
  });
  it('is looked at when whoever asked can no longer be waiting', () => {
    const at = dueAt(held({ change: asked() }, { outcome: 'deny' })) ?? 0;
    expect(at).toBeGreaterThan(now + 2 * minuteMs);
    expect(at).toBeLessThan(now + 4 * minuteMs);
  });
  it('that was agreed to, and did not come about, is asked for again', () => {
    const ending = withAnswer(withChange(held({}, { outcome: 'deny' }), asked(), now), { state: 'acknowledged' }, now);
    expect(dueAt(ending)).toBeUndefined();
    expect(dueAt({ ...ending, lastSeenAt: now + minuteMs })).toBe(now + 5 * minuteMs);
  });
});

it('a decision has lapsed after its last moment', () => {
  expect(hasLapsed(held(), now + 30 * minuteMs)).toBe(false);
  expect(hasLapsed(held(), now + 30 * minuteMs + 1)).toBe(true);
});
