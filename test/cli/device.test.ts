// `sluis device` on a real configuration and a real register: what it prints, what it writes, what it refuses.

import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../gateway/cli/device.ts';

const key = 'a'.repeat(64);
const header = 'name,key,serial,owner,class,state,enrolled,note\n';
const good = `${header}pc-1,${key},SN1,An,laptop,active,2026-01-31,\npc-2,,,,laptop,stolen,,train\n`;
const today = new Date().toISOString().slice(0, 10);

let directory: string;
let config: string;
let register: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluis-device-'));
  const put = (name: string, text: string): string => {
    writeFileSync(join(directory, name), text, { mode: 0o600 });
    return join(directory, name);
  };
  const pem = '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n';
  for (const name of ['server.pem', 'server.key']) put(name, pem);
  for (const name of ['token', 'pseudonym.key', 'nas.secret']) put(name, 'x'.repeat(40));
  put('machine.yaml', 'id: machine\n');
  register = put('devices.csv', good);
  config = put(
    'sluis.yaml',
    `name: gw.example
eap: { certificate: server.pem, key: server.key }
agent-api: { certificate: server.pem, key: server.key }
radius: {}
operator-api: { token-file: token }
store: { path: sluis.db }
policies: policies
identity: { profiles: [machine.yaml], pseudonym-key-file: pseudonym.key }
devices:
  register: devices.csv
  listed: { pc-9: { class: laptop } }
nas:
  - { name: vpn-1, address: 192.0.2.1, secret-file: nas.secret }
`,
  );
});

afterEach(() => rmSync(directory, { recursive: true }));

async function device(...args: readonly string[]) {
  let out = '';
  let error = '';
  const code = await run([...args, '--config', config], {
    write: text => (out += text),
    writeError: text => (error += text),
  });
  return { code, out, error };
}

const written = () => readFileSync(register, 'utf8');

