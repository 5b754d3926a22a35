// The words of an explanation in four languages: sentences with places to fill, and the closed vocabulary in which
// values and limits are written. Plain tables; a missing word is a type error.

import type { Language } from '../contract/language.ts';
import type { Outcome } from '../contract/outcome.ts';

type Sentence = Readonly<Record<Language, string>>;

export const outcomeSentences = {
  grant: {
    nl: 'Toegang verleend.',
    fr: 'Accès accordé.',
    de: 'Zugang gewährt.',
    en: 'Access granted.',
  },
  update: {
    nl: 'Nog geen toegang: eerst moeten er updates komen. Alleen het updatenetwerk is bereikbaar.',
    fr: 'Pas encore d’accès : des mises à jour sont d’abord nécessaires. Seul le réseau de mise à jour est accessible.',
    de: 'Noch kein Zugang: Zuerst sind Updates nötig. Nur das Updatenetz ist erreichbar.',
    en: 'No access yet: updates must come first. Only the update network can be reached.',
  },
  quarantine: {
    nl: 'Geen toegang: de laptop staat in quarantaine. Alleen hulp en updates zijn bereikbaar.',
    fr: 'Pas d’accès : le portable est en quarantaine. Seules l’aide et les mises à jour sont accessibles.',
    de: 'Kein Zugang: Der Laptop steht unter Quarantäne. Nur Hilfe und Updates sind erreichbar.',
    en: 'No access: the laptop is in quarantine. Only help and updates can be reached.',
  },
  deny: {
    nl: 'Toegang geweigerd.',
    fr: 'Accès refusé.',
    de: 'Zugang verweigert.',
    en: 'Access denied.',
  },
} as const satisfies Readonly<Record<Outcome, Sentence>>;

/** `{name}` is filled in. */
export const sentences = {
  policy: {
    nl: 'Van toepassing is het beleid "{policy}".',
    fr: 'La politique « {policy} » s’applique.',
    de: 'Es gilt die Richtlinie „{policy}“.',
    en: 'The policy "{policy}" applies.',
  },
  segment: {
    nl: 'Netwerk: {segment}.',
    fr: 'Réseau : {segment}.',
    de: 'Netz: {segment}.',
    en: 'Network: {segment}.',
  },
  gap: {
    nl: 'Geen enkel beleid geldt voor deze persoon op dit toestel.',
    fr: 'Aucune politique ne couvre cette personne sur cet appareil.',
    de: 'Keine Richtlinie gilt für diese Person auf diesem Gerät.',
    en: 'No policy covers this person on this device.',
  },
  overlap: {
    nl: 'Meer dan één beleid geldt voor deze persoon op dit toestel, en geen ervan gaat voor.',
    fr: 'Plusieurs politiques couvrent cette personne sur cet appareil, et aucune ne prime.',
    de: 'Mehrere Richtlinien gelten für diese Person auf diesem Gerät, und keine geht vor.',
    en: 'More than one policy covers this person on this device, and none of them comes first.',
  },
  failed: {
    nl: 'Niet in orde: {check}. {text} (gezien: {value}; vereist: {limit}; bron: {source}{age})',
    fr: 'Non conforme : {check}. {text} (constaté : {value} ; exigé : {limit} ; source : {source}{age})',
    de: 'Nicht erfüllt: {check}. {text} (festgestellt: {value}; verlangt: {limit}; Quelle: {source}{age})',
    en: 'Not met: {check}. {text} (seen: {value}; required: {limit}; source: {source}{age})',
  },
  unknown: {
    nl: 'Niet bekend: {check}. {text} ({value}; vereist: {limit}; bron: {source}{age})',
    fr: 'Inconnu : {check}. {text} ({value} ; exigé : {limit} ; source : {source}{age})',
    de: 'Nicht bekannt: {check}. {text} ({value}; verlangt: {limit}; Quelle: {source}{age})',
    en: 'Not known: {check}. {text} ({value}; required: {limit}; source: {source}{age})',
  },
  age: {
    nl: '; {age} geleden gemeten',
    fr: ' ; mesuré il y a {age}',
    de: '; gemessen vor {age}',
    en: '; measured {age} ago',
  },
  passed: {
    nl: 'In orde ({count}): {checks}.',
    fr: 'Conforme ({count}) : {checks}.',
    de: 'Erfüllt ({count}): {checks}.',
    en: 'Met ({count}): {checks}.',
  },
  change: {
    nl: 'Toegang volgt zodra dit in orde is: {checks}.',
    fr: 'L’accès suivra dès que ceci sera en ordre : {checks}.',
    de: 'Zugang folgt, sobald dies in Ordnung ist: {checks}.',
    en: 'Access follows as soon as this is in order: {checks}.',
  },
  noChange: {
    nl: 'Op de laptop zelf is dit niet op te lossen. Neem contact op met de helpdesk.',
    fr: 'Ceci ne peut pas être résolu sur le portable lui-même. Contactez le helpdesk.',
    de: 'Am Laptop selbst lässt sich das nicht beheben. Wenden Sie sich an den Helpdesk.',
    en: 'This cannot be solved on the laptop itself. Contact the help desk.',
  },
  until: {
    nl: 'Geldig tot {moment} ({because}).',
    fr: 'Valable jusqu’au {moment} ({because}).',
    de: 'Gültig bis {moment} ({because}).',
    en: 'Valid until {moment} ({because}).',
  },
} as const satisfies Readonly<Record<string, Sentence>>;

