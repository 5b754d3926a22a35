// What a policy set looks at beyond this login: only that is ever written down of a person, or read.

import type { FactName } from '../verifier/fact-catalogue.ts';
import { type PolicySet, requiredChecks } from './policy-set.ts';

export interface WatchedPast {
  /** Telework days are counted, on the clock of this zone. */
  readonly teleworkZone?: string;
  /** How many other sessions the person has open. */
  readonly otherSessions?: true;
  /** Texts that are to be accepted, with the hash of their present version. */
  readonly acceptances?: ReadonlyMap<string, string>;
}

const accepted = 'person.accepted' satisfies FactName;

/** What one of two sets looks at; of a text that both name, the version of the first. */
export function bothWatched(one: WatchedPast | undefined, other: WatchedPast | undefined): WatchedPast | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  const texts = [...(other.acceptances ?? []), ...(one.acceptances ?? [])];
  return { ...other, ...one, ...(texts.length === 0 ? {} : { acceptances: new Map(texts) }) };
}

/** `undefined`: nothing of it is looked at. */
export function watchedPast(set: PolicySet): WatchedPast | undefined {
  const checks = requiredChecks(set);
  const has = (...names: readonly FactName[]) => checks.some(({ factName }) => names.some(name => name === factName));
  const named = checks.flatMap(({ factName, limit }) => (factName === accepted ? (limit.members ?? []) : []));
  const texts = [...set.acceptances.values()].filter(({ name }) => named.includes(name));
  const watched: WatchedPast = {
    ...(has('telework.days-this-week', 'telework.days-this-month') ? { teleworkZone: set.zone } : {}),
    ...(has('person.other-sessions') ? { otherSessions: true } : {}),
    ...(texts.length === 0 ? {} : { acceptances: new Map(texts.map(({ name, hash }) => [name, hash])) }),
  };
  return Object.keys(watched).length === 0 ? undefined : watched;
}
