// Degraded rules: what follows when a whole report is missing or too old. They can only add to what a check itself says
// about the unknown: "no report yet" must never be laxer than a report that says nothing.

import { outcomes } from '../contract/outcome.ts';
import { problem, type Reading, record, required } from '../documents/shape.ts';
import type { Tree } from '../documents/yaml-tree.ts';
import { type RefusalOutcome, refusal } from './names.ts';

export interface Degraded {
  /** At least this when a required fact is unknown because no report of the device has come. */
  readonly noReport: RefusalOutcome;
  /** At least this when a required fact was measured too long ago. */
  readonly staleReport: RefusalOutcome;
}

const document = record({ 'no report yet': required(refusal), 'report too old': required(refusal) });

export function readDegraded(tree: Tree, reading: Reading): Degraded | undefined {
  const read = document(tree, reading);
  if (read && outcomes.indexOf(read['no report yet']) < outcomes.indexOf(read['report too old'])) {
    // Results are forgotten after a while: an old report must not get better by being lost.
    const message = '"no report yet" is laxer than "report too old"';
    problem(reading, read.line, message, `write "no report yet: ${read['report too old']}"`);
  }
  return read && { noReport: read['no report yet'], staleReport: read['report too old'] };
}
