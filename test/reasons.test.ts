// The closed vocabulary: list, table, sentences, page and code name the same words, in both directions.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { languages } from '../gateway/contract/language.ts';
import { type Reason, reasonWords } from '../gateway/contract/reason.ts';
import { reasons, textsOf } from '../gateway/reasons.ts';
import { root } from './quality/checks.ts';
import { reasonsPage, renderReasons } from './quality/reasons-page.ts';

const listed: readonly Reason[] = Object.values(reasonWords).flat();
const sentences = listed.flatMap(word => languages.map(language => [word, language, textsOf(word)[language]] as const));

describe('the table', () => {
  it('has a row for every word of the list and no other', () => {
    expect(Object.keys(reasons).sort()).toEqual([...listed].sort());
  });

  it('puts each word in the stage of the list', () => {
    for (const [stage, words] of Object.entries(reasonWords)) {
      for (const word of words) expect([word, reasons[word].stage]).toEqual([word, stage]);
    }
  });

  it('says where to look for every word', () => {
    for (const word of listed) expect(reasons[word].look, word).not.toBe('');
  });

  it('never lets the gateway’s own trouble be a decision', () => {
    for (const word of reasonWords.gateway) expect(['silence', 'reject']).toContain(reasons[word].leadsTo);
  });

  it('makes a decision of what the policies say, and of nothing else', () => {
    const decisions = listed.filter(word => reasons[word].leadsTo === 'decision');
    expect(decisions).toEqual(reasonWords.decision);
  });
});

describe('a sentence', () => {
  it('is one plain sentence of a bearable length', () => {
    for (const [word, language, sentence] of sentences) {
      expect(sentence, `${word} ${language}`).toMatch(/^\p{Lu}[^.!?]*\.$/u);
      expect(sentence.length, `${word} ${language}`).toBeLessThanOrEqual(175);
    }
  });

  it('says what to do after saying what is the matter', () => {
    for (const [word, language, sentence] of sentences) expect(sentence, `${word} ${language}`).toMatch(/;/);
  });

  it('is its own in every language, and differs from word to word', () => {
    for (const language of languages) {
      const all = listed.map(word => textsOf(word)[language]);
      const others = sentences.filter(([, other]) => other !== language).map(([, , sentence]) => sentence);
      expect(all.filter(sentence => others.includes(sentence))).toEqual([]);
      expect(new Set(all).size).toBe(all.length);
    }
  });

  it('shows neither the word itself nor the language of machines', () => {
    for (const [word, language, sentence] of sentences) {
      if (word.includes('-')) expect(sentence.toLowerCase(), `${word} ${language}`).not.toContain(word);
      expect(sentence, `${word} ${language}`).not.toMatch(/null|undefined|exception|errno|\{|\}|\bNaN\b/i);
    }
  });

  it('blames nobody', () => {
    const blame =
      /\b(you (failed|forgot|did)|your fault|illegal|forbidden|violation|hebt u|uw fout|votre faute|vous avez|Ihr Fehler|Sie haben)\b/i;
    for (const [word, language, sentence] of sentences) expect(sentence, `${word} ${language}`).not.toMatch(blame);
  });

  it('about the gateway’s own trouble never reads like a wrong PIN, card or laptop', () => {
    const theirs =
      /\b(PIN|code|card|kaart|carte|Karte|password|wachtwoord|mot de passe|Passwort|certifi|Zertifi|laptop|ordinateur)/i;
    for (const word of reasonWords.gateway) {
      for (const language of languages) expect(textsOf(word)[language]).not.toMatch(theirs);
    }
  });

  it('about the gateway’s own passing trouble says to try again', () => {
    const again = { nl: /opnieuw/, fr: /réessayez/, de: /noch einmal/, en: /try again/ };
    const passing: readonly Reason[] = [
      'try-again',
      'store-unavailable',
      'overloaded',
      'not-ready',
      'version-conflict',
    ];
    for (const word of passing) {
      for (const language of languages) expect(textsOf(word)[language]).toMatch(again[language]);
    }
  });
});

describe('the page', () => {
  it('is what the table says: else run node test/quality/reasons-page.ts', () => {
    expect(readFileSync(reasonsPage, 'utf8')).toBe(renderReasons());
  });

  it('names every word of the list and no other', () => {
    const named = [...readFileSync(reasonsPage, 'utf8').matchAll(/^\| `([a-z-]+)` \|/gm)].map(match => match[1]);
    expect(named).toEqual(listed);
  });
});

describe('the code', () => {
  const vocabulary = [
    'gateway/contract/reason.ts',
    'gateway/reasons.ts',
    ...languages.map(each => `gateway/texts/${each}.ts`),
  ];
  const sources = readdirSync(path.join(root, 'gateway'), { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.ts'))
    .map(file => `gateway/${file.split(path.sep).join('/')}`)
    .filter(file => !vocabulary.includes(file))
    .map(file => readFileSync(path.join(root, file), 'utf8'));

  it('uses every word', () => {
    // As the key of a table it is only translated; somewhere it must be said.
    const unused = listed.filter(word => !sources.some(text => new RegExp(`'${word}'(?!:)`).test(text)));
    expect(unused).toEqual([]);
  });

  it('refuses with words of the list only', () => {
    const said = sources.flatMap(text => [...text.matchAll(/\brefused\(\s*'([^']+)'/g)].map(match => match[1] ?? ''));
    expect(said.length).toBeGreaterThan(20);
    expect(said.filter(word => !(listed as readonly string[]).includes(word))).toEqual([]);
  });
});
