// Why a card could not be used: one word for each cause, what a PKCS #11 return value means in these words, and the sentence
// for the person. A card that is not there is nobody's fault and never ends the resident agent.

import type { Language } from '../gateway/contract/language.ts';
import { tokenFlags } from '../gateway/pkcs11/layout.ts';
import { AgentFailure } from './failure.ts';

export const cardFaults = [
  'module-missing',
  'module-unusable',
  'reader-missing',
  'card-missing',
  'card-unreadable',
  'certificate-missing',
  'key-missing',
  'pin-unasked',
  'pin-cancelled',
  'pin-wrong',
  'pin-blocked',
  'card-removed',
  'card-timeout',
  'card-failed',
] as const;
export type CardFault = (typeof cardFaults)[number];

/** What the token tells about the tries that are left. */
export type PinTries = 'ok' | 'low' | 'last' | 'blocked';

export class CardFailure extends AgentFailure {
  readonly fault: CardFault;
  readonly detail: string | undefined;
  readonly tries: PinTries;

  /** `detail` is for the log: a return value, a path; never anything that stands on the card. */
  constructor(fault: CardFault, detail?: string, tries: PinTries = 'ok') {
    super('card', detail === undefined ? fault : `${fault}: ${detail}`);
    this.fault = fault;
    this.detail = detail;
    this.tries = tries;
  }
}

/** PKCS #11 v2.40 section 5.1 (return values) → word. */
const words: ReadonlyMap<number, CardFault> = new Map([
  [0x30, 'card-unreadable'],
  [0x32, 'card-removed'],
  [0x50, 'pin-cancelled'],
  [0xa0, 'pin-wrong'],
  // CKR_PIN_INVALID and CKR_PIN_LEN_RANGE: no PIN at all by its form, which some cards count as a try.
  [0xa1, 'pin-wrong'],
  [0xa2, 'pin-wrong'],
  [0xa4, 'pin-blocked'],
  [0xb0, 'card-removed'],
  [0xb3, 'card-removed'],
  [0xe0, 'card-removed'],
  [0xe1, 'card-unreadable'],
]);

export function faultOf(returnValue: number): CardFault {
  return words.get(returnValue) ?? 'card-failed';
}

export function triesOf(flags: bigint): PinTries {
  if ((flags & tokenFlags.pinLocked) !== 0n) return 'blocked';
  if ((flags & tokenFlags.pinFinalTry) !== 0n) return 'last';
  return (flags & tokenFlags.pinCountLow) === 0n ? 'ok' : 'low';
}

type Sentences = Readonly<Record<CardFault, string>> & { readonly low: string; readonly last: string };

