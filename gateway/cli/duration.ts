// A duration on the command line: `8h`, `10m`, or as durations are written in policies (`8 hours`).

import { parseDuration } from '../documents/duration.ts';

const units: Readonly<Record<string, string>> = { s: 'seconds', m: 'minutes', h: 'hours', d: 'days' };

/** In milliseconds, more than none; `undefined` when it is no duration. */
export function durationMs(said: string): number | undefined {
  const [, count = '', unit = ''] = /^(\d+)([smhd])$/.exec(said) ?? [];
  const ms = parseDuration(count === '' ? said : `${count} ${units[unit] ?? ''}`);
  return ms !== undefined && ms > 0 ? ms : undefined;
}
