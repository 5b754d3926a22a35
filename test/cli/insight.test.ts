// The insight commands against a real operator API over a real store: what they print, and how they end.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run as auditVerify } from '../../gateway/cli/audit-verify.ts';
import { run as denials } from '../../gateway/cli/denials.ts';
import type { Surroundings } from '../../gateway/cli/read-client.ts';
import { run as session } from '../../gateway/cli/session.ts';
import { type EmbeddedStore, openEmbeddedStore } from '../../gateway/io/embedded-store.ts';
import { openLog } from '../../gateway/io/log.ts';
import { listenOperatorApi, type OperatorApi } from '../../gateway/io/operator-api.ts';
import {
  attestation,
  decision,
  deviceHash,
  draft,
  now,
  session as sampleSession,
} from '../contracts/admission-store-samples.ts';

const token = 'town-token-0123456789-abcdef';
let directory: string;
let storePath: string;
let tokenFile: string;
let store: EmbeddedStore;
let api: OperatorApi;
let url: string;
let config: string;

const refusal = decision({
  outcome: 'deny',
  reasons: ['requirement-failed'],
  results: [
    {
      check: 'disk-encrypted',
      result: 'fail',
      outcome: 'deny',
      reason: 'requirement-failed',
      fact: 'disk.encrypted',
      value: 'no',
      limit: 'yes',
      source: 'report: bitlocker',
      text: { nl: '-', fr: '-', de: '-', en: '-' },
    },
  ],
  smallestChange: ['disk-encrypted'],
});

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluis-cli-'));
  storePath = join(directory, 'sluis.db');
  tokenFile = join(directory, 'token');
  await writeFile(tokenFile, `${token}\n`, { mode: 0o600 });
  await writeFile(join(directory, 'empty'), '\n');
  await writeFile(join(directory, 'wrong'), 'another-token-0123456789');
  store = await openEmbeddedStore({ path: storePath, writer: 'gateway-1' });
  const device = { device: deviceHash, person: 'p-7f3a' };
  const started = sampleSession('S-1', { ...device, deviceName: 'LT-0042', state: 'started', startedAt: now });
  const change = {
    kind: 'disconnect',
    because: 'operator',
    askedAt: now + 2000,
    state: 'refused',
    stateAt: now + 3000,
    word: 'Administratively-Prohibited',
  } as const;
  const nameless = sampleSession('S-2', {
    change,
    device: 'd2'.repeat(32),
    decidedAt: now + 1000,
    userName: 'bo\u001b[31m\n',
  });
  for (const each of [started, nameless]) {
    await store.commit({ tenant: 'town', at: now, session: { session: each, expectedVersion: 0 } });
  }
  const failures = [{ check: 'disk-encrypted', result: 'fail' }] as const;
  const denied = {
    outcome: 'deny',
    reasons: ['requirement-failed'],
    failures,
    nas: 'vpn-1',
    decision: refusal,
  } as const;
  await store.commit({
    tenant: 'town',
    at: now,
    attestation: attestation(1),
    decision: draft('D-1', { ...denied, ...device }),
  });
  const bad = {
    kind: 'refusal',
    outcome: 'deny',
    reasons: ['certificate-expired'],
    detail: 'CN=x\u0007',
    at: now + 1,
  } as const;
  await store.commit({ tenant: 'town', at: now, decision: draft('D-2', { ...bad, caseCode: 'KLMNPR' }) });
  await store.commit({ tenant: 'town', at: now, decision: draft('D-3', { caseCode: 'TVWXBC' }) });
  api = await listenOperatorApi({
    address: '127.0.0.1',
    port: 0,
    tokens: [{ name: 'reader', rights: ['read'], token, tenant: 'town' }],
    store,
    acts: {},
    meterText: async () => '',
    health: () => ({ ready: true, reasons: [] }),
    log: openLog({ gateway: 'g', level: 'silent' }),
  });
  url = `http://127.0.0.1:${api.port}`;
  config = await writeConfig(api.port);
});

