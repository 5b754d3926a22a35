// `sluis policy test DIR`: runs the tests of a policy directory, each with its difference when it does not hold, and says which
// requirements no test would miss.

import { untested } from '../policy/analysis.ts';
import type { PolicySet } from '../policy/policy-set.ts';
import { runTests } from '../policy/test-run.ts';
import { directoryOf, loadPolicySet, problemLines } from './policy-check.ts';

export async function run(args: readonly string[]): Promise<number> {
  const directory = directoryOf(args);
  if (directory === undefined) {
    process.stderr.write('usage: sluis policy test DIR\n');
    return 2;
  }
  const loaded = loadPolicySet(directory);
  if ('problems' in loaded) {
    process.stdout.write(problemLines(loaded.problems));
    return 1;
  }
  const results = runTests(loaded.set);
  for (const { test, differences } of results) {
    process.stdout.write(`${differences.length === 0 ? 'ok  ' : 'FAIL'} ${test.file}:${test.line}: ${test.name}\n`);
    for (const difference of differences) process.stdout.write(`       ${difference}\n`);
  }
  const failed = results.filter(({ differences }) => differences.length > 0).length;
  process.stdout.write(`${results.length - failed} of ${results.length} tests hold\n`);
  if (results.length > 0) process.stdout.write(coverage(loaded.set));
  // A set without tests proves nothing, so it does not pass for tested.
  return failed > 0 || results.length === 0 ? 1 : 0;
}

/** Each requirement taken out once: a test breaks, or none does. */
function coverage(set: PolicySet): string {
  const missed = untested(set);
  const all = [...set.policies, ...set.floors].reduce((sum, { requires }) => sum + requires.length, 0);
  const lines = missed.map(({ file, line, sentence }) => `       ${file}:${line}: ${sentence}\n`);
  return `${all - missed.length} of ${all} requirements are covered by a test\n${lines.join('')}`;
}
