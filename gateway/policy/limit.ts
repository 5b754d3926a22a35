// The `must be:` grammar, one per kind of fact. A limit is parsed once, at load, into a closure over typed constants;
// what does not fit the kind of its fact (a duration for a flag) is refused with the forms that would.

import { formatDuration, parseDuration } from '../documents/duration.ts';
import type { Calendar } from './calendar.ts';
import type { FactDefinition, FactKind } from '../verifier/fact-catalogue.ts';
import type { FactValue } from '../verifier/facts.ts';
import { daysInWords, parseDays, parseShare, shareInWords } from './fact-words.ts';
import { compareVersions, parseVersion } from './version.ts';
import { ofVersions, versionMembership } from './version-limit.ts';
import { forGood, isNumber, isText, type Limit, listed, membership, passing } from './limit-parts.ts';

export type LimitResult = { readonly limit: Limit } | { readonly wrong: string; readonly remedy: string };

/** What can be written for each kind. */
const forms: Readonly<Record<FactKind, string>> = {
  flag: '"yes" or "no"',
  choice: 'one of its words, "one of a, b", "not one of a, b", or, when ordered, "a or better"',
  count: '"at most 0" or "at least 1"',
  duration: '"at most 5 minutes"',
  days: '"at most 3 days", "at most 2.5 days" or "at most 3 days, pro rata"',
  share: '"at least 50 %" or "at most 80 %"',
  version: '"at least 10.2", "at most 10.2", "one of 10.2, 11" or "not one of 10.2"',
  age: '"at most 35 days"',
  'time-left': '"at least 30 days"',
  words: '"one of a, b", "all of a, b" or "not one of a, b"',
  text: 'a word, "one of a, b" or "not one of a, b"',
  moment: '"within office-hours" or "outside office-hours", with the name of a calendar',
};

