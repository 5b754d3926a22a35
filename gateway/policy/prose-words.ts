// The sentences of a policy set in plain prose, in four languages, with places to fill. A missing word is a type error.

import type { Language } from '../contract/language.ts';

type Sentence = Readonly<Record<Language, string>>;
const words = (nl: string, fr: string, de: string, en: string): Sentence => ({ nl, fr, de, en });

/** What follows, as it stands behind a colon. */
const follows = {
  notice: words('het wordt alleen gemeld', 'c’est seulement signalé', 'es wird nur gemeldet', 'it is only told'),
  update: words(
    'alleen het updatenetwerk',
    'seulement le réseau de mise à jour',
    'nur das Updatenetz',
    'only the update network',
  ),
  quarantine: words(
    'quarantaine, dus alleen hulp en updates',
    'la quarantaine, donc seulement l’aide et les mises à jour',
    'Quarantäne, also nur Hilfe und Updates',
    'quarantine, so only help and updates',
  ),
  deny: words('geen toegang', 'pas d’accès', 'kein Zugang', 'no access'),
};

/** One requirement, from its parts. */
const requirement = {
  measured: words('{age} geleden gemeten', 'mesuré il y a {age}', 'die Messung {age} alt', 'measured {age} ago'),
  notMet: words(
    'zo niet, of als niemand het weet: {outcome}',
    'sinon, ou si personne ne le sait : {outcome}',
    'sonst, oder wenn niemand es weiß: {outcome}',
    'if not, or if nobody can tell: {outcome}',
  ),
  notMetApart: words(
    'zo niet: {failed}; als niemand het weet: {unknown}',
    'sinon : {failed} ; si personne ne le sait : {unknown}',
    'sonst: {failed}; wenn niemand es weiß: {unknown}',
    'if not: {failed}; if nobody can tell: {unknown}',
  ),
  only: words('alleen op {systems}', 'uniquement sur {systems}', 'nur auf {systems}', 'only on {systems}'),
  anyOf: words(
    'Een van deze volstaat: {choices}',
    'L’une de ces conditions suffit : {choices}',
    'Eines davon genügt: {choices}',
    'One of these is enough: {choices}',
  ),
  or: words('; of: ', ' ; ou : ', '; oder: ', '; or: '),
  grace: words(
    'Tijd om het in orde te brengen: {time}, vanaf de eerste keer dat het niet in orde is.',
    'Délai pour se mettre en ordre : {time}, à partir du premier constat.',
    'Frist, es in Ordnung zu bringen: {time}, ab der ersten Feststellung.',
    'Time to mend it: {time}, from the first failure on.',
  ),
  deadline: words(
    'Verplicht vanaf {moment}; tot dan wordt het alleen gemeld.',
    'Obligatoire à partir du {moment} ; jusque-là, c’est seulement signalé.',
    'Verpflichtend ab {moment}; bis dahin wird es nur gemeldet.',
    'Required from {moment}; until then it is only told.',
  ),
  remind: words(
    'Herinneringen: {times} voor het einde.',
    'Rappels : {times} avant la fin.',
    'Erinnerungen: {times} vor dem Ende.',
    'Reminders: {times} before the end.',
  ),
  waivable: words(
    'Een ontheffing is mogelijk.',
    'Une dérogation est possible.',
    'Eine Ausnahme ist möglich.',
    'A waiver is possible.',
  ),
  notWaivable: words(
    'Hiervan is geen ontheffing mogelijk.',
    'Aucune dérogation n’est possible.',
    'Eine Ausnahme ist nicht möglich.',
    'No waiver is possible.',
  ),
  reads: words(
    'De persoon leest: “{text}”',
    'La personne lit : « {text} »',
    'Die Person liest: „{text}“',
    'The person reads: “{text}”',
  ),
};

/** Whom it is for; a calendar. */
const selection = {
  everyone: words('Voor iedereen', 'Pour tout le monde', 'Für alle', 'For everyone'),
  those: words('Voor: {who}', 'Pour : {who}', 'Für: {who}', 'For: {who}'),
  groups: words(
    'wie tot {some} behoort',
    'qui fait partie de {some}',
    'wer zu {some} gehört',
    'whoever belongs to {some}',
  ),
  device: words(
    'op een toestel van de klasse {some}',
    'sur un appareil de la classe {some}',
    'auf einem Gerät der Klasse {some}',
    'on a machine of class {some}',
  ),
  concentrator: words(
    'via de concentrator {some}',
    'par le concentrateur {some}',
    'über den Konzentrator {some}',
    'by the concentrator {some}',
  ),
  country: words('vanuit {some}', 'depuis {some}', 'aus {some}', 'from {some}'),
  hours: words(
    'zolang {some} open is',
    'tant que {some} est ouvert',
    'solange {some} offen ist',
    'while {some} is open',
  ),
  closedOn: words('Gesloten op {days}.', 'Fermé les {days}.', 'Geschlossen am {days}.', 'Closed on {days}.'),
  clock: words('Op de klok van {zone}.', 'À l’heure de {zone}.', 'Nach der Uhr von {zone}.', 'On the clock of {zone}.'),
};

