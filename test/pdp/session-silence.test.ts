import { describe, expect, it } from 'vitest';
import { isNotSeen, lastSignAt, lostAfterMs, notSeenAfterMs } from '../../gateway/pdp/session-silence.ts';
import { session } from '../contracts/admission-store-samples.ts';

const heard = 1_800_000_000_000;
const started = session('s', { state: 'started', decidedAt: heard - 5000, startedAt: heard - 4000, lastSeenAt: heard });

describe('a session', () => {
  it('is not seen after three of its reports [RFC2869-2.1], and seen again by the next one', () => {
    expect(notSeenAfterMs).toBe(3 * 600_000);
    expect(isNotSeen(started, heard + notSeenAfterMs - 1)).toBe(false);
    expect(isNotSeen(started, heard + notSeenAfterMs)).toBe(true);
    expect(isNotSeen({ ...started, lastSeenAt: heard + 1 }, heard + notSeenAfterMs)).toBe(false);
  });

  it('is lost more than a day later', () => {
    expect(lostAfterMs).toBeGreaterThan(24 * 3_600_000);
  });

  it.each(['decided', 'stopped'] as const)('that is %s is not missed', state => {
    expect(isNotSeen({ ...started, state }, heard + lostAfterMs)).toBe(false);
  });

  it('was there when it was decided, whatever the clock of its NAS says', () => {
    expect(lastSignAt(started)).toBe(heard);
    expect(lastSignAt({ ...started, decidedAt: heard + 9 })).toBe(heard + 9);
  });
});