afterAll(async () => {
  await api.close();
  await store.close();
  await rm(directory, { recursive: true });
});

/** A configuration that names this operator API and this store. */
async function writeConfig(port: number): Promise<string> {
  const files = {
    'cert.pem': '-----BEGIN CERTIFICATE-----',
    'key.pem': '-----BEGIN PRIVATE KEY-----',
    key: 'k'.repeat(40),
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text, { mode: 0o600 });
  const path = join(directory, 'sluis.yaml');
  await writeFile(
    path,
    `name: gateway-1
tenant: town
radius: { address: 127.0.0.1 }
eap: { certificate: cert.pem, key: key.pem }
agent-api: { certificate: cert.pem, key: key.pem }
operator-api: { address: 0.0.0.0, port: ${port}, token-file: token }
store: { path: sluis.db }
policies: policies
identity: { profiles: [key], pseudonym-key-file: key }
nas:
  - { name: vpn-1, address: 192.0.2.1, secret-file: key }
`,
  );
  return path;
}

type Command = (args: readonly string[], around: Surroundings) => Promise<number>;

async function run(command: Command, args: readonly string[], around: Surroundings = {}) {
  let [output, errors] = ['', ''];
  const code = await command(args, {
    write: text => (output += text),
    writeError: text => (errors += text),
    ...around,
  });
  return { code, output, errors };
}

const here = () => ['--url', url, '--token-file', tokenFile];

describe('session', () => {
  it('lists sessions in aligned columns', async () => {
    const { code, output, errors } = await run(session, ['list', ...here()]);
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    expect(output).toBe(
      [
        'DECIDED               STATE              OUTCOME  CHANGE              PERSON  DEVICE         NAS    USER NAME          CASE    ID',
        '2026-03-02 08:00:01Z  decided            grant    disconnect refused  -       d2d2d2d2d2d2…  vpn-1  bo\\u{1b}[31m\\u{a}  BCDFHJ  S-2',
        '2026-03-02 08:00:00Z  started, not-seen  grant    -                   p-7f3a  LT-0042        vpn-1  an                 BCDFHJ  S-1',
        '',
      ].join('\n'),
    );
  });

  it('misses one that its concentrator has been silent about, and no other', async () => {
    const started = await store.session('town', 'S-1');
    if (started === undefined) throw new Error('no session S-1');
    const write = (fields: Partial<typeof started>, expectedVersion: number) =>
      store.commit({
        tenant: 'town',
        at: now,
        session: { session: { ...started, ...fields, version: expectedVersion + 1 }, expectedVersion },
      });
    await write({ lastSeenAt: Date.now() - 29 * 60_000 }, started.version);
    expect((await run(session, ['show', 'S-1', ...here()])).output).toMatch(/^state +started$/m);
    await write({}, started.version + 1);
    expect((await run(session, ['show', 'S-1', ...here()])).output).toMatch(/^state +started, not-seen$/m);
  });

  it('lists those of a state and of a device', async () => {
    const ids = async (...args: string[]) => {
      const { output } = await run(session, ['list', '--json', ...args, ...here()]);
      return (JSON.parse(output) as { id: string }[]).map(({ id }) => id);
    };
    expect(await ids()).toEqual(['S-2', 'S-1']);
    expect(await ids('--limit', '1')).toEqual(['S-2']);
    expect(await ids('--state', 'started')).toEqual(['S-1']);
    expect(await ids('--device', deviceHash)).toEqual(['S-1']);
    expect((await run(session, ['list', '--state', 'stopped', ...here()])).output).toBe('No sessions.\n');
  });

  it('shows one', async () => {
    const { code, output } = await run(session, ['show', 'S-1', ...here()]);
    expect(code).toBe(0);
    for (const line of [
      'session      S-1',
      'state        started, not-seen',
      'outcome      grant',
      'device       LT-0042',
      'NAS          vpn-1 (group vpn)',
    ]) {
      expect(output.split('\n')).toContain(line);
    }
    const changed = await run(session, ['show', 'S-2', ...here()]);
    for (const line of [
      'change       disconnect, because operator',
      'asked        2026-03-02 08:00:02Z',
      'answer       refused (Administratively-Prohibited), 2026-03-02 08:00:03Z',
    ]) {
      expect(changed.output.split('\n')).toContain(line);
    }
    for (const id of ['S-1', 'S-2']) {
      const json = await run(session, ['show', id, '--json', ...here()]);
      expect(JSON.parse(json.output)).toEqual(await store.session('town', id));
    }
  });

  it('ends with 1 when there is none of that id', async () => {
    const { code, output, errors } = await run(session, ['show', 'S-9', ...here()]);
    expect({ code, output }).toEqual({ code: 1, output: '' });
    expect(errors).toContain('sluis session list');
  });
});

