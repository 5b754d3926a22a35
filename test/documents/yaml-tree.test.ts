// Strict YAML: only strings, every node with its line, and everything clever refused with its line.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { parseYaml, type Tree, yamlLimits } from '../../gateway/documents/yaml-tree.ts';

type Plain = string | null | readonly Plain[] | { readonly [key: string]: Plain };

function plain(tree: Tree): Plain {
  if (tree.kind === 'text') return tree.text;
  if (tree.kind === 'nothing') return null;
  if (tree.kind === 'list') return tree.items.map(plain);
  return Object.fromEntries([...tree.entries].map(([key, entry]) => [key, plain(entry.value)]));
}

function read(text: string): Plain {
  const parsed = parseYaml(text, 'file.yaml');
  if ('problems' in parsed) throw new Error(parsed.problems.map(each => each.message).join('; '));
  return plain(parsed.tree);
}

function problems(text: string): readonly string[] {
  const parsed = parseYaml(text, 'file.yaml');
  return 'problems' in parsed ? parsed.problems.map(each => `${each.line}: ${each.message}`) : [];
}

describe('values', () => {
  const cases: readonly (readonly [title: string, text: string, value: Plain])[] = [
    ['the country is not a boolean', 'country: NO', { country: 'NO' }],
    ['a version keeps its last zero', 'version: 10.10', { version: '10.10' }],
    ['a number is text', 'port: 0x1F', { port: '0x1F' }],
    ['true is text', 'on: true', { on: 'true' }],
    ['null and ~ are text', 'a: null\nb: ~', { a: 'null', b: '~' }],
    ['a date is text', 'day: 2026-11-24', { day: '2026-11-24' }],
    ['sexagesimal is text', 'at: 12:30:00', { at: '12:30:00' }],
    ['no value is nothing', 'a:', { a: null }],
    ['a quoted empty text is text', 'a: ""', { a: '' }],
    ['an empty file is nothing', '', null],
    ['only a comment is nothing', '# later\n', null],
    ['a comment after a value', 'a: b # why', { a: 'b' }],
    ['a list with a hole', '- a\n-\n- b', ['a', null, 'b']],
    ['flow style', '{a: [b, c]}', { a: ['b', 'c'] }],
    ['folded text', 'a: >-\n  one\n  two', { a: 'one two' }],
    ['literal text', 'a: |\n  one\n  two\n', { a: 'one\ntwo\n' }],
    ['<< is a key like any other', '<<: b', { '<<': 'b' }],
    ['a byte order mark', '\ufeffa: b', { a: 'b' }],
    ['line ends of Windows', 'a: b\r\nc: d\r\n', { a: 'b', c: 'd' }],
  ];
  for (const [title, text, value] of cases) {
    it(title, () => {
      expect(read(text)).toEqual(value);
    });
  }

  it('keeps a key called __proto__ as a key', () => {
    const parsed = parseYaml('__proto__: x', 'file.yaml');
    const tree = 'tree' in parsed ? parsed.tree : undefined;
    expect(tree?.kind === 'map' && [...tree.entries.keys()]).toEqual(['__proto__']);
  });

  it('reads back whatever text the library writes', () => {
    const word = fc.string({ unit: 'grapheme', maxLength: 30 });
    const leaf = word.filter(text => text !== '');
    const value = fc.oneof(leaf, fc.array(leaf, { minLength: 1, maxLength: 4 }));
    const document = fc.dictionary(fc.stringMatching(/^[a-z][a-z-]{0,10}$/), value, { minKeys: 1 });
    fc.assert(
      fc.property(document, written => {
        const text = stringify(written, { schema: 'failsafe', aliasDuplicateObjects: false });
        expect(read(text)).toEqual({ ...written });
      }),
    );
  });
});

describe('lines', () => {
  it('names the line of every key and value', () => {
    const parsed = parseYaml('# first\na:\n  - x\n  -\n    y: z\n', 'file.yaml');
    if (!('tree' in parsed) || parsed.tree.kind !== 'map') throw new Error('not a map');
    const entry = parsed.tree.entries.get('a');
    expect(entry?.line).toBe(2);
    if (entry?.value.kind !== 'list') throw new Error('not a list');
    expect(entry.value.items.map(item => item.line)).toEqual([3, 5]);
  });
});

