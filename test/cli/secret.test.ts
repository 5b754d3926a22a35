// `sluis secret` from the first key to a rotated one, on files and on a whole installation whose gateway then serves.

import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGatewayProcess } from '../../gateway/cli/demo/gateway-process.ts';
import { type Installation, makeInstallation } from '../../gateway/cli/demo/installation.ts';
import { run } from '../../gateway/cli/secret.ts';
import { secretFilesOf } from '../../gateway/io/configuration.ts';
import { root } from '../quality/checks.ts';

let directory: string;
let keyFile: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluis-secret-cli-'));
  keyFile = join(directory, 'master.key');
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

async function secret(args: readonly string[], { terminal = false, key = keyFile } = {}) {
  let out = '';
  let error = '';
  const code = await run(args, {
    write: text => (out += text),
    writeError: text => (error += text),
    terminal,
    environment: { SLUIS_MASTER_KEY_FILE: key },
  });
  return { code, out, error };
}

function put(name: string, content: string): string {
  const path = join(directory, name);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

const keyIdIn = (file: string): string => readFileSync(file, 'utf8').split(' ')[1] ?? '';

describe('sluis secret', () => {
  it('says that there is no key yet, and touches nothing', async () => {
    const file = put('early', 'plain');
    const { code, error } = await secret(['seal', file]);
    expect(code).toBe(1);
    expect(error).toContain(`the master key cannot be read from "${keyFile}"`);
    expect(readFileSync(file, 'utf8')).toBe('plain');
  });

  it('makes a key that only its owner may read', async () => {
    expect(await secret(['new-key', keyFile])).toMatchObject({ code: 0, error: '' });
    expect(readFileSync(keyFile, 'utf8')).toMatch(/^[\w-]{43}\n$/);
    expect(statSync(keyFile).mode % 0o1000).toBe(0o600);
  });

  it('puts no key into a file that is something else', async () => {
    const file = put('letter', 'Dear town\n');
    expect(await secret(['new-key', file])).toMatchObject({ code: 1 });
    expect(readFileSync(file, 'utf8')).toBe('Dear town\n');
    expect(await secret(['new-key', join(directory, 'no', 'where')])).toMatchObject({ code: 1 });
  });

  it('seals in place, shows on a terminal or by force, and seals nothing twice', async () => {
    const file = put('nas.secret', 'a long enough secret');
    chmodSync(file, 0o644);
    expect(await secret(['seal', file])).toMatchObject({ code: 0, error: '' });
    const sealed = readFileSync(file, 'utf8');
    expect(sealed).toMatch(/^sluis-sealed\/1 /);
    expect(statSync(file).mode % 0o1000).toBe(0o600);

    expect(await secret(['show', file])).toMatchObject({ code: 1, out: '' });
    expect(await secret(['show', file, '--force'])).toMatchObject({ code: 0, out: 'a long enough secret' });
    expect(await secret(['show', file], { terminal: true })).toMatchObject({ code: 0, out: 'a long enough secret\n' });

    const again = await secret(['seal', file]);
    expect(again).toMatchObject({ code: 1, out: '' });
    expect(again.error).toContain('sealed already');
    expect(readFileSync(file, 'utf8')).toBe(sealed);
  });

  it('does the files it can, and names the one it cannot', async () => {
    const [good, empty] = [put('good', 'secret'), put('empty', '')];
    const link = join(directory, 'link');
    symlinkSync(good, link);
    const { code, out, error } = await secret(['seal', join(directory, 'nowhere'), empty, link, good]);
    expect(code).toBe(1);
    expect(out).toContain(`${good}: sealed with key`);
    expect(error.trim().split('\n')).toEqual([
      `${join(directory, 'nowhere')}: there is no such file`,
      `${empty}: it is empty`,
      `${link}: a symbolic link: name the file that it leads to`,
    ]);
  });

  it('rotates to the newest key; then the old one is needed no more', async () => {
    const file = put('token', 'x'.repeat(32));
    await secret(['seal', file]);
    const before = keyIdIn(file);
    expect((await secret(['new-key', keyFile])).out).toContain('first of 2');
    // Sealed under the older key, which still opens.
    expect(await secret(['show', file, '--force'])).toMatchObject({ out: 'x'.repeat(32) });
    expect(await secret(['rotate', file])).toMatchObject({ code: 0 });
    const after = keyIdIn(file);
    expect(after).not.toBe(before);
    expect((await secret(['rotate', file])).out).toContain(`is under the newest key ${after}`);

    const [newest = '', oldest = ''] = readFileSync(keyFile, 'utf8').split('\n');
    const onlyNew = put('only-new.key', `${newest}\n`);
    const onlyOld = put('only-old.key', `${oldest}\n`);
    expect(await secret(['show', file, '--force'], { key: onlyNew })).toMatchObject({ out: 'x'.repeat(32) });
    const closed = await secret(['show', file, '--force'], { key: onlyOld });
    expect(closed).toMatchObject({ code: 1, out: '' });
    expect(closed.error).toContain(`sealed with key ${after}; known here: ${before}`);
    expect(await secret(['rotate', put('plain', 'plain')])).toMatchObject({ code: 1 });
  });

  it.each([
    [[]],
    [['seal']],
    [['show', 'a', 'b']],
    [['seal', 'a', '--force']],
    [['check']],
    [['check', 'sluis.yaml']],
    [['open', 'a']],
  ])('does not understand %j', async args => {
    const { code, error } = await secret(args);
    expect(code).toBe(2);
    expect(error).toContain('usage: sluis secret new-key FILE');
  });
});

describe('an installation whose secrets are all sealed', () => {
  let installation: Installation;
  let site: string;
  let plain: string;

  beforeAll(async () => {
    site = join(directory, 'site');
    installation = await makeInstallation({ directory: site, laptops: [] }, Date.now());
    plain = readFileSync(installation.secretFile, 'utf8');
  });

  it('is found by `check`: first all plain, then all sealed', async () => {
    const { files } = secretFilesOf(installation.configFile);
    const names = ['server.key', 'operator-api.token', 'pseudonym.key', 'nas.secret'].map(name => join(site, name));
    expect(files.map(({ path }) => path)).toEqual(names);
    const before = await secret(['check', '--config', installation.configFile]);
    expect(before.code).toBe(1);
    expect(before.out).toContain(`plain    -         0600  ${installation.secretFile}  (line `);
    expect(before.out).toContain('4 secret files, 4 with findings\n');

    expect(await secret(['seal', ...names])).toMatchObject({ code: 0, error: '' });
    const after = await secret(['check', '--config', installation.configFile]);
    expect(after).toMatchObject({ code: 0, error: '' });
    expect(after.out).toContain(`sealed   ${keyIdIn(installation.secretFile)}  0600  ${installation.secretFile}`);
    expect(after.out).toContain('4 secret files, 0 with findings\n');
    for (const name of names) expect(readFileSync(name, 'utf8')).toMatch(/^sluis-sealed\/1 [^\n]+\n$/);
  });

  it('is found by `check` with what would keep it from starting', async () => {
    const [token, pseudonyms] = [installation.tokenFile, join(site, 'pseudonym.key')];
    const kept = [readFileSync(token), readFileSync(pseudonyms), readFileSync(keyFile)] as const;
    writeFileSync(token, kept[1]);
    chmodSync(installation.secretFile, 0o640);
    rmSync(pseudonyms);
    await secret(['new-key', keyFile]);
    const { code, out, error } = await secret(['check', '--config', installation.configFile]);
    expect(code).toBe(1);
    expect(out).toMatch(/server\.key {2}\(line 4\): sealed with an older key: sluis secret rotate\n/);
    expect(out).toMatch(/operator-api\.token {2}\(line 6\): .* is sealed and does not open/);
    expect(out).toMatch(/missing {2}- {9}- {5}.*pseudonym\.key {2}\(line \d+\): cannot be read\n/);
    expect(out).toMatch(/0640 {2}.*nas\.secret {2}\(line \d+\): may be read by others: chmod 600/);
    expect(error).toContain('sluis.yaml:6: ');
    writeFileSync(token, kept[0]);
    writeFileSync(pseudonyms, kept[1], { mode: 0o600 });
    writeFileSync(keyFile, kept[2]);
    chmodSync(installation.secretFile, 0o600);
  });

  it('serves, and answers a concentrator that has the plain secret', { timeout: 60_000 }, async () => {
    const environment = { SLUIS_MASTER_KEY_FILE: keyFile };
    const gateway = await startGatewayProcess(installation.configFile, environment);
    try {
      const server = `127.0.0.1:${gateway.ports.authentication}`;
      const sluis = (args: readonly string[], env = {}) =>
        spawnSync(process.execPath, [join(root, 'gateway/cli/sluis.mjs'), ...args], {
          encoding: 'utf8',
          env: { ...process.env, ...env },
        });
      const probe = ['radius', 'probe', 'status', '--server', server, '--secret-file'];
      const asConcentrator = sluis([...probe, put('concentrator.secret', plain)]);
      expect(asConcentrator.stdout).toMatch(/^answered after 1 round trip/);
      expect(asConcentrator.status).toBe(0);
      // On the gateway itself the sealed file will do, with the key and not without.
      expect(sluis([...probe, installation.secretFile], environment).status).toBe(0);
      const without = sluis([...probe, installation.secretFile]);
      expect(without).toMatchObject({ status: 2, stdout: '' });
      expect(without.stderr).toContain('is sealed, and no master key is given');
      const url = `http://127.0.0.1:${gateway.ports.operatorApi}`;
      const sessions = ['session', 'list', '--url', url, '--token-file', installation.tokenFile];
      expect(sluis(sessions, environment)).toMatchObject({ status: 0, stderr: '' });
      expect(sluis(sessions)).toMatchObject({ status: 2, stdout: '' });
    } finally {
      expect(await gateway.stop()).toBe(0);
    }
    expect(gateway.lines().join('\n')).not.toContain(plain);
  });

  it('does not start without the key, and names every file with its line', () => {
    const { stderr, status } = spawnSync(
      process.execPath,
      [join(root, 'gateway/cli/sluis.mjs'), 'serve', '--config', installation.configFile],
      { encoding: 'utf8', timeout: 20_000 },
    );
    expect(status).toBe(2);
    expect(stderr.match(/is sealed, and no master key is given – give it as the systemd credential/g)).toHaveLength(5);
    expect(stderr).toMatch(/sluis\.yaml:\d+: ".*nas\.secret" is sealed/);
  });
});
