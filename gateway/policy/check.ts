// A check: what must be true of one fact, how old its measurement may be, and what not knowing it means; or several checks, one of
// which suffices. One file holds one check, or a list of them.

import type { Texts } from '../contract/language.ts';
import { type OsFamily, osFamilies } from '../contract/report.ts';
import { useOneOf } from '../documents/nearest-word.ts';
import { parseDuration } from '../documents/duration.ts';
import {
  type Form,
  formed,
  formOf,
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
import { type LimitContext, parseLimit } from './limit.ts';
import type { Limit } from './limit-parts.ts';
import { name, noticeOr, type RefusalOutcome, textsShape } from './names.ts';

export type Check = FactCheck | AnyOfCheck;

interface Common {
  readonly name: string;
  readonly ifUnknown: RefusalOutcome | 'notice';
  readonly text: Texts;
  /** Action of the agent's own allow-list. */
  readonly help?: string;
  readonly file: string;
  readonly line: number;
}

export interface FactCheck extends Common {
  readonly kind: 'fact';
  readonly factName: string;
  readonly fact: FactDefinition;
  readonly limit: Limit;
  /** Systems it applies to; absent means all. */
  readonly families?: ReadonlySet<string>;
  /** How long ago the fact may have been measured; always there for what a report says. */
  readonly measuredWithinMs?: number;
}

export interface AnyOfCheck extends Common {
  readonly kind: 'any-of';
  /** At least two. */
  readonly anyOf: readonly FactCheck[];
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

const common = {
  check: required(located(name)),
  'if unknown': required(noticeOr),
  text: required(textsShape),
  help: optional(
    parsed(value => (/^[a-z][a-z0-9.-]{2,63}$/.test(value) ? value : undefined), 'an action id (os.install-updates)'),
  ),
};
const factDocument = record({
  ...common,
  'applies to': optional(
    located(listOf(parsed(word => families.get(word), `one of ${[...families.keys()].join(', ')}`))),
  ),
  // What is wrong with a name that is no fact is told by `compile`, with all that are.
  fact: required(located(formed({ kind: 'text', words: factNames }, text(64)))),
  'must be': required(located(text(512))),
  'report not older than': optional(located(duration)),
});
const anyOfDocument = record({ ...common, 'any of': required(located(listOf(text(64)))) });

const oneCheck: Form = { kind: 'either', forms: [formOf(factDocument), formOf(anyOfDocument)] };
export const checksForm: Form = { kind: 'list', item: oneCheck };

/** What a limit may refer to. */
export type CheckContext = LimitContext;

/** The checks of the files; what is wrong goes into the reading of each. `names`: of all checks, broken ones too. */
export function readChecks(
  files: readonly { readonly tree: Tree; readonly reading: Reading }[],
  names: ReadonlySet<string>,
  context: CheckContext,
): readonly { readonly check: Check; readonly reading: Reading }[] {
  const documents = files.flatMap(({ tree, reading }) =>
    (tree.kind === 'list' ? tree.items : tree.kind === 'nothing' ? [] : [tree]).map(each => ({ tree: each, reading })),
  );
  const isAnyOf = ({ tree }: (typeof documents)[number]) => tree.kind === 'map' && tree.entries.has('any of');
  const simple = documents.flatMap(each => {
    const read = isAnyOf(each) ? undefined : factDocument(each.tree, each.reading);
    const check = read && compile(read, each.reading, context);
    return check === undefined ? [] : [{ check, reading: each.reading }];
  });
  const known = new Map(simple.map(({ check }) => [check.name, check]));
  const composed = documents.filter(isAnyOf).flatMap(({ tree, reading }) => {
    const read = anyOfDocument(tree, reading);
    return read === undefined ? [] : [{ check: compileAnyOf(read, reading, known, names), reading }];
  });
  return [...simple, ...composed];
}

function compileAnyOf(
  read: Read<typeof anyOfDocument>,
  reading: Reading,
  known: ReadonlyMap<string, FactCheck>,
  names: ReadonlySet<string>,
): AnyOfCheck {
  const { value, line } = read['any of'];
  const members = [...new Set(value)];
  if (members.length < 2) problem(reading, line, '"any of" needs two checks to choose from', 'name two');
  for (const member of members) {
    if (known.has(member)) continue;
    if (!names.has(member)) {
      problem(reading, line, `no check is called "${member}"`, useOneOf(known.keys()));
    } else if (member === read.check.value) {
      problem(reading, line, `"${member}" is this check itself`, 'name other checks');
    }
  }
  return { kind: 'any-of', anyOf: members.flatMap(member => known.get(member) ?? []), ...commonOf(read, reading) };
}

function commonOf(read: Read<typeof anyOfDocument> | Read<typeof factDocument>, reading: Reading): Common {
  return {
    name: read.check.value,
    ifUnknown: read['if unknown'],
    text: read.text,
    ...(read.help === undefined ? {} : { help: read.help }),
    file: reading.file,
    line: read.check.line,
  };
}

function compile(read: Read<typeof factDocument>, reading: Reading, context: CheckContext): FactCheck | undefined {
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
  const parsedLimit = parseLimit(fact, read['must be'].value, context);
  if ('wrong' in parsedLimit) return problem(reading, read['must be'].line, parsedLimit.wrong, parsedLimit.remedy);
  return {
    kind: 'fact',
    ...commonOf(read, reading),
    factName: read.fact.value,
    fact,
    limit: parsedLimit.limit,
    ...(appliesTo === undefined ? {} : { families: new Set(appliesTo) }),
    ...(age === undefined ? {} : { measuredWithinMs: age.value }),
  };
}

/** The facts that it looks at. */
export function factsOf(check: Check): readonly FactCheck[] {
  return check.kind === 'fact' ? [check] : check.anyOf;
}

/** This check cannot be judged before a report has come. */
export function checkNeedsReport(check: FactCheck): boolean {
  return needsReport(check.fact);
}

/** What proves who comes, and that a proof still holds: nobody is excused from that, and no time is given for it. */
const proofs: ReadonlySet<string> = new Set([
  'machine.proven',
  'machine.certificate-left',
  'person.proven',
  'person.certificate-left',
  'person.revocation',
  'person.revocation-age',
  'person.account',
  'device.state',
  'device.binding',
]);

export function unexcusable(check: Check): boolean {
  return check.kind === 'fact' ? proofs.has(check.factName) : check.anyOf.some(unexcusable);
}
