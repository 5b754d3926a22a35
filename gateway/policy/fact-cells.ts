// The values of a fact that a set of checks can tell apart. Every check compares one fact with a constant, so these are finitely
// many, and a statement about one value of each cell is a statement about all values there are.

import { parseDuration } from '../documents/duration.ts';
import type { FactDefinition } from '../verifier/fact-catalogue.ts';
import type { Fact, FactValue } from '../verifier/facts.ts';
import type { Calendar } from './calendar.ts';
import { parseDays, parseShare } from './fact-words.ts';

/** What a check says of a fact. */
export interface Cut {
  /** The limit in its own words: `at most 35 days`. */
  readonly limit: string;
  readonly measuredWithinMs?: number;
}

const dayMs = 86_400_000;
/** With more words than this, only single words, pairs, none and all are told apart. */
const subsetsUpTo = 6;

/** One fact of each cell, the unknown one last; more than one of a cell does no harm. */
export function cellsOf(
  definition: FactDefinition,
  cuts: readonly Cut[],
  calendars: ReadonlyMap<string, Calendar>,
  now: number,
): readonly Fact[] {
  const limits = cuts.map(({ limit }) => limit);
  const values = distinct(samples[definition.kind]({ definition, limits, calendars, now }));
  // Measured so long ago that it is too old for some of the checks.
  const ages = [...new Set(cuts.flatMap(({ measuredWithinMs }) => measuredWithinMs ?? []))].sort((a, b) => a - b);
  const observed = [now, ...ages.slice(0, -1).map(age => now - age - 1)];
  const known = observed.flatMap(observedAt => values.map(value => ({ value, source: 'example', observedAt })));
  return [...known, { unknown: 'missing', source: 'example', observedAt: now }];
}

interface Asked {
  readonly definition: FactDefinition;
  readonly limits: readonly string[];
  readonly calendars: ReadonlyMap<string, Calendar>;
  readonly now: number;
}

const samples: Readonly<Record<FactDefinition['kind'], (asked: Asked) => readonly FactValue[]>> = {
  flag: () => [true, false],
  choice: ({ definition }) => definition.options ?? [],
  count: ({ limits }) =>
    [0, ...numbersIn(limits).flatMap(each => [each - 1, each, each + 1])].filter(each => each >= 0),
  duration: ({ limits }) => [0, ...durationsIn(limits).flatMap(each => [each, each + 1])],
  days: ({ limits }) => halvesUpTo(Math.max(0, ...daysIn(limits).map(each => each + 0.5))),
  share: ({ limits }) => {
    // Where a limit pro rata comes to another half day, and where a share is compared with one.
    const edges = limits.flatMap(limit => {
      const [full] = daysIn([limit]);
      if (full === undefined) return [parseShare(limit.replace(/^at (?:most|least) /, '')) ?? 0];
      return full === 0 ? [] : halvesUpTo(full).map(half => half / full);
    });
    return [0, 1, ...edges.flatMap(each => [each, each - beside, each + beside])].filter(
      each => each >= 0 && each <= 1,
    );
  },
  // Between two versions lies the lower one with something behind it.
  version: ({ limits }) => ['0', ...wordsIn(limits).flatMap(each => [each, `${each}.0.0.1`])],
  age: ({ limits, now }) => [now, ...durationsIn(limits).flatMap(each => [now - each, now - each - 1])],
  'time-left': ({ limits, now }) => [
    now - 1,
    now + 400 * dayMs,
    ...durationsIn(limits).flatMap(each => [now + each, now + each - 1]),
  ],
  words: ({ limits }) => subsets([...new Set(wordsIn(limits)), 'something-else']),
  text: ({ definition, limits }) => [
    ...new Set(wordsIn(limits)),
    ...['something-else', 'ZZ'].filter(word => definition.form?.test(word) !== false).slice(0, 1),
  ],
  moment: ({ limits, calendars, now }) =>
    momentsOf(
      wordsIn(limits).flatMap(each => calendars.get(each) ?? []),
      now,
    ),
};

/** A moment of every combination of open and closed that occurs in the next two weeks. */
export function momentsOf(calendars: readonly Calendar[], now: number): readonly number[] {
  const seen = new Map<string, number>();
  for (let at = now; at < now + 14 * dayMs; ) {
    const states = calendars.map(calendar => calendar.at(at));
    const signature = states.map(({ open }) => (open ? '1' : '0')).join('');
    if (!seen.has(signature)) seen.set(signature, at);
    at = Math.min(...states.map(({ until }) => until ?? Number.POSITIVE_INFINITY));
  }
  return [...seen.values()];
}

function numbersIn(limits: readonly string[]): readonly number[] {
  return limits.flatMap(limit => [...limit.matchAll(/\d+/g)].map(([digits]) => Number(digits)));
}

/** Nobody's employment is told more exactly. */
const beside = 1e-6;

function halvesUpTo(most: number): readonly number[] {
  return Array.from({ length: most * 2 + 1 }, (_, at) => at / 2);
}

/** Of `at most 2.5 days`, pro rata or not. */
function daysIn(limits: readonly string[]): readonly number[] {
  return limits.flatMap(limit => parseDays(limit.replace(/^at most /, '').replace(/, pro rata$/, '')) ?? []);
}

function durationsIn(limits: readonly string[]): readonly number[] {
  return limits.flatMap(limit => parseDuration(limit.replace(/^at (?:most|least) /, '')) ?? []);
}

/** The constants of `at least 10.2`, `one of a, b`, `a or better`, `within office-hours`. */
function wordsIn(limits: readonly string[]): readonly string[] {
  return limits.flatMap(limit =>
    limit
      .replace(/^(?:at most|at least|not one of|one of|all of|within|outside) /, '')
      .replace(/ or better$/, '')
      .split(', '),
  );
}

function subsets(words: readonly string[]): readonly FactValue[] {
  if (words.length > subsetsUpTo) {
    const pairs = words.flatMap((word, at) => words.slice(at + 1).map(other => [word, other]));
    return [[], words, ...words.map(word => [word]), ...pairs];
  }
  return words.reduce<readonly (readonly string[])[]>(
    (all, word) => [...all, ...all.map(each => [...each, word])],
    [[]],
  );
}

function distinct(values: readonly FactValue[]): readonly FactValue[] {
  return [...new Map(values.map(value => [JSON.stringify(value), value])).values()];
}
