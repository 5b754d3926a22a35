// `npm test`: the programs that tests run against, then types, lint and format, then every test. The last line counts
// them all. `npm test -- test/radius` runs only those tests and skips the rest of it.

import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { mayInstall, unreachableVariable } from '../support/programs.ts';
import { buildTeapClient } from '../support/teap-client.ts';
import { basicChecks, root, runChecks } from './checks.ts';
import { installPackages } from './debian-packages.ts';
import { summary, type Tally, tallyOf, type VitestReport } from './tally.ts';

const only = process.argv.slice(2);
const report = path.join(root, '.cache', 'vitest.json');

const unreachable = installPackages(path.join(root, 'test', 'packages.txt'));
const toBuild = path.join(root, 'test', 'packages-to-build.txt');
if (mayInstall() && installPackages(toBuild).length === 0 && process.env['SLUIS_NO_INSTALL'] === undefined) {
  const why = buildTeapClient();
  if (why !== undefined) console.log(`a client of TEAP could not be built, so its tests will be skipped: ${why}`);
}
const checks = only.length > 0 ? [] : await runChecks(basicChecks);
const failedChecks = checks.filter(result => !result.passed).map(result => result.check.name);
const exitCode = await runVitest();
const tests = readTally(exitCode);

for (const reason of tests.reasons) console.log(`skipped: ${reason}`);
for (const name of tests.unexplained) console.log(`skipped without a reason, which counts as failed: ${name}`);
if (failedChecks.length > 0) console.log(`failed checks: ${failedChecks.join(', ')}`);
const total: Tally = {
  ...tests,
  passed: tests.passed + checks.length - failedChecks.length,
  failed: tests.failed + failedChecks.length,
};
console.log(summary(total));
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;

function runVitest(): Promise<number> {
  mkdirSync(path.dirname(report), { recursive: true });
  rmSync(report, { force: true });
  const args = ['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/vitest.config.ts'];
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const env = { ...process.env, [unreachableVariable]: unreachable.join(' ') };
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...args, ...reporters, ...only], { cwd: root, stdio: 'inherit', env });
    child.on('error', reject);
    child.on('close', code => {
      resolve(code ?? 1);
    });
  });
}

function readTally(code: number): Tally {
  let read: VitestReport;
  try {
    read = JSON.parse(readFileSync(report, 'utf8')) as VitestReport;
  } catch (cause) {
    // Without a report nothing is known to have passed.
    console.log(`the test runner ended with ${code} and left no report: ${String(cause)}`);
    return { passed: 0, failed: 1, skipped: 0, reasons: [], unexplained: [] };
  }
  return tallyOf(read, code);
}
