// Typed readers over a YAML tree: what they give, and that every problem is named with its line and remedy.

import { describe, expect, it } from 'vitest';
import { parseDuration } from '../../gateway/documents/duration.ts';
import {
  choice,
  type Form,
  flag,
  formed,
  formOf,
  integer,
  listOf,
  located,
  mapOf,
  optional,
  parsed,
  type Reading,
  record,
  required,
  type Shape,
  text,
} from '../../gateway/documents/shape.ts';
import { parseYaml } from '../../gateway/documents/yaml-tree.ts';

interface Answer {
  readonly value: unknown;
  readonly problems: readonly string[];
}

function read(shape: Shape<unknown>, source: string): Answer {
  const tree = parseYaml(source, 'file.yaml');
  if ('problems' in tree) throw new Error('the test itself is not YAML');
  const reading: Reading = { file: 'file.yaml', problems: [] };
  const value = shape(tree.tree, reading);
  return { value, problems: reading.problems.map(each => `${each.line}: ${each.message}; ${each.remedy}`) };
}

const good = (value: unknown): Answer => ({ value, problems: [] });
const bad = (...problems: readonly string[]): Answer => ({ value: undefined, problems });

const listener = record({
  name: required(text(8)),
  port: optional(integer(0, 65_535), 1812),
  owner: optional(text()),
  open: optional(flag, false),
});

const cases: readonly (readonly [title: string, shape: Shape<unknown>, source: string, answer: Answer])[] = [
  ['text', text(), 'abc', good('abc')],
  ['text, at its limit', text(3), 'abc', good('abc')],
  ['text, too long', text(2), 'abc', bad('1: longer than 2 characters; shorten it')],
  ['text, but a list', text(), '- a', bad('1: expected text, found a list; write text')],
  ['text, but a map', text(), 'a: b', bad('1: expected text, found a map; write text')],
  ['text, but nothing', text(), '', bad('1: expected text, found nothing; write text')],
  ['parsed', parsed(parseDuration, 'a duration'), '4 hours', good(14_400_000)],
  [
    'parsed, not understood',
    parsed(parseDuration, 'a duration'),
    'soon',
    bad('1: "soon" is not a duration; write a duration'),
  ],
  [
    'parsed, but a list',
    parsed(parseDuration, 'a duration'),
    '[4 hours]',
    bad('1: expected a duration, found a list; write a duration'),
  ],
  ['choice', choice('deny', 'grant'), 'deny', good('deny')],
  [
    'choice, nearly',
    choice('deny', 'grant'),
    'dney',
    bad('1: "dney" is not one of: deny, grant; did you mean "deny"?'),
  ],
  [
    'choice, far off',
    choice('deny', 'grant'),
    'allow everything',
    bad('1: "allow everything" is not one of: deny, grant; use one of: deny, grant'),
  ],
  [
    'choice, but nothing',
    choice('quarantine', 'update'),
    '',
    bad('1: nothing is not one of: quarantine, update; use one of: quarantine, update'),
  ],
  [
    'choice is exact about capitals',
    choice('deny'),
    'Deny',
    bad('1: "Deny" is not one of: deny; did you mean "deny"?'),
  ],
  ['flag yes', flag, 'yes', good(true)],
  ['flag no', flag, 'no', good(false)],
  ['flag true is no word of ours', flag, 'true', bad('1: "true" is not one of: yes, no; use one of: yes, no')],
  ['integer', integer(-5, 5), '-5', good(-5)],
  [
    'integer, too large',
    integer(0, 5),
    '6',
    bad('1: "6" is not a whole number from 0 to 5; write a whole number from 0 to 5'),
  ],
  ...['1.0', '0x1', '1e2', '', '1 2', '1234567890123456'].map(
    source =>
      [
        `integer, "${source}"`,
        integer(0, 2 ** 53),
        `"${source}"`,
        bad(`1: "${source}" is not a whole number from 0 to ${2 ** 53}; write a whole number from 0 to ${2 ** 53}`),
      ] as const,
  ),
  ['list', listOf(text()), '- a\n- b', good(['a', 'b'])],
  ['list of one without a dash', listOf(text()), 'a', good(['a'])],
  ['list of nothing', listOf(text()), '', good([])],
  [
    'list, every wrong item is named',
    listOf(integer(1, 9)),
    '- 1\n- x\n- 3\n- 10',
    bad(
      '2: "x" is not a whole number from 1 to 9; write a whole number from 1 to 9',
      '4: "10" is not a whole number from 1 to 9; write a whole number from 1 to 9',
    ),
  ],
  [
    'map',
    mapOf(text()),
    'a: b\nc: d',
    good(
      new Map([
        ['a', 'b'],
        ['c', 'd'],
      ]),
    ),
  ],
  ['map of nothing', mapOf(text()), '', good(new Map())],
  ['map, but text', mapOf(text()), 'a', bad('1: expected "name: value" lines, found "a"; write name: value')],
  [
    'map, every wrong value is named',
    mapOf(flag),
    'a: yes\nb: maybe\nc: [no]\nd: [a, b]',
    bad(
      '2: "maybe" is not one of: yes, no; use one of: yes, no',
      '3: a list is not one of: yes, no; use one of: yes, no',
      '4: a list is not one of: yes, no; use one of: yes, no',
    ),
  ],
  [
    'record',
    listener,
    'name: a\nport: 1\nowner: b\nopen: yes',
    good({ line: 1, name: 'a', port: 1, owner: 'b', open: true }),
  ],
  [
    'record, defaults',
    listener,
    '# here\nname: a',
    good({ line: 2, name: 'a', port: 1812, owner: undefined, open: false }),
  ],
  ['record, a key is missing', listener, 'port: 1', bad('1: "name" is missing; add "name: …"')],
  ['record, an unknown key nearly', listener, 'name: a\nprot: 1', bad('2: unknown key "prot"; did you mean "port"?')],
  [
    'record, an unknown key far off',
    listener,
    'name: a\nsomething-else: 1',
    bad('2: unknown key "something-else"; use one of: name, port, owner, open'),
  ],
  [
    'record, a key of every object',
    listener,
    'name: a\ntoString: 1',
    bad('2: unknown key "toString"; use one of: name, port, owner, open'),
  ],
  [
    'record, an optional key without value is wrong',
    listener,
    'name: a\nowner:',
    bad('2: expected text, found nothing; write text'),
  ],
  [
    'record, every problem at once',
    listener,
    'port: x\nopne: yes\nowner: [a]',
    bad(
      '2: unknown key "opne"; did you mean "open"?',
      '1: "name" is missing; add "name: …"',
      '1: "x" is not a whole number from 0 to 65535; write a whole number from 0 to 65535',
      '3: expected text, found a list; write text',
    ),
  ],
  [
    'record, but a list',
    listener,
    '- name: a',
    bad('1: expected name, port, owner, open; found a list; write name: value lines'),
  ],
  ['located', located(text()), '\n\nabc', good({ value: 'abc', line: 3 })],
  ['located, wrong', located(text()), '- a', bad('1: expected text, found a list; write text')],
];

