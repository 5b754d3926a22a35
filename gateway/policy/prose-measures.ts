// How a language writes lists, durations, dates and the names of countries.

import type { Language } from '../contract/language.ts';
import { measureWords } from '../contract/measure-words.ts';
import { formatDuration } from '../documents/duration.ts';

export const locales = { nl: 'nl-BE', fr: 'fr-BE', de: 'de-BE', en: 'en-GB' } as const satisfies Record<
  Language,
  string
>;

/** `a, b or c`; `a, b and c`. */
export function listed(items: Iterable<string>, type: 'conjunction' | 'disjunction', language: Language): string {
  return new Intl.ListFormat(locales[language], { type }).format(items);
}

export function durationWords(ms: number, language: Language): string {
  return measureWords(formatDuration(ms), language);
}

export function momentWords(at: number, timeZone: string, language: Language): string {
  return new Intl.DateTimeFormat(locales[language], { dateStyle: 'long', timeStyle: 'short', timeZone }).format(at);
}

/** Of `2027-12-25`. */
export function dayWords(day: string, language: Language): string {
  return new Intl.DateTimeFormat(locales[language], { dateStyle: 'long', timeZone: 'UTC' }).format(Date.parse(day));
}

export function countryWords(code: string, language: Language): string {
  return new Intl.DisplayNames(locales[language], { type: 'region', fallback: 'code' }).of(code) ?? code;
}

export function capital(text: string, language: Language): string {
  return text.slice(0, 1).toLocaleUpperCase(locales[language]) + text.slice(1);
}
