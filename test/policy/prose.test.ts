// A policy set in plain prose: every fact, limit and rule of the language has its words, in each language.

import { describe, expect, it } from 'vitest';
import { languages } from '../../gateway/contract/language.ts';
import { factPhrase } from '../../gateway/policy/fact-phrases.ts';
import { asHtml, asText } from '../../gateway/policy/prose-page.ts';
import { policySetInProse } from '../../gateway/policy/prose.ts';
import type { PolicyFile } from '../../gateway/policy/policy-set.ts';
import { factCatalogue, type FactDefinition, factNames } from '../../gateway/verifier/fact-catalogue.ts';
import { checkText, compiled, degraded, policyText, sampleFiles, sampleSet } from './sample-set.ts';

const read = (files: readonly PolicyFile[], language: (typeof languages)[number] = 'en') =>
  asText(policySetInProse(compiled(files), language))
    .replaceAll(/\n {2}/g, ' ')
    .replaceAll(/(?<=\S)\n(?=[^\n-])/g, ' ');

/** One requirement of one check. */
const required = (check: string, more = 'otherwise: quarantine') => [
  degraded,
  { path: 'checks/one.yaml', text: check },
  {
    path: 'access/staff.yaml',
    text: `policy: staff\nowner: network team\nfor: everyone\ngives: office\nrequires:\n  - one: { ${more} }\n`,
  },
];

describe('the words of a fact', () => {
  it.each(factNames)('%s are there in each language, and are not those of another', fact => {
    const flag = (factCatalogue[fact] as FactDefinition).kind === 'flag';
    for (const language of languages) {
      const phrase = factPhrase(fact, language);
      expect(phrase.name).toMatch(/^\p{L}.{4,}[^.]$/u);
      expect('yes' in phrase).toBe(flag);
      if ('yes' in phrase) for (const said of [phrase.yes, phrase.no]) expect(said).toMatch(/^\p{Lu}.{8,}[^.]$/u);
      const others = factNames.filter(each => each !== fact).map(each => factPhrase(each, language).name);
      expect(others).not.toContain(phrase.name);
    }
    expect(new Set(languages.map(language => factPhrase(fact, language).name)).size).toBe(languages.length);
  });
});

