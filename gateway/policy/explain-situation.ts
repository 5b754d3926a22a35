// A decision about a situation that somebody describes, in full: the explanation, and beside it why this policy and not another,
// what is met and how closely, and what the smallest change comes to.

import type { Decision } from '../contract/decision.ts';
import type { Language } from '../contract/language.ts';
import { sourceWords } from '../contract/measure-words.ts';
import { requirementsOf } from './evaluate.ts';
import { ageWords, explain, limitIn, valueIn } from './explain.ts';
import { situationSentences, type SituationSentence } from './explanation-words.ts';
import { concerns, judge, type Judged } from './judgement.ts';
import type { PolicySet } from './policy-set.ts';
import { mustBe } from './prose-requirement.ts';
import { criteria } from './prose-selection.ts';
import type { Requirement } from './requirement.ts';
import { fits } from './selection.ts';
import type { Judgeable } from './situation.ts';
import { whySelected } from './why-selected.ts';

export function explainSituation(
  set: PolicySet,
  situation: Judgeable,
  decision: Decision,
  language: Language,
): readonly string[] {
  const { subject, facts, now } = situation;
  const say = (key: SituationSentence, words: Readonly<Record<string, string>> = {}) =>
    situationSentences[key][language].replace(/\{(\w+)\}/g, (place, name: string) => words[name] ?? place);
  const standings = whySelected(set, subject, now).map(standing => {
    const policy = standing.policy.name;
    if (standing.is === 'misses') return say('misses', { policy, who: criteria(standing.what, language) });
    return standing.is === 'gives way' ? say('givesWay', { policy, to: standing.to }) : say(standing.is, { policy });
  });
  const floors = set.floors.filter(floor => decision.policy !== undefined && fits(floor.for, subject, now));
  const required = requiredOf(set, situation, decision.policy);
  const met = required
    .filter(({ check }) => decision.passed?.includes(check.name) === true)
    .map(({ check }) => metWords(check.name, judge(check, facts, now, set.degraded), say, language));
  const aside = required.filter(({ check }) => !concerns(check, facts)).map(({ check }) => check.name);
  const change = (decision.smallestChange ?? []).flatMap(name => set.checks.get(name) ?? []);
  return [
    ...explain(decision, language),
    ...titled(say('why'), standings),
    ...titled(
      say('floors'),
      floors.map(({ name }) => name),
    ),
    ...titled(say('met'), met),
    ...titled(say('aside'), aside),
    ...titled(
      say('change'),
      change.map(check => `${check.name}: ${mustBe(check, language)}.`),
    ),
  ];
}

/** What the policy that applies and the floors that fit require together, in the order of the names of the checks. */
function requiredOf(set: PolicySet, { subject, now }: Judgeable, policyName?: string): readonly Requirement[] {
  const policy = set.policies.find(({ name }) => name === policyName);
  if (policy === undefined) return [];
  const floors = set.floors.filter(floor => fits(floor.for, subject, now));
  return requirementsOf(policy, floors).toSorted((a, b) => (a.check.name < b.check.name ? -1 : 1));
}

function metWords(
  check: string,
  { shown }: Judged,
  say: (key: SituationSentence, words?: Readonly<Record<string, string>>) => string,
  language: Language,
): string {
  return say('metOne', {
    check,
    value: valueIn(shown, language),
    limit: limitIn(shown, language),
    source: sourceWords(shown.source, language),
    age: ageWords(shown.ageMs, language),
  });
}

function titled(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map(line => `- ${line}`)];
}
