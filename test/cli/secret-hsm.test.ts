// `sluis secret` with master keys that an HSM keeps closed (SoftHSM): from the first key to a new HSM, and a gateway that starts on it.

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startGatewayProcess } from '../../gateway/cli/demo/gateway-process.ts';
import { type Installation, makeInstallation } from '../../gateway/cli/demo/installation.ts';
import { run } from '../../gateway/cli/secret.ts';
import { readMasterKeys } from '../../gateway/io/master-key.ts';
import { makeSoftCards, pin, softModule, type SoftCards } from '../client/soft-card.ts';
import { root } from '../quality/checks.ts';
import { describeWith } from '../support/programs.ts';

const launcher = join(root, 'gateway/cli/sluis.mjs');

describeWith('softhsm2-util', 'master keys in an HSM', () => {
  let hsm: SoftCards;
  let keyFile: string;
  let uri: string;
  let newUri: string;
  let files: readonly string[];
  let installation: Installation;
  let plainSecret: string;

  const put = (name: string, content: string): string => {
    const path = join(hsm.folder, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  };
  const uriOf = (token: string, pinFile: string): string =>
    `pkcs11:token=${token};object=master;type=private?module-path=${softModule}&pin-source=file:${pinFile}`;
  const environment = (by: string): Record<string, string> => ({
    ...(hsm.environment as Record<string, string>),
    SLUIS_MASTER_KEY_FILE: keyFile,
    SLUIS_MASTER_KEY_PKCS11: by,
  });
  async function secret(args: readonly string[], by = uri) {
    let out = '';
    let error = '';
    const write = (text: string): unknown => (out += text);
    const writeError = (text: string): unknown => (error += text);
    const code = await run(args, { write, writeError, terminal: false, environment: environment(by) });
    return { code, out, error };
  }
  const check = (by: string) =>
    spawnSync(process.execPath, [launcher, 'config', 'check', '--config', installation.configFile], {
      encoding: 'utf8',
      env: environment(by),
      timeout: 30_000,
    });

  beforeAll(async () => {
    hsm = makeSoftCards();
    keyFile = join(hsm.folder, 'master.keys');
    const pinFile = put('pin', `${pin}\n`);
    for (const token of ['old-hsm', 'new-hsm']) {
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      const key = privateKey.export({ type: 'pkcs8', format: 'pem' });
      hsm.put(token, [{ label: 'master', id: '01', key }]);
    }
    [uri, newUri] = [uriOf('old-hsm', pinFile), uriOf('new-hsm', pinFile)];
    const directory = join(hsm.folder, 'site');
    installation = await makeInstallation({ directory, laptops: [] }, Date.now());
    plainSecret = readFileSync(installation.secretFile, 'utf8');
    files = ['server.key', 'operator-api.token', 'pseudonym.key', 'nas.secret'].map(name => join(directory, name));
  });
  afterAll(() => hsm.remove());

  it('keeps the file closed to whoever has nothing but the file', async () => {
    const { code, out } = await secret(['new-key', keyFile, '--pkcs11', uri], '');
    expect(code).toBe(0);
    expect(out).toContain('wrapped by the HSM\n');
    expect(out).toContain('Name the same URI in SLUIS_MASTER_KEY_PKCS11');
    expect(readFileSync(keyFile, 'utf8')).toMatch(/^sluis-wrapped\/1 [^\n]+\n$/);
    expect(statSync(keyFile).mode % 0o1000).toBe(0o600);
    expect(await secret(['seal', ...files])).toMatchObject({ code: 0, error: '' });
    const shown = await secret(['show', installation.secretFile, '--force']);
    expect(shown).toMatchObject({ code: 0, error: '' });
    const without = await secret(['show', installation.secretFile, '--force'], '');
    expect(without).toMatchObject({ code: 1, out: '' });
    expect(without.error).toContain('no token is named – name that key in SLUIS_MASTER_KEY_PKCS11');
    chmodSync(keyFile, 0o640);
    expect((await secret(['show', installation.secretFile, '--force'])).error).toContain(`chmod 600 ${keyFile}`);
    chmodSync(keyFile, 0o600);
  });

  it('rotates the master key: a second wrapped line, sealed again, and the first taken out', async () => {
    expect((await secret(['new-key', keyFile])).out).toContain('wrapped by the HSM, first of 2');
    expect(await secret(['rotate', ...files])).toMatchObject({ code: 0, error: '' });
    const [newest = ''] = readFileSync(keyFile, 'utf8').split('\n');
    writeFileSync(keyFile, `${newest}\n`);
    const checked = await secret(['check', '--config', installation.configFile]);
    expect(checked).toMatchObject({ code: 0, error: '' });
    expect(checked.out).toContain('4 secret files, 0 with findings');
  });

  it('moves to another HSM: the same keys wrapped anew, and the sealed files untouched', async () => {
    const before = files.map(file => readFileSync(file, 'utf8'));
    const early = await secret(['new-key', keyFile, '--pkcs11', newUri]);
    expect(early).toMatchObject({ code: 1, out: '' });
    expect(early.error).toContain('and the URI names');
    expect((await secret(['wrap', keyFile, '--pkcs11', newUri])).out).toContain('1 master key wrapped by HSM key ');
    const old = await secret(['check', '--config', installation.configFile]);
    expect(old.out).toContain('another key of an HSM wrapped the master keys');
    expect(await secret(['check', '--config', installation.configFile], newUri)).toMatchObject({ code: 0, error: '' });
    expect(files.map(file => readFileSync(file, 'utf8'))).toEqual(before);
    expect(await secret(['wrap', keyFile, '--pkcs11', uri], newUri)).toMatchObject({ code: 0, error: '' });
  });

  it('takes over keys that stood in plain text, and lets no plain one in beside them', async () => {
    const file = join(hsm.folder, 'plain.keys');
    await secret(['new-key', file], '');
    const plainly = { ...environment(''), SLUIS_MASTER_KEY_FILE: file };
    const keys = readMasterKeys(plainly);
    expect(keys).toHaveProperty('keys');
    expect(readMasterKeys({ ...plainly, SLUIS_MASTER_KEY_PKCS11: uri })).toEqual({
      because: `"${file}" holds its master keys in plain text, though SLUIS_MASTER_KEY_PKCS11 names a token`,
      remedy: `sluis secret wrap ${file} --pkcs11 "$SLUIS_MASTER_KEY_PKCS11"`,
    });
    expect((await secret(['new-key', file])).error).toContain(`first "sluis secret wrap ${file} --pkcs11 URI"`);
    const { out } = await secret(['wrap', file, '--pkcs11', uri]);
    expect(out).toContain('they stood here in plain text: "sluis secret new-key", then rotate');
    expect(readMasterKeys({ ...plainly, SLUIS_MASTER_KEY_PKCS11: uri })).toEqual(keys);
    expect((await secret(['new-key', file], '')).error).toContain('name that key with --pkcs11');
    const mixed = put('mixed.keys', `${readFileSync(file, 'utf8')}${'A'.repeat(43)}\n`);
    expect(readMasterKeys({ SLUIS_MASTER_KEY_FILE: mixed })).toMatchObject({
      because: `"${mixed}" holds master keys in plain text beside wrapped ones`,
    });
  });

  it('knows when the name of a wrapped key was changed', async () => {
    const line = readFileSync(keyFile, 'utf8');
    const file = put('renamed.keys', line.replace(/ [0-9a-f]{8} /, ' 00000000 '));
    expect(readMasterKeys({ ...environment(uri), SLUIS_MASTER_KEY_FILE: file })).toMatchObject({
      because: `line 1 of "${file}" was changed`,
    });
    for (const bad of ['sluis-wrapped/2 x', line.replace('oaep-', 'none-'), line.slice(0, 60)]) {
      const found = readMasterKeys({ ...environment(uri), SLUIS_MASTER_KEY_FILE: put('bad.keys', bad) });
      expect(found).toMatchObject({ because: expect.stringContaining('line 1 of') as string });
    }
  });

  it('starts a gateway that takes nothing but sealed secrets, and says nothing of any key', {
    timeout: 60_000,
  }, async () => {
    const plain = readFileSync(installation.configFile, 'utf8');
    writeFileSync(installation.configFile, `secrets: sealed-only\n${plain}`);
    const gateway = await startGatewayProcess(installation.configFile, environment(uri));
    try {
      const server = `127.0.0.1:${gateway.ports.authentication}`;
      const asConcentrator = ['--server', server, '--secret-file', put('concentrator.secret', plainSecret)];
      const probe = spawnSync(process.execPath, [launcher, 'radius', 'probe', 'status', ...asConcentrator], {
        encoding: 'utf8',
      });
      expect(probe.stdout).toMatch(/^answered after 1 round trip/);
    } finally {
      expect(await gateway.stop()).toBe(0);
    }
    const log = gateway.lines().join('\n');
    expect(log).not.toContain(plainSecret);
    const found = readMasterKeys(environment(uri));
    if (!('keys' in found)) throw new Error(found.because);
    for (const { key } of found.keys) {
      const octets = Buffer.from(key);
      for (const text of [octets.toString('base64url'), octets.toString('base64'), octets.toString('hex')]) {
        expect(log).not.toContain(text);
      }
    }
    expect(log).not.toMatch(new RegExp(`\\b${pin}\\b`));

    const [, token = ''] = files;
    const sealed = readFileSync(token);
    writeFileSync(token, 't'.repeat(32));
    const { status, stdout, stderr } = check(uri);
    expect(status).toBe(2);
    expect(stdout + stderr).toContain(
      `"${token}" is plain text, and secrets says sealed-only – sluis secret seal ${token}`,
    );
    const told = await secret(['check', '--config', installation.configFile]);
    expect(told.out).toMatch(/^plain .*operator-api\.token.*: plain text: sluis secret seal$/m);
    expect(told.error).toContain(`sluis secret seal ${token}`);
    writeFileSync(token, sealed);
  });

  it('does not start with a wrong PIN or without its token, and says what to do', () => {
    const wrong = check(uriOf('old-hsm', put('wrong-pin', 'no-such-pin')));
    expect(wrong.status).toBe(2);
    expect(wrong.stdout + wrong.stderr).toContain('the HSM refused the PIN – correct the PIN before you try again');
    expect(wrong.stdout + wrong.stderr).not.toContain('no-such-pin');
    hsm.takeOut();
    const away = check(uri);
    hsm.putBack();
    expect(away.stdout + away.stderr).toContain('the HSM has no such token – connect it');
    expect(check(uri)).toMatchObject({ status: 0 });
  });

  it('survives a module that brings its process down', { timeout: 40_000 }, async () => {
    // SoftHSM waits for its settings: nobody writes into this pipe.
    const pipe = join(hsm.folder, 'softhsm-pipe');
    execFileSync('mkfifo', [pipe]);
    const command = spawn(process.execPath, [launcher, 'secret', 'show', installation.secretFile, '--force'], {
      env: { ...environment(uri), SOFTHSM2_CONF: pipe },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [command.stdout, command.stderr])
      stream.on('data', (text: Buffer) => (said += text.toString()));
    const closed = once(command, 'close');
    process.kill(await holderOf(pipe), 'SIGSEGV');
    const [code] = (await closed) as [number];
    expect(code).toBe(1);
    expect(said).toContain('the PKCS #11 module broke down (ended with SIGSEGV) – try it with "pkcs11-tool');
  });
});

/** The child process that was told of these settings, once it has loaded the module and waits in it. */
async function holderOf(settings: string): Promise<number> {
  for (let round = 0; round < 200; round += 1) {
    for (const name of readdirSync('/proc').filter(each => /^\d+$/.test(each))) {
      try {
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8');
        if (!command.includes('hsm-child.ts')) continue;
        if (!readFileSync(`/proc/${name}/environ`, 'utf8').includes(`SOFTHSM2_CONF=${settings}`)) continue;
        if (readFileSync(`/proc/${name}/maps`, 'utf8').includes(basename(softModule))) return Number(name);
      } catch {
        // It ended while it was looked at, or is not ours.
      }
    }
    await setTimeout(50);
  }
  throw new Error('no child process was started');
}
