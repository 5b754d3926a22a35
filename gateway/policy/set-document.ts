// `set.yaml`: what a policy set says of itself. All of it is optional, and so is the file.

import { formOf, listOf, located, optional, parsed, problem, type Reading, record } from '../documents/shape.ts';
import type { Tree } from '../documents/yaml-tree.ts';
import type { Calendar } from './calendar.ts';
import { institutionWord, name } from './names.ts';
import { type Selection, selectionShape } from './selection.ts';
import { usualZone, zone } from './wall-clock.ts';

export interface SetDocument {
  readonly name?: string;
  /** On its clock are deadlines, waivers and emergency profiles. */
  readonly zone: string;
  /** Groups of which nobody is in more than one: the institution vouches for it. */
  readonly exclusiveGroups: readonly ReadonlySet<string>[];
  /** Who is meant to fall in no policy. */
  readonly closedTo: readonly Selection[];
  /** The segments there are; absent: any name will do. */
  readonly segments?: ReadonlySet<string>;
}

export const usualSet: SetDocument = { zone: usualZone, exclusiveGroups: [], closedTo: [] };

export const segmentName = parsed(
  value => (/^[a-z][a-z0-9-]{0,62}$/.test(value) ? value : undefined),
  'a segment name of a-z 0-9 -',
);

const document = (calendars: ReadonlyMap<string, Calendar>) =>
  record({
    set: optional(name),
    zone: optional(zone, usualZone),
    'exclusive groups': optional(listOf(located(listOf(institutionWord))), []),
    'closed to': optional(listOf(selectionShape(calendars)), []),
    segments: optional(listOf(segmentName)),
  });

export const setForm = formOf(document(new Map()));

export function readSetDocument(tree: Tree, reading: Reading, calendars: ReadonlyMap<string, Calendar>): SetDocument {
  const read = document(calendars)(tree, reading);
  if (read === undefined) return usualSet;
  for (const { value, line } of read['exclusive groups']) {
    if (new Set(value).size > 1) continue;
    problem(reading, line, 'one group excludes nothing', 'write lists of two groups or more: [[staff, contractors]]');
  }
  return {
    ...(read.set === undefined ? {} : { name: read.set }),
    zone: read.zone,
    exclusiveGroups: read['exclusive groups'].map(({ value }) => new Set(value)),
    closedTo: read['closed to'],
    ...(read.segments === undefined ? {} : { segments: new Set(read.segments) }),
  };
}
