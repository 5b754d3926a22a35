// `sluis policy read | explain --given | schema | init`, as they are run: on directories, without a gateway.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { run as check } from '../../gateway/cli/policy-check.ts';
import { run as explain } from '../../gateway/cli/policy-explain.ts';
import { run as init } from '../../gateway/cli/policy-init.ts';
import { run as read } from '../../gateway/cli/policy-read.ts';
import { run as schema } from '../../gateway/cli/policy-schema.ts';
import { run as test } from '../../gateway/cli/policy-test.ts';
import type { Surroundings } from '../../gateway/cli/read-client.ts';
import { languages } from '../../gateway/contract/language.ts';
import { factNames } from '../../gateway/verifier/fact-catalogue.ts';

const policies = path.join(import.meta.dirname, '../../policies');
const riziv = path.join(policies, 'packs/riziv');
const work = mkdtempSync(path.join(tmpdir(), 'sluis-offline-'));
afterAll(() => {
  rmSync(work, { recursive: true, force: true });
});

async function ran(
  run: (args: readonly string[], around: Surroundings) => Promise<number>,
  ...args: readonly string[]
) {
  const [written, wrong]: [string[], string[]] = [[], []];
  const code = await run(args, { write: text => written.push(text), writeError: text => wrong.push(text) });
  return { code, text: written.join(''), wrong: wrong.join('') };
}

function file(name: string, text: string): string {
  writeFileSync(path.join(work, name), text);
  return path.join(work, name);
}

const packs = ['starter', ...readdirSync(path.join(policies, 'packs'))];

describe('sluis policy read', () => {
  it.each(packs.flatMap(pack => languages.map((language): [string, string] => [pack, language])))(
    'reads %s in %s',
    async (pack, language) => {
      const directory = pack === 'starter' ? policies : path.join(policies, 'packs', pack);
      const { code, text, wrong } = await ran(read, directory, '--language', language);
      expect([code, wrong]).toEqual([0, '']);
      expect(text.length).toBeGreaterThan(2000);
      // Facts are called by what they are.
      for (const fact of factNames) expect(text).not.toContain(` ${fact} `);
    },
  );

  it('names what is wrong with a directory, and with a command line', async () => {
    expect(await ran(read, path.join(work, 'nowhere'))).toMatchObject({ code: 1, text: '' });
    expect(await ran(read)).toMatchObject({ code: 2 });
    const { wrong } = await ran(read, policies, '--language', 'es');
    expect(wrong).toContain('"es" is not one of nl, fr, de, en');
  });
});

