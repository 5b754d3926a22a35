import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bindings } from '../../gateway/contract/decision.ts';
import { type Language, languages } from '../../gateway/contract/language.ts';
import { measureWords, sourceWords } from '../../gateway/contract/measure-words.ts';
import { checkStates } from '../../gateway/contract/report.ts';
import { formatDuration } from '../../gateway/documents/duration.ts';
import { readPolicyFiles } from '../../gateway/io/policy-files.ts';
import type { WayIn } from '../../gateway/pdp/session.ts';
import { factsOf } from '../../gateway/policy/check.ts';
import { concerns, judge } from '../../gateway/policy/judgement.ts';
import { valueInWords } from '../../gateway/policy/fact-words.ts';
import { parseLimit } from '../../gateway/policy/limit.ts';
import { compilePolicySet, type PolicySet } from '../../gateway/policy/policy-set.ts';
import { type FactDefinition, factDefinition, factNames } from '../../gateway/verifier/fact-catalogue.ts';
import type { Fact, Facts, FactValue } from '../../gateway/verifier/facts.ts';

const now = Date.parse('2026-03-16T09:00:00Z');
const dayMs = 86_400_000;
const tongues = ['nl', 'fr', 'de'] as const satisfies readonly Language[];

/** Every English phrase of the grammar. */
const english: readonly string[] = [
  ...['yes', 'no', 'unknown', 'not one of', 'one of', 'all of', 'at most', 'at least', 'better', 'above'],
  ...['second', 'minute', 'hour', 'day', 'week'].flatMap(unit => [unit, `${unit}s`]),
  ...['missing', 'unsupported', 'denied', 'timeout', 'error', 'disabled', 'not-asked', 'no report', 'stale'],
  ...['none', 'claimed', 'ticket', 'confirmed', 'one-conversation', 'low', 'substantial', 'high'],
  ...['active', 'stolen', 'retired', 'unregistered', 'other-linux'],
];
const englishSource: readonly string[] = [
  ...['report', 'way in', 'nothing', 'given', 'arrival', 'support calendar', 'register', 'machine certificate'],
  ...['identity', 'proof', 'profile', 'certificate', 'browser policies', 'install history', 'command', 'file'],
];
/** Words that the languages share. */
const shared: Readonly<Record<(typeof tongues)[number], readonly string[]>> = {
  nl: ['ticket', 'week', 'register'],
  fr: ['ticket', 'minute', 'minutes'],
  de: [],
};

function englishIn(text: string, language: (typeof tongues)[number], lexicon = english): readonly string[] {
  return lexicon.filter(
    word => !shared[language].includes(word) && new RegExp(`(?<![\\p{L}.-])${word}(?![\\p{L}.-])`, 'u').test(text),
  );
}

function packNamed(name: string): PolicySet {
  const files = readPolicyFiles(path.join(import.meta.dirname, '../../policies/packs', name));
  if ('problems' in files) throw new Error(JSON.stringify(files.problems));
  const compiled = compilePolicySet(files.files);
  if ('problems' in compiled) throw new Error(JSON.stringify(compiled.problems));
  return compiled.set;
}

const packs = ['riziv', 'ocmw'].map(packNamed);
const causes = ['missing', 'unsupported', 'denied', 'timeout', 'error', 'disabled', 'not-asked'] as const;

/** A value of every form that a fact of this kind takes; a text is a name, and stays as it is. */
function valuesOf(definition: FactDefinition): readonly FactValue[] {
  const instants = [0, 1, 59, 60, 3600, 5400, 7200, 86_400, 86_400 * 3 + 3600, 86_400 * 21].map(s => s * 1000);
  switch (definition.kind) {
    case 'flag':
      return [true, false];
    case 'choice':
      return definition.options ?? [];
    case 'count':
      return [0, 1, 12];
    case 'duration':
      return instants;
    case 'days':
      return [0, 0.5, 1, 1.5, 2.5, 3];
    case 'share':
      return [0, 0.5, 0.805, 1];
    case 'version':
      return ['10.2', '10.0.26100'];
    case 'age':
      return instants.map(ms => now - ms);
    case 'time-left':
      return instants.flatMap(ms => [now + ms, now - ms]);
    case 'words':
      return [[], ['clamav'], ['clamav', 'wazuh']];
    case 'text':
      return textsOf(definition);
    case 'moment':
      return [now];
  }
}

