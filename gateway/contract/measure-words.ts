// Measures in a person's language: the values, limits and sources of a verdict are written in one closed English grammar;
// this is that grammar, and its words in Dutch, French and German. What the grammar does not know stays as it is, so that
// the name of a product, a command or a device class is never touched.

import type { Binding } from './decision.ts';
import type { Language } from './language.ts';
import type { CheckState, sourceKinds } from './report.ts';

type Tongue = Exclude<Language, 'en'>;
type Words = Readonly<Record<Tongue, string>>;
type Table = Readonly<Record<string, Words>>;

const words = (nl: string, fr: string, de: string): Words => ({ nl, fr, de });

const answers = {
  yes: words('ja', 'oui', 'ja'),
  no: words('nee', 'non', 'nein'),
  unknown: words('onbekend', 'inconnu', 'unbekannt'),
} satisfies Table;

/** Why a value is not known. */
const causes = {
  missing: words('ontbreekt', 'manquant', 'fehlt'),
  unsupported: words('niet ondersteund', 'non pris en charge', 'nicht unterstützt'),
  denied: words('geen rechten', 'droits insuffisants', 'keine Rechte'),
  timeout: words('duurde te lang', 'délai dépassé', 'dauerte zu lange'),
  error: words('fout', 'erreur', 'Fehler'),
  disabled: words('uitgeschakeld', 'désactivé', 'abgeschaltet'),
  'not-asked': words('niet gevraagd', 'non demandé', 'nicht gefragt'),
  'no report': words('geen rapport', 'aucun rapport', 'kein Bericht'),
  stale: words('te oud', 'trop ancien', 'zu alt'),
} satisfies Table & Readonly<Record<Exclude<CheckState, 'ok' | 'partial'>, Words>>;

/** Words that a choice takes. Names of systems are names, but for the one that is none. */
const choices = {
  none: words('geen', 'aucun', 'keine'),
  claimed: words('beweerd', 'déclaré', 'behauptet'),
  ticket: words('ticket', 'ticket', 'Ticket'),
  confirmed: words('bevestigd', 'confirmé', 'bestätigt'),
  'one-conversation': words('één aanmelding', 'une seule connexion', 'eine einzige Anmeldung'),
  // Levels of assurance, as each language version of the eIDAS regulation (EU 910/2014, article 8) calls them.
  low: words('laag', 'faible', 'niedrig'),
  substantial: words('substantieel', 'substantiel', 'substanziell'),
  high: words('hoog', 'élevé', 'hoch'),
  active: words('actief', 'actif', 'aktiv'),
  weak: words('zwak', 'peu sûr', 'schwach'),
  strong: words('sterk', 'sûr', 'stark'),
  stolen: words('gestolen', 'volé', 'gestohlen'),
  retired: words('buiten dienst', 'hors service', 'außer Dienst'),
  unregistered: words('niet geregistreerd', 'non enregistré', 'nicht registriert'),
  disabled: words('uitgeschakeld', 'désactivé', 'deaktiviert'),
  expired: words('verlopen', 'expiré', 'abgelaufen'),
  absent: words('afwezig', 'absent', 'nicht vorhanden'),
  good: words('goed', 'valable', 'gültig'),
  'last-good': words('laatst goed', 'valable jusqu’ici', 'zuletzt gültig'),
  unavailable: words('niet te bereiken', 'injoignable', 'nicht erreichbar'),
  // What a system does about updates by itself.
  off: words('uit', 'désactivées', 'aus'),
  notify: words('meldt ze', 'signalées', 'meldet sie'),
  download: words('haalt ze op', 'téléchargées', 'lädt sie herunter'),
  install: words('installeert ze', 'installées', 'installiert sie'),
  unchecked: words('niet nagekeken', 'non vérifié', 'nicht geprüft'),
  'other-linux': words('andere Linux', 'autre Linux', 'anderes Linux'),
} satisfies Table & Readonly<Record<Binding, Words>>;

const bounds = {
  'at most': words('hoogstens', 'au plus', 'höchstens'),
  'at least': words('minstens', 'au moins', 'mindestens'),
  'all of': words('elk van', 'tous parmi', 'alle von'),
  'one of': words('een van', 'parmi', 'eines von'),
  'not one of': words('geen van', 'pas parmi', 'keines von'),
} satisfies Table;
const hours = {
  within: words('binnen', 'pendant', 'innerhalb von'),
  outside: words('buiten', 'en dehors de', 'außerhalb von'),
} satisfies Table;
const proRata = words('pro rata', 'au prorata', 'anteilig');
const orBetter = words('of beter', 'ou mieux', 'oder besser');
const above = words('boven', 'supérieur à', 'über');

/** One and several of a unit. */
const units: Readonly<Record<string, readonly [one: Words, several: Words]>> = {
  second: [words('seconde', 'seconde', 'Sekunde'), words('seconden', 'secondes', 'Sekunden')],
  minute: [words('minuut', 'minute', 'Minute'), words('minuten', 'minutes', 'Minuten')],
  hour: [words('uur', 'heure', 'Stunde'), words('uur', 'heures', 'Stunden')],
  day: [words('dag', 'jour', 'Tag'), words('dagen', 'jours', 'Tage')],
  week: [words('week', 'semaine', 'Woche'), words('weken', 'semaines', 'Wochen')],
};

