// One requirement in a sentence: what must be, how old the measurement may be, what follows otherwise, and what puts it off.

import type { Language } from '../contract/language.ts';
import { colon, measureWords } from '../contract/measure-words.ts';
import type { OsFamily } from '../contract/report.ts';
import { formatDuration } from '../documents/duration.ts';
import { factNames } from '../verifier/fact-catalogue.ts';
import { type Check, type FactCheck, unexcusable } from './check.ts';
import { limitIn } from './explain.ts';
import { factPhrase } from './fact-phrases.ts';
import { capital, durationWords, listed, momentWords } from './prose-measures.ts';
import { followsWords, say } from './prose-words.ts';
import type { Requirement } from './requirement.ts';

export interface Told {
  readonly language: Language;
  /** For deadlines. */
  readonly zone: string;
  /** What goes without saying here: that a waiver is possible, or that it is not. */
  readonly usuallyWaivable: boolean;
}

/** `Every fixed disk must be encrypted; measured at most 4 hours ago; if not, or if nobody can tell: no access.` */
export function requirementSentence(requirement: Requirement, { language, zone, usuallyWaivable }: Told): string {
  const { check, otherwise, graceMs, deadline, remindMs, waivable } = requirement;
  const { ifUnknown } = check;
  const outcome = (word: typeof otherwise) => followsWords(word, language);
  const then =
    otherwise === ifUnknown
      ? say('notMet', language, { outcome: outcome(otherwise) })
      : say('notMetApart', language, { failed: outcome(otherwise), unknown: outcome(ifUnknown) });
  const times = remindMs.map(each => durationWords(each, language));
  return [
    `${joined([mustBe(check, language), then], language)}.`,
    ...(graceMs === undefined ? [] : [say('grace', language, { time: durationWords(graceMs, language) })]),
    ...(deadline === undefined ? [] : [say('deadline', language, { moment: momentWords(deadline, zone, language) })]),
    ...(times.length === 0 ? [] : [say('remind', language, { times: listed(times, 'conjunction', language) })]),
    ...(waivable === usuallyWaivable || unexcusable(check)
      ? []
      : [say(waivable ? 'waivable' : 'notWaivable', language)]),
    say('reads', language, { text: check.text[language] }),
  ].join(' ');
}

/** `Every fixed disk must be encrypted; measured at most 4 hours ago`, without its stop. */
export function mustBe(check: Check, language: Language): string {
  if (check.kind === 'fact') return factMustBe(check, language);
  const choices = check.anyOf.map(member => factMustBe(member, language)).join(say('or', language));
  return say('anyOf', language, { choices });
}

function factMustBe(check: FactCheck, language: Language): string {
  const { factName, limit, measuredWithinMs, families } = check;
  const age =
    measuredWithinMs === undefined ? undefined : measureWords(`at most ${formatDuration(measuredWithinMs)}`, language);
  return joined(
    [
      wanted(factName, limit.words, language),
      ...(families === undefined ? [] : [say('only', language, { systems: systemsIn(families, language) })]),
      ...(age === undefined ? [] : [say('measured', language, { age })]),
    ],
    language,
  );
}

/** `The age of the virus definitions: at most 3 days` */
export function wanted(fact: string, limit: string, language: Language): string {
  const name = factNames.find(each => each === fact);
  const phrase = name && factPhrase(name, language);
  if (phrase !== undefined && 'yes' in phrase) return limit === 'yes' ? phrase.yes : phrase.no;
  return `${capital(phrase?.name ?? fact, language)}${colon(language)} ${limitIn({ fact, limit }, language)}`;
}

const systems: Readonly<Record<Exclude<OsFamily, 'other-linux'>, string>> = {
  windows: 'Windows',
  macos: 'macOS',
  debian: 'Debian',
  ubuntu: 'Ubuntu',
  rhel: 'Red Hat Enterprise Linux',
  fedora: 'Fedora',
};

function systemsIn(families: ReadonlySet<string>, language: Language): string {
  const names = [...families].map(each =>
    Object.hasOwn(systems, each) ? systems[each as keyof typeof systems] : measureWords(each, language),
  );
  return listed(names, 'disjunction', language);
}

/** French sets its semicolon apart. */
function joined(parts: readonly string[], language: Language): string {
  return parts.join(language === 'fr' ? ' ; ' : '; ');
}
