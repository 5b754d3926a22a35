// Which licences the installed packages carry, against what may be used: judged from package-lock.json, with the
// package's own manifest where the lock does not say. Stricter for what ships than for what only builds and tests.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const allowed: readonly string[] = [
  'MIT',
  'MIT-0',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'Unlicense',
  'CC0-1.0',
  'Zlib',
];
/** File-level copyleft: good for a tool that is not passed on. */
const allowedInDevelopment: readonly string[] = [...allowed, 'MPL-2.0'];

export interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly link?: boolean;
  readonly resolved?: string;
}

export interface Lock {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

/** Every package that may not be used, one line each. `manifestLicence` answers for packages whose lock entry is silent. */
export function licenceProblems(lock: Lock, manifestLicence: (where: string) => string | undefined): readonly string[] {
  const problems: string[] = [];
  for (const [where, locked] of Object.entries(lock.packages)) {
    if (where === '' || locked.link === true) continue;
    const licence = locked.license ?? manifestLicence(where);
    const list = locked.dev === true ? allowedInDevelopment : allowed;
    if (licence !== undefined && isAllowed(licence, list)) continue;
    const use = locked.dev === true ? 'development' : 'run-time';
    problems.push(`${where} ${locked.version ?? ''}: ${licence ?? 'no licence stated'} (${use} dependency)`);
  }
  return problems;
}

/** An SPDX expression: of an OR one side is enough, of an AND both are needed. */
export function isAllowed(expression: string, list: readonly string[]): boolean {
  const tokens = expression.match(/[()]|[^\s()]+/g) ?? [];
  let at = 0;
  const result = either();
  return result && at === tokens.length;

  function either(): boolean {
    let good = both();
    while (tokens[at] === 'OR') {
      at += 1;
      // Read it in any case: the position must move on.
      const other = both();
      good ||= other;
    }
    return good;
  }

  function both(): boolean {
    let good = one();
    while (tokens[at] === 'AND') {
      at += 1;
      const other = one();
      good &&= other;
    }
    return good;
  }

  function one(): boolean {
    const token = tokens[at];
    at += 1;
    if (token !== '(') return token !== undefined && list.includes(token);
    const inner = either();
    const closed = tokens[at] === ')';
    at += 1;
    return inner && closed;
  }
}

export function readLock(folder: string): Lock {
  return JSON.parse(readFileSync(path.join(folder, 'package-lock.json'), 'utf8')) as Lock;
}

/** The licence that the installed package itself states. */
export function statedLicence(folder: string): (where: string) => string | undefined {
  return where => {
    let text: string;
    try {
      text = readFileSync(path.join(folder, where, 'package.json'), 'utf8');
    } catch {
      // A package for another platform is locked and not installed: nothing is stated here.
      return undefined;
    }
    const { license } = JSON.parse(text) as { readonly license?: unknown };
    return typeof license === 'string' ? license : undefined;
  };
}

if (import.meta.main) {
  const folder = fileURLToPath(new URL('../..', import.meta.url));
  const lock = readLock(folder);
  const problems = licenceProblems(lock, statedLicence(folder));
  const total = Object.keys(lock.packages).length - 1;
  console.log(problems.length === 0 ? `${total} packages, every licence allowed` : problems.join('\n'));
  process.exitCode = problems.length === 0 ? 0 : 1;
}
