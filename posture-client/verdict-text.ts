// The verdict as a person reads it, in their language: what happens, what was found against which limit, what to do, until
// when it holds, and the code under which the help desk finds exactly this case.

import type { Language } from '../gateway/contract/language.ts';
import { colon, measureWords, sourceWords } from '../gateway/contract/measure-words.ts';
import type { Verdict } from '../gateway/contract/verdict.ts';
import { phrases } from './phrases.ts';
import { remedyFor } from './remedies.ts';

export interface VerdictTextOptions {
  readonly language: Language;
  readonly timeZone: string;
}

const locales = { nl: 'nl-BE', fr: 'fr-BE', de: 'de-BE', en: 'en-GB' } as const;

export function verdictText(verdict: Verdict, options: VerdictTextOptions): string {
  const { language } = options;
  const words = phrases[language];
  const mark = colon(language);
  const lines = [words.outcome[verdict.outcome]];
  const open = verdict.results.filter(({ excuse }) => excuse === undefined);
  const failed = open.filter(({ result }) => result === 'fail');
  const unknown = open.filter(({ result }) => result === 'unknown');
  const told = verdict.results.filter(({ excuse }) => excuse !== undefined);
  if (failed.length === 0 && unknown.length === 0 && verdict.outcome !== 'grant') {
    for (const reason of verdict.reasons) lines.push('', `• ${reason.text[language]}`);
  }
  for (const result of failed) lines.push('', ...resultLines(result, language));
  // What could not be measured is told apart: it is no accusation.
  if (unknown.length > 0) lines.push('', words.unknown);
  for (const result of unknown) lines.push('', ...resultLines(result, language));
  if (told.length > 0) lines.push('', words.told);
  for (const result of told) lines.push('', ...resultLines(result, language), ...endLines(result, options));
  lines.push('');
  if (verdict.outcome !== 'grant') {
    lines.push(verdict.actions.some(action => remedyFor(action) !== undefined) ? words.weDo : words.checkAgain);
  }
  lines.push(`${words.validUntil}${mark} ${localTime(verdict.validUntil, options)}`);
  if (verdict.outcome !== 'grant' || told.length > 0) lines.push(`${words.caseCode}${mark} ${verdict.caseCode}`);
  return lines.join('\n');
}

function resultLines(result: Verdict['results'][number], language: Language): readonly string[] {
  const words = phrases[language];
  const mark = colon(language);
  const source = sourceWords(result.source, language);
  const measured = result.ageMs === undefined ? source : `${source}, ${ageText(result.ageMs, language)}`;
  const lines = [
    `• ${result.text[language]}`,
    `  ${words.found}${mark} ${measureWords(result.value, language)} (${measured})`,
    `  ${words.required}${mark} ${measureWords(result.limit, language)}`,
  ];
  const remedy = result.help === undefined ? undefined : remedyFor(result.help);
  const advice = remedy?.title[language] ?? words.askHelp;
  return [...lines, `  ${words.toDo}${mark} ${advice}`];
}

/** When what is only told for now begins to count. */
function endLines({ excuse }: Verdict['results'][number], options: VerdictTextOptions): readonly string[] {
  if (excuse?.until === undefined) return [];
  const { language } = options;
  const { before, reminder } = phrases[language];
  const label = excuse.reminderMs === undefined ? before : `${reminder} – ${before}`;
  return [`  ${label}${colon(language)} ${localTime(excuse.until, options)}`];
}

/** `5 minutes ago`, in the person's words. */
function ageText(ageMs: number, language: Language): string {
  const format = new Intl.RelativeTimeFormat(locales[language], { numeric: 'always' });
  const minutes = Math.round(ageMs / 60_000);
  if (minutes < 120) return format.format(-minutes, 'minute');
  return minutes < 2880
    ? format.format(-Math.round(minutes / 60), 'hour')
    : format.format(-Math.round(minutes / 1440), 'day');
}

export function localTime(ms: number, options: VerdictTextOptions): string {
  return new Intl.DateTimeFormat(locales[options.language], {
    dateStyle: 'full',
    timeStyle: 'short',
    timeZone: options.timeZone,
  }).format(ms);
}
