// A policy set: all files of one directory, compiled once into an immutable table, or the list of everything wrong with
// them. Its content hash names it in every decision; neither the order of files nor of lines plays a part.

import { createHash } from 'node:crypto';
import type { WatchedApplication } from '../contract/applications.ts';
import type { CheckType } from '../contract/check-facts.ts';
import { problem, type Reading } from '../documents/shape.ts';
import { parseYaml, type Problem, type Tree } from '../documents/yaml-tree.ts';
import { factDefinition } from '../verifier/fact-catalogue.ts';
import { emptyCalendar, readSupportCalendar, type SupportCalendar } from '../verifier/support-calendar.ts';
import { type AcceptanceText, readAcceptances } from './acceptance.ts';
import { type AccessPolicy, readPolicies } from './access-policy.ts';
import { readApplications } from './applications.ts';
import { type Calendar, readCalendars } from './calendar.ts';
import { type Check, type FactCheck, factsOf, readChecks } from './check.ts';
import { type Degraded, readDegraded } from './degraded.ts';
import { type Floor, readFloors } from './floor.ts';
import { revocationCheck } from './revocation-rule.ts';
import { checkPrecedence, policiesAtMost, type Precedence, precedenceOf, type Selection } from './selection.ts';
import { readSetDocument, type SetDocument, usualSet } from './set-document.ts';
import { compileTests, type Tests } from './test-case.ts';
import { readEmergencies, readWaivers, type Waiver } from './waiver.ts';

/** `path` is relative to the directory, with slashes: `checks/disk.yaml`. */
export interface PolicyFile {
  readonly path: string;
  readonly text: string;
}

export interface PolicySet extends SetDocument, Tests {
  /** SHA-256 (hex) over names and contents of all files. */
  readonly hash: string;
  /** What it was compiled from. */
  readonly files: readonly PolicyFile[];
  readonly calendars: ReadonlyMap<string, Calendar>;
  readonly acceptances: ReadonlyMap<string, AcceptanceText>;
  /** By the word that checks call them. */
  readonly applications: ReadonlyMap<string, WatchedApplication>;
  readonly checks: ReadonlyMap<string, Check>;
  readonly policies: readonly AccessPolicy[];
  readonly precedence: Precedence;
  readonly floors: readonly Floor[];
  /** Selections that go by the clock. */
  readonly timed: readonly Selection[];
  /** Emergency profiles too. */
  readonly waivers: readonly Waiver[];
  readonly degraded: Degraded;
  readonly supportCalendar: SupportCalendar;
}

export type Compiled = { readonly set: PolicySet } | { readonly problems: readonly Problem[] };

/** What a layer above the institution may hold: nothing of it can make anything laxer. */
const layered = ['checks', 'calendars', 'floors'] as const;
const folders = [...layered, 'access', 'waivers', 'emergencies', 'acceptances', 'tests'] as const;
type Place = (typeof folders)[number] | 'applications' | 'degraded' | 'os-support' | 'set';

