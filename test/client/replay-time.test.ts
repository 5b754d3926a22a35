import { describe, expect, it } from 'vitest';
import { fromCtime, fromLocal } from '../../posture-client/collectors/instants.ts';
import { replayInstant, replayTimes } from '../../posture-client/replay-time.ts';

const now = Date.UTC(2026, 10, 24, 13, 44, 41, 500);

describe('times in recordings', () => {
  it.each([
    ['{{now:iso}}', '2026-11-24T13:44:41.500Z'],
    ['{{now}}', '2026-11-24T13:44:41.500Z'],
    ['{{now-3d:iso}}', '2026-11-21T13:44:41.500Z'],
    ['{{now-1d12h30m:iso}}', '2026-11-23T01:14:41.500Z'],
    ['{{now+2h:seconds}}', String(Math.floor(now / 1000) + 7200)],
    ['{{now:ms}}', String(now)],
    ['{{now-2d:clamav}}', 'Sun Nov 22 13:44:41 2026'],
    ['{{now-17d:ctime}}', 'Sat Nov  7 13:44:41 2026'],
    ['{{now:dpkg}}', '2026-11-24 14:44:41'],
    ['{{now:apt}}', '2026-11-24  14:44:41'],
    ['a {{now:iso}} b {{now:ms}}', `a 2026-11-24T13:44:41.500Z b ${now}`],
    ['{"a":{"b":1}}', '{"a":{"b":1}}'],
  ])('%s', (text, expected) => {
    expect(replayTimes(text, now, 'Europe/Brussels')).toBe(expected);
  });

  it('what the parsers read back is the instant that was meant', () => {
    const whole = Math.floor(now / 1000) * 1000;
    const day = new Date(whole - 86_400_000).toISOString();
    expect(fromCtime(replayTimes('{{now-1d:clamav}}', now, 'UTC'))).toBe(day);
    expect(fromLocal(replayTimes('{{now-1d:dpkg}}', now, 'Europe/Brussels'), 'Europe/Brussels')).toBe(day);
  });

  it.each(['{{now-3x:iso}}', '{{now:moon}}'])('%s is a mistake in the recording', text => {
    expect(() => replayTimes(text, now, 'UTC')).toThrow(TypeError);
  });

  it('adds and takes away', () => {
    expect(replayInstant('now-1m30s', 90_000)).toBe(0);
  });
});
