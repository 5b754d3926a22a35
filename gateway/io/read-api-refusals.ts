// Why the read API does not answer a request: status, reason word and sentence. The body is that of the agent API.

import type { Texts } from '../contract/language.ts';
import type { Reason } from '../contract/reason.ts';

export interface ReadRefusal {
  readonly status: number;
  readonly word: Reason;
  readonly text: Texts;
}

export const readRefusals = {
  'no-token': {
    status: 401,
    word: 'credentials-missing',
    text: {
      nl: 'Geen geldig token. Stuur het token van deze gateway mee als "Authorization: Bearer …".',
      fr: 'Pas de jeton valable. Envoyez le jeton de cette passerelle dans « Authorization: Bearer … ».',
      de: 'Kein gültiges Token. Senden Sie das Token dieses Gateways als „Authorization: Bearer …“ mit.',
      en: 'No valid token. Send the token of this gateway as "Authorization: Bearer …".',
    },
  },
  'no-session': {
    status: 404,
    word: 'session-unknown',
    text: {
      nl: 'Deze sessie bestaat niet, of is al vergeten.',
      fr: "Cette session n'existe pas, ou a déjà été oubliée.",
      de: 'Diese Sitzung gibt es nicht, oder sie ist schon vergessen.',
      en: 'There is no such session, or it has been forgotten.',
    },
  },
  'no-record': {
    status: 404,
    word: 'session-unknown',
    text: {
      nl: 'Er is geen beslissing met dit nummer of deze dossiercode.',
      fr: "Il n'y a pas de décision avec ce numéro ou ce code de dossier.",
      de: 'Es gibt keine Entscheidung mit dieser Nummer oder diesem Fallcode.',
      en: 'There is no decision with this id or case code.',
    },
  },
  'no-page': {
    status: 404,
    word: 'session-unknown',
    text: {
      nl: 'Dit adres bestaat niet.',
      fr: "Cette adresse n'existe pas.",
      de: 'Diese Adresse gibt es nicht.',
      en: 'There is nothing at this address.',
    },
  },
  'bad-request': {
    status: 400,
    word: 'report-malformed',
    text: {
      nl: 'De vraag is onjuist gesteld: kijk de namen en waarden na.',
      fr: 'La demande est mal formulée : vérifiez les noms et les valeurs.',
      de: 'Die Anfrage ist falsch gestellt: Prüfen Sie Namen und Werte.',
      en: 'The request is wrong: check its names and values.',
    },
  },
  'store-down': {
    status: 503,
    word: 'store-unavailable',
    text: {
      nl: 'De opslag antwoordt nu niet. Probeer het zo dadelijk opnieuw.',
      fr: 'Le stockage ne répond pas pour le moment. Réessayez dans un instant.',
      de: 'Der Speicher antwortet gerade nicht. Versuchen Sie es gleich noch einmal.',
      en: 'The store does not answer right now. Try again in a moment.',
    },
  },
  fault: {
    status: 500,
    word: 'try-again',
    text: {
      nl: 'De gateway kon dit niet beantwoorden. De fout staat in zijn logboek.',
      fr: "La passerelle n'a pas pu répondre. L'erreur est dans son journal.",
      de: 'Das Gateway konnte dies nicht beantworten. Der Fehler steht in seinem Protokoll.',
      en: 'The gateway could not answer this. The fault is in its log.',
    },
  },
} as const satisfies Record<string, ReadRefusal>;

export type ReadRefusalName = keyof typeof readRefusals;