describe('sluis device', () => {
  it('lists and shows', async () => {
    const list = await device('list');
    expect(list.code).toBe(0);
    expect(list.out.split('\n').map(line => line.split(/ {2,}/).slice(0, 3))).toEqual([
      ['NAME', 'STATE', 'CLASS'],
      ['pc-1', 'active', 'laptop'],
      ['pc-2', 'stolen', 'laptop'],
      [''],
    ]);
    expect((await device('list', '--state', 'stolen')).out).not.toContain('pc-1');
    expect(JSON.parse((await device('list', '--json')).out)).toHaveLength(2);
    expect((await device('show', 'pc-1')).out).toContain(`key       ${key}\nserial    SN1\n`);
    expect((await device('show', key)).out).toContain('name      pc-1\n');
    expect(await device('show', 'pc-3')).toMatchObject({ code: 1, error: `pc-3 is not in ${register}\n` });
  });

  it('sets a state, says what changed, and keeps the mode of the file', async () => {
    for (const mode of [0o600, 0o640]) {
      chmodSync(register, mode);
      const note = `from a car, ${mode}`;
      const set = await device('set-state', 'pc-1', 'stolen', '--note', note);
      expect(set).toMatchObject({ code: 0, error: '' });
      expect(set.out).toContain(`→ ${note}\n${register}: 0 active, 2 stolen, 0 retired\n`);
      expect(statSync(register).mode % 0o1000).toBe(mode);
    }
    expect(written()).toBe(good.replace('active,2026-01-31,', 'stolen,2026-01-31,"from a car, 416"'));
    expect((await device('set-state', 'pc-2', 'stolen', '--note', 'train')).out).toBe('Nothing changed.\n');
  });

  it('enrols a new machine, and one that was known by name', async () => {
    const colons = (digit: string) => Array.from({ length: 32 }, () => `${digit}${digit}`).join(':');
    const added = await device('enrol', 'pc-3', '--key', colons('B'), '--class', 'laptop');
    expect(added).toMatchObject({ code: 0, error: '' });
    expect(written()).toBe(`${good}pc-3,${'b'.repeat(64)},,,laptop,active,${today},\n`);
    // A stolen machine does not come back by a key.
    await device('enrol', 'pc-2', '--key', colons('c'), '--class', 'laptop');
    expect(written()).toContain(`pc-2,${'c'.repeat(64)},,,laptop,stolen,${today},train\n`);
    const again = ['enrol', 'pc-1', '--key', colons('d'), '--class', 'laptop'];
    expect(await device(...again)).toMatchObject({ code: 1, out: '' });
    expect((await device(...again, '--replace-key')).out).toContain(`pc-1: key ${key} → ${'d'.repeat(64)}\n`);
  });

  it('imports, without taking anything away', async () => {
    const file = join(directory, 'assets.csv');
    writeFileSync(file, 'name,class,state,owner\r\npc-2,laptop,active,Bo\r\npc-4,desktop,active,\r\n');
    const imported = await device('import', file);
    expect(imported).toMatchObject({ code: 0, error: '' });
    expect(imported.out).toContain('pc-2: not taken back into service');
    expect(imported.out).toContain('pc-2: owner - → Bo\npc-4: class - → desktop\npc-4: state - → active\n');
    expect(written()).toBe(
      `${good.replace('pc-2,,,,laptop,stolen', 'pc-2,,,Bo,laptop,stolen')}pc-4,,,,desktop,active,,\n`,
    );
  });

  it.each([
    ['a key that is none', ['enrol', 'pc-3', '--key', 'abc', '--class', 'laptop'], 2, 'is not the SHA-256 of the key'],
    ['a class that is none', ['enrol', 'pc-3', '--key', 'b'.repeat(64), '--class', 'My PC'], 2, 'column "class"'],
    [
      'a machine of the configuration',
      ['enrol', 'pc-9', '--key', 'b'.repeat(64), '--class', 'x'],
      2,
      'devices: listed',
    ],
    ['the key of another', ['enrol', 'pc-3', '--key', key, '--class', 'laptop'], 1, 'pc-1 has that key already'],
    ['a state that is none', ['set-state', 'pc-1', 'lost', '--note', 'x'], 2, '"lost" is no state'],
    ['a state without a word why', ['set-state', 'pc-1', 'stolen'], 2, '--note TEXT'],
    ['a machine that is not there', ['set-state', 'pc-3', 'stolen', '--note', 'x'], 1, 'pc-3 is not in the register'],
    ['a note that steers the terminal', ['set-state', 'pc-1', 'stolen', '--note', '\u001B[2J'], 2, 'control character'],
    ['a file that is not there', ['import', '/nowhere/assets.csv'], 2, 'ENOENT'],
    ['an option of another command', ['list', '--note', 'x'], 2, 'Usage: sluis device list'],
    ['too many words', ['show', 'pc-1', 'pc-2'], 2, 'Usage: sluis device list'],
    ['an option that there is not', ['list', '--frob'], 2, '--frob'],
  ])('refuses %s, and changes nothing', async (_, args, code, error) => {
    const refused = await device(...args);
    expect(refused).toMatchObject({ code, out: '' });
    expect(refused.error).toContain(error);
    expect(written()).toBe(good);
  });

  it('names the problems of a broken register and of a broken import with their lines', async () => {
    writeFileSync(register, `${good}pc-2,,,,laptop,active,,\n`);
    expect((await device('list')).error).toContain(`${register}:4: name "pc-2" stands on line 3 already`);
    writeFileSync(register, good);
    const file = join(directory, 'assets.csv');
    writeFileSync(file, 'name;class;state\n');
    expect(await device('import', file)).toMatchObject({ code: 2, out: '' });
    expect((await device('import', file)).error).toContain(`${file}:1: the columns are separated by ";"`);
  });

  it('says so when the configuration names no register', async () => {
    writeFileSync(config, readFileSync(config, 'utf8').replace('  register: devices.csv\n', ''));
    expect((await device('list')).error).toContain('names no device register');
  });
});
