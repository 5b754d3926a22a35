// The syntax of clients.conf: what it is read as, what is refused, and FreeRADIUS itself as the judge of quoting.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ConfItem, confLimits, readFreeradiusConf } from '../../gateway/documents/freeradius-conf.ts';
import { describeWith } from '../support/programs.ts';

function items(text: string): readonly ConfItem[] {
  const read = readFreeradiusConf(text, 'clients.conf');
  if ('problems' in read) throw new Error(JSON.stringify(read.problems));
  return read.items;
}

function problems(text: string): readonly string[] {
  const read = readFreeradiusConf(text, 'clients.conf');
  return 'problems' in read ? read.problems.map(({ line, message }) => `${line}: ${message}`) : [];
}

/** The value of the one pair. */
function valueOf(written: string): string | undefined {
  const [section] = items(`client a {\n secret = ${written}\n}`);
  const [pair] = section?.kind === 'section' ? section.items : [];
  return pair?.kind === 'pair' ? pair.value : undefined;
}

/** What is written after `secret =`, and what it is to release 3.2. */
const values: readonly (readonly [written: string, value: string])[] = [
  ['plain-secret', 'plain-secret'],
  ['foo#bar}x', 'foo#bar}x'],
  ['semi;colon', 'semi;colon'],
  ['before # comment', 'before'],
  ['"two words"   # comment', 'two words'],
  [String.raw`"fo\"o\101\tb"`, String.raw`fo"o\101\tb`],
  [String.raw`'it\'s\101\\x"y'`, String.raw`it's\101\\x"y`],
  [String.raw`bare\101`, String.raw`bare\101`],
  ['"héé comma,x"', 'héé comma,x'],
  ['comma,after', 'comma'],
  ['cont\\\ninued', 'continued'],
  ['a=b', 'a=b'],
  ['{a', '{a'],
];

describe('a value', () => {
  for (const [written, value] of values) {
    it(`${JSON.stringify(written)} is ${value}`, () => {
      expect(valueOf(written)).toBe(value);
    });
  }

  it('of any letters comes back out of quotes', () => {
    const letters = fc.string({
      unit: fc.constantFrom(' ', 'a', 'Z', '#', '{', '}', '=', ';', ',', '$', '%', 'é', "'"),
      minLength: 1,
    });
    fc.assert(
      fc.property(letters, value => {
        expect(valueOf(`"${value}"`)).toBe(value);
      }),
    );
  });
});

describe('a section', () => {
  it('has its label, its line and what stands in it', () => {
    expect(
      items('\n# c\nclient  "a b" { # x\n  ipaddr=192.0.2.1\n\tlimit {\n lifetime = 0 }\n}\n$INCLUDE more.conf'),
    ).toEqual([
      {
        kind: 'section',
        name: 'client',
        label: 'a b',
        line: 3,
        items: [
          { kind: 'pair', name: 'ipaddr', value: '192.0.2.1', quoted: false, line: 4 },
          {
            kind: 'section',
            name: 'limit',
            line: 5,
            items: [{ kind: 'pair', name: 'lifetime', value: '0', quoted: false, line: 6 }],
          },
        ],
      },
      { kind: 'include', path: 'more.conf', line: 8 },
    ]);
  });

  it('may stand on one line, and with the line ends of Windows', () => {
    const one = items('client a { ipaddr = ::1, secret := "s" }\r\nclient b {\r\nsecret = t\r\n}\r\n');
    expect(one.map(each => each.kind === 'section' && each.items.length)).toEqual([2, 1]);
  });
});

describe('what is not understood', () => {
  const cases: readonly (readonly [title: string, text: string, problem: string])[] = [
    ['an open section', 'client a {\n', '1: "client {" is never closed'],
    ['a stray brace', '}\n', '1: a } that closes nothing'],
    ['a brace on the next line', 'client a\n{\n}', '1: after "client" a { is missing'],
    ['an open quote', 'secret = "abc\n', '1: "secret" has a quote that is never closed'],
    ['no value', 'secret = # none', '1: "secret" has no value'],
    ['a comparison', 'secret == x', '1: "secret ==" sets nothing'],
    ['a control character', 'secret = a\u0000b', '1: a control character'],
    ['a blank in a bare value', 'secret = never shown', '1: text follows the value of "secret"'],
    ['depth', 'a {\n'.repeat(20), `${confLimits.depth + 1}: nested deeper than ${confLimits.depth} levels`],
    ['size', ' '.repeat(confLimits.characters + 1), '1: the file has 2097153 characters, the limit is 2097152'],
    ['number', 'a\n'.repeat(confLimits.items + 1), '1: more than 50000 items'],
  ];
  for (const [title, text, problem] of cases) {
    it(`is refused by its line: ${title}`, () => expect(problems(text)).toContain(problem));
  }

  it('never throws, whatever it is given', () => {
    const hostile = fc.array(
      fc.constantFrom('client', ' ', 'a', '{', '}', '=', '"', "'", '\\', '\n', ',', '#', '$INCLUDE', ':='),
    );
    fc.assert(
      fc.property(hostile, parts => void readFreeradiusConf(parts.join(''), 'x')),
      { numRuns: 1000 },
    );
  });

  it('is bounded in number, and so are the problems', () => {
    expect(problems('secret ==\n'.repeat(5000))).toHaveLength(confLimits.problems);
  });
});

const debian = '/etc/freeradius/3.0/clients.conf';
describe.skipIf(!existsSync(debian))("Debian's own clients.conf", () => {
  it('is read', () => {
    const sections = items(readFileSync(debian, 'utf8'));
    expect(sections.map(each => each.kind === 'section' && [each.name, each.label])).toEqual([
      ['client', 'localhost'],
      ['client', 'localhost_ipv6'],
    ]);
  });
});

describeWith('freeradius', 'FreeRADIUS reads the same', server => {
  it('out of every way to write a value', () => {
    const directory = mkdtempSync(join(tmpdir(), 'sluis-conf-'));
    const clients = values.map(
      ([written], index) => `client c${index} {\n ipaddr = 192.0.2.${index + 1}\n secret = ${written}\n}\n`,
    );
    writeFileSync(
      join(directory, 'radiusd.conf'),
      `prefix = /usr\nlogdir = ${directory}\nraddbdir = ${directory}\nlibdir = /usr/lib/freeradius\n${clients.join('')}modules {\n}\n`,
    );
    const { stdout } = spawnSync(server, ['-C', '-X', '-xxx', '-d', directory], { encoding: 'utf8', timeout: 20_000 });
    rmSync(directory, { recursive: true });
    const read = [...stdout.matchAll(/\tsecret = "(.*)"$/gm)].map(([, secret]) => secret);
    expect(read).toEqual(values.map(([, value]) => value));
  });
});
