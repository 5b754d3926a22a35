// A check: what must be true of one fact, how old its measurement may be, and what not knowing it means.
// One file holds one check, or a list of them.

import type { Texts } from '../contract/language.ts';
import { type OsFamily, osFamilies } from '../contract/report.ts';
import { parseDuration } from '../documents/duration.ts';
import {
  listOf,
  located,
  optional,
  parsed,
  problem,
  type Read,
  type Reading,
  record,
  required,
  text,
} from '../documents/shape.ts';
import type { Tree } from '../documents/yaml-tree.ts';
import { factDefinition, type FactDefinition, factNames, needsReport } from '../verifier/fact-catalogue.ts';
import { type Limit, parseLimit } from './limit.ts';
import { name, type RefusalOutcome, refusal, textsShape } from './names.ts';

export interface Check {
  readonly name: string;
  readonly factName: string;
  readonly fact: FactDefinition;
  readonly limit: Limit;
  /** Systems it applies to; absent means all. */
  readonly families?: ReadonlySet<string>;
  /** How long ago the fact may have been measured; always there for what a report says. */
  readonly measuredWithinMs?: number;
  readonly ifUnknown: RefusalOutcome;
  readonly text: Texts;
  /** Action of the agent's own allow-list. */
  readonly help?: string;
  readonly file: string;
  readonly line: number;
}

const linux: readonly OsFamily[] = ['debian', 'ubuntu', 'rhel', 'fedora', 'other-linux'];
const families: ReadonlyMap<string, readonly OsFamily[]> = new Map([
  ...osFamilies.map((family): [string, readonly OsFamily[]] => [family, [family]]),
  ['linux', linux],
]);

const duration = parsed(value => {
  const ms = parseDuration(value);
  return ms !== undefined && ms > 0 ? ms : undefined;
}, 'a duration (4 hours)');

const document = listOf(
  record({
    check: required(located(name)),
    'applies to': optional(
      located(listOf(parsed(word => families.get(word), `one of ${[...families.keys()].join(', ')}`))),
    ),
    fact: required(located(text(64))),
    'must be': required(located(text(512))),
    'report not older than': optional(located(duration)),
    'if unknown': required(refusal),
    text: required(textsShape),
    help: optional(
      parsed(value => (/^[a-z][a-z0-9.-]{2,63}$/.test(value) ? value : undefined), 'an action id (os.install-updates)'),
    ),
  }),
);
type CheckDocument = Read<typeof document>[number];

/** The checks of one file; what is wrong goes into `reading`. */
export function readChecks(tree: Tree, reading: Reading): readonly Check[] {
  return (document(tree, reading) ?? []).flatMap(read => compile(read, reading) ?? []);
}

function compile(read: CheckDocument, reading: Reading): Check | undefined {
  const fact = factDefinition(read.fact.value);
  if (fact === undefined) {
    const message = `"${read.fact.value}" is not a fact`;
    return problem(reading, read.fact.line, message, `use one of: ${factNames.join(', ')}`);
  }
  const appliesTo = read['applies to']?.value.flat();
  const only = fact.families;
  if (only !== undefined && !(appliesTo ?? osFamilies).every(family => only.includes(family))) {
    const message = `${read.fact.value} exists only on ${only.join(', ')}`;
    problem(reading, read['applies to']?.line ?? read.fact.line, message, `write "applies to: [${only.join(', ')}]"`);
  }
  const age = read['report not older than'];
  if (fact.origin.by === 'report' && age === undefined) {
    const message = `${read.fact.value} comes from a report, and nothing says how old that may be`;
    problem(reading, read.fact.line, message, 'add "report not older than: 4 hours"');
  }
  if (fact.origin.by !== 'report' && age !== undefined) {
    const message = `${read.fact.value} is known to the gateway itself`;
    problem(reading, age.line, message, 'remove "report not older than"');
  }
  const parsedLimit = parseLimit(fact, read['must be'].value);
  if ('wrong' in parsedLimit) return problem(reading, read['must be'].line, parsedLimit.wrong, parsedLimit.remedy);
  return {
    name: read.check.value,
    factName: read.fact.value,
    fact,
    limit: parsedLimit.limit,
    ...(appliesTo === undefined ? {} : { families: new Set(appliesTo) }),
    ...(age === undefined ? {} : { measuredWithinMs: age.value }),
    ifUnknown: read['if unknown'],
    text: read.text,
    ...(read.help === undefined ? {} : { help: read.help }),
    file: reading.file,
    line: read.check.line,
  };
}

/** This check cannot be judged before a report has come. */
export function checkNeedsReport(check: Check): boolean {
  return needsReport(check.fact);
}
