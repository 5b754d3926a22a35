// Why one access policy applies to a session and the others do not: the same selection as in `selection.ts`, told.

import type { AccessPolicy } from './access-policy.ts';
import type { Subject } from './evaluation.ts';
import { fits, select, type Selection } from './selection.ts';
import type { PolicySet } from './policy-set.ts';

export type Standing =
  | { readonly policy: AccessPolicy; readonly is: 'applies' }
  /** Others fit as well, and none of them comes first. */
  | { readonly policy: AccessPolicy; readonly is: 'undecided' }
  | { readonly policy: AccessPolicy; readonly is: 'gives way'; readonly to: string }
  /** What it asks of a session, and this one does not have. */
  | { readonly policy: AccessPolicy; readonly is: 'misses'; readonly what: Selection };

/** Every policy of the set, in the order of their names. */
export function whySelected(
  { policies, precedence }: Pick<PolicySet, 'policies' | 'precedence'>,
  subject: Subject,
  now: number,
): readonly Standing[] {
  const selected = select(policies, precedence, subject, now);
  return policies.map(policy => {
    const what = missedBy(policy.for, subject, now);
    if (Object.keys(what).length > 0) return { policy, is: 'misses', what };
    if ('none' in selected) return { policy, is: 'undecided' };
    return selected.policy === policy
      ? { policy, is: 'applies' }
      : { policy, is: 'gives way', to: selected.policy.name };
  });
}

/** The parts of a selection that a subject does not fit, each on its own. */
function missedBy(selection: Selection, subject: Subject, now: number): Selection {
  const { groups, deviceClasses, concentrators, countries, hours } = selection;
  const parts: readonly Selection[] = [
    ...(groups === undefined ? [] : [{ groups }]),
    ...(deviceClasses === undefined ? [] : [{ deviceClasses }]),
    ...(concentrators === undefined ? [] : [{ concentrators }]),
    ...(countries === undefined ? [] : [{ countries }]),
    ...(hours === undefined ? [] : [{ hours }]),
  ];
  return parts.filter(part => !fits(part, subject, now)).reduce((all, part) => ({ ...all, ...part }), {});
}
