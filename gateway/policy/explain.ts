// A decision in sentences, for CLI, console and agent alike: what came out, every requirement that is not met with the
// value seen, the limit, where the value came from and how old it is, what would change it, and until when it holds.

import type { Decision, Excuse, RequirementResult } from '../contract/decision.ts';
import type { Language } from '../contract/language.ts';
import { measureWords, sourceWords } from '../contract/measure-words.ts';
import { formatDuration } from '../documents/duration.ts';
import { factDefinition } from '../verifier/fact-catalogue.ts';
import { becauseWords, excuseWords, factLapses, outcomeSentences, sentences } from './explanation-words.ts';

export function explain(decision: Decision, language: Language): readonly string[] {
  const say = (key: keyof typeof sentences, words: Readonly<Record<string, string>> = {}) =>
    fill(sentences[key][language], words);
  const lines: string[] = [outcomeSentences[decision.outcome][language]];
  if (decision.policy !== undefined) lines.push(say('policy', { policy: decision.policy }));
  if (decision.segment !== undefined) lines.push(say('segment', { segment: decision.segment }));
  if (decision.reasons.includes('policy-gap')) lines.push(say('gap'));
  if (decision.reasons.includes('policy-overlap')) lines.push(say('overlap'));

  if (decision.breakGlass === true) lines.push(say('breakGlass'));

  for (const result of decision.results) {
    if (result.result === 'pass') continue;
    if (result.excuse !== undefined) {
      lines.push(
        say('excused', {
          check: result.check,
          text: result.text[language],
          value: valueIn(result, language),
          limit: limitIn(result, language),
          excuse: excuseIn(result.excuse, language),
        }),
      );
      continue;
    }
    lines.push(
      say(result.result === 'fail' ? 'failed' : 'unknown', {
        check: result.check,
        text: result.text[language],
        value: valueIn(result, language),
        limit: limitIn(result, language),
        source: sourceWords(result.source, language),
        age: ageWords(result.ageMs, language),
      }),
    );
  }
  const passed = passedChecks(decision);
  if (passed.length > 0) lines.push(say('passed', { count: String(passed.length), checks: passed.join(', ') }));
  if (decision.outcome !== 'grant') {
    lines.push(
      decision.smallestChange === undefined
        ? say('noChange')
        : say('change', { checks: decision.smallestChange.join(', ') }),
    );
  }
  lines.push(
    say('until', { moment: momentIn(decision.validUntil), because: because(decision.validUntilBecause, language) }),
  );
  return lines;
}

/** Earlier versions told them among the results. */
export function passedChecks({ passed = [], results }: Decision): readonly string[] {
  return [...passed, ...results.filter(({ result }) => result === 'pass').map(({ check }) => check)];
}

function excuseIn({ by, name = '', until = 0 }: Excuse, language: Language): string {
  return fill(excuseWords[by][language], { name, moment: momentIn(until) });
}

function momentIn(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

function because(word: string, language: Language): string {
  return Object.hasOwn(becauseWords, word)
    ? becauseWords[word as keyof typeof becauseWords][language]
    : fill(factLapses[language], { fact: word });
}

/** A free text could be any word (a device class called `no`); only what the gateway itself says about it is translated. */
export function valueIn({ fact, value }: Pick<RequirementResult, 'fact' | 'value'>, language: Language): string {
  const own = value.startsWith('unknown: ') || value === 'none' || value === 'unregistered';
  return isFree(fact) && !own ? value : measureWords(value, language);
}

export function limitIn({ fact, limit }: Pick<RequirementResult, 'fact' | 'limit'>, language: Language): string {
  if (!isFree(fact)) return measureWords(limit, language);
  const [, bound, members] = /^((?:not )?one of|all of) (.+)$/.exec(limit) ?? [];
  return bound === undefined || members === undefined ? limit : `${measureWords(bound, language)} ${members}`;
}

function isFree(fact: string): boolean {
  // Several facts together are told with their names.
  if (fact.includes(', ')) return false;
  return ['text', 'words'].includes(factDefinition(fact)?.kind ?? 'text');
}

/** `; measured 5 minutes ago`, or nothing. */
export function ageWords(ageMs: number | undefined, language: Language): string {
  return ageMs === undefined ? '' : fill(sentences.age[language], { age: ageIn(ageMs, language) });
}

/** How long ago: German puts its days in the dative after `vor`. */
function ageIn(ageMs: number, language: Language): string {
  const age = measureWords(formatDuration(ageMs), language);
  return language === 'de' ? age.replace(/\bTage\b/, 'Tagen') : age;
}

function fill(sentence: string, words: Readonly<Record<string, string>>): string {
  return sentence.replace(/\{(\w+)\}/g, (place, key: string) => words[key] ?? place);
}
