// Canonical JSON: RFC 8785's own example, and properties that make a hash over it repeatable.

import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, sha256Hex } from '../../gateway/audit/canonical.ts';

describe('canonical JSON', () => {
  it('sorts by UTF-16 code units, not by code points [RFC8785-3.2.3]', () => {
    const value = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\ud83d\ude00': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    };
    const order = Array.from(canonicalJson(value).matchAll(/:"([A-Z][a-z]+)/g), ([, word]) => word);
    expect(order).toEqual(['Carriage', 'One', 'Control', 'Latin', 'Euro', 'Emoji', 'Hebrew']);
  });

  it.each([
    [{ b: 1, a: [true, null, 'x'] }, '{"a":[true,null,"x"],"b":1}'],
    [{ a: { z: 1, y: {} } }, '{"a":{"y":{},"z":1}}'],
    [[], '[]'],
    [-0, '0'],
    [1e21, '1e+21'],
    [333333333.33333329, '333333333.3333333'],
    ['\u20ac$\u000f\nA\'B"\\"/', '"\u20ac$\\u000f\\nA\'B\\"\\\\\\"/"'],
    ['\ud800', '"\\ud800"'],
    [JSON.parse('{"__proto__":1}'), '{"__proto__":1}'],
    [Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
  ])('writes %j', (value, text) => {
    expect(canonicalJson(value)).toBe(text);
  });

  it.each([
    ['undefined in an object', { a: undefined }],
    ['undefined in a list', [undefined]],
    ['a hole', new Array(1)],
    ['NaN', NaN],
    ['infinity', Infinity],
    ['a big integer', 1n],
    ['a function', () => 1],
    ['a symbol', Symbol('s')],
    ['a date', new Date(0)],
    ['bytes', new Uint8Array(2)],
    ['a map', new Map()],
    ['a class instance', new URL('https://example.org')],
  ])('refuses %s', (_, value) => {
    expect(() => canonicalJson(value)).toThrow(TypeError);
  });

  it('refuses to go on for ever', () => {
    const loop: Record<string, unknown> = {};
    loop['self'] = loop;
    expect(() => canonicalJson(loop)).toThrow('deeper than');
  });

  it('is JSON of the same value, however its keys were ordered', () => {
    const shuffled = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(shuffled);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([key, item]) => [key, shuffled(item)]),
      );
    };
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), value => {
        const text = canonicalJson(value);
        expect(JSON.stringify(JSON.parse(text))).toBe(JSON.stringify(JSON.parse(canonicalJson(JSON.parse(text)))));
        expect(canonicalJson(shuffled(value))).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('keeps the order of keys that an object would move', () => {
    const key = fc.oneof(
      fc.constantFrom('__proto__', '0', '9', '10', '01', '-1', 'a', ''),
      fc.string({ maxLength: 3 }),
    );
    const entries = fc.uniqueArray(fc.tuple(key, fc.nat(9)), { selector: ([name]) => name, maxLength: 6 });
    fc.assert(
      fc.property(entries, entries, (outer, inner) => {
        const text = (list: readonly (readonly [string, unknown])[]) =>
          `{${list
            .toSorted(([a], [b]) => (a < b ? -1 : 1))
            .map(([name, value]) => `${JSON.stringify(name)}:${String(value)}`)
            .join(',')}}`;
        const value = Object.fromEntries(outer.map(([name]) => [name, [Object.fromEntries(inner)]]));
        expect(canonicalJson(value)).toBe(text(outer.map(([name]) => [name, `[${text(inner)}]`])));
      }),
    );
  });

  it.each(['12', '__proto__', 'a'])('refuses what JSON would drop under the key %j too', key => {
    for (const value of [undefined, NaN, new Date(0), () => 1])
      expect(() => canonicalJson(Object.fromEntries([[key, value]]))).toThrow(TypeError);
  });

  it('is hashed as UTF-8', () => {
    expect(sha256Hex('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(sha256Hex('é')).toBe(
      createHash('sha256')
        .update(Buffer.from([0xc3, 0xa9]))
        .digest('hex'),
    );
  });
});