describe('a requirement', () => {
  it('is one sentence, with what follows and what the person reads', () => {
    expect(read(required(checkText('one', 'disk.encrypted', 'yes')))).toContain(
      '- Every fixed disk must be encrypted; measured at most 4 hours ago; if not, or if nobody can tell: quarantine, so only help and updates. The person reads: “en”',
    );
    expect(read(required(checkText('one', 'disk.encrypted', 'yes')), 'fr')).toContain(
      '- Chaque disque fixe doit être chiffré ; mesuré il y a au plus 4 heures ; sinon, ou si personne ne le sait : la quarantaine',
    );
  });

  it('tells failing and not knowing apart where they differ', () => {
    const text = read(
      required(checkText('one', 'disk.encrypted', 'yes', 'if unknown: deny'), 'otherwise: update'),
      'nl',
    );
    expect(text).toContain('zo niet: alleen het updatenetwerk; als niemand het weet: geen toegang.');
  });

  const limits: readonly (readonly [fact: string, limit: string, said: string])[] = [
    ['antimalware.signature-age', 'at most 3 days', 'Das Alter der Virendefinitionen: höchstens 3 Tage;'],
    ['os.support-left', 'at least 30 days', 'mindestens 30 Tage;'],
    ['updates.pending-security', 'at most 0', 'Die Zahl der Sicherheitsupdates, die warten: höchstens 0;'],
    ['device.binding', 'confirmed or better', 'gebunden ist: bestätigt oder besser;'],
    ['device.state', 'active', 'Der Zustand der Maschine im Geräteregister: aktiv;'],
    ['device.class', 'one of no, yes', 'im Geräteregister: eines von no, yes;'],
    ['antimalware.products', 'not one of A, B', 'keines von A, B;'],
    ['os.version', 'at least 10.2', 'Die Version des Betriebssystems: mindestens 10.2;'],
    ['person.employment', 'at least 50 %', 'mindestens 50 %;'],
    [
      'telework.days-this-week',
      'at most 3 days, pro rata',
      'Telearbeitstage dieser Woche: höchstens 3 Tage, anteilig;',
    ],
    ['accounts.local-admin', 'no', 'Der Benutzer darf nicht Administrator des Laptops sein;'],
  ];
  it.each(limits)('that %s is %s', (fact, limit, said) => {
    expect(read(required(checkText('one', fact, limit)), 'de')).toContain(said);
  });

  it('says what puts it off, when it begins and who is reminded, on the clock of the set', () => {
    const text = checkText('one', 'disk.encrypted', 'yes');
    const graced = read(required(text, 'otherwise: quarantine, grace: 2 days, remind: [1 day, 4 hours]'));
    expect(graced).toContain('Time to mend it: 2 days, from the first failure on. Reminders: 1 day and 4 hours before');
    const dated = read(required(text, 'otherwise: quarantine, deadline: 2027-03-15 18:00'), 'nl');
    expect(dated).toContain('Verplicht vanaf 15 maart 2027 om 18:00; tot dan wordt het alleen gemeld.');
  });

  it('says for which systems it is, and which of several suffice', () => {
    const files = required(
      'check: one\nany of: [disk, laps]\nif unknown: deny\ntext: { nl: nl, fr: fr, de: de, en: en }\n',
    );
    const disk = checkText('disk', 'disk.encrypted', 'yes', 'applies to: [windows, rhel]');
    const text = read([
      ...files,
      { path: 'checks/disk.yaml', text: disk },
      { path: 'checks/laps.yaml', text: checkText('laps', 'accounts.local-admin', 'no') },
    ]);
    expect(text).toContain(
      'One of these is enough: Every fixed disk must be encrypted; only on Windows or Red Hat Enterprise Linux; measured at most 4 hours ago; or: The user must not be',
    );
  });
});

const whole: readonly PolicyFile[] = [
  ...sampleFiles,
  {
    path: 'set.yaml',
    text: 'set: town\nzone: Europe/Lisbon\nexclusive groups: [[staff, guests]]\nclosed to:\n  - { groups: former }\n',
  },
  {
    path: 'calendars/hours.yaml',
    text: 'calendar: office-hours\nzone: Europe/Brussels\nopen:\n  - { days: working-days, from: 07:30, to: 12:00 }\n  - { days: working-days, from: 13:00, to: 19:00 }\n  - { days: [saturday], from: 08:00, to: 12:00 }\nclosed on: [2027-12-25]\n',
  },
  {
    path: 'access/glass.yaml',
    text: policyText('glass', { token: 'deny' }, [
      'for: { groups: [rescue], country: [BE, NL], hours: office-hours, concentrator: vpn-a }',
      'before: staff',
      'session at most: 2 hours',
      'break glass: yes',
    ]),
  },
  { path: 'checks/token.yaml', text: checkText('token', 'person.assurance', 'high or better') },
  {
    path: 'layers/ksz/floors/f.yaml',
    text: 'floor: minimum\nowner: KSZ\nsource: Minimal norms, 5.2\nfor: everyone\nsession at most: 12 hours\nrequires:\n  - disk: { otherwise: quarantine }\n  - fresh: { otherwise: quarantine, waivable: yes }\n'.replace(
      'fresh',
      'updates',
    ),
  },
  {
    path: 'waivers/w.yaml',
    text: 'waiver: new-disk\nfor: { device: lt-0042 }\ncheck: fresh\nreason: The line is slow\nrequested by: help desk\napproved by: security office\ninstead: It stays in the office.\nfrom: 2027-03-10\nuntil: 2027-03-20\n',
  },
  {
    path: 'emergencies/e.yaml',
    text: 'emergency: flood\nfor: { groups: rescue }\nsuspends: [fresh]\nreason: The cellar is under water.\nrequested by: a\napproved by: [b, c]\nfrom: 2027-03-10\nuntil: 2027-03-20\n',
  },
];

