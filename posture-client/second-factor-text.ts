// A new second factor as a person sees it once: the QR code for the authenticator app, and the recovery codes.

import { renderUnicodeCompact } from 'uqr';
import type { NewSecondFactor } from '../gateway/contract/challenge.ts';
import type { Language } from '../gateway/contract/language.ts';

export interface SecondFactorWords {
  readonly title: string;
  readonly scan: string;
  readonly byHand: string;
  readonly codes: string;
  /** What was before is of no use any more, and what to do with this. */
  readonly keep: string;
}

export const secondFactorWords: Readonly<Record<Language, SecondFactorWords>> = {
  nl: {
    title: 'Uw tweede factor voor de VPN',
    scan: 'Scan deze code met een authenticator-app. Die toont voortaan de zes cijfers die na uw wachtwoord gevraagd worden.',
    byHand: 'Wie niet kan scannen, tikt deze sleutel in de app',
    codes: 'Herstelcodes: elk opent één keer, in plaats van de zes cijfers, als uw telefoon weg is.',
    keep: 'Dit wordt maar één keer getoond, en wat u voordien had, werkt niet meer. Bewaar de herstelcodes op papier, niet op deze computer.',
  },
  fr: {
    title: 'Votre second facteur pour le VPN',
    scan: 'Scannez ce code avec une application d’authentification. Elle affiche désormais les six chiffres demandés après votre mot de passe.',
    byHand: 'Sans caméra, tapez cette clé dans l’application',
    codes: 'Codes de secours : chacun ouvre une fois, à la place des six chiffres, si votre téléphone est perdu.',
    keep: 'Ceci n’est montré qu’une fois, et ce que vous aviez avant ne fonctionne plus. Gardez les codes de secours sur papier, pas sur cet ordinateur.',
  },
  de: {
    title: 'Ihr zweiter Faktor für das VPN',
    scan: 'Scannen Sie diesen Code mit einer Authenticator-App. Sie zeigt von nun an die sechs Ziffern, die nach Ihrem Passwort gefragt werden.',
    byHand: 'Wer nicht scannen kann, tippt diesen Schlüssel in die App',
    codes: 'Wiederherstellungscodes: Jeder öffnet einmal anstelle der sechs Ziffern, wenn Ihr Telefon fort ist.',
    keep: 'Dies wird nur einmal gezeigt, und was Sie vorher hatten, gilt nicht mehr. Bewahren Sie die Codes auf Papier auf, nicht auf diesem Computer.',
  },
  en: {
    title: 'Your second factor for the VPN',
    scan: 'Scan this code with an authenticator app. From now on it shows the six digits that are asked for after your password.',
    byHand: 'Whoever cannot scan types this key into the app',
    codes: 'Recovery codes: each opens once, in place of the six digits, when your telephone is gone.',
    keep: 'This is shown once, and what you had before works no more. Keep the recovery codes on paper, not on this computer.',
  },
};

export type TextOfFactor = Pick<NewSecondFactor, 'uri' | 'recoveryCodes'>;

export function secondFactorText({ uri, recoveryCodes }: TextOfFactor, language: Language): string {
  const { title, scan, byHand, codes, keep } = secondFactorWords[language];
  return [
    title,
    '',
    scan,
    terminalQr(uri),
    `${byHand}:`,
    `  ${keyOf(uri)}`,
    '',
    codes,
    ...recoveryCodes.map(code => `  ${code}`),
    '',
    keep,
  ].join('\n');
}

/** The seed in groups, for typing. */
export function keyOf(uri: string): string {
  return (new URL(uri).searchParams.get('secret') ?? '').replaceAll(/.{4}(?=.)/g, '$& ');
}

/** Dark on light whatever the colours of the terminal: few telephones read it the other way round. */
function terminalQr(uri: string): string {
  return renderUnicodeCompact(uri, { border: 2 })
    .split('\n')
    .map(line => `\u001b[97;40m${line}\u001b[0m`)
    .join('\n');
}