const anyText: Form = { kind: 'text', maxLength: 4096 };
const forms: readonly (readonly [string, Shape<unknown>, Form])[] = [
  ['text', text(5), { kind: 'text', maxLength: 5 }],
  ['parsed', parsed(parseDuration, 'a duration (4 hours)'), { kind: 'text', expected: 'a duration (4 hours)' }],
  ['choice', choice('a', 'b'), { kind: 'text', words: ['a', 'b'] }],
  ['flag', flag, { kind: 'text', words: ['yes', 'no'] }],
  ['list', listOf(flag), { kind: 'list', item: { kind: 'text', words: ['yes', 'no'] } }],
  ['map', mapOf(text()), { kind: 'map', value: anyText }],
  ['located', located(choice('a')), { kind: 'text', words: ['a'] }],
  [
    'record',
    record({ a: required(text()), b: optional(listOf(text())) }),
    {
      kind: 'record',
      fields: { a: { form: anyText, optional: false }, b: { form: { kind: 'list', item: anyText }, optional: true } },
    },
  ],
  ['a function of its own', formed(anyText, () => 1), anyText],
  ['one that says nothing', () => 1, { kind: 'text' }],
];

describe('what a shape takes', () => {
  it.each(forms)('is told: %s', (_title, shape, form) => {
    expect(formOf(shape)).toEqual(form);
  });
});

describe('a shape', () => {
  for (const [title, shape, source, answer] of cases) {
    it(title, () => {
      expect(read(shape, source)).toEqual(answer);
    });
  }

  it('does not repeat a long value in its message', () => {
    const { problems } = read(integer(0, 1), 'x'.repeat(5_000));
    expect(problems[0]?.length).toBeLessThan(200);
  });

  it('does not let a document reach the prototype', () => {
    const { value, problems } = read(record({ a: optional(text()) }), '__proto__: {a: b}');
    expect(value).toBeUndefined();
    expect(problems).toHaveLength(1);
    expect(({} as { a?: string }).a).toBeUndefined();
  });
});