/** Where a value came from; `report` and `way in` also stand before a colon and a name. */
const origins = {
  report: words('rapport', 'rapport', 'Bericht'),
  'way in': words('toegang via', 'accès par', 'Zugang über'),
  nothing: words('niets', 'rien', 'nichts'),
  given: words('opgegeven', 'donné', 'vorgegeven'),
  'arrival of the report': words('aankomst van het rapport', 'arrivée du rapport', 'Eingang des Berichts'),
  'support calendar': words('ondersteuningskalender', 'calendrier de support', 'Supportkalender'),
  'device register': words('toestellenregister', 'registre des appareils', 'Geräteregister'),
  directory: words('adreslijst', 'annuaire', 'Verzeichnis'),
  'last answer of the directory': words(
    'laatste antwoord van de adreslijst',
    'dernière réponse de l’annuaire',
    'letzte Antwort des Verzeichnisses',
  ),
  'no directory configured': words(
    'geen adreslijst ingesteld',
    'aucun annuaire configuré',
    'kein Verzeichnis eingerichtet',
  ),
  'other sessions of this device': words(
    'andere sessies van dit toestel',
    'autres sessions de cet appareil',
    'andere Sitzungen dieses Geräts',
  ),
  'earlier sessions of this person': words(
    'eerdere sessies van deze persoon',
    'sessions précédentes de cette personne',
    'frühere Sitzungen dieser Person',
  ),
  'other sessions of this person': words(
    'andere sessies van deze persoon',
    'autres sessions de cette personne',
    'andere Sitzungen dieser Person',
  ),
  'accepted texts': words('aanvaarde teksten', 'textes acceptés', 'angenommene Texte'),
  'caller address': words('adres van herkomst', 'adresse d’origine', 'Herkunftsadresse'),
  'no country file configured': words(
    'geen landenbestand ingesteld',
    'aucun fichier de pays configuré',
    'keine Länderdatei eingerichtet',
  ),
  'clock of the gateway': words('klok van de gateway', 'horloge de la passerelle', 'Uhr des Gateways'),
  'machine certificate': words('machinecertificaat', 'certificat de la machine', 'Maschinenzertifikat'),
  'identity proof': words('bewijs van identiteit', 'preuve d’identité', 'Identitätsnachweis'),
  'identity profile': words('identiteitsprofiel', 'profil d’identité', 'Identitätsprofil'),
  'identity certificate': words('identiteitscertificaat', 'certificat d’identité', 'Identitätszertifikat'),
} satisfies Table;

/** What a report names as its source when that is no command, file or interface by name. */
const reportSources = {
  os: words('besturingssysteem', 'système d’exploitation', 'Betriebssystem'),
  agent: words('agent', 'agent', 'Agent'),
  command: words('opdracht', 'commande', 'Befehl'),
  file: words('bestand', 'fichier', 'Datei'),
  registry: words('register', 'registre', 'Registry'),
  'browser policies': words('browserbeleid', 'règles des navigateurs', 'Browserrichtlinien'),
  'install history': words('installatiegeschiedenis', 'historique d’installation', 'Installationsverlauf'),
} satisfies Table & Readonly<Partial<Record<(typeof sourceKinds)[number], Words>>>;

const waysIn = {
  'eap-tls-machine': words('EAP-TLS (machine)', 'EAP-TLS (machine)', 'EAP-TLS (Maschine)'),
  'eap-tls-identity': words('EAP-TLS (identiteit)', 'EAP-TLS (identité)', 'EAP-TLS (Identität)'),
  'eap-tls-both': words(
    'EAP-TLS (machine en identiteit)',
    'EAP-TLS (machine et identité)',
    'EAP-TLS (Maschine und Identität)',
  ),
  password: words('wachtwoord', 'mot de passe', 'Passwort'),
  ticket: choices.ticket,
  report: origins.report,
} satisfies Table;

/** A value or a limit: `21 days`, `unknown: denied`, `at most 3 days`, `ticket or better`. */
export function measureWords(text: string, language: Language): string {
  return language === 'en' ? text : measure(text, language);
}

/** Where a value came from: `report: clamscan --version`, `device register`. */
export function sourceWords(text: string, language: Language): string {
  if (language === 'en') return text;
  // Several sources of one fact, or one source that names several things, stand with commas between them.
  const said = text.split(', ').map(part => {
    const [, origin, name] = /^(report|way in): (.+)$/.exec(part) ?? [];
    if (origin === undefined || name === undefined) return wordIn(reportSources, part, language) ?? part;
    const named = wordIn(origin === 'report' ? reportSources : waysIn, name, language) ?? name;
    return `${wordIn(origins, origin, language) ?? origin}${colon(language)} ${named}`;
  });
  return wordIn(origins, text, language) ?? said.join(', ');
}

