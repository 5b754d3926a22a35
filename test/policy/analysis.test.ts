// The analyser against an oracle that knows nothing of parts and cells: it puts every laptop there is to `evaluate`.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { osFamilies } from '../../gateway/contract/report.ts';
import { analyse } from '../../gateway/policy/analysis.ts';
import { evaluate } from '../../gateway/policy/evaluate.ts';
import type { Evaluation, Subject } from '../../gateway/policy/evaluation.ts';
import { type Finding, witnessInWords } from '../../gateway/policy/finding.ts';
import type { PolicyFile, PolicySet } from '../../gateway/policy/policy-set.ts';
import { differenceOf } from '../../gateway/policy/set-difference.ts';
import { without } from '../../gateway/policy/test-mutation.ts';
import type { Fact, Facts } from '../../gateway/verifier/facts.ts';
import { checkText, compiled, dayMs, degraded, hourMs, now, policyText } from './sample-set.ts';

const seen = (value: Extract<Fact, { value: unknown }>['value'], observedAt = now): Fact => ({
  value,
  source: 'report: test',
  observedAt,
});
const untold: Fact = { unknown: 'missing', source: 'report: test', observedAt: now };

/** Two checks of one fact that can contradict each other, one with an older measurement, one for some systems, one of several. */
const checks: Readonly<Record<string, string>> = {
  agent10: checkText('agent10', 'agent.version', 'at least 10', ['if unknown: deny']),
  agent9: checkText('agent9', 'agent.version', 'at most 9', ['if unknown: deny']),
  agent8: checkText('agent8', 'agent.version', 'at least 8', ['if unknown: deny', 'report not older than: 1 hour']),
  disk: checkText('disk', 'disk.encrypted', 'yes', ['if unknown: deny']),
  usb: checkText('usb', 'usb.storage-blocked', 'yes', ['if unknown: deny', 'applies to: windows']),
  either: 'check: either\nany of: [disk, agent10]\nif unknown: deny\ntext: { nl: a, fr: a, de: a, en: a }\n',
};
const names = Object.keys(checks);

const laptops: readonly Facts[] = osFamilies
  .filter(family => ['windows', 'debian'].includes(family))
  .flatMap(family => {
    const versions = ['7', '8', '9', '9.5', '10', '11'].flatMap(version => [
      seen(version),
      seen(version, now - 2 * hourMs),
    ]);
    return [...versions, untold].flatMap(version =>
      [seen(true), seen(false), untold].flatMap(disk =>
        [seen(true), seen(false), untold].map(usb => ({
          'os.family': seen(family),
          'report.age': seen(now),
          'agent.version': version,
          'disk.encrypted': disk,
          'usb.storage-blocked': usb,
        })),
      ),
    );
  });

const groups = ['a', 'b', 'c'];
const people: readonly Subject[] = ['laptop', 'pc', 'some-other-class'].flatMap(deviceClass =>
  groups
    .reduce<string[][]>((all, group) => [...all, ...all.map(each => [...each, group])], [[]])
    .map(of => ({ groups: of, deviceClass })),
);

interface Written {
  readonly requires: Readonly<Record<string, string>>;
  readonly more: readonly string[];
}
const follows = fc.constantFrom('update', 'quarantine', 'deny');
const requires = fc
  .dictionary(fc.constantFrom(...names), follows, { minKeys: 1, maxKeys: 4, noNullPrototype: true })
  .map(each => ({ ...each }));
const forWhom = fc
  .record({
    groups: fc.option(fc.subarray(groups, { minLength: 1 }), { nil: undefined }),
    device: fc.option(fc.subarray(['laptop', 'pc'], { minLength: 1 }), { nil: undefined }),
  })
  .map(({ groups: some, device }) => {
    if (some === undefined && device === undefined) return 'for: everyone';
    const words = [
      ...(some ? [`groups: [${some.join(', ')}]`] : []),
      ...(device ? [`device: [${device.join(', ')}]`] : []),
    ];
    return `for: { ${words.join(', ')} }`;
  });
const policy: fc.Arbitrary<Written> = fc.record({ requires, more: forWhom.map(each => [each]) });

