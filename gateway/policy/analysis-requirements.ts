// What the requirements of a policy do to each other: some can never be met together, some never decide anything because another
// one is always at least as strict.

import { type Outcome, outcomes } from '../contract/outcome.ts';
import type { Facts } from '../verifier/facts.ts';
import type { AccessPolicy } from './access-policy.ts';
import { type Known, knownOf } from './analysis-known.ts';
import type { SubjectCell } from './analysis-subjects.ts';
import { requirementsOf } from './evaluate.ts';
import type { Finding, Witness } from './finding.ts';
import type { Floor } from './floor.ts';
import type { PolicySet } from './policy-set.ts';
import type { Requirement } from './requirement.ts';
import { factsOfFamily, familiesOf, type Part, partsOf, type Row, worst } from './requirement-cells.ts';
import { fits } from './selection.ts';

/** A policy together with the floors under somebody whom it applies to. */
export interface Standing {
  readonly policy: AccessPolicy;
  readonly floors: readonly Floor[];
  readonly cell: SubjectCell;
  /** Of everybody whom the policy applies to, whatever the floors. */
  readonly known: Known;
}

/** Each combination of a policy and floors once. */
export function standings(set: PolicySet, cells: readonly SubjectCell[]): readonly Standing[] {
  const found = new Map<string, Standing>();
  const known = new Map(set.policies.map(policy => [policy, knownOf(set, cellsUnder(policy, cells))]));
  for (const cell of cells) {
    if (!('policy' in cell.selected)) continue;
    const { policy } = cell.selected;
    const floors = set.floors.filter(floor => fits(floor.for, cell.subject, cell.now));
    const key = [policy, ...floors].map(({ name }) => name).join(' ');
    const of = known.get(policy);
    if (of !== undefined && !found.has(key)) found.set(key, { policy, floors, cell, known: of });
  }
  return [...found.values()];
}

function cellsUnder(policy: AccessPolicy, cells: readonly SubjectCell[]): readonly SubjectCell[] {
  return cells.filter(({ selected }) => 'policy' in selected && selected.policy === policy);
}

export function requirementFindings(set: PolicySet, all: readonly Standing[]): readonly Finding[] {
  const impossible = new Map<string, Finding>();
  const large = new Map<string, Finding>();
  const judged = new Map<string, Decides>();
  for (const standing of all) {
    const { policy, floors, cell, known } = standing;
    const requirements = requirementsOf(policy, floors);
    for (const family of familiesOf(requirements)) {
      const now = cell.now;
      for (const part of partsOf(requirements, family, { ...set, now, known })) {
        const at = { set, standing, family, part };
        if (part.tooLarge) large.set(namesIn(part), tooLarge(at));
        else if (!part.rows.some(row => worst(row.outcomes) === 'grant'))
          impossible.set(`${policy.name} ${namesIn(part)}`, cannotPass(at));
        else for (const [index] of part.requirements.entries()) tally(judged, at, index);
      }
    }
  }
  const never = [...judged.values()].flatMap(({ decides, finding }) => (decides ? [] : [finding]));
  return [...impossible.values(), ...large.values(), ...never];
}

interface At {
  readonly set: PolicySet;
  readonly standing: Standing;
  readonly family: string;
  readonly part: Part;
}

interface Decides {
  readonly decides: boolean;
  readonly finding: Finding;
}

/** It decides when anywhere it alone makes the outcome stricter. */
function tally(judged: Map<string, Decides>, at: At, index: number): void {
  const { part, standing } = at;
  const requirement = part.requirements[index];
  // A notice is not there to decide; and what a layer asks on its own is not there to be removed: its institution may ask for more.
  if (requirement === undefined || requirement.otherwise === 'notice') return;
  if (fromLayer(requirement, standing.policy)) return;
  const key = `${standing.policy.name} ${requirement.check.name}`;
  const before = judged.get(key);
  if (before?.decides === true) return;
  const others = (row: Row) => worst(row.outcomes.filter((_, each) => each !== index));
  const decides = part.rows.some(row => rank(row.outcomes[index]) > rank(others(row)));
  judged.set(key, { decides, finding: neverDecides(at, index) });
}