/** French sets its colon apart. */
export function colon(language: Language): string {
  return language === 'fr' ? ' :' : ':';
}

function measure(text: string, language: Tongue): string {
  const parts = text.split('; ').map(part => /^([a-z][a-z.-]*\.[a-z-]+): (.+)$/.exec(part) ?? []);
  // Several facts, one of which suffices.
  if (parts.every(([, fact]) => fact !== undefined)) {
    return parts.map(([, fact = '', rest = '']) => `${fact}${colon(language)} ${measure(rest, language)}`).join('; ');
  }
  const [table] = [answers, choices, bounds].filter(each => Object.hasOwn(each, text));
  const word = table === undefined ? duration(text, language) : wordIn(table, text, language);
  if (word !== undefined) return word;
  const [, cause] = /^unknown: (.+)$/.exec(text) ?? [];
  if (cause !== undefined) {
    const why = wordIn(causes, cause, language) ?? companion(cause, language);
    return `${answers.unknown[language]}${colon(language)} ${why}`;
  }
  const [, bound = '', quantity = ''] = /^(at most|at least) (\d.*)$/.exec(text) ?? [];
  const scaled = proRataIn(bound, quantity, language);
  if (scaled !== undefined) return scaled;
  const amount = /^[\d.]+(?: %)?$/.test(quantity) ? quantity : duration(quantity, language);
  if (amount !== undefined) return `${wordIn(bounds, bound, language) ?? bound} ${amount}`;
  const [, list, members] = /^((?:not )?one of|all of) (.+)$/.exec(text) ?? [];
  if (list !== undefined && members !== undefined) {
    const said = members.split(', ').map(member => wordIn(choices, member, language) ?? member);
    return `${wordIn(bounds, list, language) ?? list} ${said.join(', ')}`;
  }
  const [, window = '', calendar] = /^(within|outside) (\S+)$/.exec(text) ?? [];
  if (calendar !== undefined) return `${wordIn(hours, window, language) ?? window} ${calendar}`;
  const [, least] = /^(\S+) or better$/.exec(text) ?? [];
  if (least !== undefined) return `${wordIn(choices, least, language) ?? least} ${orBetter[language]}`;
  return companion(text, language);
}

/** `at most 3 days, pro rata`, and what that is for somebody: `at most 1.5 days (3 days, pro rata 50 %)`. */
function proRataIn(bound: string, quantity: string, language: Tongue): string | undefined {
  const [, days = '', rest = ''] = /^([\d.]+ days?)(, pro rata| \(.+\))$/.exec(quantity) ?? [];
  const said = `${wordIn(bounds, bound, language) ?? bound} ${duration(days, language) ?? days}`;
  if (rest === ', pro rata') return `${said}, ${proRata[language]}`;
  const [, full, share] = /^ \((.+ days?), pro rata (.+)\)$/.exec(rest) ?? [];
  if (full === undefined || share === undefined) return undefined;
  return `${said} (${duration(full, language) ?? full}, ${proRata[language]} ${share})`;
}

/** Another fact that a value hangs on: `updates.list-age above 1 day`, `updates.list-age unknown`. */
function companion(text: string, language: Tongue): string {
  const [, fact, rest = ''] = /^([a-z][a-z.-]*) (unknown|above .+)$/.exec(text) ?? [];
  if (fact === undefined) return text;
  if (rest === 'unknown') return `${fact} ${answers.unknown[language]}`;
  const limit = duration(rest.slice('above '.length), language);
  return limit === undefined ? text : `${fact} ${above[language]} ${limit}`;
}

const anyDuration = /^-?\d+ (?:second|minute|hour|day|week)s?(?: \d+ (?:second|minute|hour|day|week)s?)*$/;

function duration(text: string, language: Tongue): string | undefined {
  const [, half] = /^(\d+\.5) days$/.exec(text) ?? [];
  if (half !== undefined) return halfDays(half, language);
  if (!anyDuration.test(text)) return undefined;
  return text.replace(/(\d+) ([a-z]+?)s?(?= |$)/g, (whole, count: string, unit: string) => {
    const forms = Object.hasOwn(units, unit) ? units[unit] : undefined;
    if (forms === undefined) return whole;
    // French counts nought as one.
    const one = Number(count) === 1 || (language === 'fr' && Number(count) === 0);
    return `${count} ${forms[one ? 0 : 1][language]}`;
  });
}

/** One and a half is one in French, and half a day is one in Dutch. */
function halfDays(count: string, language: Tongue): string | undefined {
  const oneBelow = { fr: 2, nl: 1, de: 0 }[language];
  return `${count.replace('.', ',')} ${units['day']?.[Number(count) < oneBelow ? 0 : 1][language] ?? ''}`;
}

/** Whatever a report writes is only looked up, never taken for a property of a table. */
function wordIn(table: Table, word: string, language: Tongue): string | undefined {
  return Object.hasOwn(table, word) ? table[word]?.[language] : undefined;
}