describe('refused, with the line', () => {
  const cases: readonly (readonly [title: string, text: string, ...found: string[]])[] = [
    ['a duplicate key', 'a: b\n\na: c', '3: "a" is already given on line 1'],
    ['a duplicate key in quotes', '"a": b\na: c', '2: "a" is already given on line 1'],
    ['a duplicate key further in', 'x:\n  a: b\n  a: c', '3: "a" is already given on line 2'],
    ['an anchor', 'a: &x b', '1: an anchor (&name)'],
    ['an anchor on a list', 'a: &x\n  - b', '2: an anchor (&name)'],
    ['an anchor on a key', '&x a: b', '1: an anchor (&name)'],
    ['an alias', 'a: b\nc: *x', '2: an alias (*name)'],
    ['a tag', 'a: !!int 3', '1: a tag (!name)'],
    ['a tag of its own', 'a: !secret x', '1: a tag (!name)'],
    ['a tag on a key', '!!str a: b', '1: a tag (!name)'],
    ['a tag on a map', 'a: !!map {b: c}', '1: a tag (!name)'],
    ['a tag on a list', '!!seq [a]', '1: a tag (!name)'],
    ['a tag that would decode', 'a: !!binary aGk=', '1: a tag (!name)'],
    ['a key that is a list', '? [a]\n: b', '1: a key that is not text'],
    ['several at once', 'a: &x b\na: !y c', '1: an anchor (&name)', '2: "a" is already given on line 1'],
  ];
  for (const [title, text, ...found] of cases) {
    it(title, () => {
      expect(problems(text)).toEqual(found);
    });
  }

  const broken: readonly (readonly [title: string, text: string, line: number])[] = [
    ['a second document', 'a: 1\n---\nb: 2', 2],
    ['a tab', 'a:\n\tb: c', 2],
    ['an open quote', 'a: "b', 1],
    ['an open brace', 'a: {b: c', 1],
    ['a map inside a line', 'x: y\na: b: c', 2],
  ];
  for (const [title, text, line] of broken) {
    it(title, () => {
      const parsed = parseYaml(text, 'file.yaml');
      const [first] = 'problems' in parsed ? parsed.problems : [];
      expect(first).toMatchObject({ file: 'file.yaml', line, remedy: 'correct the YAML here' });
    });
  }
});

describe('limits', () => {
  const nested = (levels: number) => `${'['.repeat(levels)}x${']'.repeat(levels)}`;

  it(`takes ${yamlLimits.depth} levels and refuses one more`, () => {
    expect(problems(nested(yamlLimits.depth))).toEqual([]);
    expect(problems(nested(yamlLimits.depth + 1))).toEqual(['1: nested deeper than 12 levels']);
  });

  it('refuses what would exhaust the stack, in the same words', () => {
    for (const text of ['['.repeat(20_000), '- '.repeat(20_000), '{a: '.repeat(5_000), '? '.repeat(5_000)]) {
      expect(problems(text)).toEqual(['1: nested deeper than 12 levels']);
    }
  });

  it('refuses a file that is too large before reading it', () => {
    const line = 'a: b\n';
    const text = line + '#'.repeat(yamlLimits.characters - line.length);
    expect(problems(text)).toEqual([]);
    expect(problems(`${text}#`)).toEqual([
      `1: the file has ${yamlLimits.characters + 1} characters, the limit is 524288`,
    ]);
  });

  it('expands nothing: a thousand laughs are a problem, not a memory', () => {
    const levels = ['a', 'b', 'c', 'd'].map((name, index, all) => {
      const before = all[index - 1];
      return `${name}: &${name} [${Array.from({ length: 9 }, () => (before === undefined ? 'lol' : `*${before}`)).join(', ')}]`;
    });
    expect(problems(levels.join('\n')).length).toBeGreaterThan(27);
  });

  it('reads many keys in a time that grows with their number', () => {
    const text = Array.from({ length: 20_000 }, (_, index) => `key-${index}: v`).join('\n');
    const startedAt = performance.now();
    expect(problems(text)).toEqual([]);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  it('never throws, whatever the text', () => {
    const pieces = fc.constantFrom(
      'a',
      ':',
      ' ',
      '\n',
      '-',
      '[',
      ']',
      '{',
      '}',
      '"',
      "'",
      '&',
      '*',
      '!',
      '|',
      '>',
      '?',
      '#',
      '%',
      '\t',
      '~',
      ',',
      '\0',
      '\u{1f512}',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 60 }), parts => {
        const parsed = parseYaml(parts.join(''), 'file.yaml');
        if ('problems' in parsed) {
          expect(parsed.problems.length).toBeGreaterThan(0);
          for (const each of parsed.problems) expect(each.line).toBeGreaterThan(0);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
