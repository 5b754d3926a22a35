import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { policyLimits, readPolicyFiles } from '../../gateway/io/policy-files.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sluis-policies-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function put(path: string, text = 'x: y\n'): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

function pathsOf(directory: string): readonly string[] {
  const read = readPolicyFiles(directory);
  return 'files' in read
    ? read.files.map(file => file.path)
    : read.problems.map(each => `${each.file}: ${each.message}`);
}

describe('a directory of policy files', () => {
  it('gives its .yaml files in order, with paths from its own root', () => {
    for (const path of ['tests/t.yaml', 'checks/b.yaml', 'checks/a.yaml', 'degraded.yaml', 'README.md']) put(path);
    expect(pathsOf(root)).toEqual(['checks/a.yaml', 'checks/b.yaml', 'degraded.yaml', 'tests/t.yaml']);
  });

  it('leaves packs, identity profiles and hidden files alone', () => {
    for (const path of [
      'packs/a/checks/a.yaml',
      'identity/eid.yaml',
      '.git/a.yaml',
      'checks/.a.yaml',
      'checks/a.yaml',
    ]) {
      put(path);
    }
    expect(pathsOf(root)).toEqual(['checks/a.yaml']);
  });

  it('keeps what it does not know, so that a misspelt folder is not silently without effect', () => {
    put('acess/staff.yaml');
    expect(pathsOf(root)).toEqual(['acess/staff.yaml']);
  });

  it('takes the nearest support calendar above, at most two folders up', () => {
    put('os-support.yaml', 'outer');
    put('packs/a/degraded.yaml');
    put('packs/b/deep/set/degraded.yaml');
    const read = readPolicyFiles(join(root, 'packs/a'));
    expect('files' in read && read.files.at(-1)).toEqual({ path: 'os-support.yaml', text: 'outer' });
    expect(pathsOf(join(root, 'packs/b/deep/set'))).toEqual(['degraded.yaml']);
    put('packs/os-support.yaml', 'inner');
    const nearer = readPolicyFiles(join(root, 'packs/a'));
    expect('files' in nearer && nearer.files.at(-1)?.text).toBe('inner');
  });

  it('prefers its own support calendar', () => {
    put('os-support.yaml', 'outer');
    put('packs/a/os-support.yaml', 'own');
    const read = readPolicyFiles(join(root, 'packs/a'));
    expect('files' in read && read.files).toEqual([{ path: 'os-support.yaml', text: 'own' }]);
  });

  it('names what it cannot take', () => {
    put('checks/a.yml');
    put('checks/big.yaml', 'x'.repeat(policyLimits.fileBytes + 1));
    expect(pathsOf(root)).toEqual([
      `${join(root, 'checks/a.yml')}: only .yaml files are read`,
      `${join(root, 'checks/big.yaml')}: has ${policyLimits.fileBytes + 1} bytes, the limit is ${policyLimits.fileBytes}`,
    ]);
    expect(pathsOf(join(root, 'nowhere'))[0]).toMatch(/cannot be read: ENOENT/);
  });

  it('neither follows links nor leaves them out silently', () => {
    put('outside/secret.yaml');
    put('set/checks/a.yaml');
    symlinkSync(join(root, 'outside/secret.yaml'), join(root, 'set/checks/secret.yaml'));
    symlinkSync(join(root, 'outside'), join(root, 'set/tests'));
    expect(pathsOf(join(root, 'set'))).toEqual([
      `${join(root, 'set/checks/secret.yaml')}: is a link`,
      `${join(root, 'set/tests')}: is a link`,
    ]);
  });

  it('is capped as a whole', () => {
    const half = 'x'.repeat(policyLimits.fileBytes);
    for (let at = 0; at <= policyLimits.totalBytes / policyLimits.fileBytes; at++) put(`checks/c${at}.yaml`, half);
    expect(pathsOf(root)[0]).toContain('all files together exceed');
  });
});