const files = whole.map(file =>
  file.path === 'degraded.yaml'
    ? {
        ...file,
        text: `${file.text}directory: { keep last groups for: 24 hours, then: deny }\nrevocation:\n  - { issuer: any, keep last answer for: 4 hours, then: deny }\n  - { issuer: any, groups: [night], keep last answer for: 2 days, then: quarantine }\n`,
      }
    : file,
);

describe('a whole set', () => {
  it('says which programs are asked about, and leaves out those that nothing requires', () => {
    const text = read([
      ...required(checkText('one', 'apps.running', 'not one of viewer')),
      {
        path: 'applications.yaml',
        text: 'viewer: { windows: [Viewer*], linux: [viewerd, viewer] }\nother: { windows: [Other] }\n',
      },
    ]);
    expect(text).toContain('Which programs are asked about, and no others');
    expect(text).toContain('- viewer: Viewer*, viewerd and viewer\n');
    expect(text).not.toContain('Other');
  });

  it.each([
    'The access policies: town',
    'Times are on the clock of Europe/Lisbon.',
    'Nobody is in more than one of these groups: staff and guests.',
    '- For: whoever belongs to former',
    'For: whoever belongs to rescue, by the concentrator vpn-a, from Belgium or Netherlands, while “office-hours” is open. Gives the network “office”, for at most 2 hours at a time. Comes before “staff”. This is the emergency access of the institution: each use is reported. Answerable: network team.',
    'A session lasts at most 12 hours. Answerable: KSZ. Taken over from ksz. Source: Minimal norms, 5.2.',
    '“office-hours”: Monday–Friday 07:30–12:00, 13:00–19:00; Saturday 08:00–12:00. Closed on 25 December 2027. On the clock of Europe/Brussels.',
    'Waiver “new-disk”, for lt-0042, from 10 March 2027 at 00:00 until 21 March 2027 at 00:00. Only told: The age of the virus definitions: at most 3 days; measured at most 4 hours ago. Reason: The line is slow. Asked for by help desk, agreed to by security office. Instead: It stays in the office.',
    'Emergency profile “flood”, from 10 March 2027 at 00:00 until 21 March 2027 at 00:00. For: whoever belongs to rescue.',
    'agreed to by b and c.',
    'The directory does not answer: its last answer counts for 1 day; after that: no access.',
    'Nobody knows whether a certificate of any issuer was revoked: the last good answer counts for 4 hours; after that: no access.',
    'Nobody knows whether a certificate of any issuer was revoked (night): the last good answer counts for 2 days;',
    'A waiver is possible.',
  ])('says: %s', said => {
    expect(read(files)).toContain(said);
  });

  it.each(languages)('leaves no place open and no key unsaid (%s)', language => {
    const text = read(files, language);
    expect(text).not.toMatch(/[{}]|undefined|NaN/);
    // Names of checks are for those who write them.
    expect(text).not.toContain('in-service');
  });

  it('says the same whatever the order of the files', () => {
    expect(read(files.toReversed())).toBe(read(files));
  });

  it('keeps plain text within a hundred columns', () => {
    for (const line of asText(policySetInProse(compiled(files), 'de')).split('\n'))
      expect(line.length).toBeLessThanOrEqual(100);
  });

  it('is one page of HTML that says its language, with what authors wrote as text', () => {
    const owned = sampleFiles.map(file =>
      file.path === 'access/staff.yaml'
        ? { ...file, text: file.text.replace('network team', '<b>"us" & them</b>') }
        : file,
    );
    const html = asHtml(policySetInProse(compiled(owned), 'nl'), 'nl');
    expect(html).toContain('<html lang="nl">');
    expect(html).toContain('<title>Het beleid voor toegang</title>');
    expect(html).toContain('&lt;b&gt;&quot;us&quot; &amp; them&lt;/b&gt;');
    expect(html.match(/<h1>/g)).toHaveLength(1);
    expect(html.match(/<li>/g)).toHaveLength(sampleSet.policies.flatMap(({ requires }) => requires).length + 2);
    expect(html).not.toMatch(/<script|http/);
  });
});
