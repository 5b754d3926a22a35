// What is known beforehand of those whom a policy applies to, against trying everybody: the class of their machine, their country, the hour.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyse } from '../../gateway/policy/analysis.ts';
import { evaluate } from '../../gateway/policy/evaluate.ts';
import type { Evaluation, Subject } from '../../gateway/policy/evaluation.ts';
import type { FindingKind } from '../../gateway/policy/finding.ts';
import type { PolicyFile, PolicySet } from '../../gateway/policy/policy-set.ts';
import { without } from '../../gateway/policy/test-mutation.ts';
import { checkText, compiled, degraded, fact, now, policyText } from './sample-set.ts';

const checks: Readonly<Record<string, string>> = {
  own: checkText('own', 'device.class', 'laptop'),
  'not-pc': checkText('not-pc', 'device.class', 'not one of pc'),
  known: checkText('known', 'device.class', 'one of laptop, pc, tablet'),
  near: checkText('near', 'session.country', 'one of BE, NL'),
  belgian: checkText('belgian', 'session.country', 'BE'),
};
const classes = ['laptop', 'pc', 'tablet', 'kiosk'];
const countries = ['BE', 'NL', 'US', undefined];
const people: readonly Subject[] = classes.flatMap(deviceClass =>
  countries.map(country => ({ groups: [], deviceClass, ...(country === undefined ? {} : { country }) })),
);
const factsOf = ({ deviceClass, country }: Subject) => ({
  'device.class': fact(deviceClass),
  ...(country === undefined ? {} : { 'session.country': fact(country) }),
});

const requires = fc
  .dictionary(fc.constantFrom(...Object.keys(checks)), fc.constantFrom('update', 'quarantine', 'deny'), {
    minKeys: 1,
    maxKeys: 3,
    noNullPrototype: true,
  })
  .map(each => ({ ...each }));
const whom = fc.constantFrom(
  'for: everyone',
  'for: { device: laptop }',
  'for: { device: [pc, tablet] }',
  'for: { country: BE }',
  'for: { device: pc, country: [BE, US] }',
);
const sets = fc
  .tuple(fc.array(fc.tuple(whom, requires), { minLength: 1, maxLength: 3 }), fc.option(requires))
  .map(([policies, floor]): readonly PolicyFile[] => [
    degraded,
    ...Object.entries(checks).map(([name, text]) => ({ path: `checks/${name}.yaml`, text })),
    ...policies.map(([selection, of], at) => {
      const later = policies.flatMap((_, other) => (other > at ? [`pp${other}`] : []));
      const before = later.length === 0 ? [] : [`before: [${later.join(', ')}]`];
      return { path: `access/pp${at}.yaml`, text: policyText(`pp${at}`, of, [selection, ...before]) };
    }),
    ...(floor === null
      ? []
      : [
          {
            path: 'floors/ff.yaml',
            text: policyText('ff', floor).replace('policy: ff', 'floor: ff').replace('gives: office\n', ''),
          },
        ]),
  ]);

const told = (set: PolicySet, kind: FindingKind) => analyse(set, now).filter(each => each.kind === kind);
const names = ({ results, passed = [] }: Evaluation) => [...results.map(({ check }) => check), ...passed];

