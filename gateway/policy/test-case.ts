// Tests of a policy set: a laptop in a situation, and what must come out. A base is a laptop with a name, so that a test
// says only what is different. Ages and remaining times are written relative to the moment of the test.

import { outcomes } from '../contract/outcome.ts';
import {
  choice,
  listOf,
  located,
  mapOf,
  optional,
  parsed,
  problem,
  type Read,
  type Reading,
  record,
  required,
  type Shape,
  text,
} from '../documents/shape.ts';
import { parseDuration } from '../documents/duration.ts';
import type { Tree } from '../documents/yaml-tree.ts';
import { factDefinition, factNames, needsReport } from '../verifier/fact-catalogue.ts';
import type { Fact, Facts } from '../verifier/facts.ts';
import type { Subject } from './evaluation.ts';
import { parseValue, valueForm } from './fact-words.ts';
import { institutionWord, isReasonWord, name } from './names.ts';

export interface PolicyTest {
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly subject: Subject;
  readonly facts: Facts;
  readonly now: number;
  readonly expect: Expectation;
}

export interface Expectation {
  readonly outcome: (typeof outcomes)[number];
  readonly policy?: string;
  readonly segment?: string;
  /** Checks that do not pass (`name`, or `name:unknown`), all of them; and reason words, each of which must be there. */
  readonly reasons?: readonly string[];
  readonly validUntil?: string;
  readonly smallestChange?: readonly string[];
  /** Checks that are not met and only told, all of them. */
  readonly notices?: readonly string[];
}

/** What one line of `given` says, and where. */
interface Said {
  readonly tree: Tree;
  readonly reading: Reading;
}
type Given = ReadonlyMap<string, Said>;

/** The situation of a base or test, its own words on top of those of its base. */
export interface Situation {
  readonly name: string;
  readonly base?: { readonly value: string; readonly line: number };
  readonly given: Given;
  readonly reading: Reading;
  readonly line: number;
}

interface TestDocument extends Situation {
  readonly when: number;
  readonly expect: Read<typeof expectation>;
}

const unreported = choice('none');

const given: Shape<Given> = (tree, reading) => {
  if (tree.kind !== 'map') return problem(reading, tree.line, 'expected facts', 'write "disk.encrypted: no"');
  const said = new Map<string, Said>();
  for (const [key, { value, line }] of tree.entries) {
    if (!situationKeys.includes(key) && factDefinition(key) === undefined) {
      problem(
        reading,
        line,
        `"${key}" is not a fact`,
        `use ${situationKeys.join(', ')} or one of: ${factNames.join(', ')}`,
      );
    }
    said.set(key, { tree: value, reading });
  }
  return said;
};
const situationKeys: readonly string[] = [
  'base',
  'groups',
  'concentrator',
  'report',
  'device',
  'person',
  'failing for',
];

/** Without `when`, a test happens on this Monday morning: the facts are relative anyhow. */
const usualMoment = Date.parse('2026-01-05T09:00:00Z');
const moment = parsed(value => {
  const at = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}$/.test(value) ? Date.parse(`${value.replace(' ', 'T')}:00Z`) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}, 'a moment in UTC (2026-03-16 09:00)');

const duration = parsed(parseDuration, 'a duration (3 days)');

const expectation = record({
  outcome: required(choice(...outcomes)),
  policy: optional(located(text(64))),
  segment: optional(text(64)),
  reasons: optional(located(listOf(text(80)))),
  'valid until': optional(text(64)),
  'smallest change': optional(located(listOf(text(64)))),
  notices: optional(located(listOf(text(64)))),
});

const baseRecord = record({ base: required(located(name)), given: required(given) });
const testRecord = record({
  test: required(located(text(200))),
  given: required(given),
  when: optional(moment, usualMoment),
  expect: required(expectation),
});

export interface TestFile {
  readonly bases: readonly Situation[];
  readonly tests: readonly TestDocument[];
}

/** One file of `tests/`: a list of bases and tests. */
export function readTestFile(tree: Tree, reading: Reading): TestFile {
  const bases: Situation[] = [];
  const tests: TestDocument[] = [];
  for (const item of tree.kind === 'list' ? tree.items : tree.kind === 'nothing' ? [] : [tree]) {
    if (item.kind === 'map' && item.entries.has('base')) {
      const read = baseRecord(item, reading);
      if (read) bases.push(situation(read.base, read.given, reading));
      continue;
    }
    const read = testRecord(item, reading);
    if (read) tests.push({ ...situation(read.test, read.given, reading), when: read.when, expect: read.expect });
  }
  return { bases, tests };
}

function situation(named: { value: string; line: number }, words: Given, reading: Reading): Situation {
  const base = words.get('base');
  const baseName = base && located(name)(base.tree, reading);
  return { name: named.value, given: words, reading, line: named.line, ...(baseName ? { base: baseName } : {}) };
}

/** What a test must fit: the set it belongs to. */
export interface TestContext {
  readonly bases: ReadonlyMap<string, Situation>;
  readonly checks: ReadonlySet<string>;
  readonly policies: ReadonlySet<string>;
}

