// What each key of a policy file means, in four languages; a language that lacks one is a type error.

import type { Language } from '../contract/language.ts';
import { keys as de } from './key-phrases-de.ts';
import { keys as en } from './key-phrases-en.ts';
import { keys as fr } from './key-phrases-fr.ts';
import { keys as nl } from './key-phrases-nl.ts';

export type KeyPhrases = Readonly<Record<keyof typeof en, string>>;

const tables: Readonly<Record<Language, KeyPhrases>> = { nl, fr, de, en };

/** `within`: the kind of file and the key above, the first that knows better counts. */
export function keyPhrase(key: string, within: readonly string[], language: Language): string {
  const table: Readonly<Record<string, string>> = tables[language];
  const phrase = [...within.map(each => `${each}.${key}`), key]
    .map(each => table[each])
    .find(each => each !== undefined);
  if (phrase === undefined) throw new Error(`key-phrases-*.ts say nothing of "${key}"`);
  return phrase;
}

/** Those that the tables know. */
export const knownKeys: readonly string[] = Object.keys(en);
