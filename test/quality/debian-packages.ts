// The Debian packages whose programs the tests run against: installed where this is Debian and we are root, and never a
// reason to fail: what cannot be installed is named, and the suites that need it say that they were skipped.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mayInstall } from '../support/programs.ts';

/** Debian asks this file whether a freshly installed service may start; 101 is "no". */
const policyFile = '/usr/sbin/policy-rc.d';

const aptOptions = ['-y', '--no-install-recommends', '-o', 'Acquire::Retries=1', '-o', 'Acquire::http::Timeout=20'];
const lockOption = ['-o', 'DPkg::Lock::Timeout=120'];

/** Installs what is missing of the packages in `file` (one a line); returns what could not be installed. */
export function installPackages(file: string): readonly string[] {
  if (!mayInstall()) return [];
  const missing = missingOf(wanted(readFileSync(file, 'utf8')));
  if (missing.length === 0) return [];
  if (process.env['SLUIS_NO_INSTALL'] !== undefined) {
    console.log(`not installed, because SLUIS_NO_INSTALL is set: ${missing.join(', ')}`);
    return missing;
  }
  console.log(`installing Debian packages that tests run against: ${missing.join(', ')}`);
  withoutServices(() => {
    if (apt(['install', ...missing])) return;
    // A fresh image has no package lists yet.
    apt(['update']);
    if (apt(['install', ...missing])) return;
    for (const each of missing) apt(['install', each]);
  });
  const left = missingOf(missing);
  if (left.length > 0) console.log(`could not be installed, so their tests will be skipped: ${left.join(', ')}`);
  return left;
}

/** Names, one a line; `#` starts a comment. */
export function wanted(text: string): readonly string[] {
  return text
    .split('\n')
    .map(line => line.replace(/#.*/, '').trim())
    .filter(line => line !== '');
}

function missingOf(packages: readonly string[]): readonly string[] {
  return packages.filter(each => {
    const asked = spawnSync('dpkg-query', ['-W', '-f', '${db:Status-Status}', each], { encoding: 'utf8' });
    return asked.stdout !== 'installed';
  });
}

function apt(args: readonly string[]): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const result = spawnSync('apt-get', [...aptOptions, ...lockOption, ...args], {
    env,
    encoding: 'utf8',
    timeout: 300_000,
  });
  if (result.status === 0) return true;
  const lines = `${result.stdout}${result.stderr}`.split('\n').filter(line => line.startsWith('E: '));
  console.log(`apt-get ${args.join(' ')} failed: ${lines.slice(0, 2).join(' ')}`);
  return false;
}

function withoutServices(install: () => void): void {
  if (existsSync(policyFile)) {
    install();
    return;
  }
  writeFileSync(policyFile, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    install();
  } finally {
    rmSync(policyFile, { force: true });
  }
}
