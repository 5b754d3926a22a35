// Shapes that several kinds of policy file share.

import { languages, type Texts } from '../contract/language.ts';
import { type Outcome, outcomes } from '../contract/outcome.ts';
import { reasonWords } from '../contract/reason.ts';
import { choice, formed, formOf, parsed, record, required, type Shape, text } from '../documents/shape.ts';

const allReasons: ReadonlySet<string> = new Set(Object.values(reasonWords).flat());

export function isReasonWord(word: string): boolean {
  return allReasons.has(word);
}

const pattern = /^[a-z][a-z0-9-]{1,62}$/;

/** The name of a check, policy or base. A word of the reason list would be mistaken for a reason in tests and logs. */
export const name = parsed(
  value => (pattern.test(value) && !isReasonWord(value) ? value : undefined),
  'a name of 2 to 63 a-z 0-9 - that is no reason word',
);

/** A group, device class or concentrator of the institution. */
export const institutionWord = parsed(
  value => (/^[a-z0-9][a-z0-9.-]{0,62}$/.test(value) ? value : undefined),
  'a word of a-z 0-9 . -',
);

/** What can follow from a failure or from not knowing: everything but a grant. */
export const refusal = choice('update', 'quarantine', 'deny');
export type RefusalOutcome = Exclude<Outcome, 'grant'>;

/** A notice is told, and changes nothing. */
export const noticeOr = choice('notice', 'update', 'quarantine', 'deny');

/** A notice is as mild as a grant. */
export function severity(follows: Outcome | 'notice'): number {
  return follows === 'notice' ? 0 : outcomes.indexOf(follows);
}

const sentence = text(400);
const texts = record({
  nl: required(sentence),
  fr: required(sentence),
  de: required(sentence),
  en: required(sentence),
});

/** The same sentence in the four languages, all of them required. */
export const textsShape: Shape<Texts> = formed(formOf(texts), (tree, reading) => {
  const read = texts(tree, reading);
  if (read === undefined) return undefined;
  const [nl, fr, de, en] = languages.map(language => read[language].trim());
  return { nl: nl ?? '', fr: fr ?? '', de: de ?? '', en: en ?? '' };
});