describe('what is known of a subject', () => {
  it('counts for whether a policy can be met, and whether a requirement decides', () => {
    const found = { impossible: 0, never: 0 };
    fc.assert(
      fc.property(sets, files => {
        const set = compiled(files);
        for (const { name } of set.policies) {
          const answers = people
            .map(subject => evaluate(set, subject, factsOf(subject), now))
            .filter(({ policy }) => policy === name);
          if (answers.length === 0) continue;
          const barred = answers.every(({ outcome }) => outcome !== 'grant');
          const impossible = told(set, 'impossible-requirement').some(({ sentence }) =>
            sentence.includes(`"${name}" never grants`),
          );
          // Facts that have nothing to do with each other are looked at apart: what is told is true.
          if (impossible) expect(barred).toBe(true);
          if (impossible) found.impossible++;
          if (barred) continue;
          const idle = new Set(answers.flatMap(names)).difference(
            new Set(
              answers.flatMap(each => names(each).filter(check => without(each, check).outcome !== each.outcome)),
            ),
          );
          const said = told(set, 'never-decides').flatMap(
            ({ sentence }) => /^"([^"]+)" in "([^"]+)"/.exec(sentence)?.slice(1) ?? [],
          );
          for (let at = 0; at < said.length; at += 2) {
            if (said[at + 1] === name) expect(idle).toContain(said[at]);
          }
          found.never += idle.size;
        }
      }),
      { numRuns: 200 },
    );
    for (const count of Object.values(found)) expect(count).toBeGreaterThan(10);
  }, 60_000);

  it('makes a requirement idle that everybody passes', () => {
    const set = compiled([
      degraded,
      { path: 'checks/own.yaml', text: checks['own'] ?? '' },
      { path: 'checks/disk.yaml', text: checkText('disk', 'disk.encrypted', 'yes') },
      {
        path: 'access/p.yaml',
        text: policyText('staff', { own: 'deny', disk: 'quarantine' }, ['for: { device: laptop }']),
      },
    ]);
    expect(told(set, 'never-decides').map(({ sentence }) => sentence)).toEqual([
      '"own" in "staff" never decides: whoever the policy is for passes it',
    ]);
  });

  it('does not make a check impossible that is there to refuse some of them', () => {
    const set = compiled([
      degraded,
      { path: 'checks/own.yaml', text: checks['own'] ?? '' },
      { path: 'checks/disk.yaml', text: checkText('disk', 'disk.encrypted', 'yes') },
      { path: 'access/p.yaml', text: policyText('staff', { own: 'deny' }) },
      {
        path: 'floors/f.yaml',
        text: policyText('laptops', { disk: 'deny' }, ['for: { device: laptop }'])
          .replace('policy:', 'floor:')
          .replace('gives: office\n', '')
          .replace('otherwise: deny', 'otherwise: quarantine'),
      },
    ]);
    expect(analyse(set, now)).toEqual([]);
  });

  it('tells of a gap where no class is named, with the concentrator', () => {
    const set = compiled([
      degraded,
      { path: 'checks/own.yaml', text: checks['own'] ?? '' },
      { path: 'access/p.yaml', text: policyText('one', { own: 'deny' }, ['for: { groups: [a], concentrator: vpn }']) },
      { path: 'access/q.yaml', text: policyText('two', { own: 'deny' }, ['for: { groups: [b], concentrator: lab }']) },
    ]);
    expect(told(set, 'gap').map(({ sentence }) => sentence)).toEqual([
      'no policy fits somebody in a at lab',
      'no policy fits somebody in b at vpn',
    ]);
  });
});

describe('a floor of a layer', () => {
  const files = (own: string, layer: string): readonly PolicyFile[] => [
    degraded,
    { path: 'checks/fresh.yaml', text: checkText('fresh', 'antimalware.signature-age', own) },
    { path: 'layers/above/checks/fresh.yaml', text: checkText('above-fresh', 'antimalware.signature-age', layer) },
    {
      path: 'layers/above/floors/f.yaml',
      text: policyText('ff', { 'above-fresh': 'quarantine' })
        .replace('policy:', 'floor:')
        .replace('gives: office\n', ''),
    },
    { path: 'access/p.yaml', text: policyText('staff', { fresh: 'quarantine' }) },
  ];
  const idle = (own: string, layer: string) =>
    told(compiled(files(own, layer)), 'never-decides').map(({ sentence }) => sentence.split(':')[0]);

  it('may be stricter below, and is not told to be idle for that', () => {
    expect(idle('at most 1 day', 'at most 7 days')).toEqual([]);
  });

  it('that asks for more makes what is below it idle', () => {
    expect(idle('at most 7 days', 'at most 1 day')).toEqual(['"fresh" in "staff" never decides']);
  });
});
