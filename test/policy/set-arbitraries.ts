// Generated policy sets with every way of putting requirements together (policies that give way, floors, any of, grace, systems), and
// laptops whose values lie at the limits of those very sets.

import fc from 'fast-check';
import { type Check, type FactCheck, factsOf } from '../../gateway/policy/check.ts';
import { cellsOf } from '../../gateway/policy/fact-cells.ts';
import { concerns, passesUntil } from '../../gateway/policy/judgement.ts';
import type { PolicyFile, PolicySet } from '../../gateway/policy/policy-set.ts';
import type { Judgeable } from '../../gateway/policy/situation.ts';
import { factDefinition, type FactName } from '../../gateway/verifier/fact-catalogue.ts';
import type { Fact, Facts } from '../../gateway/verifier/facts.ts';
import { checkText, compiled, dayMs, now } from './sample-set.ts';

const limits: Readonly<Partial<Record<FactName, readonly string[]>>> = {
  'os.version': ['at least 10.2', 'one of 12, 13', 'not one of 11'],
  'os.support-left': ['at least 30 days'],
  'updates.pending-security': ['at most 0', 'at most 3'],
  'antimalware.products': ['one of A, B', 'all of A, B', 'not one of C'],
  'antimalware.signature-age': ['at most 3 days', 'at most 2 hours'],
  'disk.encrypted': ['yes'],
  'firewall.active': ['yes', 'no'],
  'accounts.local-admin': ['no'],
  'report.age': ['at most 4 hours'],
  'machine.proven': ['yes'],
  'person.proven': ['yes'],
  'person.password': ['strong or better', 'none'],
  'device.binding': ['ticket or better', 'confirmed or better'],
  'device.state': ['active'],
  'telework.days-this-week': ['at most 2.5 days'],
};
const used = Object.keys(limits) as FactName[];

const check = fc
  .record({
    fact: fc.constantFrom(...used),
    must: fc.nat(),
    unknown: fc.constantFrom('quarantine', 'deny'),
    systems: fc.constantFrom('', '', '', 'applies to: windows', 'applies to: [linux, macos]'),
  })
  .map(({ fact, must, unknown, systems }) => {
    const forms = limits[fact] ?? [];
    const more = [`if unknown: ${unknown}`, ...(systems === '' ? [] : [systems])];
    return (name: string) => checkText(name, fact, forms[must % forms.length] ?? 'yes', more);
  });

const wanted = fc.record({
  follows: fc.constantFrom('otherwise: notice', 'otherwise: update', 'otherwise: quarantine'),
  required: fc.boolean(),
  byFloor: fc.boolean(),
  late: fc.boolean(),
});

interface Draft {
  readonly checks: readonly ((name: string) => string)[];
  readonly anyOf: readonly boolean[];
  readonly wanted: readonly { follows: string; required: boolean; byFloor: boolean; late: boolean }[];
}

const draft: fc.Arbitrary<Draft> = fc.record({
  checks: fc.array(check, { minLength: 2, maxLength: 6 }),
  anyOf: fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
  wanted: fc.array(wanted, { minLength: 7, maxLength: 7 }),
});

const inFour = 'text: { nl: nl, fr: fr, de: de, en: en }';

function filesOf({ checks, anyOf, wanted: all }: Draft): readonly PolicyFile[] {
  const names = checks.map((_, at) => `check-${at}`);
  const members = names.filter((_, at) => anyOf[at] === true);
  const either = members.length < 2 ? [] : ['either'];
  const requirements = (which: (at: number) => boolean) =>
    [...names, ...either].flatMap((name, at) => (which(at) ? [`  - ${name}: { ${all[at]?.follows ?? ''} }`] : []));
  const own = requirements(at => all[at]?.required === true);
  const floor = requirements(at => all[at]?.byFloor === true);
  const policy = (name: string, selection: string, more: readonly string[] = []) =>
    [`policy: ${name}`, 'owner: x', `for: ${selection}`, 'gives: office', ...more, 'requires:'].join('\n');
  const required = own.length === 0 ? requirements(() => true) : own;
  return [
    { path: 'degraded.yaml', text: 'no report yet: quarantine\nreport too old: quarantine\n' },
    ...checks.map((text, at) => ({ path: `checks/check-${at}.yaml`, text: text(`check-${at}`) })),
    ...either.map(name => ({
      path: `checks/${name}.yaml`,
      text: `check: ${name}\nany of: [${members.join(', ')}]\nif unknown: deny\n${inFour}\n`,
    })),
    { path: 'access/all.yaml', text: `${policy('all', 'everyone')}\n${required.join('\n')}\n` },
    {
      path: 'access/few.yaml',
      text: `${policy('few', '{ groups: [staff], device: managed-laptop }', all[0]?.late === true ? [] : ['before: all'])}\n${required.slice(0, 1).join('\n')}\n`,
    },
    ...(floor.length === 0
      ? []
      : [
          {
            path: 'layers/above/floors/f.yaml',
            text: `floor: low\nowner: x\nsource: Law\nfor: { groups: [staff] }\nrequires:\n${floor.join('\n')}\n`,
          },
        ]),
  ];
}

