// `sluis policy sign`: what it writes is what a gateway takes over, by one pair of eyes or by two.

import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadPolicySet } from '../../gateway/cli/policy-check.ts';
import { run } from '../../gateway/cli/policy-sign.ts';
import { releaseOf } from '../../gateway/io/policy-release.ts';
import { type Signer, signerOf } from '../../gateway/policy/release.ts';
import { copyPolicies } from '../support/policy-drafts.ts';
import { describeWith } from '../support/programs.ts';

describeWith('openssl', 'sluis policy sign', openssl => {
  let directory: string;
  let policies: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'sluis-sign-'));
    policies = copyPolicies(join(directory, 'policies'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const path = (name: string) => join(directory, name);
  /** As a person makes one, with a program of their own. */
  function keyOf(name: string, ...kind: readonly string[]): { readonly key: string; readonly signer: Signer } {
    execFileSync(openssl, ['genpkey', ...kind, '-out', path(`${name}.key`)], { stdio: 'pipe' });
    const pem = execFileSync(openssl, ['pkey', '-in', path(`${name}.key`), '-pubout', ...passphrase(kind)], {
      encoding: 'utf8',
    });
    const signer = signerOf(pem);
    if (signer === undefined) throw new Error('openssl made no key that signs');
    return { key: path(`${name}.key`), signer };
  }
  const passphrase = (kind: readonly string[]) => (kind.includes('-aes256') ? ['-passin', 'pass:open'] : []);
  const ed25519 = ['-algorithm', 'ed25519'];
  const p256 = ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'];

  async function sign(...args: readonly string[]) {
    let [out, error] = ['', ''];
    const around = { write: (text: string) => (out += text), writeError: (text: string) => (error += text) };
    return { code: await run([policies, ...args], around), out, error };
  }
  const hash = () => {
    const loaded = loadPolicySet(policies);
    if ('problems' in loaded) throw new Error('these policies do not compile');
    return loaded.set.hash;
  };
  const taken = (required: number, ...keys: readonly Signer[]) => {
    const found = releaseOf(policies, hash(), { keys, required });
    return 'problems' in found ? found.problems.map(({ message }) => message).join() : found.release?.stage;
  };

  it.each([ed25519, p256])('writes a release that is taken over, by a key of %s %s', async (...kind) => {
    const { key, signer } = keyOf('alice', ...kind);
    const before = hash();
    expect(await sign('--key', key, '--stage', 'canary', '--canary-percent', '2.5')).toMatchObject({
      code: 0,
      error: '',
    });
    expect(hash()).toBe(before);
    expect(taken(1, signer)).toBe('canary');
    expect(readFileSync(join(policies, 'release.yaml'), 'utf8')).toContain('canary: { percent: 2.5% }');
  });

  it('adds a second pair of eyes, and counts no pair twice', async () => {
    const [alice, bob, carol] = [keyOf('alice', ...ed25519), keyOf('bob', ...p256), keyOf('carol', ...ed25519)];
    const both = [alice.signer, bob.signer];
    await sign('--key', alice.key, '--stage', 'enforce');
    expect(taken(2, ...both)).toBe('has 1 of 2 signatures that count');
    await sign('--key', alice.key);
    expect(taken(2, ...both)).toBe('has 1 of 2 signatures that count');
    await sign('--key', carol.key);
    expect(taken(2, ...both)).toBe('has 1 of 2 signatures that count');
    expect((await sign('--key', bob.key)).out).toContain('and 2 more');
    expect(taken(2, ...both)).toBe('enforce');
    expect(taken(3, ...both, carol.signer)).toBe('enforce');
  });

  it('signs one version, and no other', async () => {
    const { key, signer } = keyOf('alice', ...ed25519);
    await sign('--key', key, '--stage', 'enforce');
    appendFileSync(join(policies, 'access/telework.yaml'), '# Changed.\n');
    expect(taken(1, signer)).toContain('is about the policies');
    const { code, error } = await sign('--key', key);
    expect([code, error]).toEqual([2, expect.stringContaining('has changed since it was signed')]);
    expect((await sign('--key', key, '--stage', 'enforce')).code).toBe(0);
    expect(taken(1, signer)).toBe('enforce');
  });

  it('does not let a release be changed afterwards', async () => {
    const { key, signer } = keyOf('alice', ...ed25519);
    await sign('--key', key, '--stage', 'shadow');
    const file = join(policies, 'release.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('shadow', 'enforce'));
    expect(taken(1, signer)).toBe('has 0 of 1 signatures that count');
  });

  it('opens a key that is locked, with its passphrase', async () => {
    const { key, signer } = keyOf('alice', ...ed25519, '-aes256', '-pass', 'pass:open');
    writeFileSync(path('passphrase'), 'open\n');
    expect((await sign('--key', key, '--stage', 'shadow')).code).toBe(2);
    expect((await sign('--key', key, '--stage', 'shadow', '--passphrase-file', path('passphrase'))).code).toBe(0);
    expect(taken(1, signer)).toBe('shadow');
  });

  it('takes a forecast of these very policies, and no other', async () => {
    const { key } = keyOf('alice', ...ed25519);
    const forecast = (report: object) => {
      writeFileSync(path('forecast.json'), JSON.stringify(report));
      return sign('--key', key, '--stage', 'enforce', '--forecast', path('forecast.json'), '--deny-margin', '3%');
    };
    const report = { draft: hash(), subjects: 200, stricterSubjects: 3 };
    expect((await forecast({ ...report, draft: 'a'.repeat(64) })).error).toContain('about other policies');
    expect((await forecast({ ...report, subjects: 0 })).error).toContain('judged no logins');
    expect((await forecast(report)).out).toContain('above 4.5 % of stricter answers');
  });

  const refused: readonly (readonly [string, readonly string[], string])[] = [
    ['no stage where there is no release', [], 'has no release yet'],
    ['a stage that there is not', ['--stage', 'tomorrow'], '--stage is one of'],
    ['a canary for nobody', ['--stage', 'canary'], 'a canary is for'],
    ['a canary of a shadow', ['--stage', 'shadow', '--canary-group', 'x'], 'a canary is for'],
    ['two canaries', ['--stage', 'canary', '--canary-group', 'x', '--canary-percent', '5'], 'not for both'],
    ['a share of nobody', ['--stage', 'canary', '--canary-percent', '0'], 'above 0'],
    ['a day without an hour', ['--stage', 'enforce', '--valid-from', '2026-12-01'], 'is an instant'],
  ];
  for (const [title, args, said] of refused) {
    it(`refuses ${title}`, async () => {
      const { code, error } = await sign('--key', keyOf('alice', ...ed25519).key, ...args);
      expect([code, error]).toEqual([2, expect.stringContaining(said)]);
    });
  }
});
