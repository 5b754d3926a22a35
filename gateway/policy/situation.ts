// A laptop in a situation, as tests and `sluis policy explain` describe one: facts, groups, concentrator, whose machine. A base is a
// situation with a name, on which others rest. Ages and remaining times are written relative to the moment.

import { useOneOf } from '../documents/nearest-word.ts';
import { parseDuration } from '../documents/duration.ts';
import {
  choice,
  type Form,
  formed,
  formOf,
  listOf,
  located,
  mapOf,
  optional,
  parsed,
  problem,
  type Reading,
  record,
  required,
  type Shape,
  text,
} from '../documents/shape.ts';
import type { Tree } from '../documents/yaml-tree.ts';
import {
  factCatalogue,
  factDefinition,
  type FactDefinition,
  factNames,
  needsReport,
} from '../verifier/fact-catalogue.ts';
import type { Fact, Facts } from '../verifier/facts.ts';
import type { Subject } from './evaluation.ts';
import { parseValue, valueForm } from './fact-words.ts';
import { institutionWord, name } from './names.ts';

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

/** What is judged. */
export interface Judgeable {
  readonly subject: Subject;
  readonly facts: Facts;
  readonly now: number;
}

/** What a situation must fit: the set it belongs to. */
export interface SituationContext {
  readonly bases: ReadonlyMap<string, Situation>;
  readonly checks: ReadonlySet<string>;
}

const unreported = choice('none');
const duration = parsed(parseDuration, 'a duration (3 days)');

const keyForms = {
  base: formOf(name),
  groups: formOf(listOf(institutionWord)),
  concentrator: formOf(institutionWord),
  report: formOf(unreported),
  device: formOf(listOf(text(128))),
  person: formOf(listOf(text(128))),
  'failing for': formOf(mapOf(duration)),
};
const factForms = factNames.map((fact): [string, Form] => {
  const { kind, options = [] } = factCatalogue[fact] as FactDefinition;
  const words = kind === 'flag' ? ['yes', 'no'] : options;
  const free = { kind: 'text', expected: valueForm(factCatalogue[fact]) } as const;
  return [fact, words.length === 0 ? free : { kind: 'text', words: [...words, 'unknown'] }];
});
const givenForm: Form = {
  kind: 'record',
  fields: Object.fromEntries(
    [...Object.entries(keyForms), ...factForms].map(([key, form]) => [key, { form, optional: true }]),
  ),
};
const situationKeys = Object.keys(keyForms);

export const given: Shape<Given> = formed(givenForm, (tree, reading) => {
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
});

/** Without `when`, a test happens on this Monday morning: the facts are relative anyhow. */
export const usualMoment = Date.parse('2026-01-05T09:00:00Z');
export function parseMoment(value: string): number | undefined {
  const at = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}$/.test(value) ? Date.parse(`${value.replace(' ', 'T')}:00Z`) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}
export const moment = parsed(parseMoment, 'a moment in UTC (2026-03-16 09:00)');

export function situation(named: { value: string; line: number }, words: Given, reading: Reading): Situation {
  const base = words.get('base');
  const baseName = base && located(name)(base.tree, reading);
  return { name: named.value, given: words, reading, line: named.line, ...(baseName ? { base: baseName } : {}) };
}

const situationFile = record({ given: required(given), when: optional(moment, usualMoment) });

export const situationForm = formOf(situationFile);

/** A file of its own: what a test says, without what is expected. `when` counts more than what the file says. */
export function readSituation(
  tree: Tree,
  reading: Reading,
  context: SituationContext,
  when?: number,
): Judgeable | undefined {
  const read = situationFile(tree, reading);
  if (read === undefined) return undefined;
  const described = situation({ value: reading.file, line: read.line }, read.given, reading);
  const compiled = compileSituation(described, when ?? read.when, context);
  return reading.problems.length > 0 ? undefined : compiled;
}

export function compileSituation(at: Situation, now: number, context: SituationContext): Judgeable {
  const words = allWords(at, context.bases, new Set());
  const { facts, deviceClass } = factsFrom(words, now);
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
  const subject = {
    groups: listedWords('groups'),
    deviceClass,
    ...(concentrator === undefined ? {} : { concentrator }),
    ...(country !== undefined && 'value' in country ? { country: String(country.value) } : {}),
    ...(device === undefined ? {} : { device }),
    ...(person === undefined ? {} : { person }),
    failingSince: failingSince(words, context, now),
  };
  return { subject, facts, now };
}

/** `failing for: { disk-encrypted: 3 days }` */
function failingSince(words: Given, { checks }: SituationContext, now: number): ReadonlyMap<string, number> {
  const said = words.get('failing for');
  const lasted = said && mapOf(located(duration))(said.tree, said.reading);
  const since = new Map<string, number>();
  for (const [check, { value, line }] of lasted ?? []) {
    if (said !== undefined && !checks.has(check)) problem(said.reading, line, `"${check}" is no check`, 'name checks');
    since.set(check, now - value);
  }
  return since;
}

function allWords(at: Situation, bases: SituationContext['bases'], above: ReadonlySet<string>): Given {
  if (at.base === undefined) return at.given;
  const base = bases.get(at.base.value);
  if (base === undefined || above.has(at.base.value)) {
    const message = base === undefined ? `no base is called "${at.base.value}"` : `"${at.base.value}" rests on itself`;
    problem(at.reading, at.base.line, message, useOneOf(bases.keys()));
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
