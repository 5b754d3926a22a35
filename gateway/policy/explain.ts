// A decision in sentences, for CLI, console and agent alike: what came out, every requirement that is not met with the
// value seen, the limit, where the value came from and how old it is, what would change it, and until when it holds.

import type { Decision, RequirementResult } from '../contract/decision.ts';
import type { Language } from '../contract/language.ts';
import { formatDuration } from '../documents/duration.ts';
import { factDefinition } from '../verifier/fact-catalogue.ts';
import { becauseWords, factLapses, outcomeSentences, sentences, vocabulary } from './explanation-words.ts';

export function explain(decision: Decision, language: Language): readonly string[] {
  const say = (key: keyof typeof sentences, words: Readonly<Record<string, string>> = {}) =>
    fill(sentences[key][language], words);
  const lines: string[] = [outcomeSentences[decision.outcome][language]];
  if (decision.policy !== undefined) lines.push(say('policy', { policy: decision.policy }));
  if (decision.segment !== undefined) lines.push(say('segment', { segment: decision.segment }));
  if (decision.reasons.includes('policy-gap')) lines.push(say('gap'));
  if (decision.reasons.includes('policy-overlap')) lines.push(say('overlap'));

  for (const result of decision.results) {
    if (result.result === 'pass') continue;
    const age =
      result.ageMs === undefined ? '' : say('age', { age: translate(formatDuration(result.ageMs), language) });
    lines.push(
      say(result.result === 'fail' ? 'failed' : 'unknown', {
        check: result.check,
        text: result.text[language],
        value: valueIn(result, language),
        limit: limitIn(result, language),
        source: result.source,
        age,
      }),
    );
  }
  const passed = decision.results.filter(({ result }) => result === 'pass').map(({ check }) => check);
  if (passed.length > 0) lines.push(say('passed', { count: String(passed.length), checks: passed.join(', ') }));
  if (decision.outcome !== 'grant') {
    lines.push(
      decision.smallestChange === undefined
        ? say('noChange')
        : say('change', { checks: decision.smallestChange.join(', ') }),
    );
  }
  const moment = `${new Date(decision.validUntil).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  lines.push(say('until', { moment, because: because(decision.validUntilBecause, language) }));
  return lines;
}

function because(word: string, language: Language): string {
  return Object.hasOwn(becauseWords, word)
    ? becauseWords[word as keyof typeof becauseWords][language]
    : fill(factLapses[language], { fact: word });
}

/** Names of products and versions stay as they are; only our own vocabulary is translated. */
function valueIn({ fact, value }: RequirementResult, language: Language): string {
  const free = ['text', 'words', 'version'].includes(factDefinition(fact)?.kind ?? 'text');
  return free && !value.startsWith('unknown: ') && value !== 'none' ? value : translate(value, language);
}

function limitIn({ fact, limit }: RequirementResult, language: Language): string {
  const [, bound, rest] = /^((?:not )?one of) (.+)$/.exec(limit) ?? [];
  const free = ['text', 'words'].includes(factDefinition(fact)?.kind ?? 'text');
  if (!free) return translate(limit, language);
  return bound === undefined || rest === undefined ? limit : `${translate(bound, language)} ${rest}`;
}

const phrases = new Map(vocabulary.map(words => [words.en, words]));
const anyPhrase = new RegExp(`(?<![\\w.-])(?:${vocabulary.map(words => words.en).join('|')})(?![\\w.-])`, 'g');

function translate(text: string, language: Language): string {
  return text.replace(anyPhrase, phrase => phrases.get(phrase)?.[language] ?? phrase);
}

function fill(sentence: string, words: Readonly<Record<string, string>>): string {
  return sentence.replace(/\{(\w+)\}/g, (place, key: string) => words[key] ?? place);
}
