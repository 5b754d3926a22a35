// `--language` on the command line.

import { type Language, languages } from '../contract/language.ts';
import { CommandStopped } from './read-client.ts';

export function languageOf(word: string): Language {
  const language = languages.find(each => each === word);
  if (language === undefined) throw new CommandStopped(2, `"${word}" is not one of ${languages.join(', ')}`);
  return language;
}
