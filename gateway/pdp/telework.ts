// Telework days of a person, in halves: a day counts half when its sessions were open only before noon, or only from noon on, and
// whole otherwise. Days, weeks and months are those of the clock of the policy set's zone; a week begins on Monday.

import type { TeleworkDays } from '../kept.ts';

/** Longer than any month with the day before it. */
export const teleworkKeptMs = 62 * 86_400_000;
/** No session lives longer, so no question is about more. */
const aheadMs = 24 * 3_600_000;

/** How much it is, and what it becomes by itself while the session goes on. */
export interface Counted {
  readonly value: number;
  readonly later: readonly { readonly at: number; readonly value: number }[];
}

export interface Telework {
  readonly week: Counted;
  readonly month: Counted;
}

/** What is kept once a session was open at this moment; days too long ago are left out. */
export function withMoment(days: TeleworkDays, at: number, zone: string): TeleworkDays {
  const local = zoned(at, zone);
  const day = local.toPlainDate().toString();
  const half = local.hour < 12 ? 'morning' : 'afternoon';
  const before = days[day];
  const oldest = zoned(at - teleworkKeptMs, zone)
    .toPlainDate()
    .toString();
  const kept = Object.entries(days).filter(([each]) => each > oldest);
  return { ...Object.fromEntries(kept), [day]: before === undefined || before === half ? half : 'both' };
}

/** As `withMoment`, for every half day that a session was open in. */
export function withTime(days: TeleworkDays, from: number, to: number, zone: string): TeleworkDays {
  let all = withMoment(days, Math.max(from, to - aheadMs), zone);
  for (const at of boundaries(Math.max(from, to - aheadMs), to, zone)) all = withMoment(all, at, zone);
  return all;
}

/** Whether both moments are in the same half of the same day. */
export function isSameHalf(one: number, other: number, zone: string): boolean {
  return boundaries(Math.min(one, other), Math.max(one, other), zone).length === 0;
}

/** With this half day among them: whoever asks wants to be in now. */
export function teleworkOf(kept: TeleworkDays, now: number, zone: string): Telework {
  let days = withMoment(kept, now, zone);
  const week: Counted & { later: Counted['later'][number][] } = { value: inWeek(days, now, zone), later: [] };
  const month: typeof week = { value: inMonth(days, now, zone), later: [] };
  for (const at of boundaries(now, now + aheadMs, zone)) {
    days = withMoment(days, at, zone);
    week.later.push({ at, value: inWeek(days, at, zone) });
    month.later.push({ at, value: inMonth(days, at, zone) });
  }
  return { week, month };
}

function inWeek(days: TeleworkDays, at: number, zone: string): number {
  const today = zoned(at, zone).toPlainDate();
  const monday = today.subtract({ days: today.dayOfWeek - 1 });
  return sum(days, monday.toString(), monday.add({ days: 6 }).toString());
}

function inMonth(days: TeleworkDays, at: number, zone: string): number {
  const today = zoned(at, zone).toPlainDate();
  return sum(days, today.with({ day: 1 }).toString(), today.with({ day: today.daysInMonth }).toString());
}

function sum(days: TeleworkDays, first: string, last: string): number {
  return Object.entries(days).reduce((total, [day, half]) => {
    if (day < first || day > last) return total;
    return total + (half === 'both' ? 1 : 0.5);
  }, 0);
}

/** Every noon and midnight after the one moment, up to the other. */
function boundaries(after: number, upTo: number, zone: string): readonly number[] {
  const found: number[] = [];
  for (let at = nextBoundary(after, zone); at <= upTo; at = nextBoundary(at, zone)) found.push(at);
  return found;
}

function nextBoundary(at: number, timeZone: string): number {
  const local = zoned(at, timeZone);
  const day = local.toPlainDate();
  const next = local.hour < 12 ? { day, plainTime: '12:00' } : { day: day.add({ days: 1 }), plainTime: '00:00' };
  return next.day.toZonedDateTime({ timeZone, plainTime: next.plainTime }).epochMilliseconds;
}

function zoned(at: number, zone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone);
}