const sentences: Readonly<Record<Language, Sentences>> = {
  en: {
    'module-missing': 'The card software is not installed: install the eID middleware.',
    'module-unusable': 'The card software cannot be used by this agent.',
    'reader-missing': 'No card reader is connected.',
    'card-missing': 'Put your identity card in the reader.',
    'card-unreadable': 'The card cannot be read: is it the right way up, and is it an identity card?',
    'certificate-missing': 'This card has no certificate to identify yourself with.',
    'key-missing': 'The card has a certificate, but not its key.',
    'pin-unasked': 'The PIN cannot be asked here: start the agent in a terminal.',
    'pin-cancelled': 'No PIN was given.',
    'pin-wrong': 'The PIN is wrong.',
    'pin-blocked': 'The PIN is blocked: your municipality can unblock it.',
    'card-removed': 'The card was removed.',
    'card-timeout': 'The card did not answer in time.',
    'card-failed': 'The card could not sign.',
    low: 'A wrong PIN was given before: few tries are left.',
    last: 'One try is left before the card is blocked.',
  },
  nl: {
    'module-missing': 'De kaartsoftware is niet geïnstalleerd: installeer de eID-middleware.',
    'module-unusable': 'Deze agent kan de kaartsoftware niet gebruiken.',
    'reader-missing': 'Er is geen kaartlezer aangesloten.',
    'card-missing': 'Steek uw identiteitskaart in de lezer.',
    'card-unreadable': 'De kaart is niet leesbaar: zit ze juist in de lezer, en is het een identiteitskaart?',
    'certificate-missing': 'Deze kaart heeft geen certificaat om u mee te identificeren.',
    'key-missing': 'De kaart heeft een certificaat, maar niet de sleutel ervan.',
    'pin-unasked': 'De pincode kan hier niet gevraagd worden: start de agent in een terminal.',
    'pin-cancelled': 'Er is geen pincode gegeven.',
    'pin-wrong': 'De pincode is fout.',
    'pin-blocked': 'De pincode is geblokkeerd: uw gemeente kan ze deblokkeren.',
    'card-removed': 'De kaart is uit de lezer genomen.',
    'card-timeout': 'De kaart antwoordde niet op tijd.',
    'card-failed': 'De kaart kon niet tekenen.',
    low: 'Er is al een foute pincode gegeven: er zijn nog weinig pogingen.',
    last: 'Er is nog één poging voor de kaart geblokkeerd wordt.',
  },
  fr: {
    'module-missing': "Le logiciel de la carte n'est pas installé : installez le middleware eID.",
    'module-unusable': 'Cet agent ne peut pas utiliser le logiciel de la carte.',
    'reader-missing': "Aucun lecteur de carte n'est connecté.",
    'card-missing': "Insérez votre carte d'identité dans le lecteur.",
    'card-unreadable': "La carte est illisible : est-elle dans le bon sens, et est-ce une carte d'identité ?",
    'certificate-missing': "Cette carte n'a pas de certificat pour vous identifier.",
    'key-missing': 'La carte a un certificat, mais pas sa clé.',
    'pin-unasked': "Le code PIN ne peut pas être demandé ici : lancez l'agent dans un terminal.",
    'pin-cancelled': "Aucun code PIN n'a été donné.",
    'pin-wrong': 'Le code PIN est faux.',
    'pin-blocked': 'Le code PIN est bloqué : votre commune peut le débloquer.',
    'card-removed': 'La carte a été retirée.',
    'card-timeout': "La carte n'a pas répondu à temps.",
    'card-failed': "La carte n'a pas pu signer.",
    low: 'Un code PIN faux a déjà été donné : il reste peu de tentatives.',
    last: 'Il reste une tentative avant que la carte soit bloquée.',
  },
  de: {
    'module-missing': 'Die Kartensoftware ist nicht installiert: Installieren Sie die eID-Middleware.',
    'module-unusable': 'Dieser Agent kann die Kartensoftware nicht verwenden.',
    'reader-missing': 'Es ist kein Kartenleser angeschlossen.',
    'card-missing': 'Stecken Sie Ihren Personalausweis in den Leser.',
    'card-unreadable': 'Die Karte ist nicht lesbar: Steckt sie richtig, und ist es ein Personalausweis?',
    'certificate-missing': 'Diese Karte hat kein Zertifikat, mit dem Sie sich ausweisen können.',
    'key-missing': 'Die Karte hat ein Zertifikat, aber nicht dessen Schlüssel.',
    'pin-unasked': 'Die PIN kann hier nicht erfragt werden: Starten Sie den Agenten in einem Terminal.',
    'pin-cancelled': 'Es wurde keine PIN eingegeben.',
    'pin-wrong': 'Die PIN ist falsch.',
    'pin-blocked': 'Die PIN ist gesperrt: Ihre Gemeinde kann sie entsperren.',
    'card-removed': 'Die Karte wurde entnommen.',
    'card-timeout': 'Die Karte hat nicht rechtzeitig geantwortet.',
    'card-failed': 'Die Karte konnte nicht unterschreiben.',
    low: 'Es wurde schon eine falsche PIN eingegeben: Es bleiben wenige Versuche.',
    last: 'Es bleibt ein Versuch, bevor die Karte gesperrt wird.',
  },
};

/** What the person should read; after a wrong PIN also how many tries are left. */
export function cardText(fault: CardFault, tries: PinTries, language: Language): string {
  const words = sentences[language];
  const more = fault === 'pin-wrong' ? triesText(tries, language) : undefined;
  return more === undefined ? words[fault] : `${words[fault]} ${more}`;
}

/** The warning before a PIN is typed. */
export function triesText(tries: PinTries, language: Language): string | undefined {
  return tries === 'low' || tries === 'last' ? sentences[language][tries] : undefined;
}