/** Every problem of every file is reported, each with file, line and remedy. */
export function compilePolicySet(files: readonly PolicyFile[], parse = parseYaml): Compiled {
  const problems: Problem[] = [];
  const sorted = files.toSorted((a, b) => compareText(a.path, b.path));
  const { parsed, broken } = parseAll(sorted, problems, parse);
  const at = (place: Place) => parsed.filter(each => each.place === place);
  const checkNames = new Set([...namesIn(at('checks'), 'check'), ...namesInBroken(broken, 'check')]);
  const policyNames = new Set([...namesIn(at('access'), 'policy'), ...namesInBroken(broken, 'policy')]);

  const calendars = named(at('calendars'), readCalendars);
  const [applicationsFile] = at('applications');
  const applications = applicationsFile
    ? readApplications(applicationsFile.tree, applicationsFile.reading)
    : new Map<string, WatchedApplication>();
  const acceptances = named(at('acceptances'), readAcceptances);
  const [setFile] = at('set');
  const own = setFile === undefined ? usualSet : readSetDocument(setFile.tree, setFile.reading, calendars);
  const checks = new Map<string, Check>();
  const limits = {
    calendars,
    names: { acceptances: new Set(acceptances.keys()), applications: new Set(applications.keys()) },
  };
  for (const { check, reading } of readChecks(at('checks'), checkNames, limits)) addOnce(checks, check, reading);
  const context = {
    checks,
    names: checkNames,
    zone: own.zone,
    calendars,
    ...(own.segments && { segments: own.segments }),
  };
  const policies = named(at('access'), (tree, reading) => readPolicies(tree, reading, context));
  const floors = named(at('floors'), (tree, reading) => readFloors(tree, reading, context));
  const waivers = named(at('waivers'), (tree, reading) => readWaivers(tree, reading, context));
  const emergencies = named(at('emergencies'), (tree, reading) => readEmergencies(tree, reading, context));
  const { precedence, circular } = precedenceOf([...policies.values()]);
  for (const { reading } of at('access')) checkPrecedence(policies, circular, policyNames, reading);
  if (policies.size > policiesAtMost) {
    const message = `${policies.size} access policies, the limit is ${policiesAtMost}`;
    problems.push({ file: 'access/', line: 1, message, remedy: 'select by groups in fewer of them' });
  }
  const [degradedFile] = at('degraded');
  const degraded = degradedFile && readDegraded(degradedFile.tree, degradedFile.reading);
  const missing = (file: string, remedy: string) => problems.push({ file, line: 1, message: 'is missing', remedy });
  if (!sorted.some(file => placeOf(file.path) === 'degraded')) {
    missing('degraded.yaml', 'write "no report yet: quarantine" and "report too old: quarantine" in it');
  }
  if (policies.size === 0 && problems.length === 0) missing('access/', 'write at least one access policy');
  const testable = { checks: new Set([...checkNames, revocationCheck.name]), policies: policyNames };
  const { tests, bases } = compileTests(at('tests'), testable);
  const supportCalendar = calendarOf(sorted, problems);

  if (problems.length > 0 || degraded === undefined) return { problems: inOrder(problems) };
  const policyList = [...policies.values()].sort((a, b) => compareText(a.name, b.name));
  return {
    set: {
      hash: hashOf(sorted),
      files: sorted,
      ...own,
      calendars,
      acceptances,
      applications,
      checks,
      policies: policyList,
      precedence,
      floors: [...floors.values()].sort((a, b) => compareText(a.name, b.name)),
      timed: [...policies.values(), ...floors.values(), ...emergencies.values()].flatMap(each =>
        each.for?.hours === undefined ? [] : [each.for],
      ),
      waivers: [...waivers.values(), ...emergencies.values()],
      degraded,
      supportCalendar,
      tests,
      bases,
    },
  };
}

/** Whether anything of it is reckoned from a first failure. */
export function givesGrace({ policies, floors }: PolicySet): boolean {
  return [...policies, ...floors].some(({ requires }) => requires.some(({ graceMs }) => graceMs !== undefined));
}

/** Everything that some policy or floor looks at. */
export function requiredChecks({ policies, floors }: Pick<PolicySet, 'policies' | 'floors'>): readonly FactCheck[] {
  return [...policies, ...floors].flatMap(({ requires }) => requires.flatMap(({ check }) => factsOf(check)));
}

/** The check types that this set asks an agent to collect, and no others. */
export function collectFor(set: PolicySet): readonly CheckType[] {
  const types = new Set<CheckType>();
  for (const { fact: looked } of requiredChecks(set)) {
    for (const fact of [looked, factDefinition(looked.goodWhile?.fact ?? '')]) {
      if (fact?.origin.by === 'report' && fact.origin.check !== undefined) types.add(fact.origin.check);
    }
  }
  return [...types].sort();
}

/** The applications that something required asks about, and no others: nobody is asked what else runs on their laptop. */
export function applicationsFor(set: PolicySet): readonly WatchedApplication[] {
  const asked = requiredChecks(set).flatMap(({ fact, limit }) =>
    fact.names === 'applications' ? (limit.members ?? []) : [],
  );
  return [...set.applications.values()].filter(({ word }) => asked.includes(word));
}

interface ParsedFile {
  readonly place: Place;
  readonly tree: Tree;
  readonly reading: Reading;
}