describe('denials', () => {
  it('lists the refused ones, with their reasons', async () => {
    const { code, output } = await run(denials, ['list', ...here()]);
    expect(code).toBe(0);
    expect(output).toBe(
      [
        'TIME                  CASE    OUTCOME  PERSON  DEVICE   NAS    REASONS              FAILED',
        '2026-03-02 08:00:00Z  KLMNPR  deny     -       -        -      certificate-expired',
        '2026-03-02 08:00:00Z  BCDFHJ  deny     p-7f3a  LT-0042  vpn-1  requirement-failed   disk-encrypted',
        '',
      ].join('\n'),
    );
    const limited = await run(denials, ['list', '--limit', '1', '--json', ...here()]);
    expect(JSON.parse(limited.output)).toMatchObject([{ id: 'D-2' }]);
  });

  it.each(['D-1', 'BCDFHJ', 'bcd-fhj'])('shows the one called %s, with what would have to change', async name => {
    const { code, output } = await run(denials, ['show', name, ...here()]);
    expect(code).toBe(0);
    expect(output).toContain('reasons      requirement-failed\n');
    expect(output).toContain('device       LT-0042\n');
    expect(output).toContain(
      'CHECK           RESULT  SEEN  REQUIRED  SOURCE\ndisk-encrypted  fail    no    yes       report: bitlocker\n',
    );
    expect(output).toContain('To be granted: disk-encrypted\n');
  });

  it('shows a refusal that never reached a decision', async () => {
    const { output } = await run(denials, ['show', 'KLMNPR', ...here()]);
    expect(output).toContain('detail       CN=x\\u{7}\n');
    expect(output).not.toContain('CHECK');
  });

  it('ends with 1 for a case that is none, and for a grant', async () => {
    for (const name of ['XXXXXX', 'D-3', 'TVWXBC']) {
      expect(await run(denials, ['show', name, ...here()])).toMatchObject({ code: 1, output: '' });
    }
  });
});