export const becauseWords = {
  'report-age': {
    nl: 'dan is het rapport te oud',
    fr: 'le rapport sera alors trop ancien',
    de: 'dann ist der Bericht zu alt',
    en: 'the report is too old then',
  },
  'session-limit': {
    nl: 'dan eindigt de langste sessie die het beleid toelaat',
    fr: 'fin de la plus longue session que la politique permet',
    de: 'dann endet die längste Sitzung, die die Richtlinie zulässt',
    en: 'the longest session that the policy allows ends then',
  },
  'day-limit': {
    nl: 'geen sessie duurt langer dan een dag',
    fr: 'aucune session ne dure plus d’un jour',
    de: 'keine Sitzung dauert länger als einen Tag',
    en: 'no session lasts longer than a day',
  },
} as const satisfies Readonly<Record<string, Sentence>>;

export const factLapses: Sentence = {
  nl: 'dan overschrijdt {fact} zijn grens',
  fr: '{fact} dépassera alors sa limite',
  de: 'dann überschreitet {fact} seine Grenze',
  en: '{fact} passes its limit then',
};

/** Values and limits are made of these words and numbers; a longer phrase stands before its parts. */
export const vocabulary: readonly Readonly<Record<Language, string>>[] = [
  { en: 'not one of', nl: 'geen van', fr: 'aucun de', de: 'keines von' },
  { en: 'one of', nl: 'een van', fr: 'un de', de: 'eines von' },
  { en: 'or better', nl: 'of beter', fr: 'ou mieux', de: 'oder besser' },
  { en: 'at most', nl: 'hoogstens', fr: 'au plus', de: 'höchstens' },
  { en: 'at least', nl: 'minstens', fr: 'au moins', de: 'mindestens' },
  { en: 'no report', nl: 'geen rapport', fr: 'aucun rapport', de: 'kein Bericht' },
  { en: 'yes', nl: 'ja', fr: 'oui', de: 'ja' },
  { en: 'no', nl: 'nee', fr: 'non', de: 'nein' },
  { en: 'unknown', nl: 'onbekend', fr: 'inconnu', de: 'unbekannt' },
  { en: 'missing', nl: 'ontbreekt', fr: 'manquant', de: 'fehlt' },
  { en: 'unsupported', nl: 'niet ondersteund', fr: 'non pris en charge', de: 'nicht unterstützt' },
  { en: 'denied', nl: 'geen rechten', fr: 'droits insuffisants', de: 'keine Rechte' },
  { en: 'timeout', nl: 'te traag', fr: 'délai dépassé', de: 'zu langsam' },
  { en: 'error', nl: 'fout', fr: 'erreur', de: 'Fehler' },
  { en: 'disabled', nl: 'uitgeschakeld', fr: 'désactivé', de: 'abgeschaltet' },
  { en: 'not-asked', nl: 'niet gevraagd', fr: 'non demandé', de: 'nicht gefragt' },
  { en: 'stale', nl: 'te oud', fr: 'trop ancien', de: 'zu alt' },
  { en: 'above', nl: 'boven', fr: 'au-dessus de', de: 'über' },
  { en: 'none', nl: 'geen', fr: 'aucun', de: 'keine' },
  { en: 'days', nl: 'dagen', fr: 'jours', de: 'Tage' },
  { en: 'day', nl: 'dag', fr: 'jour', de: 'Tag' },
  { en: 'hours', nl: 'uur', fr: 'heures', de: 'Stunden' },
  { en: 'hour', nl: 'uur', fr: 'heure', de: 'Stunde' },
  { en: 'minutes', nl: 'minuten', fr: 'minutes', de: 'Minuten' },
  { en: 'minute', nl: 'minuut', fr: 'minute', de: 'Minute' },
  { en: 'seconds', nl: 'seconden', fr: 'secondes', de: 'Sekunden' },
  { en: 'second', nl: 'seconde', fr: 'seconde', de: 'Sekunde' },
  { en: 'active', nl: 'actief', fr: 'actif', de: 'aktiv' },
  { en: 'stolen', nl: 'gestolen', fr: 'volé', de: 'gestohlen' },
  { en: 'retired', nl: 'uit dienst', fr: 'hors service', de: 'außer Dienst' },
  { en: 'unregistered', nl: 'niet geregistreerd', fr: 'non enregistré', de: 'nicht registriert' },
];
