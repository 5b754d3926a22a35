// An evaluation as it would have been without one requirement, for the question whether any test would notice.

import { strictest } from '../contract/outcome.ts';
import type { Evaluation } from './evaluation.ts';

export function without(evaluation: Evaluation, check: string): Evaluation {
  const results = evaluation.results.filter(each => each.check !== check);
  // What it did not keep from a grant comes to the same without it; so does what no policy was asked about.
  if (results.length === evaluation.results.length) return evaluation;
  const { smallestChange } = evaluation;
  return {
    ...evaluation,
    results,
    outcome: strictest(results.map(({ outcome }) => outcome)),
    reasons: [...new Set(results.flatMap(({ reason }) => reason ?? []))],
    ...(smallestChange === undefined ? {} : { smallestChange: smallestChange.filter(each => each !== check) }),
  };
}