/** Names, or codes where those have a form. */
const textsOf = ({ form }: FactDefinition) => (form === undefined ? ['managed-laptop', 'unregistered'] : ['BE', 'NO']);

/** A limit of every form that this kind takes. */
function limitsOf(definition: FactDefinition): readonly string[] {
  const options = definition.options ?? textsOf(definition);
  switch (definition.kind) {
    case 'flag':
      return ['yes', 'no'];
    case 'choice':
    case 'text': {
      const ordered = definition.ordered === true ? options.map(word => `${word} or better`) : [];
      return [...options, ...ordered, `one of ${options.join(', ')}`, `not one of ${options.join(', ')}`];
    }
    case 'count':
      return ['at most 0', 'at least 1'];
    case 'duration':
      return ['at most 5 minutes'];
    case 'days':
      return [
        'at most 3 days',
        'at most 1 day',
        'at most 2.5 days',
        'at most 3 days, pro rata',
        'at most 0.5 days, pro rata',
      ];
    case 'share':
      return ['at least 50 %', 'at most 80.5 %'];
    case 'version':
      return ['at least 10.2', 'at most 11', 'one of 10.2, 11', 'not one of 10.2'];
    case 'age':
      return ['at most 1 day', 'at most 35 days', 'at most 3 days 4 hours', 'at most 2 weeks', 'at most 90 seconds'];
    case 'time-left':
      return ['at least 1 day', 'at least 200 days', 'at least 1 hour 1 minute'];
    case 'words':
      return ['one of clamav, wazuh', 'all of clamav, wazuh', 'not one of wazuh'];
    case 'moment':
      return [];
  }
}

function definitionOf(name: string): FactDefinition {
  const definition = factDefinition(name);
  if (definition === undefined) throw new Error(`no fact is called ${name}`);
  return definition;
}

/** What the evaluation writes about every check of a pack. */
function told(set: PolicySet, facts: Facts): readonly { readonly value: string; readonly limit: string }[] {
  const requires = [...set.checks.values()].map(check => ({
    check,
    otherwise: 'deny' as const,
    remindMs: [],
    waivable: false,
  }));
  const policies = set.policies.slice(0, 1).map(policy => ({ ...policy, for: {}, requires }));
  return policies.flatMap(policy =>
    policy.requires
      .filter(({ check }) => concerns(check, facts))
      .map(({ check }) => judge(check, facts, now, set.degraded).shown),
  );
}

function everyFact(fact: (definition: FactDefinition) => Fact, without: readonly string[] = []): Facts {
  const names = factNames.filter(name => name !== 'os.family' && !without.includes(name));
  return Object.fromEntries(names.map(name => [name, fact(definitionOf(name))]));
}

const known = (value: FactValue, observedAt = now): Fact => ({ value, source: 'report: test', observedAt });
const round = <T>(all: readonly T[], index: number): T => all[index % all.length] as T;

const situations: readonly Facts[] = [
  ...Array.from({ length: 18 }, (_, index) => everyFact(definition => known(round(valuesOf(definition), index)))),
  ...causes.map(unknown => everyFact(() => ({ unknown, source: 'report: test', observedAt: now }))),
  // Measured too long ago, never reported, and a count whose list is too old or of unknown age.
  everyFact(definition => known(round(valuesOf(definition), 0), now - 40 * dayMs)),
  {},
  { 'report.age': known(now) },
  { ...everyFact(definition => known(round(valuesOf(definition), 0))), 'updates.list-age': known(now - 2 * dayMs) },
  everyFact(definition => known(round(valuesOf(definition), 0)), ['updates.list-age']),
];

const ofPacks = packs.flatMap(set => situations.flatMap(facts => told(set, facts)));
const ofCatalogue = factNames.flatMap(name => {
  const definition = definitionOf(name);
  const limits = limitsOf(definition).map(text => {
    const read = parseLimit(definition, text, { calendars: new Map() });
    if (!('limit' in read)) throw new Error(`${name}: ${text}`);
    return read.limit.words;
  });
  return [...limits, ...valuesOf(definition).map(value => valueInWords(definition, value, now))];
});
const all = [...new Set([...ofPacks.flatMap(({ value, limit }) => [value, limit]), ...ofCatalogue])];

