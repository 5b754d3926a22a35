// MD4 against the vectors of RFC 1320, and against openssl for every length around the edges of its blocks.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { md4 } from '../../gateway/identity/md4.ts';
import { describeWith } from '../support/programs.ts';

const hex = (octets: Uint8Array) => Buffer.from(octets).toString('hex');

describe('md4 [RFC1320-A.5]', () => {
  it.each([
    ['', '31d6cfe0d16ae931b73c59d7e0c089c0'],
    ['a', 'bde52cb31de33e46245e05fbdbd6fb24'],
    ['abc', 'a448017aaf21d8525fc10ae87aa6729d'],
    ['message digest', 'd9130a8164549fe818874806e1c7014b'],
    ['abcdefghijklmnopqrstuvwxyz', 'd79e1c308aa5bbcdeea8ed63df412da9'],
    ['ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789', '043f8582f241db351ce627e153e7f0e4'],
    ['1234567890'.repeat(8), 'e33b4ddc9c38f2199c3e7b164fcc0536'],
  ])('of %j', (text, digest) => {
    expect(hex(md4(Buffer.from(text)))).toBe(digest);
  });

  it('leaves its argument alone', () => {
    const message = Buffer.from('a password');
    md4(message);
    expect(message.toString()).toBe('a password');
  });
});

describeWith('openssl', 'openssl, with its legacy provider', (openssl = '') => {
  const directory = mkdtempSync(path.join(tmpdir(), 'md4-'));
  afterAll(() => {
    rmSync(directory, { recursive: true });
  });

  it('says the same of every length from nothing to three blocks', () => {
    const messages = Array.from({ length: 193 }, (_, length) =>
      Buffer.from(Array.from({ length }, (_unused, at) => (length * 31 + at * 101 + (at >> 3)) & 0xff)),
    );
    const files = messages.map((message, length) => {
      writeFileSync(path.join(directory, String(length)), message);
      return String(length);
    });
    const words = ['dgst', '-md4', '-provider', 'legacy', '-provider', 'default', '-r', ...files];
    const digests = execFileSync(openssl, words, { cwd: directory, encoding: 'utf8' });
    expect(
      digests
        .trim()
        .split('\n')
        .map(line => line.slice(0, 32)),
    ).toEqual(messages.map(message => hex(md4(message))));
  });
});
