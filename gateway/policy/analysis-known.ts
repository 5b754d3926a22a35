// What is known beforehand of everybody whom a policy applies to: the class of the machine, the country, which hours it is. A policy for
// private PCs is not judged on the laptops of the institution.

import type { FactName } from '../verifier/fact-catalogue.ts';
import type { Facts, FactValue } from '../verifier/facts.ts';
import { selectionsOf, type SubjectCell } from './analysis-subjects.ts';
import type { PolicySet } from './policy-set.ts';

export interface Known {
  /** Whether these facts can be seen of any of them. */
  readonly possible: (facts: Facts) => boolean;
  /** What tells them apart, in the words of a limit. */
  readonly cuts: Readonly<Partial<Record<FactName, readonly string[]>>>;
}

/** Of the subjects in these cells. */
export function knownOf(set: PolicySet, cells: readonly SubjectCell[]): Known {
  const selections = selectionsOf(set);
  const classes = new Set(selections.flatMap(each => [...(each.deviceClasses ?? [])]));
  const countries = new Set(selections.flatMap(each => [...(each.countries ?? [])]));
  const hours = [...new Set(selections.flatMap(each => each.hours ?? []))];
  const open = (at: number) => hours.map(calendar => (calendar.at(at).open ? '1' : '0')).join('');
  const kinds = new Map(
    cells.map(({ subject: { deviceClass, country }, now }) => {
      const kind = { deviceClass, country, open: open(now) };
      return [JSON.stringify(kind), kind];
    }),
  );
  return {
    possible: facts => {
      const { 'device.class': ofClass, 'session.country': from, 'time.now': at } = facts;
      if (ofClass === undefined && from === undefined && at === undefined) return true;
      // A machine of no known class is in the class that stands for that.
      const className = ofClass && 'value' in ofClass ? ofClass.value : 'none';
      const country = from && 'value' in from ? from.value : undefined;
      const clock = at && 'value' in at && typeof at.value === 'number' ? open(at.value) : undefined;
      return [...kinds.values()].some(
        kind =>
          (ofClass === undefined || alike(className, kind.deviceClass, classes)) &&
          (from === undefined || kind.country === undefined || alike(country, kind.country, countries)) &&
          (clock === undefined || clock === kind.open),
      );
    },
    cuts: {
      'device.class': listed(classes),
      'session.country': listed(countries),
      'time.now': hours.map(({ name }) => `within ${name}`),
    },
  };
}

function listed(words: ReadonlySet<string>): readonly string[] {
  return words.size === 0 ? [] : [`one of ${[...words].join(', ')}`];
}

/** All words that no selection names are one. */
function alike(seen: FactValue | undefined, word: string, named: ReadonlySet<string>): boolean {
  if (seen === word) return true;
  return !named.has(word) && (typeof seen !== 'string' || !named.has(seen));
}
