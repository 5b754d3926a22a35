// One word of a configuration, or nothing at all.

import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeInstallation } from '../../gateway/cli/demo/installation.ts';
import { draftNasMode, type ModeDraft } from '../../gateway/io/nas-mode-edit.ts';

const directory = mkdtempSync(join(tmpdir(), 'sluis-mode-'));
const entry =
  '{ name: vpn-old, address: 192.0.2.9, secret-file: nas.secret, mode: observe, authority: { address: 192.0.2.20, secret-file: nas.secret } }';
let file = '';
let original = '';

beforeAll(async () => {
  file = (await makeInstallation({ directory, laptops: [], moreNas: [entry] }, Date.now())).configFile;
  original = readFileSync(file, 'utf8');
});
beforeEach(() => writeFileSync(file, original));
afterAll(() => rmSync(directory, { recursive: true }));

function write(draft: ModeDraft) {
  if (!('write' in draft)) throw new Error(JSON.stringify(draft));
  return draft.write();
}

describe('draftNasMode', () => {
  it('writes the word, keeps the mode of the file, and is its own way back', () => {
    expect(write(draftNasMode(file, 'vpn-old', 'decide'))).toBe(true);
    expect(readFileSync(file, 'utf8')).toBe(original.replace('mode: observe', 'mode: decide'));
    expect(statSync(file).mode % 0o1000).toBe(0o600);
    expect(write(draftNasMode(file, 'vpn-old', 'observe'))).toBe(true);
    expect(readFileSync(file, 'utf8')).toBe(original);
  });
  it('refuses whom it cannot change', () => {
    expect(draftNasMode(file, 'nobody', 'decide')).toEqual({
      refused: expect.stringContaining('no NAS "nobody"') as string,
    });
    expect(draftNasMode(file, 'vpn-demo', 'decide')).toEqual({
      refused: expect.stringContaining('no authority') as string,
    });
    expect(readFileSync(file, 'utf8')).toBe(original);
  });
  it('does not write over what somebody else wrote meanwhile', () => {
    const draft = draftNasMode(file, 'vpn-old', 'decide');
    appendFileSync(file, '# theirs\n');
    expect(write(draft)).toEqual({ refused: expect.stringContaining('somebody else') as string });
    expect(readFileSync(file, 'utf8')).toBe(`${original}# theirs\n`);
  });
  it('names what is wrong with a configuration that does not read', () => {
    appendFileSync(file, 'nonsense: yes\n');
    expect(draftNasMode(file, 'vpn-old', 'decide')).toHaveProperty('problems');
  });
  it('leaves alone what it cannot find again as plain text', () => {
    const shared = entry.replace('mode: observe', 'mode: &said observe');
    writeFileSync(file, original.replace(entry, shared));
    expect(draftNasMode(file, 'vpn-old', 'decide')).not.toHaveProperty('write');
  });
});