const document = {
  title: words('Het beleid voor toegang', 'Les politiques d’accès', 'Die Zugangsrichtlinien', 'The access policies'),
  titleOf: words(
    'Het beleid voor toegang: {name}',
    'Les politiques d’accès : {name}',
    'Die Zugangsrichtlinien: {name}',
    'The access policies: {name}',
  ),
  version: words(
    'Versie {hash}. Tijden zijn op de klok van {zone}.',
    'Version {hash}. Les heures sont celles de {zone}.',
    'Fassung {hash}. Zeiten sind die von {zone}.',
    'Version {hash}. Times are on the clock of {zone}.',
  ),
  how: words('Hoe beslist wordt', 'Comment la décision est prise', 'Wie entschieden wird', 'How it is decided'),
  one: words(
    'Voor een verbinding geldt precies één beleid. Past er geen, of passen er meer en gaat geen ervan voor, dan is er geen toegang.',
    'Une seule politique s’applique à une connexion. Si aucune ne convient, ou si plusieurs conviennent et qu’aucune ne prime, il n’y a pas d’accès.',
    'Für eine Verbindung gilt genau eine Richtlinie. Passt keine, oder passen mehrere und geht keine vor, gibt es keinen Zugang.',
    'Exactly one policy applies to a connection. Where none fits, or several do and none comes first, there is no access.',
  ),
  all: words(
    'Alles wat gevraagd wordt, wordt bekeken; het strengste gevolg telt. Wat niemand weet, opent nooit het netwerk.',
    'Tout ce qui est exigé est examiné ; la conséquence la plus stricte compte. Ce que personne ne sait n’ouvre jamais le réseau.',
    'Alles Verlangte wird geprüft; die strengste Folge zählt. Was niemand weiß, öffnet nie das Netz.',
    'All that is asked is looked at; the strictest of what follows counts. What nobody knows never opens the network.',
  ),
  waivers: words(
    'Van een vereiste van een beleid kan iemand hoogstens 30 dagen ontheven worden, als een ander dan de aanvrager het goedkeurt; van een ondergrens alleen waar die het zegt, en nooit van wat bewijst wie er komt.',
    'On peut être dispensé d’une exigence d’une politique pendant 30 jours au plus, si un autre que le demandeur l’approuve ; d’un socle seulement là où il le dit, et jamais de ce qui prouve qui se présente.',
    'Von einer Anforderung einer Richtlinie kann jemand für höchstens 30 Tage ausgenommen werden, wenn ein anderer als der Antragsteller zustimmt; von einer Mindestregel nur, wo sie es sagt, und nie von dem, was beweist, wer kommt.',
    'From a requirement of a policy somebody can be excused for at most 30 days, when another than who asks agrees; from a floor only where it says so, and never from what proves who comes.',
  ),
  closedTo: words(
    'Met opzet buiten elk beleid:',
    'Volontairement hors de toute politique :',
    'Mit Absicht außerhalb jeder Richtlinie:',
    'Outside every policy on purpose:',
  ),
  exclusive: words(
    'Niemand zit in meer dan een van deze groepen: {groups}.',
    'Personne n’appartient à plus d’un de ces groupes : {groups}.',
    'Niemand ist in mehr als einer dieser Gruppen: {groups}.',
    'Nobody is in more than one of these groups: {groups}.',
  ),
  policy: words('Beleid “{name}”', 'Politique « {name} »', 'Richtlinie „{name}“', 'Policy “{name}”'),
  gives: words(
    'Geeft het netwerk “{segment}”, hoogstens {time} na elkaar.',
    'Donne le réseau « {segment} », pendant au plus {time} d’affilée.',
    'Gibt das Netz „{segment}“, höchstens {time} am Stück.',
    'Gives the network “{segment}”, for at most {time} at a time.',
  ),
  atMost: words(
    'Een sessie duurt hoogstens {time}.',
    'Une session dure au plus {time}.',
    'Eine Sitzung dauert höchstens {time}.',
    'A session lasts at most {time}.',
  ),
  owner: words(
    'Verantwoordelijk: {owner}.',
    'Responsable : {owner}.',
    'Verantwortlich: {owner}.',
    'Answerable: {owner}.',
  ),
  before: words('Gaat voor op {others}.', 'Prime sur {others}.', 'Geht vor {others}.', 'Comes before {others}.'),
  asked: words('Wat gevraagd wordt:', 'Ce qui est exigé :', 'Was verlangt wird:', 'What is asked:'),
  floors: words(
    'Wat altijd gevraagd wordt, welk beleid ook geldt',
    'Ce qui est toujours exigé, quelle que soit la politique',
    'Was immer verlangt wird, welche Richtlinie auch gilt',
    'What is always asked, whatever policy applies',
  ),
  floor: words('Ondergrens “{name}”', 'Socle « {name} »', 'Mindestregel „{name}“', 'Floor “{name}”'),
  layer: words('Overgenomen van {layer}.', 'Repris de {layer}.', 'Übernommen von {layer}.', 'Taken over from {layer}.'),
  source: words('Bron: {source}', 'Source : {source}', 'Quelle: {source}', 'Source: {source}'),
  calendars: words('Kalenders', 'Calendriers', 'Kalender', 'Calendars'),
  texts: words('Teksten om te aanvaarden', 'Textes à accepter', 'Texte zum Annehmen', 'Texts to accept'),
  textOf: words(
    '“{title}”, {by}, {date}',
    '« {title} », {by}, {date}',
    '„{title}“, {by}, {date}',
    '“{title}”, {by}, {date}',
  ),
  applications: words(
    'Naar welke programma’s gevraagd wordt, en naar geen andere',
    'Les programmes sur lesquels on interroge, et aucun autre',
    'Nach welchen Programmen gefragt wird, und nach keinen anderen',
    'Which programs are asked about, and no others',
  ),
  excuses: words('Ontheffingen', 'Dérogations', 'Ausnahmen', 'Waivers and emergencies'),
  waiver: words(
    'Ontheffing “{name}”, voor {who}, van {from} tot {until}. {what}.',
    'Dérogation « {name} », pour {who}, du {from} au {until}. {what}.',
    'Ausnahme „{name}“ für {who}, von {from} bis {until}. {what}.',
    'Waiver “{name}”, for {who}, from {from} until {until}. {what}.',
  ),
  emergency: words(
    'Noodprofiel “{name}”, van {from} tot {until}. {who}. {what}.',
    'Profil d’urgence « {name} », du {from} au {until}. {who}. {what}.',
    'Notfallprofil „{name}“, von {from} bis {until}. {who}. {what}.',
    'Emergency profile “{name}”, from {from} until {until}. {who}. {what}.',
  ),
  told: words('Alleen gemeld: {what}', 'Seulement signalé : {what}', 'Nur gemeldet: {what}', 'Only told: {what}'),
  agreed: words(
    'Reden: {reason} Gevraagd door {by}, goedgekeurd door {approved}.',
    'Raison : {reason} Demandé par {by}, approuvé par {approved}.',
    'Grund: {reason} Beantragt von {by}, genehmigt von {approved}.',
    'Reason: {reason} Asked for by {by}, agreed to by {approved}.',
  ),
  instead: words('In de plaats: {instead}', 'À la place : {instead}', 'Stattdessen: {instead}', 'Instead: {instead}'),
  unknown: words(
    'Wanneer iets niet te weten is',
    'Quand quelque chose ne peut être connu',
    'Wenn etwas nicht bekannt ist',
    'When something cannot be known',
  ),
  noReport: words(
    'Er is nog geen rapport van de laptop: {outcome}.',
    'Aucun rapport du portable n’est encore arrivé : {outcome}.',
    'Noch ist kein Bericht des Laptops gekommen: {outcome}.',
    'No report of the laptop has come yet: {outcome}.',
  ),
  staleReport: words(
    'Het laatste rapport is te oud: {outcome}.',
    'Le dernier rapport est trop ancien : {outcome}.',
    'Der letzte Bericht ist zu alt: {outcome}.',
    'The last report is too old: {outcome}.',
  ),
  directory: words(
    'De adreslijst antwoordt niet: haar laatste antwoord telt nog {time}; daarna: {outcome}.',
    'L’annuaire ne répond pas : sa dernière réponse compte encore {time} ; ensuite : {outcome}.',
    'Das Verzeichnis antwortet nicht: Seine letzte Antwort zählt noch {time}; danach: {outcome}.',
    'The directory does not answer: its last answer counts for {time}; after that: {outcome}.',
  ),
  revocation: words(
    'Niemand weet of een certificaat van {issuer} ingetrokken is{who}: het laatste goede antwoord telt nog {time}; daarna: {outcome}.',
    'Personne ne sait si un certificat de {issuer} est révoqué{who} : la dernière bonne réponse compte encore {time} ; ensuite : {outcome}.',
    'Niemand weiß, ob ein Zertifikat von {issuer} widerrufen ist{who}: Die letzte gute Antwort zählt noch {time}; danach: {outcome}.',
    'Nobody knows whether a certificate of {issuer} was revoked{who}: the last good answer counts for {time}; after that: {outcome}.',
  ),
  anyIssuer: words('wie dan ook', 'qui que ce soit', 'wem auch immer', 'any issuer'),
};

export const prose = { ...requirement, ...selection, ...document };

export type Fill = Readonly<Record<string, string>>;

export function say(key: keyof typeof prose, language: Language, filled: Fill = {}): string {
  return prose[key][language].replace(/\{(\w+)\}/g, (place, name: string) => filled[name] ?? place);
}

export function followsWords(outcome: keyof typeof follows, language: Language): string {
  return follows[outcome][language];
}
