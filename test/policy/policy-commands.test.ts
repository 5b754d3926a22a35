// `sluis policy check | test | explain` as they are run: real files, a real store and the real operator API.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { run as check } from '../../gateway/cli/policy-check.ts';
import { run as explain } from '../../gateway/cli/policy-explain.ts';
import { run as test } from '../../gateway/cli/policy-test.ts';
import { type EmbeddedStore, openEmbeddedStore } from '../../gateway/io/embedded-store.ts';
import { openLog } from '../../gateway/io/log.ts';
import { listenOperatorApi, type OperatorApi } from '../../gateway/io/operator-api.ts';
import { evaluate } from '../../gateway/policy/evaluate.ts';
import { decision, session } from '../contracts/admission-store-samples.ts';
import { checkText, fact, healthy, now, policyText, sampleFiles, sampleSet, someone } from './sample-set.ts';

let directory = '';

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluis-policy-'));
});
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

function put(name: string, files: readonly { readonly path: string; readonly text: string }[]): string {
  for (const { path, text } of files) {
    mkdirSync(dirname(join(directory, name, path)), { recursive: true });
    writeFileSync(join(directory, name, path), text);
  }
  return join(directory, name);
}

/** Runs a command; what it wrote and how it ended. */
async function ran(command: (args: readonly string[]) => Promise<number>, ...args: readonly string[]) {
  const written: string[] = [];
  const keep = (text: string | Uint8Array): boolean => written.push(String(text)) > 0;
  const spies = [process.stdout, process.stderr].map(stream => vi.spyOn(stream, 'write').mockImplementation(keep));
  try {
    return { code: await command(args), text: written.join('') };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

const holds = '- test: denied without facts\n  given: { machine.proven: no }\n  expect: { outcome: deny }\n';

describe('sluis policy check', () => {
  it('sums up a good directory', async () => {
    const answer = await ran(check, put('good', sampleFiles));
    expect(answer).toEqual({ code: 0, text: `6 checks, 1 policy, 0 tests, hash ${sampleSet.hash}\n` });
  });

  it('names every problem with file, line and remedy', async () => {
    const bad = put('bad', [
      ...sampleFiles,
      { path: 'access/more.yaml', text: 'policy: more\nowner: x\nfor: everyone\ngives: grant\nrequires: []\n' },
    ]);
    const answer = await ran(check, bad);
    expect(answer.code).toBe(1);
    expect(answer.text).toContain(`${bad}/access/more.yaml:4: "grant" is not a segment name`);
    expect(answer.text).toMatch(/\n1 problem\n$/);
  });

  it.each([[[]], [['a', 'b']], [['--fast', 'a']]])('does not understand %j', async args => {
    const answer = await ran(check, ...args);
    expect(answer).toEqual({
      code: 2,
      text: 'usage: sluis policy check DIR [--config FILE] [--against DIR] [--strict]\n',
    });
  });

  const second = (more: readonly string[]) => ({
    path: 'access/second.yaml',
    text: policyText('second', { disk: 'deny' }, more),
  });
  const strictDisk = {
    path: 'checks/disk.yaml',
    text: checkText('disk', 'disk.encrypted', 'yes', ['if unknown: deny']),
  };
  const withSecond = (...more: readonly string[]) => [
    ...sampleFiles.filter(({ path }) => path !== strictDisk.path),
    strictDisk,
    second(more),
  ];

  it('tells what the analyser finds, with a laptop that shows it', async () => {
    const overlapping = put('overlapping', withSecond());
    const answer = await ran(check, overlapping);
    expect(answer.code).toBe(1);
    expect(answer.text).toContain(`${overlapping}/access/staff.yaml:1: error: "second" and "staff" both fit`);
    expect(answer.text).toContain('    for example: a machine of class some-other-class, of somebody in no group');
  });

  it('fails for a warning only when asked to', async () => {
    const idle = put('idle', withSecond('before: [staff]'));
    expect(await ran(check, idle)).toMatchObject({ code: 0 });
    const strict = await ran(check, idle, '--strict');
    expect(strict.code).toBe(1);
    expect(strict.text).toContain('warning: "staff" never applies: whoever fits it falls in "second" first');
  });

  it('tells what a draft changes', async () => {
    const [old, draft] = [put('old', sampleFiles), put('draft', withSecond('before: [staff]'))];
    expect((await ran(check, old, '--against', old)).text).toContain('no laptop and no person is treated otherwise');
    const { text } = await ran(check, draft, '--against', old);
    expect(text).toContain('changes: quarantine by staff becomes deny by second');
    expect(text).toMatch(/for example: .*disk\.encrypted: no/);
  });

  it('says when there is nothing to read', async () => {
    const answer = await ran(check, join(directory, 'nowhere'));
    expect(answer.code).toBe(1);
    expect(answer.text).toContain('cannot be read');
  });
});

describe('sluis policy test', () => {
  it('shows each test that holds', async () => {
    const answer = await ran(test, put('tested', [...sampleFiles, { path: 'tests/t.yaml', text: holds }]));
    expect(answer.code).toBe(0);
    expect(answer.text).toContain('ok   tests/t.yaml:1: denied without facts\n1 of 1 tests hold\n');
  });

  it('says which requirements no test would miss', async () => {
    const disk =
      '- test: clear\n  given: { machine.proven: yes, device.state: active, disk.encrypted: no }\n  expect: { outcome: quarantine, reasons: [disk] }\n';
    const two = [
      ...sampleFiles.filter(({ path }) => !path.startsWith('access/')),
      { path: 'access/staff.yaml', text: policyText('staff', { machine: 'deny', disk: 'quarantine' }) },
      { path: 'tests/t.yaml', text: disk },
    ];
    const { code, text } = await ran(test, put('covered', two));
    expect(code).toBe(0);
    expect(text).toContain('1 of 2 requirements are covered by a test\n');
    expect(text).toContain('access/staff.yaml:1: taking "machine" out of "staff" breaks no test');
  });

  it('shows the difference of each that does not', async () => {
    const text = `${holds}${holds.replace('outcome: deny', 'outcome: grant')}`;
    const answer = await ran(test, put('failing', [...sampleFiles, { path: 'tests/t.yaml', text }]));
    expect(answer.code).toBe(1);
    expect(answer.text).toContain(
      'FAIL tests/t.yaml:4: denied without facts\n       outcome: expected grant, got deny\n',
    );
    expect(answer.text).toContain('1 of 2 tests hold');
  });

  it('does not pass for tested without a test', async () => {
    expect((await ran(test, put('untested', sampleFiles))).code).toBe(1);
  });
});

describe('sluis policy explain', () => {
  const token = 'town-token-0123456789abcdef';
  let store: EmbeddedStore;
  let api: OperatorApi;
  let asking: readonly string[] = [];
  const refused = evaluate(sampleSet, someone, { ...healthy, 'disk.encrypted': fact(false) }, now);

  beforeAll(async () => {
    store = await openEmbeddedStore({ path: join(directory, 'sluis.db'), writer: 'gateway-1' });
    const { outcome, reasons, results, smallestChange, validUntil, validUntilBecause } = refused;
    const told = decision({
      ...{ outcome, reasons, results, validUntil, validUntilBecause, policy: 'staff', segment: outcome },
      ...(smallestChange === undefined ? {} : { smallestChange }),
    });
    const kept = session('S-1', { decision: told });
    await store.commit({ tenant: 'town', at: now, session: { session: kept, expectedVersion: 0 } });
    api = await listenOperatorApi({
      address: '127.0.0.1',
      port: 0,
      tokens: [{ name: 'reader', rights: ['read'], token, tenant: 'town' }],
      store,
      acts: {},
      meterText: async () => '',
      health: () => ({ ready: true, reasons: [] }),
      log: openLog({ gateway: 'gateway-1' }),
    });
    const tokenFile = join(directory, 'token');
    writeFileSync(tokenFile, `${token}\n`);
    asking = ['--url', `http://127.0.0.1:${api.port}`, '--token-file', tokenFile];
  });
  afterAll(async () => {
    await api.close();
    await store.close();
  });

  it('says the decision of a session in sentences, in the language asked for', async () => {
    const answer = await ran(explain, 'S-1', ...asking, '--language', 'nl');
    expect(answer.code).toBe(0);
    expect(answer.text).toContain('Geen toegang: de laptop staat in quarantaine.');
    expect(answer.text).toContain('Niet in orde: disk. nl (gezien: nee; vereist: ja;');
    expect(answer.text).toContain('Toegang volgt zodra dit in orde is: disk.');
  });

  it('gives the decision itself as JSON', async () => {
    const answer = await ran(explain, 'S-1', ...asking, '--json');
    expect(JSON.parse(answer.text)).toMatchObject({ outcome: 'quarantine', smallestChange: ['disk'] });
  });

  it('says when there is no such session', async () => {
    expect(await ran(explain, 'S-2', ...asking)).toMatchObject({ code: 1 });
  });

  it.each([[[]], [['S-1', 'S-2']], [['S-1', '--language', 'es']], [['S-1', '--loud']]])(
    'does not understand %j',
    async args => {
      expect(await ran(explain, ...args, ...asking)).toMatchObject({ code: 2 });
    },
  );

  it('says when the token is not there, or not the right one', async () => {
    const [url = '', address = ''] = asking;
    expect(await ran(explain, 'S-1', url, address)).toMatchObject({ code: 2 });
    const wrong = join(directory, 'wrong-token');
    writeFileSync(wrong, 'village-token-0123456789abcdef\n');
    expect(await ran(explain, 'S-1', url, address, '--token-file', wrong)).toMatchObject({ code: 2 });
  });
});
