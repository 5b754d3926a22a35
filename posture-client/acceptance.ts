// Texts that a person has to accept: shown one by one in their language, and accepted only by their own word, as they were shown.

import { createInterface, type Interface } from 'node:readline';
import type { OpenText } from '../gateway/contract/acceptance.ts';
import type { Language } from '../gateway/contract/language.ts';
import { asPerson, type PersonOptions } from './as-person.ts';

export interface AcceptanceOptions extends PersonOptions {
  readonly language: Language;
  /** Shows it, and resolves to what the person says. */
  readonly ask: (text: OpenText) => Promise<boolean>;
  /** Told once it is so. */
  readonly tell?: (what: 'accepted' | 'declined') => void;
}

export interface AcceptanceResult {
  /** Names, in the order they were shown. */
  readonly accepted: readonly string[];
  readonly declined: readonly string[];
}

export async function openTexts(options: PersonOptions): Promise<readonly OpenText[]> {
  return asPerson(options, async connection => (await connection.openTexts()).texts);
}

export async function acceptTexts(options: AcceptanceOptions): Promise<AcceptanceResult> {
  const accepted: string[] = [];
  const declined: string[] = [];
  for (const text of await openTexts(options)) {
    const { name, hash } = text;
    const yes = await options.ask(text);
    if (yes) {
      // Whoever reads for long proves themselves once more.
      await asPerson(options, (connection, machineKey) =>
        connection.accept({ machineKey, name, hash, language: options.language }),
      );
    }
    (yes ? accepted : declined).push(name);
    options.tell?.(yes ? 'accepted' : 'declined');
  }
  return { accepted, declined };
}

interface AcceptanceWords {
  readonly nothing: string;
  readonly question: string;
  readonly yes: string;
  readonly no: string;
  readonly accepted: string;
  readonly declined: string;
}

export const acceptanceWords: Readonly<Record<Language, AcceptanceWords>> = {
  nl: {
    nothing: 'Er is geen tekst die u nog moet aanvaarden.',
    question: 'Aanvaardt u deze tekst? Typ "ja" of "nee"',
    yes: 'ja',
    no: 'nee',
    accepted: 'Aanvaard. Dit wordt met de datum bewaard.',
    declined: 'Niet aanvaard. De toegang blijft zoals hij is; u kunt later terugkomen.',
  },
  fr: {
    nothing: 'Aucun texte ne reste à accepter.',
    question: 'Acceptez-vous ce texte ? Tapez « oui » ou « non »',
    yes: 'oui',
    no: 'non',
    accepted: 'Accepté. Ceci est conservé avec la date.',
    declined: 'Pas accepté. L’accès reste ce qu’il est ; vous pouvez revenir plus tard.',
  },
  de: {
    nothing: 'Es gibt keinen Text, den Sie noch annehmen müssen.',
    question: 'Nehmen Sie diesen Text an? Tippen Sie „ja“ oder „nein“',
    yes: 'ja',
    no: 'nein',
    accepted: 'Angenommen. Das wird mit dem Datum aufbewahrt.',
    declined: 'Nicht angenommen. Der Zugang bleibt, wie er ist; Sie können später wiederkommen.',
  },
  en: {
    nothing: 'There is no text that you still have to accept.',
    question: 'Do you accept this text? Type "yes" or "no"',
    yes: 'yes',
    no: 'no',
    accepted: 'Accepted. This is kept with its date.',
    declined: 'Not accepted. Your access stays as it is; you can come back later.',
  },
};

export function textToRead({ title, text, by, date }: OpenText, language: Language): string {
  return ['', title[language], `${by}, ${date}`, '', text[language], ''].map(shownAsText).join('\n');
}

/** A policy file must not command the terminal. */
function shownAsText(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n\t]/gu, ' ');
}

/** Asks in the terminal until the person says one of the two words; the end of the input means no. */
export function terminalQuestions(
  language: Language,
  { input, output }: { readonly input: NodeJS.ReadableStream; readonly output: NodeJS.WritableStream },
): { readonly ask: (text: OpenText) => Promise<boolean>; readonly close: () => void } {
  // Opened for as long as somebody is asked: between two texts a PIN may be.
  const isTerminal = 'isTTY' in input && input.isTTY === true;
  let lines: Interface | undefined;
  let answers: AsyncIterator<string, undefined> | undefined;
  const close = () => {
    lines?.close();
    lines = answers = undefined;
  };
  const answer = async (): Promise<string> => {
    lines ??= createInterface({ input });
    answers ??= lines[Symbol.asyncIterator]();
    const { value = no } = await answers.next();
    return value.trim().toLowerCase();
  };
  const { question, yes, no } = acceptanceWords[language];
  return {
    ask: async text => {
      output.write(`${textToRead(text, language)}\n`);
      for (;;) {
        output.write(`${question}: `);
        const said = await answer();
        if (said !== yes && said !== no) continue;
        if (isTerminal) close();
        return said === yes;
      }
    },
    close,
  };
}