/** What a limit may refer to. */
export interface LimitContext {
  readonly calendars: ReadonlyMap<string, Calendar>;
  /** The names of those parts; absent: any name will do. */
  readonly names?: Readonly<Record<NonNullable<FactDefinition['names']>, ReadonlySet<string>>>;
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
  duration: 'a duration',
  days: 'a number of days',
  share: 'a share',
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
    return {
      words: text,
      passesUntil: value => passing(value === wanted),
      usable: value => typeof value === 'boolean',
    };
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
      passesUntil: value => passing(isText(value) && options.indexOf(value) >= rank),
      usable: value => isText(value) && options.includes(value),
    };
  },

  count: (_fact, text) => {
    const [, bound, digits = ''] = /^(at most|at least) (\d{1,9})$/.exec(text) ?? [];
    if (bound === undefined) return undefined;
    const limit = Number(digits);
    const atMost = bound === 'at most';
    return {
      words: `${bound} ${limit}`,
      passesUntil: value => passing(isNumber(value) && (atMost ? value <= limit : value >= limit)),
      usable: isNumber,
    };
  },

  duration: (_fact, text) => {
    const limitMs = duration(text, 'at most ');
    if (limitMs === undefined) return undefined;
    return {
      words: `at most ${formatDuration(limitMs)}`,
      passesUntil: value => passing(isNumber(value) && value <= limitMs),
      usable: isNumber,
    };
  },

  days: (_fact, text) => {
    const [, written = '', scaled] = /^at most (.+?)(, pro rata)?$/.exec(text) ?? [];
    const full = parseDays(written);
    if (full === undefined) return undefined;
    const words = `at most ${daysInWords(full)}`;
    const within = (value: FactValue, most: number) => passing(isNumber(value) && value <= most);
    if (scaled === undefined) return { words, passesUntil: value => within(value, full), usable: isNumber };
    return {
      words: `${words}, pro rata`,
      passesUntil: (value, _now, share = Number.NaN) => within(value, proRataOf(full, share)),
      usable: isNumber,
      proRata: {
        full,
        wordsFor: share =>
          `at most ${daysInWords(proRataOf(full, share))} (${daysInWords(full)}, pro rata ${shareInWords(share)})`,
      },
    };
  },

  share: (_fact, text) => {
    const [, bound, written = ''] = /^(at most|at least) (.+)$/.exec(text) ?? [];
    const limit = parseShare(written);
    if (limit === undefined) return undefined;
    return {
      words: `${bound} ${shareInWords(limit)}`,
      passesUntil: value => passing(isNumber(value) && (bound === 'at most' ? value <= limit : value >= limit)),
      usable: isNumber,
    };
  },

  version: (_fact, text) => {
    const [, bound, written = ''] = /^(at most|at least) (\d+(?:\.\d+)*)$/.exec(text) ?? [];
    const limit = parseVersion(written);
    if (bound === undefined || limit === undefined) return versionMembership(text);
    const atMost = bound === 'at most';
    return ofVersions(`${bound} ${written}`, seen => {
      const order = compareVersions(seen, limit);
      return atMost ? order <= 0 : order >= 0;
    });
  },

  age: (_fact, text) => {
    const limitMs = duration(text, 'at most ');
    if (limitMs === undefined)
      return text.startsWith('at least ') ? 'an age only grows: a lower limit mends itself' : undefined;
    return {
      words: `at most ${formatDuration(limitMs)}`,
      passesUntil: (since, now) => (isNumber(since) && now <= since + limitMs ? since + limitMs : Number.NaN),
      usable: isNumber,
    };
  },

  'time-left': (_fact, text) => {
    const limitMs = duration(text, 'at least ');
    if (limitMs === undefined) return undefined;
    return {
      words: `at least ${formatDuration(limitMs)}`,
      passesUntil: (endsAt, now) => (isNumber(endsAt) && now <= endsAt - limitMs ? endsAt - limitMs : Number.NaN),
      usable: isNumber,
    };
  },

  words: (fact, text, { names }) => {
    const [, bound, list = ''] = /^((?:not )?one of|all of) (.+)$/.exec(text) ?? [];
    const members = listed(list);
    if (bound === undefined || members === undefined) return undefined;
    const known = fact.names && names?.[fact.names];
    const stranger = known && members.find(member => !known.has(member));
    if (stranger !== undefined)
      return `"${stranger}" is none of the ${fact.names ?? ''}: ${[...(known ?? [])].join(', ')}`;
    const holds = (value: readonly unknown[]): boolean =>
      bound === 'all of'
        ? members.every(member => value.includes(member))
        : value.some(word => members.includes(word as string)) === (bound === 'one of');
    return {
      words: `${bound} ${members.join(', ')}`,
      passesUntil: value => passing(Array.isArray(value) && holds(value)),
      usable: value => Array.isArray(value),
      members,
    };
  },

  text: (fact, text) => membership(text, word => (fact.form?.test(word) === false ? undefined : word)),

  moment: (_fact, text, { calendars }) => {
    const [, bound, named = ''] = /^(within|outside) (\S+)$/.exec(text) ?? [];
    if (bound === undefined) return undefined;
    const calendar = calendars.get(named);
    if (calendar === undefined) return `no calendar is called "${named}"`;
    const wanted = bound === 'within';
    // At its last moment a window is already shut.
    const lastOf = (until: number | undefined) => (until === undefined ? undefined : until - 1);
    return {
      words: `${bound} ${named}`,
      passesUntil: at => {
        if (!isNumber(at)) return Number.NaN;
        const { open, until } = calendar.at(at);
        return open === wanted ? (lastOf(until) ?? forGood) : Number.NaN;
      },
      usable: isNumber,
      failsUntil: at => (isNumber(at) ? lastOf(calendar.at(at).until) : undefined),
    };
  },
};

/** To the next half day, in favour of the person. */
export function proRataOf(full: number, share: number): number {
  // 3 days at 70 % are 2.0999999999999996 for a computer.
  return Math.ceil(full * share * 2 - 1e-9) / 2;
}

function duration(text: string, bound: 'at most ' | 'at least '): number | undefined {
  return text.startsWith(bound) ? parseDuration(text.slice(bound.length)) : undefined;
}
