// Texts that people accept: each with its version, which is the hash of what they read. A comma more is another version, and has
// to be accepted anew.

import { createHash } from 'node:crypto';
import { acceptanceLength } from '../contract/acceptance.ts';
import { languages, type Texts } from '../contract/language.ts';
import { parseDay } from '../documents/calendar-day.ts';
import {
  formOf,
  listOf,
  located,
  parsed,
  type Read,
  type Reading,
  record,
  required,
  text,
} from '../documents/shape.ts';
import type { Tree } from '../documents/yaml-tree.ts';
import { name } from './names.ts';

export interface AcceptanceText {
  readonly name: string;
  readonly title: Texts;
  readonly text: Texts;
  /** The role that answers for it. */
  readonly by: string;
  /** Since when it is so: `2027-01-15`. */
  readonly date: string;
  /** SHA-256 (hex) of title and text in all languages. */
  readonly hash: string;
  readonly file: string;
  readonly line: number;
}

const inFour = (most: number) => {
  const one = required(text(most));
  return required(record({ nl: one, fr: one, de: one, en: one }));
};

const document = record({
  acceptance: required(located(name)),
  title: inFour(acceptanceLength.title),
  text: inFour(acceptanceLength.text),
  by: required(text(128)),
  date: required(parsed(value => (parseDay(value) === undefined ? undefined : value), 'a day (2027-01-15)')),
});

export const acceptancesForm = formOf(listOf(document));

/** One text, or a list of them. */
export function readAcceptances(tree: Tree, reading: Reading): readonly AcceptanceText[] {
  const shape = tree.kind === 'list' ? listOf(document) : document;
  const read = shape(tree, reading);
  return [read ?? []].flat().map(each => compile(each, reading.file));
}

function compile({ acceptance, title, text: body, by, date }: Read<typeof document>, file: string): AcceptanceText {
  const said = { title: trimmed(title), text: trimmed(body) };
  return { name: acceptance.value, ...said, by, date, hash: hashOf(said), file, line: acceptance.line };
}

function trimmed(texts: Texts): Texts {
  return { nl: texts.nl.trim(), fr: texts.fr.trim(), de: texts.de.trim(), en: texts.en.trim() };
}

/** Each part is hashed on its own, so that no two of them run into each other. */
function hashOf({ title, text: body }: Pick<AcceptanceText, 'title' | 'text'>): string {
  const all = createHash('sha256');
  for (const language of languages) {
    for (const part of [title[language], body[language]])
      all.update(createHash('sha256').update(part, 'utf8').digest());
  }
  return all.digest('hex');
}
