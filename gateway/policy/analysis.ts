// The analyser: everything that a policy set can be blamed for without asking a single laptop.
//   who    subjects that fall in no policy, or in two; policies that nobody falls in      `analysis-subjects.ts`
//   what   requirements that cannot be met, or never decide                              `analysis-requirements.ts`
//   proof  requirements that no test would miss                                          below
//   when   days on which an outcome changes by itself                                    below

import { formatDuration } from '../documents/duration.ts';
import { requirementFindings, standings } from './analysis-requirements.ts';
import { subjectCells, subjectFindings } from './analysis-subjects.ts';
import { evaluate } from './evaluate.ts';
import type { Finding } from './finding.ts';
import type { PolicySet } from './policy-set.ts';
import { differences } from './test-run.ts';
import { without } from './test-mutation.ts';

/** How far ahead a date is worth telling. */
const aheadMs = 90 * 86_400_000;

/** Complete for what it names; worst first, then by file and line. */
export function analyse(set: PolicySet, now: number): readonly Finding[] {
  const cells = subjectCells([set], now).flat();
  const found = [
    ...subjectFindings(set, cells),
    ...requirementFindings(set, standings(set, cells)),
    ...untested(set),
    ...cliffs(set, now),
  ];
  const grave = { error: 0, warning: 1, note: 2 } as const;
  return found.toSorted(
    (a, b) =>
      grave[a.severity] - grave[b.severity] ||
      compare(a.file, b.file) ||
      a.line - b.line ||
      compare(a.sentence, b.sentence),
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Taken out of its policy, the requirement is missed by a test or by none. */
export function untested(set: PolicySet): readonly Finding[] {
  // A set without tests has been told so.
  if (set.tests.length === 0) return [];
  const ran = set.tests.map(test => ({ test, evaluation: evaluate(set, test.subject, test.facts, test.now) }));
  const holding = ran.filter(({ test, evaluation }) => differences(test.expect, evaluation).length === 0);
  return [...set.policies, ...set.floors].flatMap(({ name, file, line, requires }) =>
    requires.flatMap(({ check, otherwise }): readonly Finding[] => {
      const isFloor = set.floors.some(floor => floor.name === name);
      const own = holding.filter(({ evaluation }) => isFloor || evaluation.policy === name);
      const missed = own.some(
        ({ test, evaluation }) => differences(test.expect, without(evaluation, check.name)).length > 0,
      );
      if (missed) return [];
      return [
        {
          kind: 'untested-requirement',
          severity: 'warning',
          file,
          line,
          sentence: `taking "${check.name}" out of "${name}" breaks no test`,
          remedy: `write a test in which it fails and the outcome is ${otherwise === 'notice' ? 'grant, with the notice' : otherwise}`,
        },
      ];
    }),
  );
}

function cliffs(set: PolicySet, now: number): readonly Finding[] {
  const soon = (at: number) => at > now && at <= now + aheadMs;
  const when = (at: number) =>
    `On ${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC (in ${formatDuration(at - now)})`;
  const note = (place: { readonly file: string; readonly line: number }, sentence: string, remedy: string): Finding => {
    return { kind: 'cliff', severity: 'note', file: place.file, line: place.line, sentence, remedy };
  };
  const deadlines = [...set.policies, ...set.floors].flatMap(each =>
    each.requires.flatMap(({ check, deadline, otherwise }) =>
      deadline === undefined || !soon(deadline)
        ? []
        : [
            note(
              each,
              `${when(deadline)} "${check.name}" begins to count in "${each.name}": ${otherwise}`,
              'replay the set to see whom it meets',
            ),
          ],
    ),
  );
  const ends = set.waivers.flatMap(each =>
    soon(each.until)
      ? [
          note(
            each,
            `${when(each.until)} ${each.kind} "${each.name}" ends`,
            'renew it in time, or see that it is no longer needed',
          ),
        ]
      : [],
  );
  return [...deadlines, ...ends];
}
