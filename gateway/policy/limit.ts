// The `must be:` grammar, one per kind of fact. A limit is parsed once, at load, into a closure over typed constants;
// what does not fit the kind of its fact (a duration for a flag) is refused with the forms that would.

import { formatDuration, parseDuration } from '../documents/duration.ts';
import type { Calendar } from './calendar.ts';
import type { FactDefinition, FactKind } from '../verifier/fact-catalogue.ts';
import type { FactValue } from '../verifier/facts.ts';
import { compareVersions, parseVersion } from './version.ts';

/** `until`: the last moment at which it is judged so. A value of another type cannot be judged. */
export type Judgement = { readonly pass: boolean; readonly until?: number } | 'unusable';

export interface Limit {
  /** In words, the same for every way of writing it: `at most 35 days`. */
  readonly words: string;
  readonly judge: (value: FactValue, now: number) => Judgement;
}

export type LimitResult = { readonly limit: Limit } | { readonly wrong: string; readonly remedy: string };

/** What can be written for each kind. */
const forms: Readonly<Record<FactKind, string>> = {
  flag: '"yes" or "no"',
  choice: 'one of its words, "one of a, b", "not one of a, b", or, when ordered, "a or better"',
  count: '"at most 0" or "at least 1"',
  version: '"at least 10.2", "at most 10.2", "one of 10.2, 11" or "not one of 10.2"',
  age: '"at most 35 days"',
  'time-left': '"at least 30 days"',
  words: '"one of a, b" or "not one of a, b"',
  text: 'a word, "one of a, b" or "not one of a, b"',
  moment: '"within office-hours" or "outside office-hours", with the name of a calendar',
};

/** What a limit may refer to. */
export interface LimitContext {
  readonly calendars: ReadonlyMap<string, Calendar>;
}

export function parseLimit(fact: FactDefinition, text: string, context: LimitContext): LimitResult {
  const written = text.trim().replaceAll(/\s+/g, ' ');
  const limit = readers[fact.kind](fact, written, context);
  if (typeof limit === 'object') return { limit };
  const what = fact.kind === 'choice' ? `a choice of ${(fact.options ?? []).join(', ')}` : kindWords[fact.kind];
  return { wrong: limit ?? `"${written}" says nothing about ${what}`, remedy: `write ${forms[fact.kind]}` };
}

const kindWords: Readonly<Record<FactKind, string>> = {
  flag: 'a yes-or-no fact',
  choice: 'a choice',
  count: 'a count',
  version: 'a version',
  age: 'an age',
  'time-left': 'a time that is left',
  words: 'a list of words',
  text: 'a text',
  moment: 'a moment',
};

/** The limit; else what is wrong, or nothing when the form itself is not known. */
type Reader = (fact: FactDefinition, text: string, context: LimitContext) => Limit | string | undefined;

