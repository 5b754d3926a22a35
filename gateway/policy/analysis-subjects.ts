// Who falls in which access policy: every kind of subject that the selections of a set can tell apart, and what that shows about
// them. Complete: if two policies overlap for anybody, they do so for somebody in at most two groups; if a policy is ever the one
// that applies, it is so for somebody in at most one.

import type { AccessPolicy } from './access-policy.ts';
import { momentsOf } from './fact-cells.ts';
import type { Subject } from './evaluation.ts';
import type { Finding } from './finding.ts';
import type { PolicySet } from './policy-set.ts';
import { fits, type Selected, select, type Selection } from './selection.ts';

export interface SubjectCell {
  readonly subject: Subject;
  readonly now: number;
  readonly fitting: readonly AccessPolicy[];
  readonly selected: Selected;
}

/** A device class, a concentrator and a country that no selection names. */
const otherClass = 'some-other-class';
const otherConcentrator = 'some-other-concentrator';
const otherCountry = 'ZZ';

/** Every kind of subject of these sets together, so that two versions can be compared. */
export function subjectCells(sets: readonly PolicySet[], now: number): readonly (readonly SubjectCell[])[] {
  const selections = sets.flatMap(selectionsOf);
  const named = (of: (selection: Selection) => ReadonlySet<string> | undefined) => [
    ...new Set(selections.flatMap(each => [...(of(each) ?? [])])),
  ];
  const classes = [...named(each => each.deviceClasses), otherClass];
  const concentrators = withOther(
    named(each => each.concentrators),
    otherConcentrator,
  );
  const countries = withOther(
    named(each => each.countries),
    otherCountry,
  );
  const moments = momentsOf([...new Set(selections.flatMap(each => each.hours ?? []))], now);
  const groups = groupSets(
    sets,
    named(each => each.groups),
  );
  const cells: SubjectCell[][] = [];
  for (const at of moments) {
    for (const deviceClass of classes) {
      for (const concentrator of concentrators) {
        for (const country of countries) {
          for (const each of groups) {
            const subject = {
              groups: each,
              deviceClass,
              ...(concentrator === undefined ? {} : { concentrator }),
              ...(country === undefined ? {} : { country }),
            };
            cells.push(sets.map(set => cellOf(set, subject, at)));
          }
        }
      }
    }
  }
  return cells;
}

export function selectionsOf({ policies, floors, closedTo }: PolicySet): readonly Selection[] {
  return [...policies, ...floors].map(each => each.for).concat(closedTo);
}

/** Nothing is told apart where nothing is named. */
function withOther(words: readonly string[], other: string): readonly (string | undefined)[] {
  return words.length === 0 ? [undefined] : [...words, other];
}

/** Nobody's groups, each group alone, and every pair that one person can be in; of groups that are named alike, one. */
function groupSets(sets: readonly PolicySet[], groups: readonly string[]): readonly (readonly string[])[] {
  const alike = new Map<string, string>();
  for (const group of groups) {
    const selections = sets.flatMap(selectionsOf);
    const named = [
      ...selections.map(each => each.groups?.has(group) === true),
      ...sets.flatMap(set => set.exclusiveGroups.map(each => each.has(group))),
    ];
    const key = named.map(each => (each ? '1' : '0')).join('');
    if (!alike.has(key)) alike.set(key, group);
  }
  const apart = [...alike.values()];
  const pairs = apart.flatMap((group, at) =>
    apart.slice(at + 1).flatMap(other => (sets.some(set => isExclusive(set, group, other)) ? [] : [[group, other]])),
  );
  return [[], ...apart.map(group => [group]), ...pairs];
}

function isExclusive({ exclusiveGroups }: PolicySet, group: string, other: string): boolean {
  return exclusiveGroups.some(each => each.has(group) && each.has(other));
}

function cellOf(set: PolicySet, subject: Subject, now: number): SubjectCell {
  const fitting = set.policies.filter(policy => fits(policy.for, subject, now));
  return { subject, now, fitting, selected: select(set.policies, set.precedence, subject, now) };
}

