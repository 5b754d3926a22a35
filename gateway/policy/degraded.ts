// Degraded rules: what follows when a whole report is missing or too old, when the directory of people is silent, or when
// nobody can tell whether a certificate was revoked. For
// reports they can only add to what a check itself says about the unknown: "no report yet" must never be laxer than a
// report that says nothing.

import { outcomes } from '../contract/outcome.ts';
import { parseDuration } from '../documents/duration.ts';
import { choice, formOf, optional, parsed, problem, type Reading, record, required } from '../documents/shape.ts';
import type { Tree } from '../documents/yaml-tree.ts';
import { type RefusalOutcome, refusal } from './names.ts';
import { readRevocationRules, type RevocationRule, revocationShape } from './revocation-rule.ts';

/** For a person whose groups the directory cannot tell now. */
export interface DirectoryRule {
  /** The last answer is believed this long after it was given. */
  readonly keepMs: number;
  /** What follows once it is too old, or was never given. */
  readonly then: Extract<RefusalOutcome, 'quarantine' | 'deny'>;
}

export interface Degraded {
  /** At least this when a required fact is unknown because no report of the device has come. */
  readonly noReport: RefusalOutcome;
  /** At least this when a required fact was measured too long ago. */
  readonly staleReport: RefusalOutcome;
  /** Absent when the set says nothing about a silent directory. */
  readonly directory?: DirectoryRule;
  /** Absent when identity profiles alone say what an unknown revocation means. */
  readonly revocation?: readonly RevocationRule[];
}

/** A person who left in the meantime is let in for at most so long. */
const keepAtMostMs = 7 * 86_400_000;
const keep = parsed(value => {
  const ms = parseDuration(value);
  return ms !== undefined && ms <= keepAtMostMs ? ms : undefined;
}, 'a duration of at most 7 days (24 hours)');

const document = record({
  'no report yet': required(refusal),
  'report too old': required(refusal),
  directory: optional(record({ 'keep last groups for': required(keep), then: required(choice('quarantine', 'deny')) })),
  revocation: optional(revocationShape),
});

export const degradedForm = formOf(document);

export function readDegraded(tree: Tree, reading: Reading): Degraded | undefined {
  const read = document(tree, reading);
  if (read && outcomes.indexOf(read['no report yet']) < outcomes.indexOf(read['report too old'])) {
    // Results are forgotten after a while: an old report must not get better by being lost.
    const message = '"no report yet" is laxer than "report too old"';
    problem(reading, read.line, message, `write "no report yet: ${read['report too old']}"`);
  }
  if (read === undefined) return undefined;
  const { directory, revocation } = read;
  return {
    noReport: read['no report yet'],
    staleReport: read['report too old'],
    ...(directory === undefined
      ? {}
      : { directory: { keepMs: directory['keep last groups for'], then: directory.then } }),
    ...(revocation === undefined ? {} : { revocation: readRevocationRules(revocation, reading) }),
  };
}
