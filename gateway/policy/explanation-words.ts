// The words of an explanation in four languages: sentences with places to fill. Plain tables; a missing word is a
// type error. Values and limits themselves are put in words by `contract/measure-words.ts`.

import type { Excuse } from '../contract/decision.ts';
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
  excused: {
    nl: 'Nog niet in orde, en nu alleen gemeld: {check}. {text} (gezien: {value}; vereist: {limit}; {excuse})',
    fr: 'Pas encore conforme, et seulement signalé pour l’instant : {check}. {text} (constaté : {value} ; exigé : {limit} ; {excuse})',
    de: 'Noch nicht erfüllt und vorerst nur gemeldet: {check}. {text} (festgestellt: {value}; verlangt: {limit}; {excuse})',
    en: 'Not met yet, and only told for now: {check}. {text} (seen: {value}; required: {limit}; {excuse})',
  },
  breakGlass: {
    nl: 'Dit is de noodtoegang van de instelling: elk gebruik wordt gemeld.',
    fr: 'Ceci est l’accès de secours de l’institution : chaque usage est signalé.',
    de: 'Dies ist der Notzugang der Einrichtung: Jede Nutzung wird gemeldet.',
    en: 'This is the emergency access of the institution: each use is reported.',
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
  'time-window': {
    nl: 'dan gaat een tijdvenster open of dicht',
    fr: 'une plage horaire s’ouvrira ou se fermera alors',
    de: 'dann beginnt oder endet ein Zeitfenster',
    en: 'a time window opens or closes then',
  },
  grace: {
    nl: 'dan eindigt de tijd om het in orde te brengen',
    fr: 'fin du délai accordé pour se mettre en ordre',
    de: 'dann endet die Frist, es in Ordnung zu bringen',
    en: 'the time to mend it ends then',
  },
  deadline: {
    nl: 'dan begint de regel te gelden',
    fr: 'la règle entrera alors en vigueur',
    de: 'dann tritt die Regel in Kraft',
    en: 'the rule takes effect then',
  },
  waiver: {
    nl: 'dan eindigt de ontheffing',
    fr: 'fin de la dérogation',
    de: 'dann endet die Ausnahme',
    en: 'the waiver ends then',
  },
  emergency: {
    nl: 'dan eindigt het noodprofiel',
    fr: 'fin du profil d’urgence',
    de: 'dann endet das Notfallprofil',
    en: 'the emergency profile ends then',
  },
} as const satisfies Readonly<Record<string, Sentence>>;

export const factLapses: Sentence = {
  nl: 'dan overschrijdt {fact} zijn grens',
  fr: '{fact} dépassera alors sa limite',
  de: 'dann überschreitet {fact} seine Grenze',
  en: '{fact} passes its limit then',
};

/** Why something is only told; `{moment}` is when that ends. */
export const excuseWords = {
  notice: {
    nl: 'een aanbeveling',
    fr: 'une recommandation',
    de: 'eine Empfehlung',
    en: 'a recommendation',
  },
  grace: {
    nl: 'in orde te brengen voor {moment}',
    fr: 'à mettre en ordre avant le {moment}',
    de: 'in Ordnung zu bringen bis {moment}',
    en: 'to be mended before {moment}',
  },
  deadline: {
    nl: 'verplicht vanaf {moment}',
    fr: 'obligatoire à partir du {moment}',
    de: 'verpflichtend ab {moment}',
    en: 'required from {moment}',
  },
  waiver: {
    nl: 'ontheffing {name}, tot {moment}',
    fr: 'dérogation {name}, jusqu’au {moment}',
    de: 'Ausnahme {name}, bis {moment}',
    en: 'waiver {name}, until {moment}',
  },
  emergency: {
    nl: 'noodprofiel {name}, tot {moment}',
    fr: 'profil d’urgence {name}, jusqu’au {moment}',
    de: 'Notfallprofil {name}, bis {moment}',
    en: 'emergency profile {name}, until {moment}',
  },
} as const satisfies Readonly<Record<Excuse['by'], Sentence>>;

/** What is told beside the explanation of a situation that somebody describes. */
export const situationSentences = {
  why: {
    nl: 'Waarom dit beleid:',
    fr: 'Pourquoi cette politique :',
    de: 'Warum diese Richtlinie:',
    en: 'Why this policy:',
  },
  applies: {
    nl: '{policy}: past, en geldt',
    fr: '{policy} : convient, et s’applique',
    de: '{policy}: passt, und gilt',
    en: '{policy}: fits, and applies',
  },
  undecided: {
    nl: '{policy}: past, maar een ander ook',
    fr: '{policy} : convient, mais une autre aussi',
    de: '{policy}: passt, aber eine andere auch',
    en: '{policy}: fits, but so does another',
  },
  givesWay: {
    nl: '{policy}: past, maar {to} gaat voor',
    fr: '{policy} : convient, mais {to} prime',
    de: '{policy}: passt, aber {to} geht vor',
    en: '{policy}: fits, but {to} comes first',
  },
  misses: {
    nl: '{policy}: past niet; gevraagd: {who}',
    fr: '{policy} : ne convient pas ; demandé : {who}',
    de: '{policy}: passt nicht; verlangt: {who}',
    en: '{policy}: does not fit; asked for: {who}',
  },
  floors: {
    nl: 'Ook gevraagd door:',
    fr: 'Également exigé par :',
    de: 'Auch verlangt von:',
    en: 'Also asked by:',
  },
  met: { nl: 'Wat in orde is:', fr: 'Ce qui est en ordre :', de: 'Was erfüllt ist:', en: 'What is met:' },
  metOne: {
    nl: '{check} (gezien: {value}; vereist: {limit}; bron: {source}{age})',
    fr: '{check} (constaté : {value} ; exigé : {limit} ; source : {source}{age})',
    de: '{check} (festgestellt: {value}; verlangt: {limit}; Quelle: {source}{age})',
    en: '{check} (seen: {value}; required: {limit}; source: {source}{age})',
  },
  aside: {
    nl: 'Gaat niet over dit systeem:',
    fr: 'Ne concerne pas ce système :',
    de: 'Betrifft dieses System nicht:',
    en: 'Does not concern this system:',
  },
  change: {
    nl: 'De kleinste verandering die toegang geeft:',
    fr: 'Le plus petit changement qui donne accès :',
    de: 'Die kleinste Änderung, die Zugang gibt:',
    en: 'The smallest change that gives access:',
  },
} as const satisfies Readonly<Record<string, Sentence>>;
export type SituationSentence = keyof typeof situationSentences;
