// What a draft changes: for whom another policy applies, and for which laptops the outcome is another one. Complete in the same way as
// the analyser: every kind of subject, and every combination of facts that the two versions tell apart.

import { type Outcome, outcomes } from '../contract/outcome.ts';
import type { Fact } from '../verifier/facts.ts';
import { witnessOf } from './analysis-requirements.ts';
import { type SubjectCell, subjectCells } from './analysis-subjects.ts';
import { requirementsOf } from './evaluate.ts';
import type { Witness } from './finding.ts';
import type { PolicySet } from './policy-set.ts';
import type { Requirement } from './requirement.ts';
import { familiesOf, type Part, partsOf, worst } from './requirement-cells.ts';
import { fits } from './selection.ts';

export interface Difference {
  readonly before: string;
  readonly after: string;
  readonly witness: Witness;
}

/** Each change of outcome, policy or segment once for each pair of policies, with a laptop that shows it. */
export function differenceOf(running: PolicySet, draft: PolicySet, now: number): readonly Difference[] {
  const found = new Map<string, Difference>();
  const seen = new Set<string>();
  const add = (difference: Difference) => {
    const key = `${difference.before} ${difference.after}`;
    if (!found.has(key)) found.set(key, difference);
  };
  for (const [before, after] of subjectCells([running, draft], now)) {
    if (before === undefined || after === undefined) continue;
    const [old, changed] = [sideOf(running, before), sideOf(draft, after)];
    const key = `${old.key} | ${changed.key}`;
    if (seen.has(key)) continue;
    seen.add(key);
    for (const each of betweenSides(old, changed, before, { running, draft })) add(each);
  }
  return [...found.values()];
}

interface Side {
  readonly key: string;
  /** The policy and what it gives; absent: nobody gets in. */
  readonly policy?: { readonly name: string; readonly gives: string };
  readonly refused?: string;
  readonly requirements: readonly Requirement[];
}

function sideOf(set: PolicySet, { selected, subject, now }: SubjectCell): Side {
  if ('none' in selected) return { key: selected.none, refused: selected.none, requirements: [] };
  const { policy } = selected;
  const floors = set.floors.filter(floor => fits(floor.for, subject, now));
  return {
    key: [policy, ...floors].map(({ name }) => name).join(' '),
    policy,
    requirements: requirementsOf(policy, floors),
  };
}

function betweenSides(
  old: Side,
  changed: Side,
  cell: SubjectCell,
  { running, draft }: { readonly running: PolicySet; readonly draft: PolicySet },
): readonly Difference[] {
  if (old.policy === undefined && changed.policy === undefined) return [];
  const all = [...old.requirements, ...changed.requirements];
  const differences: Difference[] = [];
  for (const family of familiesOf(all)) {
    const context = {
      degraded: draft.degraded,
      calendars: new Map([...running.calendars, ...draft.calendars]),
      now: cell.now,
    };
    const parts = partsOf(all, family, context);
    for (const { before, after, facts } of transitions(parts, old, changed)) {
      const [was, is] = [told(old, before), told(changed, after)];
      if (was !== is) differences.push({ before: was, after: is, witness: witnessOf(cell, family, facts) });
    }
  }
  return differences;
}

interface Transition {
  readonly before: Outcome;
  readonly after: Outcome;
  readonly facts: Readonly<Record<string, Fact>>;
}

/** Every pair of outcomes that some laptop gets, from what the parts can come to independently of each other. */
function transitions(parts: readonly Part[], old: Side, changed: Side): readonly Transition[] {
  let pairs = new Map<string, Transition>([['', { before: 'grant', after: 'grant', facts: {} }]]);
  for (const part of parts) {
    const next = new Map<string, Transition>();
    for (const pair of pairs.values()) {
      for (const row of part.rows) {
        const of = (side: Side) =>
          worst(row.outcomes.filter((_, at) => side.requirements.includes(part.requirements[at] as Requirement)));
        const [before, after] = [worst([pair.before, of(old)]), worst([pair.after, of(changed)])];
        const key = `${before} ${after}`;
        // What is in order on both sides is not worth showing.
        const facts = worst(row.outcomes) === 'grant' ? pair.facts : { ...pair.facts, ...row.facts };
        // The laptop with the fewest faults shows it best.
        const kept = next.get(key);
        const wrong = (each: Transition) => Object.keys(each.facts).length;
        if (kept === undefined || wrong(kept) > Object.keys(facts).length) next.set(key, { before, after, facts });
      }
    }
    pairs = next;
  }
  return [...pairs.values()].toSorted((a, b) => outcomes.indexOf(a.before) - outcomes.indexOf(b.before));
}

function told({ policy, refused }: Side, outcome: Outcome): string {
  if (policy === undefined) return `deny (${refused ?? 'policy-gap'})`;
  return outcome === 'grant' ? `grant to ${policy.gives} by ${policy.name}` : `${outcome} by ${policy.name}`;
}