describe('everything that a verdict can say', () => {
  it('is here: every limit of the packs, and every cause of not knowing', () => {
    for (const set of packs)
      for (const check of set.checks.values())
        for (const { limit } of factsOf(check)) expect(all).toContain(limit.words);
    for (const cause of [...causes, 'no report', 'stale', 'updates.list-age above 1 day', 'updates.list-age unknown']) {
      expect(ofPacks.map(({ value }) => value)).toContain(`unknown: ${cause}`);
    }
    for (const state of checkStates) if (state !== 'ok' && state !== 'partial') expect(causes).toContain(state);
    for (const value of ['-21 days', '3 days 1 hour', '1 minute', 'none', 'stolen', 'yes'])
      expect(all).toContain(value);
    expect(all.length).toBeGreaterThan(80);
  });

  it('is English before: the lexicon sees the grammar', () => {
    for (const word of english) {
      const sees = all.some(text => new RegExp(`(?<![\\p{L}.-])${word}(?![\\p{L}.-])`, 'u').test(text));
      // What is read but never written by an evaluation: weeks become days.
      expect(sees || word.startsWith('week'), word).toBe(true);
    }
  });

  it.each(tongues)('leaves no English word in %s, and keeps the numbers', language => {
    for (const text of all) {
      const said = measureWords(text, language);
      expect(englishIn(said, language), `${text} → ${said}`).toEqual([]);
      expect(said.match(/\d+/g), text).toEqual(text.match(/\d+/g));
    }
  });

  it.each(tongues)('is said apart in %s: what differs in English differs there', language => {
    expect(new Set(all.map(text => measureWords(text, language))).size).toBe(all.length);
  });

  it('stays as it is in English', () => {
    for (const text of all) expect(measureWords(text, 'en')).toBe(text);
  });
});

/** Dutch, French, German. */
const golden: Readonly<Record<string, readonly [nl: string, fr: string, de: string]>> = {
  yes: ['ja', 'oui', 'ja'],
  no: ['nee', 'non', 'nein'],
  none: ['geen', 'aucun', 'keine'],
  '0': ['0', '0', '0'],
  '10.0.26100': ['10.0.26100', '10.0.26100', '10.0.26100'],
  '0 seconds': ['0 seconden', '0 seconde', '0 Sekunden'],
  '1 day': ['1 dag', '1 jour', '1 Tag'],
  '21 days': ['21 dagen', '21 jours', '21 Tage'],
  '1 hour 30 minutes': ['1 uur 30 minuten', '1 heure 30 minutes', '1 Stunde 30 Minuten'],
  '3 days 4 hours': ['3 dagen 4 uur', '3 jours 4 heures', '3 Tage 4 Stunden'],
  '-1 day 1 hour': ['-1 dag 1 uur', '-1 jour 1 heure', '-1 Tag 1 Stunde'],
  '-45 seconds': ['-45 seconden', '-45 secondes', '-45 Sekunden'],
  '2 weeks': ['2 weken', '2 semaines', '2 Wochen'],
  'at most 0': ['hoogstens 0', 'au plus 0', 'höchstens 0'],
  'at most 3 days': ['hoogstens 3 dagen', 'au plus 3 jours', 'höchstens 3 Tage'],
  'at least 1 day': ['minstens 1 dag', 'au moins 1 jour', 'mindestens 1 Tag'],
  'at least 10.2': ['minstens 10.2', 'au moins 10.2', 'mindestens 10.2'],
  'ticket or better': ['ticket of beter', 'ticket ou mieux', 'Ticket oder besser'],
  'confirmed or better': ['bevestigd of beter', 'confirmé ou mieux', 'bestätigt oder besser'],
  'substantial or better': ['substantieel of beter', 'substantiel ou mieux', 'substanziell oder besser'],
  'one-conversation': ['één aanmelding', 'une seule connexion', 'eine einzige Anmeldung'],
  'one of active, retired': [
    'een van actief, buiten dienst',
    'parmi actif, hors service',
    'eines von aktiv, außer Dienst',
  ],
  'not one of ClamAV, Norton': ['geen van ClamAV, Norton', 'pas parmi ClamAV, Norton', 'keines von ClamAV, Norton'],
  'all of defender, wazuh': ['elk van defender, wazuh', 'tous parmi defender, wazuh', 'alle von defender, wazuh'],
  'at most 2.5 days': ['hoogstens 2,5 dagen', 'au plus 2,5 jours', 'höchstens 2,5 Tage'],
  '0.5 days': ['0,5 dag', '0,5 jour', '0,5 Tage'],
  '1.5 days': ['1,5 dagen', '1,5 jour', '1,5 Tage'],
  'at most 3 days, pro rata': [
    'hoogstens 3 dagen, pro rata',
    'au plus 3 jours, au prorata',
    'höchstens 3 Tage, anteilig',
  ],
  'at most 1.5 days (3 days, pro rata 50 %)': [
    'hoogstens 1,5 dagen (3 dagen, pro rata 50 %)',
    'au plus 1,5 jour (3 jours, au prorata 50 %)',
    'höchstens 1,5 Tage (3 Tage, anteilig 50 %)',
  ],
  'at least 50 %': ['minstens 50 %', 'au moins 50 %', 'mindestens 50 %'],
  'one of 10.2, 11': ['een van 10.2, 11', 'parmi 10.2, 11', 'eines von 10.2, 11'],
  'unknown: denied': ['onbekend: geen rechten', 'inconnu : droits insuffisants', 'unbekannt: keine Rechte'],
  'unknown: no report': ['onbekend: geen rapport', 'inconnu : aucun rapport', 'unbekannt: kein Bericht'],
  'unknown: updates.list-age above 1 day': [
    'onbekend: updates.list-age boven 1 dag',
    'inconnu : updates.list-age supérieur à 1 jour',
    'unbekannt: updates.list-age über 1 Tag',
  ],
  'unknown: updates.list-age unknown': [
    'onbekend: updates.list-age onbekend',
    'inconnu : updates.list-age inconnu',
    'unbekannt: updates.list-age unbekannt',
  ],
  'disk.encrypted above 24 hours': [
    'disk.encrypted boven 24 uur',
    'disk.encrypted supérieur à 24 heures',
    'disk.encrypted über 24 Stunden',
  ],
};

