import { describe, expect, it } from 'vitest';
import { languages } from '../../gateway/contract/language.ts';
import { outcomes } from '../../gateway/contract/outcome.ts';
import { actionStates } from '../../gateway/contract/report.ts';
import { phrases } from '../../posture-client/phrases.ts';
import { remedies } from '../../posture-client/remedies.ts';
import { localTime, verdictText } from '../../posture-client/verdict-text.ts';
import { grantVerdict, updateVerdict } from './verdict-fixture.ts';

const at = Date.UTC(2026, 10, 24, 13, 0);
const timeZone = 'Europe/Brussels';

describe('the verdict in words', () => {
  it('says what happens, what was found, what is required, what to do, until when, and the code', () => {
    expect(verdictText(updateVerdict(at), { language: 'en', timeZone })).toBe(
      [
        'Limited network: updates must be installed first.',
        '',
        '• Your virus definitions are too old (en)',
        '  Found: 21 days (report: clamscan --version, 4 minutes ago)',
        '  Required: at most 3 days',
        '  What to do: Update the virus definitions',
        '',
        'The following could not be measured:',
        '',
        '• USB storage must be blocked (en)',
        '  Found: unknown: denied (report: usbguard)',
        '  Required: yes',
        '  What to do: ask the help desk, and give them the code below',
        '',
        'The agent mends what it may mend by itself, and then checks again.',
        `Valid until: ${localTime(at + 3_600_000, { language: 'en', timeZone })}`,
        'Code for the help desk: KRTWBX',
      ].join('\n'),
    );
  });

  it.each(languages)('%s has its own words throughout', language => {
    const text = verdictText(updateVerdict(at), { language, timeZone });
    expect(text).toContain(`too old (${language})`);
    expect(text).toContain(phrases[language].outcome.update);
    expect(text).toContain(remedies['antimalware.update-signatures']?.title[language]);
    expect(text).not.toContain('(pass)');
    expect(text).not.toContain('disk must be encrypted');
  });

  it.each([
    [
      'nl',
      ['Gevonden: 21 dagen (rapport: clamscan --version, 4 minuten geleden)', 'Vereist: hoogstens 3 dagen'],
      ['Gevonden: onbekend: geen rechten (rapport: usbguard)', 'Vereist: ja'],
    ],
    [
      'fr',
      ['Constaté : 21 jours (rapport : clamscan --version, il y a 4 minutes)', 'Exigé : au plus 3 jours'],
      ['Constaté : inconnu : droits insuffisants (rapport : usbguard)', 'Exigé : oui'],
    ],
    [
      'de',
      ['Festgestellt: 21 Tage (Bericht: clamscan --version, vor 4 Minuten)', 'Verlangt: höchstens 3 Tage'],
      ['Festgestellt: unbekannt: keine Rechte (Bericht: usbguard)', 'Verlangt: ja'],
    ],
  ] as const)('%s: value, limit and source are words of the language too', (language, failed, unknown) => {
    const lines = verdictText(updateVerdict(at), { language, timeZone }).split('\n');
    expect(lines.slice(3, 5).map(line => line.trim())).toEqual(failed);
    expect(lines.slice(10, 12).map(line => line.trim())).toEqual(unknown);
  });

  it('shows local time', () => {
    expect(localTime(at, { language: 'nl', timeZone })).toContain('14:00');
    expect(localTime(at, { language: 'fr', timeZone })).toContain('novembre');
  });

  it('a grant is one sentence and a time, without a code to read out', () => {
    const text = verdictText(grantVerdict(at), { language: 'nl', timeZone });
    expect(text.split('\n')).toHaveLength(3);
    expect(text).not.toContain('KRTWBX');
  });

  it('tells apart what is not met yet and stops nobody, until when, and with a reminder once it is due', () => {
    const [failed] = updateVerdict(at).results;
    if (failed === undefined) throw new Error('no result');
    const until = Date.UTC(2026, 10, 26, 17, 0);
    const told = (reminder: object) => {
      const excused = { ...failed, outcome: 'grant' as const, excuse: { by: 'grace' as const, until, ...reminder } };
      return verdictText({ ...grantVerdict(at), results: [excused] }, { language: 'en', timeZone }).split('\n');
    };
    const lines = told({});
    expect(lines[0]).toBe(phrases.en.outcome.grant);
    expect(lines).toContain('The following is not in order yet, but does not stop you for now:');
    expect(lines).toContain(`  To be mended before: ${localTime(until, { language: 'en', timeZone })}`);
    // The help desk is asked with the code.
    expect(lines.at(-1)).toContain('KRTWBX');
    expect(told({ reminderMs: 14_400_000 })).toContain(
      `  Reminder – To be mended before: ${localTime(until, { language: 'en', timeZone })}`,
    );
  });

  it('gives the reasons where no requirement failed', () => {
    const verdict = { ...updateVerdict(at), outcome: 'deny' as const, results: [], actions: [] };
    expect(verdictText(verdict, { language: 'de', timeZone })).toContain('A requirement is not met (de)');
  });
});

it('no phrase is missing or left in another language', () => {
  for (const language of languages) {
    for (const outcome of outcomes) expect(phrases[language].outcome[outcome]).not.toBe('');
    for (const state of actionStates) expect(phrases[language].action[state]).not.toBe('');
  }
  const all = languages.map(language => Object.values(phrases[language]).filter(value => typeof value === 'string'));
  for (const [index, text] of (all[0] ?? []).entries()) {
    expect(new Set(all.map(words => words[index])).size, `"${text}"`).toBe(4);
  }
});
