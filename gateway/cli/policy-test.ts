// `sluis policy test DIR`: runs the tests of a policy directory, each with its difference when it does not hold.

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
  // A set without tests proves nothing, so it does not pass for tested.
  return failed > 0 || results.length === 0 ? 1 : 0;
}
