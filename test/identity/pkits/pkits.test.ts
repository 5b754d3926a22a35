// NIST's PKITS through `sluis cert verify`: where the suite accepts we accept or say why not, and where it refuses we refuse.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../../gateway/cli/cert-verify.ts';
import { questions, reasonOfSection, stricter, testsOfSection } from './cases.ts';

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const leaves = new Map(
  Array.from(
    readFileSync(here('leaves.pem'), 'latin1').matchAll(/^(\w+)\n(-----BEGIN[^-]+-----[^-]+-----END[^-]+-----)$/gm),
    ([, name = '', pem = '']) => [name, pem] as const,
  ),
);
const all = questions([...leaves.keys()]);
const trusting = [
  ...['--anchor', here('anchor.pem'), '--intermediate', here('authorities.pem'), '--crl', here('lists.pem')],
  ...['--at', '2026-11-24T12:00:00Z'],
];

describe('NIST PKITS', () => {
  const directory = mkdtempSync(join(tmpdir(), 'sluis-pkits-'));
  const file = (leaf: string) => join(directory, `${leaf}.pem`);
  beforeAll(() => {
    for (const [name, pem] of leaves) writeFileSync(file(name), pem);
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it('is whole', () => {
    const numbers = Object.groupBy(new Set(all.map(({ name }) => name.split(' ')[0] ?? '')), test =>
      test.split('.', 2).join('.'),
    );
    for (const [section, count] of Object.entries(testsOfSection)) {
      const expected = Array.from({ length: count }, (_, index) => `${section}.${index + 1}`);
      expect(new Set(numbers[section])).toEqual(new Set(expected));
    }
    expect(all.map(({ name }) => name)).toEqual(expect.arrayContaining(Object.keys(stricter)));
  });

  it.each(all)('$name $leaf', async ({ name, section, leaf, options, valid }) => {
    let [output, errors] = ['', ''];
    const args = [...trusting, ...options, '--json', file(leaf)];
    const code = await run(args, { write: text => (output += text), writeError: text => (errors += text) });
    expect(errors).toBe('');
    const said = JSON.parse(output) as { readonly accepted: boolean; readonly reason?: string };
    expect(code).toBe(said.accepted ? 0 : 1);
    const deviation = stricter[name];
    // A row of the table for what the suite refuses anyway is a mistake.
    if (deviation !== undefined) expect(valid).toBe(true);
    const refused = valid ? undefined : (reasonOfSection[section] ?? (expect.any(String) as string));
    expect(said.reason).toEqual(deviation?.reason ?? refused);
  });

  it.each(Object.entries(stricter))('%s is told to operators', (name, { why }) => {
    const page = readFileSync(here('../../../docs/reference/certificate-validation.md'), 'utf8');
    expect(page).toMatch(new RegExp(`^\\| ${RegExp.escape(name)} \\| [^|]+ \\| ${RegExp.escape(why)} \\|`, 'm'));
  });

  it('says the same as a command', () => {
    const main = fileURLToPath(new URL('../../../gateway/cli/sluis.mjs', import.meta.url));
    for (const [leaf, status] of [
      ['ValidCertificatePathTest1EE', 0],
      ['InvalidEESignatureTest3EE', 1],
    ] as const) {
      expect(spawnSync(process.execPath, [main, 'cert', 'verify', ...trusting, file(leaf)]).status).toBe(status);
    }
  });
});