function fromLayer({ check }: Requirement, { requires }: AccessPolicy): boolean {
  return check.file.startsWith('layers/') && !requires.some(each => each.check === check);
}

function rank(outcome: Outcome | undefined): number {
  return outcomes.indexOf(outcome ?? 'grant');
}

function neverDecides({ part, standing, family }: At, index: number): Finding {
  const { policy, cell } = standing;
  const name = part.requirements[index]?.check.name ?? '';
  const failing = part.rows.filter(row => row.outcomes[index] !== 'grant');
  const [example] = failing;
  // Best named is one that covers it wherever it fails.
  const cover = part.requirements.findIndex(
    (_, other) => other !== index && failing.every(row => rank(row.outcomes[other]) >= rank(row.outcomes[index])),
  );
  const by = cover < 0 ? 'others' : `"${part.requirements[cover]?.check.name ?? ''}"`;
  const why =
    example === undefined
      ? 'whoever the policy is for passes it'
      : `wherever it fails, ${by} already asks for at least as much`;
  return {
    kind: 'never-decides',
    severity: 'warning',
    file: policy.file,
    line: policy.line,
    sentence: `"${name}" in "${policy.name}" never decides: ${why}`,
    remedy: `remove "${name}" here, or make it stricter`,
    ...(example === undefined ? {} : { witness: witnessOf(cell, family, example.facts) }),
  };
}

function cannotPass({ part, standing, family }: At): Finding {
  const { policy, cell } = standing;
  const [first, second] = conflict(part);
  const names = [first, second].flatMap(each =>
    each === undefined ? [] : [`"${part.requirements[each]?.check.name ?? ''}"`],
  );
  const together =
    second === undefined ? `${names.join()} can never be met` : `${names.join(' and ')} can never be met together`;
  const [mildest] = part.rows.toSorted((a, b) => rank(worst(a.outcomes)) - rank(worst(b.outcomes)));
  return {
    kind: 'impossible-requirement',
    severity: 'error',
    file: policy.file,
    line: policy.line,
    sentence: `${together}${familyWords(standing, family)}, so "${policy.name}" never grants there`,
    remedy: 'change one of the limits',
    ...(mildest === undefined ? {} : { witness: witnessOf(cell, family, mildest.facts) }),
  };
}

/** One that never passes, else two that never do together, else any two of those that fail. */
function conflict({ requirements, rows }: Part): readonly [number?, number?] {
  const indexes = [...requirements.keys()];
  const passes = (...all: readonly number[]) => rows.some(row => all.every(each => row.outcomes[each] === 'grant'));
  const alone = indexes.find(each => !passes(each));
  if (alone !== undefined) return [alone];
  for (const a of indexes) for (const b of indexes) if (a < b && !passes(a, b)) return [a, b];
  return [0, 1];
}

function tooLarge({ part, standing }: At): Finding {
  const { policy } = standing;
  return {
    kind: 'too-large',
    severity: 'warning',
    file: policy.file,
    line: policy.line,
    sentence: `${namesIn(part)} hang together in too many ways to look at all of them`,
    remedy: 'split the checks that name several others',
  };
}

function familyWords({ policy, floors }: Standing, family: string): string {
  return familiesOf(requirementsOf(policy, floors)).length === 1 ? '' : ` on ${family}`;
}

export function witnessOf({ subject, now }: SubjectCell, family: string, facts: Facts): Witness {
  const system = factsOfFamily(family, now)['os.family'];
  const at = facts['time.now'];
  const moment = at !== undefined && 'value' in at && typeof at.value === 'number' ? at.value : now;
  return { subject, now: moment, facts: { ...(system === undefined ? {} : { 'os.family': system }), ...facts } };
}

function namesIn({ requirements }: Part): string {
  return requirements.map(({ check }) => `"${check.name}"`).join(', ');
}