export interface Case {
  readonly set: PolicySet;
  readonly situation: Judgeable;
}

export const cases: fc.Arbitrary<Case> = draft.chain(each => {
  const files = filesOf(each);
  const set = compiled(files);
  const facts = factsNear(set);
  return fc
    .record({
      picks: fc.array(fc.nat(), { minLength: facts.length, maxLength: facts.length }),
      family: fc.constantFrom('windows', 'debian', 'macos', undefined),
      reported: fc.boolean(),
      groups: fc.constantFrom([], ['staff'], ['guests']),
      deviceClass: fc.constantFrom('managed-laptop', 'private-pc'),
    })
    .map(({ picks, family, reported, groups, deviceClass }) => {
      const seen = facts.flatMap(([name, values], at): [string, Fact][] => {
        const value = values[(picks[at] ?? 0) % values.length];
        return value === undefined ? [] : [[name, value]];
      });
      const situation = {
        subject: { groups, deviceClass },
        now,
        facts: {
          ...(reported ? { 'report.age': known(now - dayMs / 24) } : {}),
          ...(family === undefined ? {} : { 'os.family': known(family) }),
          ...Object.fromEntries(seen),
        },
      };
      return {
        set,
        situation,
        [fc.toStringMethod]: () => [...files.map(({ text }) => text), JSON.stringify(situation)].join('\n'),
      };
    });
});

function known(value: string | number): Fact {
  return { value, source: 'report: test', observedAt: now };
}

/** Values that the checks of the set tell apart, and one that is not there. */
function factsNear(set: PolicySet): readonly (readonly [string, readonly (Fact | undefined)[]])[] {
  const all = [...set.checks.values()].flatMap(factsOf);
  const names = [...new Set([...all.map(({ factName }) => factName), 'updates.list-age'])];
  return names.flatMap(name => {
    const definition = factDefinition(name);
    const cuts = all
      .filter(({ factName }) => factName === name)
      .map(({ limit, measuredWithinMs }) => ({
        limit: limit.words,
        ...(measuredWithinMs === undefined ? {} : { measuredWithinMs }),
      }));
    if (definition === undefined) return [];
    const more = name === 'updates.list-age' ? [{ limit: 'at most 1 day' }] : [];
    return [[name, [...cellsOf(definition, [...cuts, ...more], set.calendars, now), undefined]] as const];
  });
}

/**
 * The facts once everything that a smallest change names has been mended on the laptop, and nothing that is met has been broken: one
 * answer for each check of an "any of" that could be mended. Empty: what is asked contradicts itself.
 */
export function mended(
  { set, situation: { facts } }: Case,
  names: readonly string[],
  passed: readonly string[],
): Facts[] {
  const checks = names.flatMap(name => set.checks.get(name) ?? []);
  const simple = checks.filter(each => each.kind === 'fact');
  const choices = checks
    .filter(each => each.kind === 'any-of')
    .flatMap(each => each.anyOf.filter(one => mendable(one, facts)));
  const kept = passed
    .flatMap(name => factsOf(checkNamed(set, name)))
    .filter(one => !Number.isNaN(passesUntil(one, facts, now)));
  const wishes = choices.length === 0 ? [simple] : choices.map(choice => [...simple, choice]);
  return wishes.map(wanted => withAll(set, facts, wanted, kept)).filter(each => each !== undefined);
}

function withAll(
  set: PolicySet,
  facts: Facts,
  wanted: readonly FactCheck[],
  kept: readonly FactCheck[],
): Facts | undefined {
  const changed: Record<string, Fact> = { ...facts, 'report.age': known(now) };
  for (const { factName, fact } of wanted) {
    if (fact.changedBy !== 'laptop') throw new Error(`${factName} is not changed on the laptop`);
    const all = [...wanted, ...kept].filter(each => each.factName === factName);
    const cuts = all.map(({ limit }) => ({ limit: limit.words }));
    const value = cellsOf(fact, cuts, set.calendars, now).find(cell =>
      all.every(({ limit }) => 'value' in cell && limit.passesUntil(cell.value, now, 1) >= now),
    );
    if (value === undefined) return undefined;
    changed[factName] = { ...value, observedAt: now };
    if (fact.goodWhile) changed[fact.goodWhile.fact] = known(now);
  }
  return changed;
}

function checkNamed(set: PolicySet, name: string): Check {
  const check = set.checks.get(name);
  if (check === undefined) throw new Error(name);
  return check;
}

function mendable(check: FactCheck, facts: Facts): boolean {
  return check.fact.changedBy === 'laptop' && concerns(check, facts);
}
