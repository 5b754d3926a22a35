import { describe, expect, it } from 'vitest';
import type { Decision, RequirementResult } from '../../gateway/contract/decision.ts';
import { languages } from '../../gateway/contract/language.ts';
import { explain } from '../../gateway/policy/explain.ts';
import { evaluate, validityWords } from '../../gateway/policy/evaluate.ts';
import type { Facts } from '../../gateway/verifier/facts.ts';
import { dayMs, fact, healthy, now, sampleSet, someone, unknown } from './sample-set.ts';

const base = { decidedAt: now, policyHash: 'aa'.repeat(32), factsHash: 'bb'.repeat(32) };

function decided(change: Facts = {}): Decision {
  const evaluation = evaluate(sampleSet, someone, { ...healthy, ...change }, now);
  const {
    outcome,
    policy,
    segment,
    reasons,
    results,
    passed = [],
    smallestChange,
    validUntil,
    validUntilBecause,
  } = evaluation;
  return {
    ...base,
    ...{ outcome, reasons, results, passed, validUntil, validUntilBecause },
    ...(policy === undefined ? {} : { policy }),
    ...(smallestChange === undefined ? {} : { smallestChange }),
    ...(outcome === 'grant' && segment !== undefined ? { segment } : {}),
  };
}

const wrong: Facts = {
  'antimalware.signature-age': fact(now - 9 * dayMs),
  'disk.encrypted': unknown('denied'),
  'device.binding': fact('claimed', now),
};

describe('an explanation', () => {
  it('of a grant says what was granted, what was met and until when', () => {
    expect(explain(decided(), 'en')).toEqual([
      'Access granted.',
      'The policy "staff" applies.',
      'Network: office.',
      'Met (6): bound, disk, fresh, in-service, machine, updates.',
      'Valid until 2026-03-16 12:55 UTC (the report is too old then).',
    ]);
  });

  it('of a refusal names everything that is not met, with value, limit, source and age, and what would change it', () => {
    expect(explain(decided(wrong), 'en')).toEqual([
      'No access: the laptop is in quarantine. Only help and updates can be reached.',
      'The policy "staff" applies.',
      'Not met: bound. en (seen: claimed; required: confirmed or better; source: report: test)',
      'Not known: disk. en (unknown: denied; required: yes; source: report: test; measured 5 minutes ago)',
      'Not met: fresh. en (seen: 9 days; required: at most 3 days; source: report: test; measured 5 minutes ago)',
      'Met (3): in-service, machine, updates.',
      'Access follows as soon as this is in order: bound, disk, fresh.',
      'Valid until 2026-03-16 12:55 UTC (the report is too old then).',
    ]);
  });

  it('is said in the language of the person, values and limits too', () => {
    expect(explain(decided(wrong), 'nl').slice(2, 5)).toEqual([
      'Niet in orde: bound. nl (gezien: beweerd; vereist: bevestigd of beter; bron: rapport: test)',
      'Niet bekend: disk. nl (onbekend: geen rechten; vereist: ja; bron: rapport: test; 5 minuten geleden gemeten)',
      'Niet in orde: fresh. nl (gezien: 9 dagen; vereist: hoogstens 3 dagen; bron: rapport: test; 5 minuten geleden gemeten)',
    ]);
    expect(explain(decided(wrong), 'fr')[4]).toContain('constaté : 9 jours ; exigé : au plus 3 jours');
    expect(explain(decided(wrong), 'de')[4]).toContain('festgestellt: 9 Tage; verlangt: höchstens 3 Tage');
    const unsaid = explain(
      decided({ 'disk.encrypted': unknown('not-asked'), 'device.state': fact('stolen', now) }),
      'fr',
    );
    expect(unsaid[2]).toContain('(constaté : volé ; exigé : actif ; source : rapport : test)');
    expect(unsaid[3]).toContain(
      '(inconnu : non demandé ; exigé : oui ; source : rapport : test ; mesuré il y a 5 minutes)',
    );
  });

  it('puts German days in the dative where they are ago, and only there', () => {
    const old = { ...wrong, 'antimalware.signature-age': fact(now - 9 * dayMs, now - 3 * dayMs) };
    const lines = explain(decided(old), 'de').filter(line => line.includes(': fresh.'));
    expect(lines).toEqual([
      'Nicht bekannt: fresh. de (unbekannt: zu alt; verlangt: höchstens 3 Tage; Quelle: Bericht: test; gemessen vor 3 Tagen)',
    ]);
  });

  it('says what the gateway itself says about a device class, and nothing else, in the language', () => {
    const named: RequirementResult = {
      ...{ check: 'class', result: 'fail', outcome: 'deny', fact: 'device.class', value: 'unregistered' },
      ...{ limit: 'managed-laptop', source: 'device register', text: { nl: 't', fr: 't', de: 't', en: 't' } },
    };
    const said = (result: RequirementResult) => explain({ ...decided(), outcome: 'deny', results: [result] }, 'de');
    expect(said(named)).toContain(
      'Nicht erfüllt: class. t (festgestellt: nicht registriert; verlangt: managed-laptop; Quelle: Geräteregister)',
    );
    expect(said({ ...named, value: '3 days', limit: 'not one of active, high' })).toContain(
      'Nicht erfüllt: class. t (festgestellt: 3 days; verlangt: keines von active, high; Quelle: Geräteregister)',
    );
  });

  it('says so when nothing on the laptop helps', () => {
    expect(explain(decided({ 'device.state': fact('stolen', now) }), 'en')).toContain(
      'This cannot be solved on the laptop itself. Contact the help desk.',
    );
  });

  it.each([
    ['policy-gap', 'No policy covers this person on this device.'],
    ['policy-overlap', 'More than one policy covers this person on this device, and none of them comes first.'],
  ] as const)('of a %s says why no policy applied', (reason, sentence) => {
    const none: Decision = {
      ...base,
      outcome: 'deny',
      reasons: [reason],
      results: [],
      validUntil: now + dayMs,
      validUntilBecause: 'day-limit',
    };
    expect(explain(none, 'en')).toContain(sentence);
  });

  it.each(languages)('in %s leaves no place unfilled, whatever lapses first', language => {
    for (const validUntilBecause of [...validityWords, 'antimalware.signature-age']) {
      for (const line of explain({ ...decided(wrong), validUntilBecause }, language)) {
        expect(line).not.toMatch(/[{}]|undefined/);
      }
    }
  });

  it('does not translate the name of a product, or a group that happens to be a word', () => {
    const named: RequirementResult = {
      check: 'class',
      result: 'fail',
      outcome: 'deny',
      fact: 'device.class',
      value: 'no',
      limit: 'one of yes, day',
      source: 'x',
      text: { nl: 't', fr: 't', de: 't', en: 't' },
    };
    const lines = explain({ ...decided(), outcome: 'deny', results: [named] }, 'nl');
    expect(lines).toContain('Niet in orde: class. t (gezien: no; vereist: een van yes, day; bron: x)');
  });
});
