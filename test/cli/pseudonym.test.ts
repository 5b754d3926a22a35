// `sluis person pseudonym | rotation` on a whole installation with a directory beside it: a change of key, from its first day to
// the last.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Installation, makeInstallation } from '../../gateway/cli/demo/installation.ts';
import { run } from '../../gateway/cli/pseudonym.ts';
import { pseudonymOf } from '../../gateway/identity/pseudonym.ts';
import { groups, people, reader } from '../contracts/directory-people.ts';
import { type StandIn, startStandIn } from '../io/directory-standin.ts';

const numbers = ['85073003328', '00012556777'];
let folder: string;
let server: StandIn;
let installation: Installation;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluis-pseudonym-'));
  server = await startStandIn();
  installation = await makeInstallation({ directory: folder, laptops: [] }, Date.now());
  writeFileSync(join(folder, 'ca.pem'), server.ca);
  const secrets = { 'directory.password': reader.password, 'pseudonym-2.key': 'n'.repeat(40) };
  for (const [name, text] of Object.entries(secrets)) writeFileSync(join(folder, name), text, { mode: 0o600 });
  configure(
    'nas:',
    `directory:
  servers: ldaps://localhost:${server.port}
  ca-file: ca.pem
  bind: { dn: "${reader.dn}", password-file: directory.password }
  kind: active-directory
  people: { base: "${people}", attribute: employeeNumber }
  groups: { base: "${groups}" }
nas:`,
  );
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

function configure(from: string, to: string): void {
  const before = readFileSync(installation.configFile, 'utf8');
  if (!before.includes(from)) throw new Error(`no "${from}"`);
  writeFileSync(
    installation.configFile,
    before.replace(from, () => to),
  );
}

async function told(args: readonly string[], input = '') {
  let [output, errors] = ['', ''];
  const code = await run([...args, '--config', installation.configFile], {
    write: text => (output += text),
    writeError: text => (errors += text),
    read: async () => input,
  });
  return { code, output, errors };
}

const keyIn = (name: string) => Buffer.from(readFileSync(join(folder, name), 'utf8').trim());
const expected = (id: string, name: string) =>
  numbers.map(number => pseudonymOf({ id, key: keyIn(name) }, 'main', `PNOBE-${number}`));
const entry = (uid: string, held: readonly string[]) => ({
  dn: `uid=${uid},${people}`,
  attributes: { uid: [uid], employeeNumber: held, userAccountControl: ['512'] },
});

describe('with one key', () => {
  it('computes what the gateway would call the holders of these numbers', async () => {
    const { code, output, errors } = await told(['pseudonym'], `${numbers.join('\r\n')}\n\n`);
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    expect(output).toBe(`${expected('k1', 'pseudonym.key').join('\n')}\n`);
  });

  it('names the line of what is no number, and never the number', async () => {
    const wrong = '85073003329';
    const { code, output, errors } = await told(['pseudonym'], `${numbers[0] ?? ''}\n${wrong}\n`);
    expect(code).toBe(1);
    expect(output).toBe(`${expected('k1', 'pseudonym.key')[0] ?? ''}\n`);
    expect(errors).toMatch(/^line 2: no identifier of profile be-eid-test /);
    expect(output + errors).not.toContain(wrong);
  });

  it('takes no number as an argument, and no key or profile that is none', async () => {
    expect((await told(['pseudonym', numbers[0] ?? ''])).code).toBe(2);
    expect((await told(['pseudonym', '--key', 'k2'])).errors).toContain('the configuration has k1');
    expect((await told(['pseudonym', '--profile', 'machine'])).errors).toContain('--profile be-eid-test');
    expect((await told([])).code).toBe(2);
  });
});

describe('while the key changes', () => {
  const newer = () => expected('k2', 'pseudonym-2.key');

  it('shows both, and counts who is known by the older one alone', async () => {
    const older = expected('k1', 'pseudonym.key');
    server.add(entry('first', older.slice(0, 1)));
    server.add(entry('second', older.slice(1)));
    configure(
      'pseudonym-key-file: pseudonym.key',
      `pseudonym-keys: [{ id: k2, file: pseudonym-2.key }, { id: k1, file: pseudonym.key }]
  installation-key-file: pseudonym.key`,
    );
    const { output } = await told(['pseudonym'], numbers.join('\n'));
    expect(output).toBe(
      newer()
        .map((each, index) => `${each}\t${older[index] ?? ''}\n`)
        .join(''),
    );
    expect((await told(['pseudonym', '--key', 'k2'], numbers.join('\n'))).output).toBe(`${newer().join('\n')}\n`);
    const counted = await told(['rotation']);
    expect(counted).toMatchObject({ code: 1, errors: '' });
    expect(counted.output).toMatch(/^k2 +0 +0$/m);
    expect(counted.output).toMatch(/^k1 +2 +0$/m);
    expect(counted.output).toContain('2 known by an older key alone.');
  });

  it('is over once everybody holds the newer one, the older one beside it or not', async () => {
    const older = expected('k1', 'pseudonym.key');
    const [first = '', second = ''] = newer();
    server.add(entry('first', [...older.slice(0, 1), first]));
    server.add(entry('second', [second]));
    const { code, output } = await told(['rotation']);
    expect(output).toContain('Everybody is known by the newest key.');
    expect(code).toBe(0);
  });

  it('says so when the directory does not answer', async () => {
    await server.stop();
    expect(await told(['rotation'])).toMatchObject({ code: 2, output: '' });
  });
});
