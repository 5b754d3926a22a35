// One more item in a list of a file that people wrote: the rest of the file stays as it is, to the octet.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withListItems } from '../../gateway/documents/yaml-list.ts';
import { parseYaml, type Tree } from '../../gateway/documents/yaml-tree.ts';

const item = { name: 'new', address: 'fe80::' };

const cases: readonly (readonly [title: string, before: string, after: string])[] = [
  [
    'a list at the end',
    'a: 1 # one\nnas:\n  - name: x\n    address: y # why\n',
    'a: 1 # one\nnas:\n  - name: x\n    address: y # why\n  - name: new\n    address: "fe80::"\n',
  ],
  [
    'a list in the middle, comments of both neighbours',
    'nas:\n- name: x\n  b: { c: d }\n  # of x\n\n# of z\nz: 1\n',
    'nas:\n- name: x\n  b: { c: d }\n  # of x\n- name: new\n  address: "fe80::"\n\n# of z\nz: 1\n',
  ],
  [
    'items on one line each',
    'nas:\n  - { name: x, address: y } # last\nz: 1\n',
    'nas:\n  - { name: x, address: y } # last\n  - name: new\n    address: "fe80::"\nz: 1\n',
  ],
  [
    'a list on one line',
    'nas: [ { name: x } ] # c\nz: 1\n',
    'nas: [ { name: x }, { name: new, address: "fe80::" } ] # c\nz: 1\n',
  ],
  ['an empty list', 'nas: [] # none yet\nz: 1\n', 'nas: # none yet\n  - name: new\n    address: "fe80::"\nz: 1\n'],
  ['nothing at all', 'nas: # none yet\n\nz: 1\n', 'nas: # none yet\n  - name: new\n    address: "fe80::"\n\nz: 1\n'],
  ['no line end at the end', 'nas:\n  - name: x', 'nas:\n  - name: x\n  - name: new\n    address: "fe80::"\n'],
  [
    'lines of Windows',
    'nas:\r\n  - name: x\r\nz: 1\r\n',
    'nas:\r\n  - name: x\r\n  - name: new\r\n    address: "fe80::"\r\nz: 1\r\n',
  ],
];

function treeOf(text: string): unknown {
  const read = parseYaml(text, 'x');
  if ('problems' in read) throw new Error(JSON.stringify(read.problems));
  return plain(read.tree);
}

function plain(tree: Tree): unknown {
  switch (tree.kind) {
    case 'text':
      return tree.text;
    case 'list':
      return tree.items.map(plain);
    case 'map':
      return Object.fromEntries([...tree.entries].map(([key, { value }]) => [key, plain(value)]));
    case 'nothing':
      return [];
  }
}

describe('an item is added to', () => {
  for (const [title, before, after] of cases) {
    it(title, () => {
      const changed = withListItems(before, 'nas', [item]) ?? '';
      expect(changed).toBe(after);
      const [was, is] = [treeOf(before), treeOf(changed)] as [{ nas: unknown[] }, { nas: unknown[] }];
      expect(is).toEqual({ ...was, nas: [...was.nas, item] });
    });
  }

  it('the example configuration, as lines and nothing else', () => {
    const example = readFileSync(fileURLToPath(new URL('../../deploy/etc/sluis.yaml', import.meta.url)), 'utf8');
    const changed = withListItems(example, 'nas', [item]) ?? '';
    const added = '  - name: new\n    address: "fe80::"\n';
    expect(changed.replace(added, '')).toBe(example);
    // Below the comments in the list.
    expect(changed.endsWith(added)).toBe(true);
  });

  it('any list, any number of times, without touching another line', () => {
    const comments = fc.constantFrom('', ' # c');
    const entry = fc
      .tuple(fc.constantFrom('v', '"a: b"', '{ c: d }', '[e, f]'), comments)
      .map(([value, end]) => `name: x\n    b: ${value}${end}`);
    const file = fc
      .tuple(fc.array(entry, { minLength: 1, maxLength: 4 }), fc.constantFrom('', '\n# tail\n', 'z: 1\n'))
      .map(([entries, tail]) => `# head\nnas:\n${entries.map(each => `  - ${each}\n`).join('')}${tail}`);
    fc.assert(
      fc.property(file, before => {
        const once = withListItems(before, 'nas', [item, item]) ?? '';
        const added = '  - name: new\n    address: "fe80::"\n'.repeat(2);
        expect(once.replace(added, '')).toBe(before);
        expect((treeOf(once) as { nas: unknown[] }).nas).toHaveLength(
          (treeOf(before) as { nas: unknown[] }).nas.length + 2,
        );
      }),
    );
  });
});

describe('nothing is added where there is no list', () => {
  for (const text of ['nas: { name: x }\n', 'nas: text\n', 'other: []\n', '- nas\n', 'nas: [\n', '']) {
    it(JSON.stringify(text), () => expect(withListItems(text, 'nas', [item])).toBeUndefined());
  }
});
