// What every limit is, and the forms that several kinds of fact share: a word, or a list of them.

import type { FactValue } from '../verifier/facts.ts';

/** `until`: the last moment at which it is judged so. A value of another type cannot be judged. */
export type Judgement = { readonly pass: boolean; readonly until?: number } | 'unusable';

export interface Limit {
  /** In words, the same for every way of writing it: `at most 35 days`. */
  readonly words: string;
  /**
   * The last moment at which a value that passes now still passes; `Infinity` when only another value can change that, and `NaN`
   * when it does not pass. It allocates nothing: most values of most laptops pass.
   */
  readonly passesUntil: (value: FactValue, now: number, share?: number) => number;
  /** Whether it is a value that can be judged at all. */
  readonly usable: (value: FactValue) => boolean;
  /** When a value that does not pass may do so by itself. */
  readonly failsUntil?: (value: FactValue) => number | undefined;
  /** The words that a value is held against. */
  readonly members?: readonly string[];
  /** For somebody who works full time: others are given a share of it, and this is the limit for them, in words. */
  readonly proRata?: { readonly full: number; readonly wordsFor: (share: number) => string };
}

export function judgeLimit(
  { passesUntil, usable, failsUntil }: Limit,
  value: FactValue,
  now: number,
  share = 1,
): Judgement {
  const until = passesUntil(value, now, share);
  if (until >= now) return Number.isFinite(until) ? { pass: true, until } : { pass: true };
  if (!usable(value)) return 'unusable';
  const end = failsUntil?.(value);
  return end === undefined ? { pass: false } : { pass: false, until: end };
}

export const forGood = Number.POSITIVE_INFINITY;
/** Of a limit to which time does nothing. */
export const passing = (pass: boolean): number => (pass ? forGood : Number.NaN);
export const isText = (value: FactValue): value is string => typeof value === 'string';
export const isNumber = (value: FactValue): value is number => typeof value === 'number';

/** `one of a, b` and `one of [a, b]`; undefined when an item is empty. */
export function listed(text: string): readonly string[] | undefined {
  const inner = /^\[(.*)\]$/.exec(text)?.[1] ?? text;
  const items = inner.split(',').map(item => item.trim());
  return items.includes('') ? undefined : items;
}

/** A word, `one of …` or `not one of …`, each word checked by `accept`. */
export function membership(text: string, accept: (word: string) => string | undefined): Limit | string | undefined {
  const list = /^((?:not )?one of) (.+)$/.exec(text);
  const members = listed(list?.[2] ?? text);
  if (members === undefined || (list === null && members.length > 1)) return undefined;
  const stranger = members.find(word => accept(word) === undefined);
  if (stranger !== undefined) return list === null ? undefined : `"${stranger}" is not a word of this fact`;
  const wanted = list?.[1] !== 'not one of';
  return {
    words: list?.[1] === undefined ? text : `${list[1]} ${members.join(', ')}`,
    passesUntil: value => passing(isText(value) && members.includes(value) === wanted),
    usable: isText,
  };
}
