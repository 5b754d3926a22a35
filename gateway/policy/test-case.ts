// Tests of a policy set: a laptop in a situation, and what must come out.

import { outcomes } from '../contract/outcome.ts';
import { useOneOf } from '../documents/nearest-word.ts';
import {
  choice,
  type Form,
  formOf,
  listOf,
  located,
  optional,
  problem,
  type Read,
  type Reading,
  record,
  required,
  text,
} from '../documents/shape.ts';
import type { Tree } from '../documents/yaml-tree.ts';
import { isReasonWord, name } from './names.ts';
import {
  compileSituation,
  given,
  type Judgeable,
  moment,
  type Situation,
  situation,
  type SituationContext,
  usualMoment,
} from './situation.ts';

export interface PolicyTest extends Judgeable {
  readonly name: string;
  readonly file: string;
  readonly line: number;
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

interface TestDocument extends Situation {
  readonly when: number;
  readonly expect: Read<typeof expectation>;
}

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

export const testsForm: Form = {
  kind: 'list',
  item: { kind: 'either', forms: [formOf(baseRecord), formOf(testRecord)] },
};

interface TestFile {
  readonly bases: readonly Situation[];
  readonly tests: readonly TestDocument[];
}

/** One file of `tests/`: a list of bases and tests. */
function readTestFile(tree: Tree, reading: Reading): TestFile {
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

export interface Tests {
  readonly tests: readonly PolicyTest[];
  /** By name. */
  readonly bases: ReadonlyMap<string, Situation>;
}

/** The files of `tests/`; a base of one serves the others. */
export function compileTests(
  files: readonly { readonly tree: Tree; readonly reading: Reading }[],
  known: Pick<TestContext, 'checks' | 'policies'>,
): Tests {
  const read = files.map(({ tree, reading }) => readTestFile(tree, reading));
  const bases = new Map<string, Situation>();
  for (const base of read.flatMap(file => file.bases)) {
    const earlier = bases.get(base.name);
    if (earlier === undefined) bases.set(base.name, base);
    else problem(base.reading, base.line, `"${base.name}" is already in ${earlier.reading.file}`, 'rename one');
  }
  return { tests: read.flatMap(file => file.tests).map(test => compileTest(test, { bases, ...known })), bases };
}

/** What a test must fit: the set it belongs to. */
export interface TestContext extends SituationContext {
  readonly policies: ReadonlySet<string>;
}

function compileTest(test: TestDocument, context: TestContext): PolicyTest {
  return {
    name: test.name,
    file: test.reading.file,
    line: test.line,
    ...compileSituation(test, test.when, context),
    expect: expectationOf(test, context),
  };
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
    problem(reading, expect.policy.line, `no policy is called "${expect.policy.value}"`, useOneOf(policies));
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
