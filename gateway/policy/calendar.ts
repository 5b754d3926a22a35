// Calendars: when something is open, on the clock of a place (`calendars/*.yaml`). Office hours follow the wall clock, also in
// the nights in which it is put forward or back: 09:00 is 09:00.

import { parseDay } from '../documents/calendar-day.ts';
import {
  choice,
  formOf,
  listOf,
  located,
  optional,
  parsed,
  problem,
  type Read,
  type Reading,
  record,
  required,
} from '../documents/shape.ts';
import type { Tree } from '../documents/yaml-tree.ts';
import { name } from './names.ts';
import { zone } from './wall-clock.ts';

export interface Calendar {
  readonly name: string;
  readonly at: (now: number) => OpenState;
  readonly zone: string;
  readonly week: Week;
  /** `2027-12-25`, in order. */
  readonly closedOn: readonly string[];
  readonly file: string;
  readonly line: number;
}

export interface OpenState {
  readonly open: boolean;
  /** The first moment at which it is otherwise, milliseconds since 1970 UTC; absent: it never is, as far as one can look ahead. */
  readonly until?: number;
}

const days = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;
type DayName = (typeof days)[number];
/** What is open on each day; a day that is not there is closed. */
type Week = ReadonlyMap<DayName, readonly Opening[]>;
/** How far ahead the next opening is looked for: a calendar that is closed for longer is as good as closed for ever. */
const lookAheadDays = 400;

/** Minutes since midnight; 24:00 is the end of the day. */
const timeOfDay = parsed(value => {
  const [, hours = '', minutes = ''] = /^(\d{2}):(\d{2})$/.exec(value) ?? [];
  const total = Number(hours) * 60 + Number(minutes);
  return hours !== '' && Number(minutes) < 60 && total <= 24 * 60 ? total : undefined;
}, 'a time of day (07:30)');

const day = parsed(value => (parseDay(value) === undefined ? undefined : value), 'a day (2027-12-25)');

const document = listOf(
  record({
    calendar: required(located(name)),
    zone: required(zone),
    open: required(
      listOf(
        record({
          days: required(located(listOf(choice(...days, 'working-days', 'every-day')))),
          from: required(timeOfDay),
          to: required(timeOfDay),
        }),
      ),
    ),
    'closed on': optional(listOf(day), []),
  }),
);
export const calendarsForm = formOf(document);
type CalendarDocument = Read<typeof document>[number];

/** The calendars of one file. */
export function readCalendars(tree: Tree, reading: Reading): readonly Calendar[] {
  return (document(tree, reading) ?? []).flatMap(read => compile(read, reading) ?? []);
}

interface Opening {
  readonly fromMinute: number;
  readonly toMinute: number;
}

function compile(read: CalendarDocument, reading: Reading): Calendar | undefined {
  const week = new Map<DayName, Opening[]>();
  for (const { days: on, from, to, line } of read.open) {
    if (from >= to)
      return problem(reading, line, 'ends before it begins', 'write two entries for a night: to 24:00, and from 00:00');
    for (const each of on.value.flatMap(daysOf))
      week.set(each, [...(week.get(each) ?? []), { fromMinute: from, toMinute: to }]);
  }
  if (week.size === 0)
    return problem(reading, read.calendar.line, 'is never open', 'write days, from and to below "open:"');
  const closed = new Set(read['closed on']);
  const opening = { zone: read.zone, week, closed };
  // A login asks for the same moment many times, and the wall clock is slow to ask.
  let known: (OpenState & { readonly since: number }) | undefined;
  return {
    name: read.calendar.value,
    at: now => {
      if (known === undefined || now < known.since || now >= (known.until ?? Infinity))
        known = { ...stateAt(opening, now), since: now };
      return known;
    },
    zone: read.zone,
    week,
    closedOn: [...closed].sort(),
    file: reading.file,
    line: read.calendar.line,
  };
}

function daysOf(word: DayName | 'working-days' | 'every-day'): readonly DayName[] {
  if (word === 'working-days') return days.slice(0, 5);
  return word === 'every-day' ? days : [word];
}

interface Hours {
  readonly zone: string;
  readonly week: Week;
  readonly closed: ReadonlySet<string>;
}

function stateAt(hours: Hours, now: number): OpenState {
  const today = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(hours.zone).toPlainDate();
  const first = windowsOn(hours, today);
  let open = first.find(({ from, to }) => from <= now && now < to);
  if (open === undefined) {
    const next = nextWindow(hours, today, now);
    return next === undefined ? { open: false } : { open: false, until: next.from };
  }
  // Windows that touch are one: till midnight, and on from midnight.
  const lastDay = today.add({ days: lookAheadDays });
  for (let date = today; Temporal.PlainDate.compare(date, lastDay) < 0; date = date.add({ days: 1 })) {
    for (const window of windowsOn(hours, date)) if (window.from <= open.to && window.to > open.to) open = window;
    if (open.to < startOf(hours, date.add({ days: 1 }))) return { open: true, until: open.to };
  }
  return { open: true };
}

function nextWindow(hours: Hours, today: Temporal.PlainDate, now: number): Window | undefined {
  for (let ahead = 0; ahead < lookAheadDays; ahead++) {
    const next = windowsOn(hours, today.add({ days: ahead })).find(({ from }) => from > now);
    if (next !== undefined) return next;
  }
  return undefined;
}

interface Window {
  readonly from: number;
  readonly to: number;
}

function windowsOn(hours: Hours, date: Temporal.PlainDate): readonly Window[] {
  if (hours.closed.has(date.toString())) return [];
  const dayName = days[date.dayOfWeek - 1];
  const openings = (dayName && hours.week.get(dayName)) ?? [];
  return openings
    .map(({ fromMinute, toMinute }) => ({
      from: momentOf(hours, date, fromMinute),
      to: momentOf(hours, date, toMinute),
    }))
    .toSorted((a, b) => a.from - b.from);
}

function startOf(hours: Hours, date: Temporal.PlainDate): number {
  return momentOf(hours, date, 0);
}

/** A time that the clock skips in spring is taken as the same time after the jump. */
function momentOf({ zone: timeZone }: Hours, date: Temporal.PlainDate, minute: number): number {
  const at = minute === 24 * 60 ? date.add({ days: 1 }) : date;
  const plainTime = new Temporal.PlainTime(Math.floor((minute % (24 * 60)) / 60), minute % 60);
  return at.toZonedDateTime({ timeZone, plainTime }).epochMilliseconds;
}
