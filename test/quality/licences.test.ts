// The licence check on planted packages and on the real lock; and what must never stand in a lock or in any tracked file.

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from './checks.ts';
import { isAllowed, licenceProblems, type LockedPackage, readLock, statedLicence } from './licences.ts';

function problemsOf(entry: LockedPackage, stated?: string): readonly string[] {
  return licenceProblems(
    { packages: { '': {}, 'node_modules/planted': { version: '1.0.0', ...entry } } },
    () => stated,
  );
}

describe('a licence expression', () => {
  const list = ['MIT', 'Apache-2.0', 'ISC'];
  const cases: readonly (readonly [expression: string, allowed: boolean])[] = [
    ['MIT', true],
    ['GPL-3.0-only', false],
    ['', false],
    ['MIT OR GPL-2.0', true],
    ['GPL-2.0 OR MIT', true],
    ['(GPL-2.0 OR MIT)', true],
    ['MIT AND GPL-2.0', false],
    ['MIT AND ISC', true],
    ['(MIT AND ISC) OR GPL-2.0', true],
    ['MIT AND (GPL-2.0 OR ISC)', true],
    ['MIT AND (GPL-2.0 OR AGPL-3.0)', false],
    ['GPL-2.0 OR MIT AND ISC', true],
    ['(MIT', false],
    ['MIT ISC', false],
    ['SEE LICENSE IN LICENSE.md', false],
    ['UNLICENSED', false],
    ['mit', false],
  ];
  for (const [expression, allowed] of cases) {
    it(`"${expression}" is ${allowed ? '' : 'not '}allowed`, () => {
      expect(isAllowed(expression, list)).toBe(allowed);
    });
  }
});

describe('a package', () => {
  it('is judged by its use: MPL only where nothing is passed on, GPL nowhere', () => {
    expect(problemsOf({ license: 'MPL-2.0', dev: true })).toEqual([]);
    expect(problemsOf({ license: 'MPL-2.0' })).toEqual(['node_modules/planted 1.0.0: MPL-2.0 (run-time dependency)']);
    expect(problemsOf({ license: 'GPL-3.0-only', dev: true })).toHaveLength(1);
    expect(problemsOf({ license: 'LGPL-3.0' })).toHaveLength(1);
  });

  it('that states nothing is a problem, unless its own manifest does', () => {
    expect(problemsOf({})).toEqual(['node_modules/planted 1.0.0: no licence stated (run-time dependency)']);
    expect(problemsOf({}, 'ISC')).toEqual([]);
    expect(problemsOf({}, 'SSPL-1.0')).toHaveLength(1);
  });
});

describe('the lock of this repository', () => {
  const lock = readLock(root);

  it('holds only packages that may be used', () => {
    expect(Object.keys(lock.packages).length).toBeGreaterThan(100);
    expect(licenceProblems(lock, statedLicence(root))).toEqual([]);
  });

  it('names no address to download from, so that any mirror will do', () => {
    const named = Object.entries(lock.packages).filter(([, locked]) => locked.resolved !== undefined);
    expect(named.map(([where]) => where)).toEqual([]);
  });

  it('has an integrity hash for every package', () => {
    const entries = Object.entries(lock.packages as Record<string, { readonly integrity?: string }>);
    const without = entries.filter(([where, locked]) => where !== '' && !locked.integrity?.startsWith('sha512-'));
    expect(without.map(([where]) => where)).toEqual([]);
  });
});

describe('the files of this repository', () => {
  // Put together here, so that this file is not what it looks for.
  const hosts = [
    ['registry', 'npmjs', 'org'],
    ['registry', 'yarnpkg', 'com'],
    ['npm', 'pkg', 'github', 'com'],
  ].map(parts => parts.join('.'));

  it('name no package registry', () => {
    const found = ourFiles().filter(file => {
      const text = readFileSync(path.join(root, file), 'latin1');
      return hosts.some(host => text.includes(host));
    });
    expect(found).toEqual([]);
  });
});

/** Tracked files and those about to be; without git, everything but what is installed or built. */
function ourFiles(): readonly string[] {
  if (existsSync(path.join(root, '.git'))) {
    const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
      cwd: root,
      encoding: 'utf8',
    });
    return listed.split('\0').filter(file => file !== '' && existsSync(path.join(root, file)));
  }
  return readdirSync(root, { withFileTypes: true, recursive: true })
    .filter(entry => entry.isFile())
    .map(entry => path.relative(root, path.join(entry.parentPath, entry.name)))
    .filter(file => !/^(node_modules|coverage|\.cache)/.test(file));
}
