// Moments as an institution writes them: on the clock of its own place, which the set names once.

import { parseDay } from '../documents/calendar-day.ts';
import { parsed } from '../documents/shape.ts';

/** Where a set says nothing else. */
export const usualZone = 'Europe/Brussels';

/** Milliseconds since 1970 UTC, once the zone is known. */
export type MomentIn = (zone: string) => number;

/** `2027-03-15 18:00`, or a day: its first moment. */
export const wallClock = parsed<MomentIn>(value => momentIn(value, 'begins'), 'a day or a moment (2027-03-15 18:00)');

/** `2027-03-15 18:00`, or a day: the moment after its last. */
export const wallClockEnd = parsed<MomentIn>(value => momentIn(value, 'ends'), 'a day or a moment (2027-03-15 18:00)');

/** A time that the clock skips in spring is taken as the same time after the jump. */
function momentIn(text: string, aDay: 'begins' | 'ends'): MomentIn | undefined {
  const [, day = '', time] = /^(\d{4}-\d{2}-\d{2})(?: ([01]\d:[0-5]\d|2[0-3]:[0-5]\d))?$/.exec(text) ?? [];
  if (parseDay(day) === undefined) return undefined;
  const date = Temporal.PlainDate.from(day).add({ days: time === undefined && aDay === 'ends' ? 1 : 0 });
  const plainTime = Temporal.PlainTime.from(time ?? '00:00');
  return timeZone => date.toZonedDateTime({ timeZone, plainTime }).epochMilliseconds;
}

export const zone = parsed(value => {
  try {
    return Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(value).timeZoneId;
  } catch {
    // RangeError is how Temporal says that it knows no such zone.
    return undefined;
  }
}, 'a time zone (Europe/Brussels)');