describe('a measure', () => {
  it.each(Object.entries(golden))('%s', (text, said) => {
    expect(tongues.map(language => measureWords(text, language))).toEqual(said);
  });

  const names = [
    ...['managed-laptop', 'Microsoft Defender', 'Norton 360', 'no-name', 'Yes', '', '10 days of trial', '1 days of'],
    ...['one day or another', 'a above b', 'disk.encrypted above all', 'constructor', '__proto__', '3 day\ns'],
    ...['at most some days', 'at most 3 apples', 'at most -3 days', 'unknown:', 'or better'],
  ];
  it.each(names)('a name stays: %s', text => {
    for (const language of languages) expect(measureWords(text, language)).toBe(text);
  });

  it('translates what it knows around what it does not', () => {
    expect(measureWords('unknown: constructor', 'nl')).toBe('onbekend: constructor');
    expect(measureWords('one of toString, valueOf', 'fr')).toBe('parmi toString, valueOf');
    expect(measureWords('hasOwnProperty or better', 'de')).toBe('hasOwnProperty oder besser');
  });

  it('has a word for every choice of the catalogue and every binding, unless it is a name', () => {
    const named = ['windows', 'macos', 'debian', 'ubuntu', 'rhel', 'fedora'];
    const options = [...factNames.flatMap(name => definitionOf(name).options ?? []), ...bindings];
    for (const option of options) {
      if (!named.includes(option)) expect(measureWords(option, 'de'), option).not.toBe(option);
      else for (const language of languages) expect(measureWords(option, language)).toBe(option);
    }
  });

  it('never throws and keeps all numbers, whatever the text', () => {
    const word = fc.constantFrom(
      ...english,
      ...englishSource,
      'or better',
      'unknown:',
      'report:',
      'of',
      ',',
      '-1',
      '2',
      '0',
    );
    const grammatical = fc.array(word, { maxLength: 7 }).map(parts => parts.join(' ').replaceAll(' ,', ','));
    const measures = fc.oneof(
      grammatical,
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.integer().map(formatDuration),
    );
    fc.assert(
      fc.property(measures, fc.constantFrom(...languages), (text, language) => {
        for (const said of [measureWords(text, language), sourceWords(text, language)]) {
          expect(said.match(/\d+/g)).toEqual(text.match(/\d+/g));
          if (language === 'en') expect(said).toBe(text);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('every duration becomes words of the language, with its sign and numbers', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -4000 * dayMs, max: 4000 * dayMs }),
        fc.constantFrom(...tongues),
        (ms, language) => {
          const text = formatDuration(ms);
          for (const written of ms < 0 ? [text] : [text, `at most ${text}`]) {
            const said = measureWords(written, language);
            expect(englishIn(said, language)).toEqual([]);
            expect(said.match(/-?\d+/g)).toEqual(written.match(/-?\d+/g));
          }
        },
      ),
    );
  });

  it('takes no longer for a long text than for its length', () => {
    for (const text of ['1 day '.repeat(20_000), `one of ${'a, '.repeat(20_000)}`, `${'a.'.repeat(50_000)} above`]) {
      const began = performance.now();
      measureWords(text, 'fr');
      expect(performance.now() - began).toBeLessThan(2000);
    }
  });
});

const goldenSources: Readonly<Record<string, readonly [nl: string, fr: string, de: string]>> = {
  'report: clamscan --version': [
    'rapport: clamscan --version',
    'rapport : clamscan --version',
    'Bericht: clamscan --version',
  ],
  'report: lsblk, report: /proc/mounts': [
    'rapport: lsblk, rapport: /proc/mounts',
    'rapport : lsblk, rapport : /proc/mounts',
    'Bericht: lsblk, Bericht: /proc/mounts',
  ],
  'report: /etc/environment, dconf, browser policies': [
    'rapport: /etc/environment, dconf, browserbeleid',
    'rapport : /etc/environment, dconf, règles des navigateurs',
    'Bericht: /etc/environment, dconf, Browserrichtlinien',
  ],
  'report: os': ['rapport: besturingssysteem', 'rapport : système d’exploitation', 'Bericht: Betriebssystem'],
  report: ['rapport', 'rapport', 'Bericht'],
  nothing: ['niets', 'rien', 'nichts'],
  'arrival of the report': ['aankomst van het rapport', 'arrivée du rapport', 'Eingang des Berichts'],
  'device register': ['toestellenregister', 'registre des appareils', 'Geräteregister'],
  'machine certificate': ['machinecertificaat', 'certificat de la machine', 'Maschinenzertifikat'],
  'identity proof': ['bewijs van identiteit', 'preuve d’identité', 'Identitätsnachweis'],
  'identity profile': ['identiteitsprofiel', 'profil d’identité', 'Identitätsprofil'],
  'identity certificate': ['identiteitscertificaat', 'certificat d’identité', 'Identitätszertifikat'],
  'support calendar': ['ondersteuningskalender', 'calendrier de support', 'Supportkalender'],
  'way in: ticket': ['toegang via: ticket', 'accès par : ticket', 'Zugang über: Ticket'],
  'way in: report': ['toegang via: rapport', 'accès par : rapport', 'Zugang über: Bericht'],
  'report: powershell': ['rapport: powershell', 'rapport : powershell', 'Bericht: powershell'],
  'report: constructor': ['rapport: constructor', 'rapport : constructor', 'Bericht: constructor'],
};

describe('a source', () => {
  it.each(Object.entries(goldenSources))('%s', (text, said) => {
    expect(tongues.map(language => sourceWords(text, language))).toEqual(said);
    expect(sourceWords(text, 'en')).toBe(text);
    for (const language of tongues) expect(englishIn(sourceWords(text, language), language, englishSource)).toEqual([]);
  });

  it('knows every way in', () => {
    const ways = {
      ticket: 1,
      'eap-tls-identity': 1,
      'eap-tls-machine': 1,
      'eap-tls-both': 1,
      password: 1,
      report: 1,
    } satisfies Record<WayIn | 'report', 1>;
    for (const way of Object.keys(ways)) expect(sourceWords(`way in: ${way}`, 'de')).not.toContain(way);
  });

  it('knows whatever the gateway itself names as the origin of a fact', () => {
    const named = factNames.flatMap(name => {
      const { origin } = definitionOf(name);
      return origin.by === 'gateway' && origin.what !== 'way in' ? [origin.what] : [];
    });
    expect(named.length).toBeGreaterThan(5);
    for (const what of named) for (const language of tongues) expect(sourceWords(what, language), what).not.toBe(what);
  });
});