function parseAll(
  files: readonly PolicyFile[],
  problems: Problem[],
  parse: typeof parseYaml,
): { readonly parsed: readonly ParsedFile[]; readonly broken: readonly PolicyFile[] } {
  const parsed: ParsedFile[] = [];
  const broken: PolicyFile[] = [];
  for (const file of files) {
    const place = placeOf(file.path);
    if (place === undefined) {
      const remedy = `put it in ${folders.join('/, ')}/ or, for ${layered.join(', ')}, layers/NAME/; or name it ${singleFiles.join(', ')}`;
      problems.push({ file: file.path, line: 1, message: 'belongs to no part of a policy set', remedy });
    }
    // The calendar is the verifier's file and read by it.
    if (place === undefined || place === 'os-support') continue;
    const tree = parse(file.text, file.path);
    if ('problems' in tree) {
      problems.push(...tree.problems);
      broken.push(file);
    } else parsed.push({ place, tree: tree.tree, reading: { file: file.path, problems } });
  }
  return { parsed, broken };
}

const singleFiles = ['applications.yaml', 'degraded.yaml', 'os-support.yaml', 'set.yaml'] as const;

function placeOf(path: string): Place | undefined {
  if (path === 'degraded.yaml') return 'degraded';
  if (path === 'os-support.yaml') return 'os-support';
  if (path === 'set.yaml') return 'set';
  if (path === 'applications.yaml') return 'applications';
  const [, layer, folder] = /^(layers\/[a-z0-9-]+\/)?([a-z]+)\/.+\.yaml$/.exec(path) ?? [];
  return (layer === undefined ? folders : layered).find(each => each === folder);
}

/** Names as written, those of broken documents too: a mistake in a check is not also reported by all who require it. */
function namesIn(files: readonly ParsedFile[], key: 'check' | 'policy'): ReadonlySet<string> {
  const documents = files.flatMap(({ tree }) => (tree.kind === 'list' ? tree.items : [tree]));
  const names = documents.flatMap(document => {
    const value = document.kind === 'map' ? document.entries.get(key)?.value : undefined;
    return value?.kind === 'text' ? [value.text] : [];
  });
  return new Set(names);
}

/** What a file that is no YAML seems to name. */
function namesInBroken(files: readonly PolicyFile[], key: 'check' | 'policy'): readonly string[] {
  return files.flatMap(({ text }) =>
    [...text.matchAll(/^(?:- )?(check|policy): *(\S+)/gm)].flatMap(([, word, name]) =>
      word === key && name !== undefined ? [name] : [],
    ),
  );
}

/** Everything of one kind, by name. */
function named<T extends Named>(
  parsed: readonly ParsedFile[],
  read: (tree: Tree, reading: Reading) => readonly T[],
): ReadonlyMap<string, T> {
  const all = new Map<string, T>();
  for (const { tree, reading } of parsed) {
    for (const one of read(tree, reading)) addOnce(all, one, reading);
  }
  return all;
}

interface Named {
  readonly name: string;
  readonly file: string;
  readonly line: number;
}

function addOnce<T extends Named>(all: Map<string, T>, one: T, reading: Reading): void {
  const earlier = all.get(one.name);
  if (earlier === undefined) all.set(one.name, one);
  else problem(reading, one.line, `"${one.name}" is already in ${earlier.file}, line ${earlier.line}`, 'rename one');
}

function calendarOf(files: readonly PolicyFile[], problems: Problem[]): SupportCalendar {
  const file = files.find(each => placeOf(each.path) === 'os-support');
  if (file === undefined) return emptyCalendar;
  const calendar = readSupportCalendar(file.text, file.path);
  if (!('problems' in calendar)) return calendar;
  problems.push(...calendar.problems);
  return emptyCalendar;
}

/** Each name and each content is hashed on its own, so that no two sets of files run into each other. */
function hashOf(files: readonly PolicyFile[]): string {
  const all = createHash('sha256');
  for (const { path, text } of files) {
    all.update(createHash('sha256').update(path, 'utf8').digest());
    all.update(createHash('sha256').update(text, 'utf8').digest());
  }
  return all.digest('hex');
}

function inOrder(problems: readonly Problem[]): readonly Problem[] {
  const seen = new Set<string>();
  return problems
    .filter(each => {
      // A base that several tests rest on would report the same line once per test.
      const key = `${each.file}:${each.line}:${each.message}`;
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    })
    .toSorted((a, b) => compareText(a.file, b.file) || a.line - b.line);
}

/** By code unit: the same order in every locale. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