describe.each([
  ['session', session],
  ['denials', denials],
] as const)('%s, when it cannot ask', (_, command) => {
  const stopped = async (args: readonly string[], around: Surroundings, told: string) => {
    const { code, output, errors } = await run(command, args, around);
    expect({ code, output }).toEqual({ code: 2, output: '' });
    expect(errors).toContain(told);
    expect(errors.endsWith('\n')).toBe(true);
  };

  it('shows its usage for arguments that it does not know', async () => {
    for (const args of [
      [],
      ['dance'],
      ['list', 'more', ...here()],
      ['show', ...here()],
      ['show', 'a', 'b', ...here()],
      ['list', '--colour'],
    ]) {
      await stopped(args, {}, 'Usage: sluis ');
    }
  });

  it('says what is missing of the connection', async () => {
    await stopped(['list'], {}, 'Which gateway');
    await stopped(['list', '--url', url], {}, 'Which gateway');
    await stopped(['list', '--token-file', tokenFile], {}, 'Which gateway');
    await stopped(['list', '--url', 'gateway', '--token-file', tokenFile], {}, 'http://HOST:PORT');
    await stopped(['list', '--url', url, '--token-file', join(directory, 'none')], {}, 'ENOENT');
    await stopped(['list', '--url', url, '--token-file', join(directory, 'empty')], {}, 'is empty');
  });

  it('says that the token is wrong', async () => {
    await stopped(['list', '--url', url, '--token-file', join(directory, 'wrong')], {}, 'does not know this token');
  });

  it('says that a question was wrong', async () => {
    await stopped(['list', '--limit', '0', ...here()], {}, 'answered 400');
  });

  it('says that nobody answers, or somebody else', async () => {
    await stopped(['list', '--url', 'http://127.0.0.1:1', '--token-file', tokenFile], {}, 'is the gateway running');
    const other = createServer((_, response) => response.end('<html>'));
    await new Promise<void>(done => other.listen(0, '127.0.0.1', done));
    const bound = other.address();
    const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
    await stopped(['list', '--url', `http://127.0.0.1:${port}`, '--token-file', tokenFile], {}, 'not the operator API');
    other.close();
  });

  it('takes the connection from the configuration of the gateway', async () => {
    expect(await run(command, ['list', '--config', config])).toMatchObject({ code: 0, errors: '' });
  });

  it('takes what the configuration says, unless an argument says otherwise', async () => {
    const around: Surroundings = { connectionFromConfig: async () => ({ url, token }) };
    expect((await run(command, ['list', '--config', 'sluis.yaml'], around)).code).toBe(0);
    const wrong = ['--token-file', join(directory, 'wrong')];
    await stopped(['list', '--config', 'sluis.yaml', ...wrong], around, 'does not know this token');
    const broken: Surroundings = { connectionFromConfig: () => Promise.reject(new Error('line 3: what is this')) };
    await stopped(['list', '--config', 'sluis.yaml'], broken, 'line 3');
    await stopped(['list', '--config', join(directory, 'none.yaml')], {}, 'cannot be read');
  });
});

describe('audit verify', () => {
  it('finds the chain whole, beside the running gateway', async () => {
    expect(await run(auditVerify, ['--store', storePath])).toEqual({
      code: 0,
      output: '3 records, every chain holds.\n',
      errors: '',
    });
    expect((await run(auditVerify, ['--config', config, '--json'])).output).toBe('{"records":3}\n');
  });

  it('ends with 1 and names the place when a record was changed', async () => {
    const copy = join(directory, 'copy.db');
    const source = new DatabaseSync(storePath, { readOnly: true });
    source.exec(`VACUUM INTO '${copy}'`);
    source.close();
    const database = new DatabaseSync(copy);
    database.exec(`UPDATE decisions SET body = replace(body, 'certificate-expired', 'certificate-revoked')`);
    database.close();
    const { code, output, errors } = await run(auditVerify, ['--store', copy, '--json']);
    expect(code).toBe(1);
    expect(errors).toContain('writer gateway-1, epoch 1, sequence 2: its body was changed');
    expect(JSON.parse(output)).toMatchObject({ records: 1, broken: errors.split('\n')[1] });
  });

  it('ends with 2 when it cannot look', async () => {
    const foreign = join(directory, 'foreign.db');
    const database = new DatabaseSync(foreign);
    database.exec('CREATE TABLE recipes (title TEXT)');
    database.close();
    const stopped = async (args: readonly string[], told: string) => {
      const { code, output, errors } = await run(auditVerify, args);
      expect({ code, output }).toEqual({ code: 2, output: '' });
      expect(errors).toContain(told);
    };
    await stopped([], 'Usage: sluis audit verify');
    await stopped(['--store', storePath, 'more'], 'Usage');
    await stopped(['--stroe', storePath], '--stroe');
    await stopped(['--config', tokenFile], 'does not say where the store is');
    await stopped(['--store', join(directory, 'none.db')], 'There is no file');
    await stopped(['--store', foreign], 'another program');
    await stopped(['--store', tokenFile], 'not a database');
    await stopped(['--store', join(directory, 'empty')], 'cannot be verified');
  });
});
