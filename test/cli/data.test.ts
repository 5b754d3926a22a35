// `sluis data` on a real configuration: made with a key that openssl wrote, installed with its public key.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../gateway/cli/data.ts';

let directory: string;
const at = (name: string): string => join(directory, name);

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluis-data-'));
  const put = (name: string, text: string): void => writeFileSync(at(name), text, { mode: 0o600 });
  const pem = '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n';
  for (const name of ['server.pem', 'server.key']) put(name, pem);
  for (const name of ['token', 'pseudonym.key', 'nas.secret']) put(name, 'x'.repeat(40));
  put('machine.yaml', 'id: machine\n');
  execFileSync('openssl', ['genpkey', '-algorithm', 'ed25519', '-out', at('signer.key')]);
  execFileSync('openssl', ['pkey', '-in', at('signer.key'), '-pubout', '-out', at('signer.pem')]);
  put('sluis.yaml', configuration('signer.pem'));
  mkdirSync(at('reference'));
  put('reference/os-support.yaml', 'debian:\n  - { version: "13", name: trixie, ends: 2030-06-30 }\n');
  put('reference/antivirus.yaml', 'products: [{ product: clamav, vendor: cisco, title: C, reported as: ClamAV }]\n');
});

afterEach(() => rmSync(directory, { recursive: true }));

const configuration = (signer: string): string => `name: gw.example
eap: { certificate: server.pem, key: server.key }
agent-api: { certificate: server.pem, key: server.key }
radius: {}
operator-api: { token-file: token }
store: { path: sluis.db }
policies: policies
identity: { profiles: [machine.yaml], pseudonym-key-file: pseudonym.key }
reference-data: { signers: [${signer}] }
nas:
  - { name: vpn-1, address: 192.0.2.1, secret-file: nas.secret }
`;

async function data(...args: readonly string[]) {
  let out = '';
  let error = '';
  const code = await run(args, { write: text => (out += text), writeError: text => (error += text) });
  return { code, out, error };
}

const build = (out: string) => data('build', at('reference'), '--key', at('signer.key'), '--out', at(out));
const install = (bundle: string, ...more: readonly string[]) =>
  data('install', at(bundle), '--config', at('sluis.yaml'), ...more);

describe('sluis data', () => {
  it('makes, installs and shows reference data', async () => {
    expect((await data('status', '--config', at('sluis.yaml'))).out).toBe('nothing is installed\n');
    const built = await build('new.bundle');
    expect(built).toMatchObject({
      code: 0,
      out: expect.stringContaining('antivirus.yaml, os-support.yaml; signed') as string,
    });
    expect(await install('new.bundle')).toMatchObject({ code: 0, out: expect.stringContaining('installed') as string });
    const shown = await data('status', '--config', at('sluis.yaml'));
    expect(shown.code).toBe(0);
    expect(shown.out).toMatch(
      /^bundle {2}[0-9a-f]{16}, made .* \(0 days ago\), .*\nsupport calendar {2}debian 1\nvirus protection {2}1 names\n$/,
    );
    const told = JSON.parse((await data('status', '--json', '--config', at('sluis.yaml'))).out) as object;
    expect(told).toMatchObject({ installed: true, ageDays: 0, old: false });
  });

  it('refuses an older bundle without a reason', async () => {
    await build('old.bundle');
    await build('new.bundle');
    await install('new.bundle');
    expect(await install('old.bundle')).toMatchObject({
      code: 1,
      error: expect.stringContaining('--force REASON') as string,
    });
    expect(await install('old.bundle', '--force', 'why')).toMatchObject({ code: 2 });
    expect(await install('old.bundle', '--force', 'the new one is wrong')).toMatchObject({ code: 0 });
  });

  it('names what is wrong in the directory by file and line, and signs nothing', async () => {
    writeFileSync(at('reference/os-support.yaml'), 'debian:\n  - { version: x, name: trixie, ends: 2030-06-30 }\n');
    const built = await build('new.bundle');
    expect(built.code).toBe(1);
    expect(built.error).toContain(`${at('reference/os-support.yaml')}:2: "x" is not a version`);
    expect((await install('new.bundle')).error).toContain('is not there');
  });

  it.each([
    ['a certificate as key', 'server.pem', /holds no private key/],
    ['no such key', 'nowhere.key', /ENOENT/],
  ])('refuses %s', async (_what, key, error) => {
    const built = data('build', at('reference'), '--key', at(key), '--out', at('new.bundle'));
    await expect(built.then(({ error: said }) => said, String)).resolves.toMatch(error);
  });

  it.each([
    ['its private key', 'signer.key', /a private key/],
    ['no key', 'server.pem', /no key that signs/],
  ])('is not configured with %s as signer', async (_what, signer, error) => {
    writeFileSync(at('sluis.yaml'), configuration(signer), { mode: 0o600 });
    expect((await data('status', '--config', at('sluis.yaml'))).error).toMatch(error);
  });

  it.each([[['build', 'x']], [['install', '--config', 'x']], [['status']], [['status', 'x', '--config', 'y']]])(
    'says what it takes: %j',
    async args => {
      expect(await data(...args)).toMatchObject({
        code: 2,
        error: expect.stringContaining('Usage: sluis data build') as string,
      });
    },
  );
});