export function subjectFindings(set: PolicySet, cells: readonly SubjectCell[]): readonly Finding[] {
  return [...overlaps(set, cells), ...unreachable(set, cells), ...gaps(set, cells)];
}

/** Each pair of policies once, with the first subject that shows it. */
function overlaps(set: PolicySet, cells: readonly SubjectCell[]): readonly Finding[] {
  const found = new Map<string, Finding>();
  for (const { subject, now, fitting, selected } of cells) {
    if ('policy' in selected || selected.none === 'policy-gap') continue;
    const gives = (one: AccessPolicy, way: AccessPolicy) => set.precedence.get(one.name)?.has(way.name) === true;
    const [first, second] = fitting.filter(policy => !fitting.some(other => gives(other, policy)));
    if (first === undefined || second === undefined) continue;
    const key = `${first.name} ${second.name}`;
    if (found.has(key)) continue;
    found.set(key, {
      kind: 'overlap',
      severity: 'error',
      file: second.file,
      line: second.line,
      sentence: `"${first.name}" and "${second.name}" both fit, and neither comes first: whoever falls in both is denied`,
      remedy: `write "before: [${second.name}]" in ${first.file} or the other way round, or declare their groups exclusive in set.yaml`,
      witness: { subject, facts: {}, now },
    });
  }
  return [...found.values()];
}

function unreachable(set: PolicySet, cells: readonly SubjectCell[]): readonly Finding[] {
  const applied = new Set(cells.flatMap(({ selected }) => ('policy' in selected ? [selected.policy.name] : [])));
  return set.policies
    .filter(({ name }) => !applied.has(name))
    .map(policy => {
      const fitting = cells.filter(each => each.fitting.includes(policy));
      const covering = [
        ...new Set(fitting.flatMap(({ selected }) => ('policy' in selected ? [selected.policy.name] : []))),
      ].sort();
      const why =
        covering.length === 0
          ? 'no subject fits it, or those that do fit another as well'
          : `whoever fits it falls in ${covering.map(each => `"${each}"`).join(' or ')} first`;
      const [example] = fitting;
      return {
        kind: 'unreachable-policy',
        severity: 'warning',
        file: policy.file,
        line: policy.line,
        sentence: `"${policy.name}" never applies: ${why}`,
        remedy: 'narrow the other policy, change "before", or remove this one',
        ...(example === undefined ? {} : { witness: { subject: example.subject, facts: {}, now: example.now } }),
      } as const;
    });
}

/** Of those that a selection names; a gap for nobody in particular is what a closed door is for. */
function gaps(set: PolicySet, cells: readonly SubjectCell[]): readonly Finding[] {
  const [place] = set.policies;
  if (place === undefined) return [];
  const found = new Map<string, Finding>();
  const namesClasses = selectionsOf(set).some(each => each.deviceClasses !== undefined);
  for (const { subject, now, selected } of cells) {
    if (!('none' in selected) || selected.none !== 'policy-gap') continue;
    const { groups, deviceClass, concentrator, country } = subject;
    // Two groups open no gap that one of them would not.
    if (
      groups.length > 1 ||
      (deviceClass === otherClass && namesClasses) ||
      concentrator === otherConcentrator ||
      country === otherCountry
    )
      continue;
    if (groups.length === 0 && set.policies.every(policy => policy.for.groups !== undefined)) continue;
    if (set.closedTo.some(closed => fits(closed, subject, now))) continue;
    const key = [groups.join(), deviceClass, concentrator, country].join(' ');
    if (found.has(key)) continue;
    found.set(key, {
      kind: 'gap',
      severity: 'warning',
      file: place.file,
      line: place.line,
      sentence: `no policy fits ${[
        groups.length === 0 ? 'somebody in no group' : `somebody in ${groups.join()}`,
        ...(namesClasses ? [`with a machine of class ${deviceClass}`] : []),
        ...(concentrator === undefined ? [] : [`at ${concentrator}`]),
        ...(country === undefined ? [] : [`from ${country}`]),
      ].join(' ')}`,
      remedy: 'write a policy for them, or say under "closed to" in set.yaml that they are to be refused',
      witness: { subject, facts: {}, now },
    });
  }
  return [...found.values()];
}
