// The checks that read the code without running the gateway, as a table: name, what it asks, and its command line.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Check {
  readonly name: string;
  readonly asks: string;
  /** Arguments for the running Node. */
  readonly args: readonly string[];
}

const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/vitest.config.ts'];

/** Asked by `npm test` as well. */
export const basicChecks: readonly Check[] = [
  { name: 'types', asks: 'do all types fit', args: ['node_modules/typescript/bin/tsc', '-p', '.'] },
  {
    name: 'lint',
    asks: 'does the code keep the strict rules',
    args: [
      'node_modules/eslint/bin/eslint.js',
      '--config',
      'test/quality/eslint.config.mjs',
      '--max-warnings',
      '0',
      'gateway',
      'posture-client',
      'test',
    ],
  },
  { name: 'format', asks: 'is every file formatted', args: ['node_modules/@biomejs/biome/bin/biome', 'format', '.'] },
];

export const allChecks: readonly Check[] = [
  ...basicChecks,
  {
    name: 'unused',
    asks: 'is every file, export and package used',
    args: ['node_modules/knip/bin/knip.js', '--config', 'test/quality/knip.json'],
  },
  { name: 'licences', asks: 'may every package be used and passed on', args: ['test/quality/licences.ts'] },
  {
    name: 'architecture',
    asks: 'does every folder import only what it may',
    args: [...vitest, 'test/architecture.test.ts'],
  },
];

export interface CheckResult {
  readonly check: Check;
  readonly passed: boolean;
  readonly output: string;
}

export async function runChecks(checks: readonly Check[]): Promise<readonly CheckResult[]> {
  const results: CheckResult[] = [];
  for (const check of checks) {
    const startedAt = performance.now();
    const result = await runCheck(check);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    console.log(`${result.passed ? 'ok  ' : 'FAIL'} ${check.name} (${seconds} s): ${check.asks}`);
    results.push(result);
  }
  for (const { check, passed, output } of results) {
    if (!passed) console.log(`\n--- ${check.name} ---\n${output.trimEnd()}`);
  }
  return results;
}

function runCheck(check: Check): Promise<CheckResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, check.args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    const output: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => output.push(chunk));
    child.on('error', reject);
    child.on('close', code => {
      resolve({ check, passed: code === 0, output: Buffer.concat(output).toString('utf8') });
    });
  });
}
