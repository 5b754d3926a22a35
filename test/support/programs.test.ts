// Suites that need a real program: found, skipped with the reason, or a failure in CI. Each case is a test run of its own,
// with a PATH on which nothing is.

import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../quality/checks.ts';
import { wanted } from '../quality/debian-packages.ts';
import { summary, tallyOf, type VitestReport } from '../quality/tally.ts';
import { mayInstall, packageOf, program, unreachableVariable } from './programs.ts';

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sluis-programs-'));
  mkdirSync(path.join(folder, 'empty'));
  mkdirSync(path.join(folder, 'full'));
  const planted = path.join(folder, 'full', 'radclient');
  writeFileSync(planted, '#!/bin/sh\n');
  chmodSync(planted, 0o755);
  const programs = JSON.stringify(path.join(root, 'test/support/programs.ts'));
  const vitest = JSON.stringify(path.join(root, 'node_modules/vitest/dist/index.js'));
  const body = `import { expect, it } from ${vitest};\nimport { describeWith } from ${programs};\ndescribeWith('radclient', 'a suite', at => { it('runs', () => { expect(at).toBe(${JSON.stringify(planted)}); }); });\n`;
  writeFileSync(path.join(folder, 'planted.test.ts'), body);
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function run(
  searchPath: string,
  env: Readonly<Record<string, string>>,
): { readonly line: string; readonly output: string } {
  const report = path.join(folder, 'report.json');
  const args = ['run', '--root', folder, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const result = spawnSync(process.execPath, [path.join(root, 'node_modules/vitest/vitest.mjs'), ...args], {
    encoding: 'utf8',
    env: { PATH: path.join(folder, searchPath), HOME: folder, ...env },
  });
  const tally = tallyOf(JSON.parse(readFileSync(report, 'utf8')) as VitestReport, result.status ?? 1);
  return { line: summary(tally), output: `${result.stdout}${result.stderr}` };
}

describe('program', () => {
  it('finds what is on the PATH, and nothing else', () => {
    expect(program('sh')).toMatch(/\/sh$/);
    expect(program('no-such-program-here')).toBeUndefined();
  });
});

describe('a suite with a program', () => {
  const reason = 'radclient is not installed (Debian package freeradius-utils)';

  it('is given its path', () => {
    expect(run('full', {}).line).toBe('1 passed, 0 failed');
  });

  it('is skipped without it, and says why', () => {
    const { line, output } = run('empty', {});
    expect(line).toBe('0 passed, 0 failed, 1 skipped');
    expect(output).toContain(`skipped "a suite": ${reason}`);
  });

  it('fails in CI where it could have been installed', () => {
    const { line, output } = run('empty', { CI: 'true' });
    if (!mayInstall()) expect(line).toBe('0 passed, 0 failed, 1 skipped');
    else {
      expect(line).toBe('0 passed, 1 failed');
      expect(output).toContain(`"a suite" would be skipped in CI: ${reason}`);
    }
  });

  it('is skipped in CI when the package could not be fetched', () => {
    expect(run('empty', { CI: 'true', [unreachableVariable]: 'clamav freeradius-utils' }).line).toBe(
      '0 passed, 0 failed, 1 skipped',
    );
  });
});

describe('test/packages.txt', () => {
  it('brings every program that a suite may ask for', () => {
    const listed = wanted(readFileSync(path.join(root, 'test/packages.txt'), 'utf8'));
    expect(listed).toEqual([...new Set(Object.values(packageOf))].sort());
  });

  it('may hold comments and empty lines', () => {
    expect(wanted('# why\nopenssl # ours\n\n  nftables\n')).toEqual(['openssl', 'nftables']);
  });
});
