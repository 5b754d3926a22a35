// What a policy set looks at beyond this login: only that is ever written down of a person, or read.

import type { FactName } from '../verifier/fact-catalogue.ts';
import { factsOf } from './check.ts';
import { employment } from './judgement.ts';
import type { PolicySet } from './policy-set.ts';

export interface WatchedPast {
  /** Telework days are counted, on the clock of this zone. */
  readonly teleworkZone?: string;
}

/** Names of all facts that something required looks at. */
export function factsLookedAt({ policies, floors }: Pick<PolicySet, 'policies' | 'floors'>): ReadonlySet<string> {
  const checks = [...policies, ...floors].flatMap(({ requires }) => requires.flatMap(({ check }) => factsOf(check)));
  return new Set(checks.flatMap(({ factName, limit }) => [factName, ...(limit.proRata ? [employment] : [])]));
}

/** `undefined`: nothing of it is looked at. */
export function watchedPast(set: PolicySet): WatchedPast | undefined {
  const looked = factsLookedAt(set);
  const has = (...names: readonly FactName[]) => names.some(name => looked.has(name));
  const watched: WatchedPast = {
    ...(has('telework.days-this-week', 'telework.days-this-month') ? { teleworkZone: set.zone } : {}),
  };
  return Object.keys(watched).length === 0 ? undefined : watched;
}
