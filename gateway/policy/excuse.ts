// Excuses: why a requirement that is not met is only told for now. Grace and deadline stand in the requirement, waivers and
// emergency profiles in files of their own; each has an end, except a notice, which never was more.

import type { Excuse } from '../contract/decision.ts';
import type { Subject } from './evaluation.ts';
import type { Requirement } from './requirement.ts';
import { covers, type Waiver } from './waiver.ts';

/** The excuse that lasts longest, for a requirement that is not met; `undefined`: it counts. */
export function excuseFor(
  requirement: Requirement,
  result: 'fail' | 'unknown',
  subject: Subject,
  waivers: readonly Waiver[],
  now: number,
): Excuse | undefined {
  const { check, otherwise, graceMs, deadline, remindMs, waivable } = requirement;
  if ((result === 'fail' ? otherwise : check.ifUnknown) === 'notice') return { by: 'notice' };
  const excuses: (Excuse & { readonly until: number })[] = [];
  if (deadline !== undefined) excuses.push({ by: 'deadline', until: deadline });
  // Not knowing is no failure that a person was given time to mend; and without memory grace would have no end.
  const { failingSince } = subject;
  if (graceMs !== undefined && result === 'fail' && failingSince !== undefined) {
    excuses.push({ by: 'grace', until: (failingSince.get(check.name) ?? now) + graceMs });
  }
  if (waivable) {
    for (const waiver of waivers) {
      if (!covers(waiver, check.name, subject, now)) continue;
      excuses.push({ by: waiver.kind, name: waiver.name, until: waiver.until });
    }
  }
  const standing = excuses.filter(({ until }) => now < until);
  const [longest] = standing.toSorted((a, b) => b.until - a.until);
  return longest && { ...longest, ...reminderOf(remindMs, longest.until - now) };
}

/** The last reminder that is due. */
function reminderOf(remindMs: readonly number[], leftMs: number): Pick<Excuse, 'reminderMs'> {
  const due = remindMs.findLast(each => leftMs <= each);
  return due === undefined ? {} : { reminderMs: due };
}
