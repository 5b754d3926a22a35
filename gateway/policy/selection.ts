// Whom an access policy, a floor or an emergency profile is for, and which access policy applies: exactly one, or the session
// is denied with the reason why none could be chosen. The order of files and lines plays no part; an overlap is resolved by
// name, with `before`.

import { useOneOf } from '../documents/nearest-word.ts';
import {
  choice,
  formed,
  formOf,
  listOf,
  located,
  optional,
  parsed,
  problem,
  type Reading,
  record,
  type Shape,
} from '../documents/shape.ts';
import type { AccessPolicy } from './access-policy.ts';
import type { Calendar } from './calendar.ts';
import type { Subject } from './evaluation.ts';
import { institutionWord } from './names.ts';

/** Absent means whoever; a session must fit all that is given. */
export interface Selection {
  readonly groups?: ReadonlySet<string>;
  readonly deviceClasses?: ReadonlySet<string>;
  readonly concentrators?: ReadonlySet<string>;
  /** ISO 3166-1 alpha-2. */
  readonly countries?: ReadonlySet<string>;
  /** One of them is open. */
  readonly hours?: readonly Calendar[];
}

/** A list that, when it is there, names someone. */
const someOf = (word: Shape<string>): Shape<readonly string[]> => {
  const list = listOf(word);
  return formed(formOf(list), (tree, reading) => {
    const words = list(tree, reading);
    if (words?.length !== 0) return words;
    return problem(reading, tree.line, 'an empty list selects nobody', 'name someone, or leave the key out');
  });
};

const country = parsed(value => (/^[A-Z]{2}$/.test(value) ? value : undefined), 'a country (BE)');

const narrowed = record({
  groups: optional(someOf(institutionWord)),
  device: optional(someOf(institutionWord)),
  concentrator: optional(someOf(institutionWord)),
  country: optional(someOf(country)),
  hours: optional(located(someOf(institutionWord))),
});

/** `for: everyone`, or `for: { groups: [staff], device: managed-laptop }`. */
export function selectionShape(calendars: ReadonlyMap<string, Calendar>): Shape<Selection> {
  return formed(selectionForm, (tree, reading) => {
    if (tree.kind === 'text' && tree.text === 'everyone') return {};
    const read = narrowed(tree, reading);
    if (read === undefined) return undefined;
    const { groups, device, concentrator, country: countries, hours } = read;
    if ([groups, device, concentrator, countries, hours].every(each => each === undefined)) {
      return problem(reading, tree.line, 'selects nobody in particular', 'write "for: everyone" when that is meant');
    }
    const named = hours?.value.map(each => {
      const calendar = calendars.get(each);
      return calendar ?? problem(reading, hours.line, `no calendar is called "${each}"`, useOneOf(calendars.keys()));
    });
    return {
      ...(groups === undefined ? {} : { groups: new Set(groups) }),
      ...(device === undefined ? {} : { deviceClasses: new Set(device) }),
      ...(concentrator === undefined ? {} : { concentrators: new Set(concentrator) }),
      ...(countries === undefined ? {} : { countries: new Set(countries) }),
      ...(named === undefined ? {} : { hours: named.filter(each => each !== undefined) }),
    };
  });
}

const selectionForm = { kind: 'either', forms: [formOf(choice('everyone')), formOf(narrowed)] } as const;

export type Selected = { readonly policy: AccessPolicy } | { readonly none: 'policy-gap' | 'policy-overlap' };

/** For each policy, every policy that gives way to it, directly or through others. */
export type Precedence = ReadonlyMap<string, ReadonlySet<string>>;

export function select(
  policies: readonly AccessPolicy[],
  precedence: Precedence,
  subject: Subject,
  now: number,
): Selected {
  const fitting = policies.filter(policy => fits(policy.for, subject, now));
  if (fitting.length === 0) return { none: 'policy-gap' };
  const first = fitting.find(policy =>
    fitting.every(other => other === policy || precedence.get(policy.name)?.has(other.name) === true),
  );
  return first === undefined ? { none: 'policy-overlap' } : { policy: first };
}

export function fits(selection: Selection, subject: Subject, now: number): boolean {
  const { groups, deviceClasses, concentrators, countries, hours } = selection;
  if (groups !== undefined && !subject.groups.some(group => groups.has(group))) return false;
  if (deviceClasses !== undefined && !deviceClasses.has(subject.deviceClass)) return false;
  // No concentrator is involved yet when a report is judged: the answer is for any that the policy names.
  if (concentrators !== undefined && subject.concentrator !== undefined && !concentrators.has(subject.concentrator)) {
    return false;
  }
  // From somewhere unknown is not from there.
  if (countries !== undefined && (subject.country === undefined || !countries.has(subject.country))) return false;
  return hours === undefined || hours.some(calendar => calendar.at(now).open);
}

/** When a selection by the clock may come out otherwise. */
export function nextBoundary({ hours = [] }: Selection, now: number): number | undefined {
  const ends = hours.flatMap(calendar => calendar.at(now).until ?? []);
  return ends.length === 0 ? undefined : Math.min(...ends);
}

/** What gives way to what grows with the square of their number. */
export const policiesAtMost = 1000;

/** Closes `before` over chains; a policy that would give way to itself is named in `circular`. */
export function precedenceOf(policies: readonly AccessPolicy[]): {
  readonly precedence: Precedence;
  readonly circular: readonly AccessPolicy[];
} {
  if (policies.length > policiesAtMost) return { precedence: new Map(), circular: [] };
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

/** `before` names policies that there are, and leads nowhere back to itself. */
export function checkPrecedence(
  policies: ReadonlyMap<string, AccessPolicy>,
  circular: readonly AccessPolicy[],
  names: ReadonlySet<string>,
  reading: Reading,
): void {
  for (const policy of policies.values()) {
    if (policy.file !== reading.file) continue;
    for (const { value, line } of policy.before) {
      if (names.has(value)) continue;
      problem(reading, line, `no policy is called "${value}"`, useOneOf(policies.keys()));
    }
    if (circular.includes(policy)) {
      problem(reading, policy.line, `"${policy.name}" comes before itself`, 'break the circle of "before"');
    }
  }
}
