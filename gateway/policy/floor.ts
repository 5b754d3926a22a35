// Floors (`floors/*.yaml`): what is required whatever access policy applies. A layer above the institution says its rules in
// floors; nothing below can take one away, because what a session must meet is both together.

import { formOf, listOf, located, optional, type Reading, record, required, text } from '../documents/shape.ts';
import type { Tree } from '../documents/yaml-tree.ts';
import { sessionLength } from './access-policy.ts';
import type { Calendar } from './calendar.ts';
import { name } from './names.ts';
import { compileRequirements, type Requirement, type RequirementContext, requirements } from './requirement.ts';
import { type Selection, selectionShape } from './selection.ts';

export interface Floor {
  readonly name: string;
  readonly owner: string;
  /** Where the rule is written down. */
  readonly source?: string;
  readonly for: Selection;
  readonly sessionAtMostMs?: number;
  readonly requires: readonly Requirement[];
  readonly file: string;
  readonly line: number;
}

const shape = (calendars: ReadonlyMap<string, Calendar>) =>
  listOf(
    record({
      floor: required(located(name)),
      owner: required(text(128)),
      source: optional(text(400)),
      for: required(selectionShape(calendars)),
      'session at most': optional(sessionLength),
      requires: required(requirements),
    }),
  );
export const floorsForm = formOf(shape(new Map()));

export function readFloors(
  tree: Tree,
  reading: Reading,
  context: Omit<RequirementContext, 'waivable'> & { readonly calendars: ReadonlyMap<string, Calendar> },
): readonly Floor[] {
  return (shape(context.calendars)(tree, reading) ?? []).map(read => {
    const length = read['session at most'];
    return {
      name: read.floor.value,
      owner: read.owner,
      ...(read.source === undefined ? {} : { source: read.source }),
      for: read.for,
      ...(length === undefined ? {} : { sessionAtMostMs: length }),
      requires: compileRequirements(read.requires, reading, { ...context, waivable: false }),
      file: reading.file,
      line: read.floor.line,
    };
  });
}
