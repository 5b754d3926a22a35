// Whom something is for, and when a calendar is open, in words.

import type { Language } from '../contract/language.ts';
import { colon } from '../contract/measure-words.ts';
import type { Calendar } from './calendar.ts';
import { capital, countryWords, dayWords, listed, locales } from './prose-measures.ts';
import { say } from './prose-words.ts';
import type { Selection } from './selection.ts';

/** `For: whoever belongs to staff, on a machine of class managed-laptop`, without its stop. */
export function forWhom(selection: Selection, language: Language): string {
  const who = criteria(selection, language);
  return who === '' ? say('everyone', language) : say('those', language, { who });
}

/** `whoever belongs to staff, on a machine of class managed-laptop`; empty for everyone. */
export function criteria(selection: Selection, language: Language): string {
  const { groups, deviceClasses, concentrators, countries, hours } = selection;
  const some = (words: Iterable<string> | undefined) =>
    words === undefined ? undefined : listed(words, 'disjunction', language);
  const told = {
    groups: some(groups),
    device: some(deviceClasses),
    concentrator: some(concentrators),
    country: some(countries && [...countries].map(each => countryWords(each, language))),
    hours: some(hours?.map(({ name }) => `“${name}”`)),
  } as const;
  return (Object.keys(told) as (keyof typeof told)[])
    .flatMap(key => (told[key] === undefined ? [] : say(key, language, { some: told[key] })))
    .join(', ');
}

/** `office-hours: Monday–Friday 07:30–19:00. Closed on 25 December 2027. On the clock of Europe/Brussels.` */
export function calendarSentences({ name, week, closedOn, zone }: Calendar, language: Language): string {
  const open = [...groupedDays(week)].map(([times, days]) => `${daysIn(days, language)} ${times}`);
  const closed = closedOn.map(day => dayWords(day, language));
  return [
    `“${name}”${colon(language)} ${open.join('; ')}.`,
    ...(closed.length === 0 ? [] : [say('closedOn', language, { days: listed(closed, 'conjunction', language) })]),
    say('clock', language, { zone }),
  ].join(' ');
}

const order = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;

/** The days with the same hours, by those hours; days are 0 for Monday to 6. */
function groupedDays(week: Calendar['week']): ReadonlyMap<string, readonly number[]> {
  const groups = new Map<string, number[]>();
  order.forEach((day, at) => {
    const openings = week.get(day)?.toSorted((a, b) => a.fromMinute - b.fromMinute);
    if (openings === undefined) return;
    const times = openings.map(each => `${clock(each.fromMinute)}–${clock(each.toMinute)}`).join(', ');
    groups.set(times, [...(groups.get(times) ?? []), at]);
  });
  return groups;
}

/** `Monday–Friday`, `Monday, Wednesday and Friday` */
function daysIn(days: readonly number[], language: Language): string {
  const names = days.map(each => dayName(each, language));
  const [first = 0] = days;
  const together = days.length > 2 && days.every((each, at) => each === first + at);
  const said = together ? `${names[0] ?? ''}–${names.at(-1) ?? ''}` : listed(names, 'conjunction', language);
  return capital(said, language);
}

/** The fifth of January 1970 was a Monday. */
function dayName(day: number, language: Language): string {
  const at = (4 + day) * 86_400_000;
  return new Intl.DateTimeFormat(locales[language], { weekday: 'long', timeZone: 'UTC' }).format(at);
}

function clock(minutes: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
