// What the requirements of one policy can come to. Requirements that look at different facts have nothing to do with each other, so
// they fall into parts; within a part every combination of cells of its facts is judged by the same function that judges laptops.

import { type Outcome, stricter } from '../contract/outcome.ts';
import { osFamilies } from '../contract/report.ts';
import { factDefinition } from '../verifier/fact-catalogue.ts';
import type { Fact, Facts } from '../verifier/facts.ts';
import type { Known } from './analysis-known.ts';
import type { Calendar } from './calendar.ts';
import { factsOf } from './check.ts';
import type { Degraded } from './degraded.ts';
import { outcomeOf } from './evaluate.ts';
import { cellsOf, type Cut } from './fact-cells.ts';
import { concerns, employment, judge } from './judgement.ts';
import type { Requirement } from './requirement.ts';

/** Requirements that share facts, directly or through others, and what comes of them. */
export interface Part {
  readonly requirements: readonly Requirement[];
  readonly rows: readonly Row[];
  /** There are more combinations than can be looked at. */
  readonly tooLarge: boolean;
}

/** One combination that differs from all others in what comes of it. */
export interface Row {
  /** In the order of the requirements of the part. */
  readonly outcomes: readonly Outcome[];
  readonly facts: Facts;
}

export interface PartContext {
  readonly degraded: Degraded;
  readonly calendars: ReadonlyMap<string, Calendar>;
  readonly now: number;
  /** Absent: of whoever. */
  readonly known?: Known;
}

const combinationsAtMost = 50_000;

/** Systems that no check tells apart are one. */
export function familiesOf(requirements: readonly Requirement[]): readonly string[] {
  const kinds = new Map<string, string>();
  for (const family of osFamilies) {
    const facts = factsOfFamily(family, 0);
    const key = requirements.map(({ check }) => (concerns(check, facts) ? '1' : '0')).join('');
    if (!kinds.has(key)) kinds.set(key, family);
  }
  return [...kinds.values()];
}

export function factsOfFamily(family: string, now: number): Facts {
  const known = (value: string | number): Fact => ({ value, source: 'example', observedAt: now });
  return { 'os.family': known(family), 'report.age': known(now) };
}

/** Of the requirements that concern a system of this family. */
export function partsOf(requirements: readonly Requirement[], family: string, context: PartContext): readonly Part[] {
  const base = factsOfFamily(family, context.now);
  const concerned = requirements.filter(({ check }) => concerns(check, base));
  return grouped(concerned).map(group => partOf(group, base, context));
}

function grouped(requirements: readonly Requirement[]): readonly (readonly Requirement[])[] {
  const groups: { readonly facts: Set<string>; readonly members: Requirement[] }[] = [];
  for (const requirement of requirements) {
    const facts = new Set(namesOf(requirement));
    const members = [requirement];
    for (let at = groups.length - 1; at >= 0; at--) {
      const other = groups[at];
      if (other === undefined || facts.isDisjointFrom(other.facts)) continue;
      for (const name of other.facts) facts.add(name);
      members.unshift(...other.members);
      groups.splice(at, 1);
    }
    groups.push({ facts, members });
  }
  return groups.map(({ members }) => members);
}

/** With those that a fact is only as good as. */
function namesOf({ check }: Requirement): readonly string[] {
  return factsOf(check).flatMap(({ factName, fact, limit }) => [
    factName,
    ...(fact.goodWhile ? [fact.goodWhile.fact] : []),
    ...(limit.proRata ? [employment] : []),
  ]);
}

function partOf(requirements: readonly Requirement[], base: Facts, context: PartContext): Part {
  const cells = factCells(requirements, context);
  const combinations = [...cells.values()].reduce((product, each) => product * each.length, 1);
  if (combinations > combinationsAtMost) return { requirements, rows: [], tooLarge: true };
  const rows = new Map<string, Row>();
  for (const chosen of combined([...cells])) {
    if (context.known?.possible(chosen) === false) continue;
    const facts = { ...base, ...chosen };
    const outcomes = requirements.map(requirement => consequence(requirement, facts, context));
    const key = outcomes.join();
    if (!rows.has(key)) rows.set(key, { outcomes, facts: chosen });
  }
  return { requirements, rows: [...rows.values()], tooLarge: false };
}

/** Without anything that puts it off: what it comes to in the end. */
function consequence(requirement: Requirement, facts: Facts, { degraded, now }: PartContext): Outcome {
  const { result, atLeast } = judge(requirement.check, facts, now, degraded);
  return result === 'pass' ? 'grant' : outcomeOf(requirement, result, atLeast);
}

function factCells(requirements: readonly Requirement[], context: PartContext): ReadonlyMap<string, readonly Fact[]> {
  const cuts = new Map<string, Cut[]>();
  const cut = (name: string, one: Cut) => cuts.set(name, [...(cuts.get(name) ?? []), one]);
  for (const { factName, fact, limit, measuredWithinMs } of requirements.flatMap(({ check }) => factsOf(check))) {
    cut(factName, { limit: limit.words, ...(measuredWithinMs === undefined ? {} : { measuredWithinMs }) });
    const { goodWhile } = fact;
    if (limit.proRata) cut(employment, { limit: limit.words });
    if (goodWhile) cut(goodWhile.fact, { limit: `at most ${String(goodWhile.atMostMs / 1000)} seconds` });
  }
  for (const [name, limits] of Object.entries(context.known?.cuts ?? {}))
    if (cuts.has(name)) for (const limit of limits) cut(name, { limit });
  return new Map(
    [...cuts].flatMap(([name, all]) => {
      const definition = factDefinition(name);
      return definition === undefined ? [] : [[name, cellsOf(definition, all, context.calendars, context.now)]];
    }),
  );
}

function* combined(cells: readonly (readonly [string, readonly Fact[]])[]): Generator<Record<string, Fact>> {
  const [first, ...rest] = cells;
  if (first === undefined) {
    yield {};
    return;
  }
  const [name, facts] = first;
  for (const others of combined(rest)) for (const fact of facts) yield { [name]: fact, ...others };
}

export function worst(outcomes: readonly Outcome[]): Outcome {
  return outcomes.reduce<Outcome>((strictest, each) => stricter(strictest, each), 'grant');
}