export function compileTest(test: TestDocument, context: TestContext): PolicyTest {
  const words = allWords(test, context.bases, new Set());
  const { facts, deviceClass } = factsFrom(words, test.when);
  const listedWords = (key: string) => {
    const said = words.get(key);
    return said === undefined ? [] : (listOf(institutionWord)(said.tree, said.reading) ?? []);
  };
  const [concentrator] = listedWords('concentrator');
  const names = (key: string) => {
    const said = words.get(key);
    return said && listOf(text(128))(said.tree, said.reading);
  };
  const [device, person] = [names('device'), names('person')];
  const country = facts['session.country'];
  return {
    name: test.name,
    file: test.reading.file,
    line: test.line,
    subject: {
      groups: listedWords('groups'),
      deviceClass,
      ...(concentrator === undefined ? {} : { concentrator }),
      ...(country !== undefined && 'value' in country ? { country: String(country.value) } : {}),
      ...(device === undefined ? {} : { device }),
      ...(person === undefined ? {} : { person }),
      failingSince: failingSince(words, context, test.when),
    },
    facts,
    now: test.when,
    expect: expectationOf(test, context),
  };
}

/** `failing for: { disk-encrypted: 3 days }` */
function failingSince(words: Given, { checks }: TestContext, now: number): ReadonlyMap<string, number> {
  const said = words.get('failing for');
  const lasted = said && mapOf(located(duration))(said.tree, said.reading);
  const since = new Map<string, number>();
  for (const [check, { value, line }] of lasted ?? []) {
    if (said !== undefined && !checks.has(check)) problem(said.reading, line, `"${check}" is no check`, 'name checks');
    since.set(check, now - value);
  }
  return since;
}

function allWords(at: Situation, bases: TestContext['bases'], above: ReadonlySet<string>): Given {
  if (at.base === undefined) return at.given;
  const base = bases.get(at.base.value);
  if (base === undefined || above.has(at.base.value)) {
    const message = base === undefined ? `no base is called "${at.base.value}"` : `"${at.base.value}" rests on itself`;
    problem(at.reading, at.base.line, message, `use one of: ${[...bases.keys()].join(', ')}`);
    return at.given;
  }
  return new Map([...allWords(base, bases, new Set([...above, at.base.value])), ...at.given]);
}

function factsFrom(words: Given, now: number): { readonly facts: Facts; readonly deviceClass: string } {
  const report = words.get('report');
  const reported = report === undefined || unreported(report.tree, report.reading) === undefined;
  const facts: Record<string, Fact> = { 'time.now': { value: now, source: 'given', observedAt: now } };
  const age = words.get('report.age');
  const ageText = age?.tree.kind === 'text' ? age.tree.text : undefined;
  const arrival = factDefinition('report.age');
  const arrivedAt = (arrival && ageText !== undefined ? parseValue(arrival, ageText, now) : undefined) ?? now;
  const receivedAt = typeof arrivedAt === 'number' ? arrivedAt : now;
  if (reported) facts['report.age'] = { value: receivedAt, source: 'given', observedAt: receivedAt };
  for (const [key, { tree, reading }] of words) {
    const definition = factDefinition(key);
    if (definition === undefined || (needsReport(definition) && !reported)) continue;
    const observedAt = needsReport(definition) ? receivedAt : now;
    const written = tree.kind === 'text' ? tree.text : '';
    const value = parseValue(definition, written, now);
    if (written === 'unknown') facts[key] = { unknown: 'missing', source: 'given', observedAt };
    else if (value !== undefined) facts[key] = { value, source: 'given', observedAt };
    else
      problem(reading, tree.line, `"${written}" does not fit ${key}`, `write ${valueForm(definition)}, or "unknown"`);
  }
  const deviceClass = facts['device.class'];
  const said = deviceClass !== undefined && 'value' in deviceClass ? deviceClass.value : undefined;
  return { facts, deviceClass: typeof said === 'string' ? said : 'none' };
}

function expectationOf({ expect, reading }: TestDocument, { checks, policies }: TestContext): Expectation {
  for (const word of expect.reasons?.value ?? []) {
    if (isReasonWord(word) || checks.has(word.replace(/:unknown$/, ''))) continue;
    problem(reading, expect.reasons?.line ?? 1, `"${word}" is no check and no reason`, 'name a check, or name:unknown');
  }
  for (const word of expect['smallest change']?.value ?? []) {
    if (checks.has(word)) continue;
    problem(reading, expect['smallest change']?.line ?? 1, `"${word}" is no check`, 'name checks');
  }
  for (const word of expect.notices?.value ?? []) {
    if (!checks.has(word)) problem(reading, expect.notices?.line ?? 1, `"${word}" is no check`, 'name checks');
  }
  if (expect.policy !== undefined && !policies.has(expect.policy.value)) {
    problem(
      reading,
      expect.policy.line,
      `no policy is called "${expect.policy.value}"`,
      `use one of: ${[...policies].join(', ')}`,
    );
  }
  return {
    outcome: expect.outcome,
    ...(expect.policy === undefined ? {} : { policy: expect.policy.value }),
    ...(expect.segment === undefined ? {} : { segment: expect.segment }),
    ...(expect.reasons === undefined ? {} : { reasons: expect.reasons.value }),
    ...(expect['valid until'] === undefined ? {} : { validUntil: expect['valid until'] }),
    ...(expect.notices === undefined ? {} : { notices: expect.notices.value }),
    ...(expect['smallest change'] === undefined ? {} : { smallestChange: expect['smallest change'].value }),
  };
}
