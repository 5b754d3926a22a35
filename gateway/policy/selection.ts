// Which access policy applies: exactly one, or the session is denied with the reason why none could be chosen.
// The order of files and lines plays no part; an overlap is resolved by name, with `before`.

import type { AccessPolicy, Selection } from './access-policy.ts';
import type { Subject } from './evaluation.ts';

export type Selected = { readonly policy: AccessPolicy } | { readonly none: 'policy-gap' | 'policy-overlap' };

/** For each policy, every policy that gives way to it, directly or through others. */
export type Precedence = ReadonlyMap<string, ReadonlySet<string>>;

export function select(policies: readonly AccessPolicy[], precedence: Precedence, subject: Subject): Selected {
  const fitting = policies.filter(policy => fits(policy.for, subject));
  if (fitting.length === 0) return { none: 'policy-gap' };
  const first = fitting.find(policy =>
    fitting.every(other => other === policy || precedence.get(policy.name)?.has(other.name) === true),
  );
  return first === undefined ? { none: 'policy-overlap' } : { policy: first };
}

function fits({ groups, deviceClasses, concentrators }: Selection, subject: Subject): boolean {
  if (groups !== undefined && !subject.groups.some(group => groups.has(group))) return false;
  if (deviceClasses !== undefined && !deviceClasses.has(subject.deviceClass)) return false;
  // No concentrator is involved yet when a report is judged: the answer is for any that the policy names.
  return concentrators === undefined || subject.concentrator === undefined || concentrators.has(subject.concentrator);
}

/** Closes `before` over chains; a policy that would give way to itself is named in `circular`. */
export function precedenceOf(policies: readonly AccessPolicy[]): {
  readonly precedence: Precedence;
  readonly circular: readonly AccessPolicy[];
} {
  const direct = new Map(policies.map(policy => [policy.name, policy.before.map(other => other.value)]));
  const precedence = new Map<string, ReadonlySet<string>>();
  for (const policy of policies) {
    const reached = new Set<string>();
    const open = [...(direct.get(policy.name) ?? [])];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (reached.has(next)) continue;
      reached.add(next);
      open.push(...(direct.get(next) ?? []));
    }
    precedence.set(policy.name, reached);
  }
  return { precedence, circular: policies.filter(policy => precedence.get(policy.name)?.has(policy.name) === true) };
}
