// Facts in words: how a value reads in an explanation, and how a test writes one.

import { formatDuration, parseDuration } from '../documents/duration.ts';
import type { FactDefinition } from '../verifier/fact-catalogue.ts';
import type { FactValue } from '../verifier/facts.ts';

/** `3 days`, `no`, `10.0.26100`. Instants read as what they mean now. */
export function valueInWords(definition: FactDefinition, value: FactValue, now: number): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number') {
    if (definition.kind === 'age') return formatDuration(Math.max(0, now - value));
    if (definition.kind === 'time-left') return formatDuration(value - now);
    if (definition.kind === 'duration') return formatDuration(value);
    if (definition.kind === 'days') return daysInWords(value);
    if (definition.kind === 'share') return shareInWords(value);
    if (definition.kind === 'moment') return `${new Date(value).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
    return String(value);
  }
  if (typeof value === 'string') return value;
  return value.length === 0 ? 'none' : value.join(', ');
}

/** `2.5 days` */
export function daysInWords(days: number): string {
  return `${days} ${days === 1 ? 'day' : 'days'}`;
}

/** Whole days and halves. */
export function parseDays(text: string): number | undefined {
  const [, digits] = /^(\d{1,3}(?:\.[05])?) days?$/.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

/** `80 %`; more digits only where somebody needs them. */
export function shareInWords(share: number): string {
  return `${Number((share * 100).toFixed(2))} %`;
}

export function parseShare(text: string): number | undefined {
  const [, digits] = /^(\d{1,3}(?:\.\d{1,2})?) ?%$/.exec(text) ?? [];
  return digits === undefined || Number(digits) > 100 ? undefined : Number(digits) / 100;
}

/** What a test writes, relative to the moment of the test; `undefined` when it does not fit the kind. */
export function parseValue(definition: FactDefinition, text: string, now: number): FactValue | undefined {
  switch (definition.kind) {
    case 'flag':
      return text === 'yes' ? true : text === 'no' ? false : undefined;
    case 'choice':
      return definition.options?.includes(text) === true ? text : undefined;
    case 'count':
      return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
    case 'duration':
      return parseDuration(text);
    case 'days':
      return parseDays(text);
    case 'share':
      return parseShare(text);
    case 'version':
      return /^\d/.test(text) ? text : undefined;
    case 'age': {
      const ageMs = parseDuration(text);
      return ageMs === undefined ? undefined : now - ageMs;
    }
    case 'time-left': {
      const leftMs = parseDuration(text.replace(/^-/, ''));
      return leftMs === undefined ? undefined : now + (text.startsWith('-') ? -leftMs : leftMs);
    }
    case 'words':
      return text === 'none' ? [] : text.split(',').map(word => word.trim());
    case 'text':
      return definition.form?.test(text) === false ? undefined : text;
    case 'moment': {
      const at = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}$/.test(text)
        ? Date.parse(`${text.replace(' ', 'T')}:00Z`)
        : Number.NaN;
      return Number.isNaN(at) ? undefined : at;
    }
  }
}

/** How a value of this kind is written in a test. */
export function valueForm(definition: FactDefinition): string {
  switch (definition.kind) {
    case 'flag':
      return '"yes" or "no"';
    case 'choice':
      return `one of ${(definition.options ?? []).join(', ')}`;
    case 'count':
      return 'a whole number';
    case 'duration':
      return 'a duration (5 minutes)';
    case 'days':
      return 'whole or half days (2.5 days)';
    case 'share':
      return 'a percentage (80 %)';
    case 'version':
      return 'a version (10.2)';
    case 'age':
      return 'a duration (36 days)';
    case 'time-left':
      return 'a duration (200 days, or -3 days for what has ended)';
    case 'words':
      return 'words with commas between them, or "none"';
    case 'text':
      return 'a text';
    case 'moment':
      return 'a moment in UTC (2027-03-16 09:00)';
  }
}
