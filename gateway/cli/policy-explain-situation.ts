// `sluis policy explain DIR --given FILE`: what would become of a laptop that somebody describes, without a gateway. The file says
// what a test of the policy set says, without what is expected.

import { readFileSync } from 'node:fs';
import type { Decision } from '../contract/decision.ts';
import type { Language } from '../contract/language.ts';
import type { Reading } from '../documents/shape.ts';
import { parseYaml } from '../documents/yaml-tree.ts';
import { verdictOf } from '../flows/agent-decision.ts';
import { decisionOf } from '../pdp/decide.ts';
import { evaluate } from '../policy/evaluate.ts';
import { explainSituation } from '../policy/explain-situation.ts';
import { factPhrase } from '../policy/fact-phrases.ts';
import type { PolicySet } from '../policy/policy-set.ts';
import { type Judgeable, parseMoment, readSituation } from '../policy/situation.ts';
import { textsOf } from '../reasons.ts';
import { factDefinition, factNames, needsReport } from '../verifier/fact-catalogue.ts';
import { verdictText } from '../../posture-client/verdict-text.ts';
import { loadPolicySet, problemLines } from './policy-check.ts';
import { CommandStopped, messageOf } from './read-client.ts';

export interface SituationOptions {
  readonly directory: string;
  readonly given: string;
  readonly when: string | undefined;
  readonly language: Language;
  readonly reader: string | undefined;
  readonly json: boolean;
}

/** The lines for the reader. */
export function explainedSituation(options: SituationOptions): readonly string[] {
  const { directory, given, language, reader = 'admin', json } = options;
  if (reader !== 'admin' && reader !== 'teleworker') {
    throw new CommandStopped(2, `--for ${reader}: write admin or teleworker`);
  }
  const when = options.when === undefined ? undefined : parseMoment(options.when);
  if (options.when !== undefined && when === undefined) {
    throw new CommandStopped(2, `--when ${options.when}: write a moment in UTC, "2027-03-16 09:00"`);
  }
  const loaded = loadPolicySet(directory);
  if ('problems' in loaded) throw new CommandStopped(1, problemLines(loaded.problems).trimEnd());
  const { set } = loaded;
  const situation = situationIn(given, set, when);
  const { subject, facts, now } = situation;
  const decision = decisionOf(evaluate(set, subject, facts, now), facts, set.hash, now);
  if (json) return JSON.stringify(decision, undefined, 2).split('\n');
  return reader === 'admin'
    ? explainSituation(set, situation, decision, language)
    : forTeleworker(decision, set.zone, language);
}

function situationIn(path: string, { bases, checks }: PolicySet, when: number | undefined): Judgeable {
  const tree = parseYaml(textOf(path), path);
  const reading: Reading = { file: path, problems: 'problems' in tree ? [...tree.problems] : [] };
  const read =
    'tree' in tree ? readSituation(tree.tree, reading, { bases, checks: new Set(checks.keys()) }, when) : undefined;
  if (read === undefined) throw new CommandStopped(1, problemLines(reading.problems).trimEnd());
  return read;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    // The path or its rights: for whoever typed it.
    throw new CommandStopped(2, `${path} cannot be read: ${messageOf(error)}`);
  }
}

/** What the agent would show: the same object, in the same words, with facts called by what they are. */
function forTeleworker(decision: Decision, timeZone: string, language: Language): readonly string[] {
  const told = { ...decision, results: decision.results.map(each => ({ ...each, source: sourceOf(each.fact) })) };
  // Only a login that took place has a code.
  const draft = { id: '', caseCode: '……', traceId: '' };
  const ports = { texts: textsOf, random: { bytes: (count: number) => new Uint8Array(count) } };
  const text = verdictText(verdictOf(ports, { decision: told, draft }, decision.decidedAt), { language, timeZone });
  return factNames
    .toSorted((a, b) => b.length - a.length)
    .reduce((said, name) => said.replaceAll(name, factPhrase(name, language).name), text)
    .split('\n');
}

/** Where the value would come from, as somebody only says what it is. */
function sourceOf(fact: string): string {
  const definitions = fact.split(', ').flatMap(each => factDefinition(each) ?? []);
  const sources = definitions.map(each =>
    needsReport(each) || each.origin.by !== 'gateway' ? 'report' : each.origin.what,
  );
  return [...new Set(sources)].join(', ');
}