const sets = fc
  .record({
    policies: fc.array(policy, { minLength: 1, maxLength: 4 }),
    before: fc.array(fc.tuple(fc.nat(3), fc.nat(3)), { maxLength: 3 }),
    floor: fc.option(fc.record({ requires, more: forWhom }), { nil: undefined }),
    exclusive: fc.boolean(),
  })
  .map(({ policies, before, floor, exclusive }): readonly PolicyFile[] => {
    const files = policies.map(({ requires: of, more }, at) => {
      // Only to later ones, so that there is no circle.
      const to = before.flatMap(([from, way]) =>
        from === at && way > at && way < policies.length ? [`pp${way}`] : [],
      );
      const gives = to.length === 0 ? [] : [`before: [${[...new Set(to)].join(', ')}]`];
      return { path: `access/pp${at}.yaml`, text: policyText(`pp${at}`, of, [...more, ...gives]) };
    });
    const under = floor && {
      path: 'floors/ff.yaml',
      text: policyText('ff', floor.requires, [floor.more])
        .replace('policy: ff', 'floor: ff')
        .replace('gives: office\n', ''),
    };
    return [
      degraded,
      ...Object.entries(checks).map(([name, text]) => ({ path: `checks/${name}.yaml`, text })),
      ...files,
      ...(under ? [under] : []),
      ...(exclusive ? [{ path: 'set.yaml', text: 'exclusive groups: [[a, b]]\n' }] : []),
    ];
  });

const possible = ({ exclusiveGroups }: PolicySet) =>
  people.filter(({ groups: of }) => exclusiveGroups.every(each => of.filter(group => each.has(group)).length < 2));
