import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseLimit } from '../../gateway/policy/limit.ts';
import { judgeLimit } from '../../gateway/policy/limit-parts.ts';
import { compareVersions, parseVersion } from '../../gateway/policy/version.ts';
import { factDefinition, type FactName } from '../../gateway/verifier/fact-catalogue.ts';
import type { FactValue } from '../../gateway/verifier/facts.ts';
import { dayMs, now } from './sample-set.ts';

function parse(fact: FactName, text: string) {
  const definition = factDefinition(fact);
  if (definition === undefined) throw new Error(fact);
  return parseLimit(definition, text, { calendars: new Map() });
}

function judge(fact: FactName, text: string, value: FactValue): unknown {
  const parsed = parse(fact, text);
  if ('wrong' in parsed) throw new Error(parsed.wrong);
  const judgement = judgeLimit(parsed.limit, value, now);
  return judgement === 'unusable' ? 'unusable' : judgement.pass;
}

describe('must be', () => {
  it.each<[FactName, string, FactValue, boolean | 'unusable']>([
    ['disk.encrypted', 'yes', true, true],
    ['disk.encrypted', 'yes', false, false],
    ['vpn.split-tunnel', 'no', false, true],
    ['vpn.split-tunnel', 'no', true, false],
    ['disk.encrypted', 'yes', 'yes', 'unusable'],
    ['updates.pending-security', 'at most 0', 0, true],
    ['updates.pending-security', 'at most 0', 1, false],
    ['updates.pending-security', 'at least 2', 1, false],
    ['updates.pending-security', 'at least 2', 2, true],
    ['updates.pending-security', 'at most 0', '0', 'unusable'],
    ['antimalware.engine', 'at least 10.2', '10.2', true],
    ['antimalware.engine', 'at least 10.2', '10.10', true],
    ['antimalware.engine', 'at least 10.2', '9.99', false],
    ['antimalware.engine', 'at least 10.2', '10.2.0.1', true],
    ['antimalware.engine', 'at least 10.2.1', '10.2', false],
    ['antimalware.engine', 'at most 10.2', '10.2.0', true],
    ['antimalware.engine', 'at most 10.2', '10.2.1', false],
    ['antimalware.engine', 'at least 1.4.3', '1.4.3+dfsg-1', true],
    ['antimalware.engine', 'at least 1.4.3', 'newest', 'unusable'],
    ['antimalware.engine', 'at least 1', '9'.repeat(16), 'unusable'],
    ['os.version', 'one of 12, 13', '12.0', true],
    ['os.version', 'one of [12, 13]', '12.5', false],
    ['os.version', 'not one of 12', '13', true],
    ['antimalware.signature-age', 'at most 3 days', now - 3 * dayMs, true],
    ['antimalware.signature-age', 'at most 3 days', now - 3 * dayMs - 1, false],
    ['antimalware.signature-age', 'at most 3 days', now + dayMs, true],
    ['antimalware.signature-age', 'at most 3 days', 'yesterday', 'unusable'],
    ['os.support-left', 'at least 30 days', now + 30 * dayMs, true],
    ['os.support-left', 'at least 30 days', now + 30 * dayMs - 1, false],
    ['os.support-left', 'at least 30 days', now - dayMs, false],
    ['device.binding', 'confirmed or better', 'one-conversation', true],
    ['device.binding', 'confirmed or better', 'confirmed', true],
    ['device.binding', 'confirmed or better', 'ticket', false],
    ['device.binding', 'confirmed or better', 'telepathy', 'unusable'],
    ['person.assurance', 'substantial or better', 'low', false],
    ['antimalware.products', 'all of A, B', ['A', 'B', 'C'], true],
    ['antimalware.products', 'all of A, B', ['A', 'C'], false],
    ['antimalware.products', 'all of A, B', [], false],
    ['person.employment', 'at least 50 %', 0.5, true],
    ['person.employment', 'at least 50 %', 0.49, false],
    ['person.employment', 'at most 80%', 0.9, false],
    ['person.employment', 'at most 80 %', 'some', 'unusable'],
    ['session.country', 'one of BE, NO', 'NO', true],
    ['session.country', 'not one of BE, NO', 'NO', false],
    ['device.state', 'active', 'active', true],
    ['device.state', 'active', 'stolen', false],
    ['device.state', 'one of [active, retired]', 'retired', true],
    ['device.state', 'not one of stolen, retired', 'stolen', false],
    ['device.state', 'not one of stolen, retired', 'active', true],
    ['antimalware.products', 'one of A, B', ['Z', 'B'], true],
    ['antimalware.products', 'one of A, B', ['Z'], false],
    ['antimalware.products', 'not one of A, B', [], true],
    ['antimalware.products', 'not one of A, B', ['A'], false],
    ['antimalware.products', 'one of A', 'A', 'unusable'],
    ['device.class', 'managed-laptop', 'managed-laptop', true],
    ['device.class', 'one of kiosk, thin-client', 'kiosk', true],
    ['device.class', 'not one of kiosk', 'kiosk', false],
  ])('%s: "%s" of %j is %s', (fact, text, value, expected) => {
    expect(judge(fact, text, value)).toBe(expected);
  });

  it.each<[FactName, string]>([
    ['disk.encrypted', 'at most 35 days'],
    ['disk.encrypted', 'true'],
    ['disk.encrypted', 'Yes'],
    ['updates.pending-security', 'at most 3 days'],
    ['updates.pending-security', 'at most -1'],
    ['updates.pending-security', '0'],
    ['antimalware.engine', 'at least new'],
    ['antimalware.engine', '10.2'],
    ['antimalware.engine', 'one of 10.2, new'],
    ['antimalware.engine', 'at least 10.2 or better'],
    ['antimalware.signature-age', 'at least 3 days'],
    ['antimalware.signature-age', 'at most 3'],
    ['antimalware.signature-age', 'at most three days'],
    ['antimalware.signature-age', 'yes'],
    ['os.support-left', 'at most 30 days'],
    ['device.binding', 'strong'],
    ['device.binding', 'strong or better'],
    ['device.binding', 'one of confirmed, strong'],
    ['device.binding', 'one of confirmed,'],
    ['device.state', 'active or better'],
    ['antimalware.products', 'A'],
    ['antimalware.products', 'all A'],
    ['person.employment', 'at most 120 %'],
    ['person.employment', 'at least half'],
    ['session.country', 'be'],
    ['session.country', 'one of BE, Belgium'],
    ['device.class', ''],
    ['device.class', 'a, b'],
  ])('%s: "%s" is refused with a remedy', (fact, text) => {
    const parsed = parse(fact, text);
    expect('wrong' in parsed && parsed.remedy).toMatch(/^write /);
  });

  it.each<[FactName, string, string]>([
    ['antimalware.signature-age', 'at most  90  days', 'at most 90 days'],
    ['antimalware.signature-age', 'at most 36 hours', 'at most 1 day 12 hours'],
    ['os.support-left', 'at least 4 weeks', 'at least 28 days'],
    ['device.state', 'one of [active,retired]', 'one of active, retired'],
    ['device.binding', 'confirmed or better', 'confirmed or better'],
    ['disk.encrypted', ' yes ', 'yes'],
  ])('%s: "%s" reads "%s"', (fact, text, words) => {
    const parsed = parse(fact, text);
    expect('limit' in parsed && parsed.limit.words).toBe(words);
  });

  it('holds exactly until the moment it names', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<[FactName, string]>(
          ['antimalware.signature-age', 'at most 3 days'],
          ['os.support-left', 'at least 30 days'],
        ),
        fc.integer({ min: -100 * dayMs, max: 100 * dayMs }),
        ([fact, text], offset) => {
          const parsed = parse(fact, text);
          if ('wrong' in parsed) throw new Error(parsed.wrong);
          const judgement = judgeLimit(parsed.limit, now + offset, now);
          if (judgement === 'unusable' || !judgement.pass) return;
          const { until } = judgement;
          if (until === undefined) throw new Error('a moment is missing');
          expect(judgeLimit(parsed.limit, now + offset, until)).toMatchObject({ pass: true });
          expect(judgeLimit(parsed.limit, now + offset, until + 1)).toMatchObject({ pass: false });
        },
      ),
    );
  });
});

describe('versions', () => {
  const version = fc.array(fc.nat({ max: 99_999 }), { minLength: 1, maxLength: 6 });

  it('are ordered: compared both ways the signs are opposite, and nothing is both above and below', () => {
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        expect(Math.sign(compareVersions(a, b)) + Math.sign(compareVersions(b, a))).toBe(0);
        expect(compareVersions(a, [...a, 0])).toBe(0);
        if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0)
          expect(compareVersions(a, c)).toBeLessThanOrEqual(0);
      }),
    );
  });

  it('survive being written and read', () => {
    fc.assert(
      fc.property(version, parts => {
        expect(parseVersion(parts.join('.'))).toEqual(parts);
      }),
    );
  });

  it.each([
    ['', undefined],
    ['v1', undefined],
    ['.1', undefined],
    ['1.', [1]],
    ['1..2', [1]],
    ['10.0.26100', [10, 0, 26100]],
  ])('reads %j as %j', (text, expected) => {
    expect(parseVersion(text)).toEqual(expected);
  });
});