describe('sluis policy explain --given', () => {
  const bad = file(
    'bad.yaml',
    'given: { base: healthy-windows-laptop, disk.encrypted: no, usb.storage-blocked: unknown }\n',
  );

  it('says why, with every value and the smallest change', async () => {
    const { code, text } = await ran(explain, riziv, '--given', bad, '--when', '2027-03-16 09:00');
    expect(code).toBe(0);
    expect(text).toContain('No access: the laptop is in quarantine.');
    expect(text).toContain('Why this policy:\n- own-laptops: fits, and applies\n');
    expect(text).toContain(
      '- antivirus-fresh (seen: 6 hours; required: at most 3 days; source: given; measured 5 minutes ago)',
    );
    expect(text).toContain(
      'The smallest change that gives access:\n- disk-encrypted: Every fixed disk must be encrypted; measured at most 4 hours ago.\n- usb-storage-blocked: USB storage must be blocked;',
    );
    expect(text).toContain('Valid until 2027-03-16 12:55 UTC');
  });

  it('says why a policy does not apply', async () => {
    const admin = file('admin.yaml', 'given: { device.class: private-pc, groups: it-admin }\n');
    const { text } = await ran(explain, path.join(policies, 'packs/ocmw'), '--given', admin);
    expect(text).toContain('- it-admins: does not fit; asked for: on a machine of class managed-laptop\n');
    expect(text).toContain('- private-pcs: fits, and applies\n');
  });

  it.each(languages)('tells a teleworker what the agent would, without a name from inside (%s)', async language => {
    const { text } = await ran(explain, riziv, '--given', bad, '--for', 'teleworker', '--language', language);
    for (const name of [...factNames, 'disk-encrypted', 'own-laptops', 'riziv']) expect(text).not.toContain(name);
    expect(text.match(/^• /gm)).toHaveLength(2);
  });

  it('names facts by what they are also where several of them would do', async () => {
    const set = path.join(work, 'either');
    await ran(init, '--pack', 'starter', set);
    const inFour = 'text: { nl: Een van twee., fr: Un des deux., de: Eines von zweien., en: One of two. }';
    writeFileSync(
      path.join(set, 'checks/either.yaml'),
      `check: either\nany of: [disk-encrypted, firewall-active]\nif unknown: deny\n${inFour}\n`,
    );
    const policy = path.join(set, 'access/telework.yaml');
    writeFileSync(policy, `${readFileSync(policy, 'utf8')}  - either: { otherwise: quarantine }\n`);
    const both = file('both.yaml', 'given: { base: healthy-laptop, disk.encrypted: no, firewall.active: no }\n');
    const { text } = await ran(explain, set, '--given', both, '--for', 'teleworker');
    expect(text).toContain('Found: the encryption of the disks: no; the state of the firewall: no');
  });

  it('takes the moment of the file, and that of the command line instead', async () => {
    const dated = file('dated.yaml', 'given: { base: healthy-windows-laptop }\nwhen: 2027-05-01 08:00\n');
    const at = async (...more: readonly string[]): Promise<unknown> =>
      (JSON.parse((await ran(explain, riziv, '--given', dated, '--json', ...more)).text) as { decidedAt: unknown })
        .decidedAt;
    expect(await at()).toBe(Date.parse('2027-05-01T08:00:00Z'));
    expect(await at('--when', '2027-03-16 09:00')).toBe(Date.parse('2027-03-16T09:00:00Z'));
  });

  it.each([
    ['an unknown fact', 'given: { disk.encrypt: no }', 'x.yaml:1: "disk.encrypt" is not a fact'],
    ['an unknown base', 'given: { base: nobody }', 'no base is called "nobody"'],
    ['a test', 'given: { base: healthy-windows-laptop }\nexpect: { outcome: grant }', 'unknown key "expect"'],
    ['no YAML', 'given: [', 'x.yaml:1:'],
    ['nothing', '', 'expected given, when; found nothing'],
  ])('refuses %s with file, line and remedy', async (_what, text, said) => {
    const { code, wrong } = await ran(explain, riziv, '--given', file('x.yaml', text));
    expect(code).toBe(1);
    expect(wrong).toContain(said);
  });

  it.each([
    [['--for', 'manager'], 'write admin or teleworker'],
    [['--when', 'tomorrow'], 'write a moment in UTC'],
    [['--language', 'es'], '"es" is not one of'],
  ])('does not understand %j', async (more, said) => {
    const { code, wrong } = await ran(explain, riziv, '--given', bad, ...more);
    expect(code).toBe(2);
    expect(wrong).toContain(said);
  });

  it('says when there is no such file, and when a moment is given without one', async () => {
    expect(await ran(explain, riziv, '--given', path.join(work, 'none.yaml'))).toMatchObject({ code: 2 });
    expect(await ran(explain, riziv, '--when', '2027-03-16 09:00')).toMatchObject({ code: 2 });
  });
});

describe('sluis policy init', () => {
  it.each(packs)('begins a set with %s that is whole: checked, tested and readable', async pack => {
    const set = path.join(work, `of-${pack}`);
    expect(await ran(init, '--pack', pack, set, '--language', 'nl')).toMatchObject({ code: 0, wrong: '' });
    // Nothing of the folders above is needed any more.
    expect(existsSync(path.join(set, 'os-support.yaml'))).toBe(true);
    const silent = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    try {
      expect([await check([set]), await test([set])]).toEqual([0, 0]);
    } finally {
      silent.mockRestore();
    }
    const settings = JSON.parse(readFileSync(path.join(set, '.vscode/settings.json'), 'utf8')) as Record<
      string,
      object
    >;
    for (const each of Object.keys(settings['yaml.schemas'] ?? {})) expect(existsSync(path.join(set, each))).toBe(true);
  });

  it('overwrites nothing', async () => {
    const set = path.join(work, 'taken');
    await ran(init, '--pack', 'riziv', set);
    const before = readFileSync(path.join(set, 'access/own-laptops.yaml'), 'utf8');
    writeFileSync(path.join(set, 'access/own-laptops.yaml'), `# ours\n${before}`);
    const { code, wrong } = await ran(init, '--pack', 'riziv', set);
    expect([code, wrong]).toEqual([1, expect.stringContaining('is not empty')]);
    expect(readFileSync(path.join(set, 'access/own-laptops.yaml'), 'utf8')).toBe(`# ours\n${before}`);
  });

  it.each([
    [['--pack', 'nobody', 'x'], 'no pack is called "nobody"; there are: starter, '],
    [['--pack', '../packs/riziv', 'x'], 'no pack is called'],
    [['x'], 'Usage'],
    [['--pack', 'riziv'], 'Usage'],
  ])('does not understand %j', async (args, said) => {
    const { code, wrong } = await ran(init, ...args);
    expect(code).toBe(2);
    expect(wrong).toContain(said);
  });
});

describe('sluis policy schema', () => {
  it('writes a schema for each kind of file, in the language asked for', async () => {
    const folder = path.join(work, 'schemas');
    expect(await ran(schema, folder, '--language', 'fr')).toMatchObject({ code: 0 });
    expect(readFileSync(path.join(folder, 'access.schema.json'), 'utf8')).toContain('Qui en est responsable.');
    expect(await ran(schema)).toMatchObject({ code: 2 });
  });
});
