// What each fact is, in the words of somebody who reads a policy and no source. The tables are one for each language; a fact without
// its phrase is a type error.

import type { Language } from '../contract/language.ts';
import type { factCatalogue, FactName } from '../verifier/fact-catalogue.ts';
import { phrases as de } from './fact-phrases-de.ts';
import { phrases as en } from './fact-phrases-en.ts';
import { phrases as fr } from './fact-phrases-fr.ts';
import { phrases as nl } from './fact-phrases-nl.ts';

/** With its article, as it stands within a sentence: `the age of the virus definitions`. */
export interface FactPhrase {
  readonly name: string;
}

/** What must be, where the answer is yes or no: a sentence without its stop. */
export interface FlagPhrase extends FactPhrase {
  readonly yes: string;
  readonly no: string;
}

export type FactPhrases = {
  readonly [F in FactName]: (typeof factCatalogue)[F]['kind'] extends 'flag' ? FlagPhrase : FactPhrase;
};

const tables: Readonly<Record<Language, Readonly<Record<FactName, FactPhrase | FlagPhrase>>>> = { nl, fr, de, en };

export function factPhrase(name: FactName, language: Language): FactPhrase | FlagPhrase {
  return tables[language][name];
}