const readers: Readonly<Record<FactKind, Reader>> = {
  flag: (_fact, text) => {
    if (text !== 'yes' && text !== 'no') return undefined;
    const wanted = text === 'yes';
    return { words: text, judge: value => (typeof value === 'boolean' ? { pass: value === wanted } : 'unusable') };
  },

  choice: (fact, text) => {
    const options = fact.options ?? [];
    const least = /^(\S+) or better$/.exec(text)?.[1];
    if (least === undefined) return membership(text, word => (options.includes(word) ? word : undefined));
    if (fact.ordered !== true) return `"or better" needs an order, and ${options.join(', ')} have none`;
    const rank = options.indexOf(least);
    if (rank < 0) return `"${least}" is not one of: ${options.join(', ')}`;
    return {
      words: `${least} or better`,
      judge: value =>
        typeof value === 'string' && options.includes(value) ? { pass: options.indexOf(value) >= rank } : 'unusable',
    };
  },

  count: (_fact, text) => {
    const [, bound, digits = ''] = /^(at most|at least) (\d{1,9})$/.exec(text) ?? [];
    if (bound === undefined) return undefined;
    const limit = Number(digits);
    return {
      words: `${bound} ${limit}`,
      judge: value =>
        typeof value === 'number' ? { pass: bound === 'at most' ? value <= limit : value >= limit } : 'unusable',
    };
  },

  version: (_fact, text) => {
    const [, bound, written = ''] = /^(at most|at least) (\d+(?:\.\d+)*)$/.exec(text) ?? [];
    const limit = parseVersion(written);
    if (bound === undefined || limit === undefined) return versionMembership(text);
    return {
      words: `${bound} ${written}`,
      judge: value => {
        const seen = typeof value === 'string' ? parseVersion(value) : undefined;
        if (seen === undefined) return 'unusable';
        const order = compareVersions(seen, limit);
        return { pass: bound === 'at most' ? order <= 0 : order >= 0 };
      },
    };
  },

  age: (_fact, text) => {
    const limitMs = duration(text, 'at most ');
    if (limitMs === undefined)
      return text.startsWith('at least ') ? 'an age only grows: a lower limit mends itself' : undefined;
    return {
      words: `at most ${formatDuration(limitMs)}`,
      judge: (since, now) => {
        if (typeof since !== 'number') return 'unusable';
        return now <= since + limitMs ? { pass: true, until: since + limitMs } : { pass: false };
      },
    };
  },

  'time-left': (_fact, text) => {
    const limitMs = duration(text, 'at least ');
    if (limitMs === undefined) return undefined;
    return {
      words: `at least ${formatDuration(limitMs)}`,
      judge: (endsAt, now) => {
        if (typeof endsAt !== 'number') return 'unusable';
        return now <= endsAt - limitMs ? { pass: true, until: endsAt - limitMs } : { pass: false };
      },
    };
  },

  words: (_fact, text) => {
    const list = /^((?:not )?one of) (.+)$/.exec(text);
    const members = listed(list?.[2] ?? '');
    if (list?.[1] === undefined || members === undefined) return undefined;
    const wanted = list[1] === 'one of';
    return {
      words: `${list[1]} ${members.join(', ')}`,
      judge: value =>
        Array.isArray(value) ? { pass: value.some(word => members.includes(word as string)) === wanted } : 'unusable',
    };
  },

  text: (fact, text) => membership(text, word => (fact.form?.test(word) === false ? undefined : word)),

  moment: (_fact, text, { calendars }) => {
    const [, bound, named = ''] = /^(within|outside) (\S+)$/.exec(text) ?? [];
    if (bound === undefined) return undefined;
    const calendar = calendars.get(named);
    if (calendar === undefined) return `no calendar is called "${named}"`;
    return {
      words: `${bound} ${named}`,
      judge: at => {
        if (typeof at !== 'number') return 'unusable';
        const { open, until } = calendar.at(at);
        // At its last moment a window is already shut.
        return { pass: open === (bound === 'within'), ...(until === undefined ? {} : { until: until - 1 }) };
      },
    };
  },
};

function duration(text: string, bound: 'at most ' | 'at least '): number | undefined {
  return text.startsWith(bound) ? parseDuration(text.slice(bound.length)) : undefined;
}

/** `one of a, b` and `one of [a, b]`; undefined when an item is empty. */
function listed(text: string): readonly string[] | undefined {
  const inner = /^\[(.*)\]$/.exec(text)?.[1] ?? text;
  const items = inner.split(',').map(item => item.trim());
  return items.includes('') ? undefined : items;
}

/** A word, `one of …` or `not one of …`, each word checked by `accept`. */
function membership(text: string, accept: (word: string) => string | undefined): Limit | string | undefined {
  const list = /^((?:not )?one of) (.+)$/.exec(text);
  const members = listed(list?.[2] ?? text);
  if (members === undefined || (list === null && members.length > 1)) return undefined;
  const stranger = members.find(word => accept(word) === undefined);
  if (stranger !== undefined) return list === null ? undefined : `"${stranger}" is not a word of this fact`;
  const wanted = list?.[1] !== 'not one of';
  return {
    words: list?.[1] === undefined ? text : `${list[1]} ${members.join(', ')}`,
    judge: value => (typeof value === 'string' ? { pass: members.includes(value) === wanted } : 'unusable'),
  };
}

/** As `membership`, but 12 is the same version as 12.0. */
function versionMembership(text: string): Limit | string | undefined {
  const list = /^((?:not )?one of) (.+)$/.exec(text);
  const written = listed(list?.[2] ?? '');
  if (list?.[1] === undefined || written === undefined) return undefined;
  const members = written.flatMap(each => (/^\d+(\.\d+)*$/.test(each) ? [parseVersion(each) ?? []] : []));
  if (members.length < written.length) return `${written.join(', ')} are not all versions`;
  const wanted = list[1] === 'one of';
  return {
    words: `${list[1]} ${written.join(', ')}`,
    judge: value => {
      const seen = typeof value === 'string' ? parseVersion(value) : undefined;
      if (seen === undefined) return 'unusable';
      return { pass: members.some(member => compareVersions(member, seen) === 0) === wanted };
    },
  };
}
