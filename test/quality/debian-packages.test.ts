// Installing what the tests run against, with apt-get and dpkg-query played by scripts that keep a list of their own.

import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mayInstall } from '../support/programs.ts';
import { root } from './checks.ts';

let folder = '';

function script(name: string, body: string): void {
  writeFileSync(path.join(folder, name), `#!/bin/sh\n${body}\n`);
  chmodSync(path.join(folder, name), 0o755);
}

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sluis-packages-'));
  writeFileSync(path.join(folder, 'packages.txt'), '# two\none\ntwo\n');
  script('dpkg-query', `for name; do :; done; if [ -e '${folder}/installed-'"$name" ]; then printf installed; fi`);
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** apt-get writes down its calls; `install` succeeds when `condition` holds, and then for every name after it. */
function apt(condition: string): void {
  script(
    'apt-get',
    `echo "$*" >> '${folder}/calls'
case "$*" in
*" update") touch '${folder}/updated'; exit 0;;
esac
${condition} || { echo 'E: Unable to fetch some archives' >&2; exit 100; }
while [ "$1" != install ]; do shift; done; shift
for name; do touch '${folder}/installed-'"$name"; done`,
  );
}

function install(env: Readonly<Record<string, string>> = {}): { readonly left: string; readonly said: string } {
  const module = JSON.stringify(path.join(root, 'test/quality/debian-packages.ts'));
  const file = JSON.stringify(path.join(folder, 'packages.txt'));
  const code = `import { installPackages } from ${module};\nconst left = installPackages(${file});\nconsole.log('left:', left.join(' '));`;
  const result = spawnSync(process.execPath, ['--input-type=module', '--eval', code], {
    encoding: 'utf8',
    env: { PATH: `${folder}:/usr/bin:/bin`, ...env },
  });
  const [said = '', left = ''] = result.stdout.split('left:');
  return { left: left.trim(), said: said + result.stderr };
}

const calls = () => (existsSync(path.join(folder, 'calls')) ? readFileSync(path.join(folder, 'calls'), 'utf8') : '');
const title = 'the packages that tests run against';

(mayInstall() ? describe : describe.skip)(mayInstall() ? title : `${title} [skipped: not root on Debian]`, () => {
  it('are installed together, without recommended ones and without questions', () => {
    apt('true');
    expect(install()).toEqual({
      left: '',
      said: 'installing Debian packages that tests run against: one, two\n',
    });
    expect(calls()).toMatch(/^-y --no-install-recommends .* install one two\n$/);
  });

  it('are left alone when they are there', () => {
    apt('true');
    install();
    rmSync(path.join(folder, 'calls'));
    expect(install()).toEqual({ left: '', said: '' });
    expect(calls()).toBe('');
  });

  it('are tried again after fetching the lists', () => {
    apt(`test -e '${folder}/updated'`);
    expect(install().left).toBe('');
    expect(
      calls()
        .split('\n')
        .map(line => line.split(' ').slice(8).join(' ')),
    ).toEqual(['install one two', 'update', 'install one two', '']);
  });

  it('are tried one by one when one of them does not exist, and never end the run', () => {
    apt('case "$*" in *two*) false;; esac');
    const { left, said } = install();
    expect(left).toBe('two');
    expect(said).toContain('could not be installed, so their tests will be skipped: two');
  });

  it('are all named when nothing can be fetched', () => {
    apt('false');
    const { left, said } = install();
    expect(left).toBe('one two');
    expect(said).toContain('E: Unable to fetch some archives');
  });

  it('are not touched when that was asked', () => {
    apt('true');
    expect(install({ SLUIS_NO_INSTALL: '1' }).left).toBe('one two');
    expect(calls()).toBe('');
  });
});
