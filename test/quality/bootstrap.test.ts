// The first command on a fresh clone: what `gateway/cli/bootstrap.mjs` installs, runs and says, in folders made for it.
// npm is played by a script that writes down how it was called; everything else is the real thing.

import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { root } from './checks.ts';

let folder = '';
const wrote = (file: string) => readFileSync(path.join(folder, file), 'utf8');

function write(file: string, text: string): void {
  mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
  writeFileSync(path.join(folder, file), text);
}

const locked = { '': { name: 'sluis' }, 'node_modules/one': { version: '1.0.0', integrity: 'sha512-one' } };

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sluis-bootstrap-'));
  for (const file of ['bootstrap.mjs', 'locked-node.mjs']) {
    cpSync(path.join(root, 'gateway/cli', file), path.join(folder, 'gateway/cli', file));
  }
  write('package-lock.json', JSON.stringify({ packages: locked }));
  write('package.json', '{"type": "module"}');
  write(
    'test/bench/main.ts',
    "const args: readonly string[] = process.argv.slice(2);\nconsole.log('ran', ...args, process.version);\nprocess.exitCode = 3;\n",
  );
  npm(0);
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function npm(exitCode: number): void {
  const installs =
    "mkdirSync('node_modules', { recursive: true }); writeFileSync('node_modules/.package-lock.json', readFileSync('package-lock.json'));";
  write(
    'npm.mjs',
    `import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';\nwriteFileSync('called', process.argv.slice(2).join(' '));\n${exitCode === 0 ? installs : ''}\nprocess.exitCode = ${exitCode};\n`,
  );
}

function bootstrap(...args: readonly string[]): {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
} {
  const env = { ...process.env, npm_execpath: path.join(folder, 'npm.mjs') };
  const result = spawnSync(process.execPath, [path.join(folder, 'gateway/cli/bootstrap.mjs'), ...args], {
    env,
    encoding: 'utf8',
    cwd: folder,
  });
  return { code: result.status, out: result.stdout, error: result.stderr };
}

describe('the bootstrap', () => {
  it('installs on a fresh clone, then runs the task with its arguments and gives its exit code', () => {
    const { code, out } = bootstrap('bench', '--keep', 'x');
    expect(wrote('called')).toBe('ci --include=dev --include=optional --no-audit --no-fund --loglevel=error');
    expect(out).toBe(
      `node_modules does not match package-lock.json: running "npm ci"\nran --keep x ${process.version}\n`,
    );
    expect(code).toBe(3);
  });

  it('does not install twice', () => {
    bootstrap('bench');
    rmSync(path.join(folder, 'called'));
    expect(bootstrap('bench').out).toBe(`ran ${process.version}\n`);
    expect(() => wrote('called')).toThrow();
  });

  for (const [title, changed] of [
    ['another version', { ...locked, 'node_modules/one': { version: '1.0.1', integrity: 'sha512-one' } }],
    ['another hash', { ...locked, 'node_modules/one': { version: '1.0.0', integrity: 'sha512-two' } }],
    ['one package more', { ...locked, 'node_modules/two': { version: '1.0.0', integrity: 'sha512-two' } }],
    [
      'a package for this platform',
      {
        ...locked,
        'node_modules/ours': { version: '1.0.0', optional: true, os: [process.platform], cpu: [process.arch] },
      },
    ],
  ] as const) {
    it(`installs again when the lock has ${title}`, () => {
      bootstrap('bench');
      rmSync(path.join(folder, 'called'));
      write('package-lock.json', JSON.stringify({ packages: changed }));
      expect(bootstrap('bench').out).toContain('running "npm ci"');
      expect(wrote('called')).toContain('ci ');
    });
  }

  it('does not install for a package that is for another platform', () => {
    bootstrap('bench');
    rmSync(path.join(folder, 'called'));
    const foreign = { version: '1.0.0', optional: true, os: ['sunos'], cpu: ['sparc'] };
    write('package-lock.json', JSON.stringify({ packages: { ...locked, 'node_modules/foreign': foreign } }));
    expect(bootstrap('bench').out).toBe(`ran ${process.version}\n`);
  });

  it('installs again after an installation that was interrupted', () => {
    bootstrap('bench');
    write('node_modules/.package-lock.json', '{"packages": {');
    expect(bootstrap('bench').out).toContain('running "npm ci"');
  });

  it('ends with the exit code of npm, and says what to look at', () => {
    npm(7);
    const { code, error } = bootstrap('bench');
    expect(code).toBe(7);
    expect(error).toMatch(/^"npm ci" did not succeed: check that .*run it again\.\n$/);
  });

  it('refuses a task that it does not know', () => {
    for (const task of ['', 'deploy', 'toString']) {
      const { code, error } = bootstrap(task);
      expect(code).toBe(2);
      expect(error).toContain('npm run demo|test|check|bench|fuzz');
    }
  });

  it('says so when the task itself is not there', () => {
    expect(bootstrap('fuzz')).toMatchObject({
      code: 1,
      error: expect.stringContaining('test/fuzz/main.ts is missing') as string,
    });
  });

  it('puts the locked programs first on the PATH', () => {
    bootstrap('bench');
    write('node_modules/.bin/sluis-planted', '#!/bin/sh\necho planted\n');
    chmodSync(path.join(folder, 'node_modules/.bin/sluis-planted'), 0o755);
    write(
      'test/bench/main.ts',
      "import { execFileSync } from 'node:child_process';\nconsole.log(execFileSync('sluis-planted').toString());\n",
    );
    expect(bootstrap('bench').out).toContain('planted');
  });

  it('ends when it is told to, with the task', () => {
    bootstrap('bench');
    write('test/bench/main.ts', "setTimeout(() => {}, 60_000);\nprocess.kill(process.ppid, 'SIGTERM');\n");
    const result = spawnSync(process.execPath, [path.join(folder, 'gateway/cli/bootstrap.mjs'), 'bench'], {
      cwd: folder,
    });
    expect(result.signal).toBe('SIGTERM');
  });
});