const kinds = (findings: readonly Finding[], kind: Finding['kind']) => findings.filter(each => each.kind === kind);
const quoted = (findings: readonly Finding[], at: number) =>
  new Set(findings.map(({ sentence }) => [...sentence.matchAll(/"([^"]+)"/g)][at]?.[1] ?? ''));

describe('the analyser agrees with trying everything', () => {
  it('about overlaps, policies that never apply, and gaps', () => {
    const found = { overlap: 0, unreachable: 0, gap: 0 };
    fc.assert(
      fc.property(sets, files => {
        const set = compiled(files);
        const findings = analyse(set, now);
        const [laptop = {}] = laptops;
        const answers = possible(set).map(subject => ({ subject, answer: evaluate(set, subject, laptop, now) }));
        const overlaps = answers.some(({ answer }) => answer.reasons.includes('policy-overlap'));
        expect(kinds(findings, 'overlap').length > 0).toBe(overlaps);
        const applied = new Set(answers.map(({ answer }) => answer.policy));
        const idle = set.policies.map(({ name }) => name).filter(name => !applied.has(name));
        expect(quoted(kinds(findings, 'unreachable-policy'), 0)).toEqual(new Set(idle));
        for (const { witness } of kinds(findings, 'gap')) {
          if (witness === undefined) throw new Error('no witness');
          expect(evaluate(set, witness.subject, laptop, now).reasons).toContain('policy-gap');
          found.gap++;
        }
        if (overlaps) found.overlap++;
        found.unreachable += idle.length;
      }),
      { numRuns: 300 },
    );
    for (const count of Object.values(found)) expect(count).toBeGreaterThan(10);
  });

  it('about requirements that cannot be met, or never decide', () => {
    const found = { impossible: 0, never: 0 };
    fc.assert(
      fc.property(sets, files => {
        const set = compiled(files);
        const findings = analyse(set, now);
        for (const { name } of set.policies) {
          const subjects = possible(set).filter(each => evaluate(set, each, laptops[0] ?? {}, now).policy === name);
          const answers = subjects.flatMap(subject =>
            laptops.map(laptop => ({ laptop, answer: evaluate(set, subject, laptop, now) })),
          );
          const barred = subjects.some(subject =>
            ['windows', 'debian'].some(
              family =>
                !laptops.some(
                  each => familyOf(each) === family && ['grant'].includes(evaluate(set, subject, each, now).outcome),
                ) &&
                laptops.some(
                  each => familyOf(each) === family && judgedNames(evaluate(set, subject, each, now)).length > 0,
                ),
            ),
          );
          const told = kinds(findings, 'impossible-requirement').filter(({ sentence }) =>
            sentence.includes(`"${name}" never grants`),
          );
          expect(told.length > 0).toBe(barred);
          if (barred) {
            found.impossible++;
            continue;
          }
          const required = new Set(answers.flatMap(({ answer }) => judgedNames(answer)));
          const never = [...required].filter(check =>
            answers.every(({ answer }) => without(answer, check).outcome === answer.outcome),
          );
          const said = kinds(findings, 'never-decides').filter(({ sentence }) => sentence.includes(`in "${name}"`));
          expect(quoted(said, 0)).toEqual(new Set(never));
          found.never += never.length;
        }
      }),
      { numRuns: 150 },
    );
    for (const count of Object.values(found)) expect(count).toBeGreaterThan(10);
  }, 60_000);

  it('about what a draft changes', () => {
    const found = { same: 0, other: 0 };
    fc.assert(
      fc.property(sets, sets, fc.boolean(), (one, other, equal) => {
        const [running, draft] = [compiled(one), compiled(equal ? one : other)];
        const word = ({ outcome, policy: by = '', segment = '' }: Evaluation) =>
          `${outcome} ${by} ${outcome === 'grant' ? segment : ''}`;
        const subjects = possible(running).filter(each => possible(draft).includes(each));
        const changed = subjects.some(subject =>
          laptops.some(
            laptop => word(evaluate(running, subject, laptop, now)) !== word(evaluate(draft, subject, laptop, now)),
          ),
        );
        const differences = differenceOf(running, draft, now);
        expect(differences.length > 0).toBe(changed);
        found[changed ? 'other' : 'same']++;
      }),
      { numRuns: 40 },
    );
    for (const count of Object.values(found)) expect(count).toBeGreaterThan(5);
  }, 60_000);
});

function judgedNames({ results, passed = [] }: Evaluation): readonly string[] {
  return [...results.map(({ check }) => check), ...passed];
}

function familyOf(laptop: Facts): unknown {
  const family = laptop['os.family'];
  return family && 'value' in family ? family.value : undefined;
}

describe('a finding', () => {
  const contradicting = compiled([
    degraded,
    { path: 'checks/a.yaml', text: checks['agent10'] ?? '' },
    { path: 'checks/b.yaml', text: checks['agent9'] ?? '' },
    { path: 'access/p.yaml', text: policyText('staff', { agent10: 'deny', agent9: 'update' }) },
  ]);

  it('says where, what, and shows a laptop', () => {
    const [finding] = kinds(analyse(contradicting, now), 'impossible-requirement');
    expect(finding).toMatchObject({
      severity: 'error',
      file: 'access/p.yaml',
      line: 1,
      sentence: '"agent10" and "agent9" can never be met together, so "staff" never grants there',
    });
    if (finding?.witness === undefined) throw new Error('no witness');
    expect(witnessInWords(finding.witness)).toMatch(
      /^a machine of class some-other-class, of somebody in no group, on .*; agent\.version: 10/,
    );
  });

  it('is told for requirements that no test would miss', () => {
    const base = 'base: good\ngiven: { device.class: laptop, disk.encrypted: yes, agent.version: "11" }\n';
    const tests = `- ${base.replace(/\n(?=.)/g, '\n  ')}- test: clear\n  given: { base: good, disk.encrypted: no }\n  expect: { outcome: quarantine }\n`;
    const set = compiled([
      degraded,
      { path: 'checks/a.yaml', text: checks['agent10'] ?? '' },
      { path: 'checks/d.yaml', text: checks['disk'] ?? '' },
      { path: 'access/p.yaml', text: policyText('staff', { agent10: 'deny', disk: 'quarantine' }) },
      { path: 'tests/t.yaml', text: tests },
    ]);
    expect(kinds(analyse(set, now), 'untested-requirement').map(({ sentence }) => sentence)).toEqual([
      'taking "agent10" out of "staff" breaks no test',
    ]);
  });

  it('is told for dates on which an outcome changes by itself', () => {
    const soon = new Date(now + 10 * dayMs).toISOString().slice(0, 10);
    const set = compiled([
      degraded,
      { path: 'checks/d.yaml', text: checks['disk'] ?? '' },
      { path: 'access/p.yaml', text: policyText('staff', { disk: `quarantine, deadline: ${soon} 18:00` }) },
    ]);
    expect(kinds(analyse(set, now), 'cliff')).toMatchObject([{ severity: 'note', file: 'access/p.yaml' }]);
  });

  it('is not told for a door that is closed on purpose', () => {
    const files = [
      degraded,
      { path: 'checks/d.yaml', text: checks['disk'] ?? '' },
      { path: 'access/p.yaml', text: policyText('staff', { disk: 'deny' }, ['for: { groups: [a], device: laptop }']) },
      { path: 'access/q.yaml', text: policyText('guests', { disk: 'deny' }, ['for: { groups: [b], device: pc }']) },
    ];
    const told = kinds(analyse(compiled(files), now), 'gap').map(({ sentence }) => sentence);
    expect(told).toEqual([
      'no policy fits somebody in a with a machine of class pc',
      'no policy fits somebody in b with a machine of class laptop',
    ]);
    const closed = 'closed to:\n  - { groups: [b], device: laptop }\n  - { groups: [a], device: pc }\n';
    expect(kinds(analyse(compiled([...files, { path: 'set.yaml', text: closed }]), now), 'gap')).toEqual([]);
  });
});
