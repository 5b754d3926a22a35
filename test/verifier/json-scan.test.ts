import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonExtent } from '../../gateway/verifier/json-scan.ts';

/** The same two measures, taken from the parsed value. */
function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

function longestOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 0;
  const keys = Array.isArray(value) ? [] : Object.keys(value);
  return Math.max(0, ...keys.map(key => key.length), ...Object.values(value).map(longestOf));
}

describe('the look before parsing', () => {
  it.each([
    ['', 0, 0],
    ['[]', 1, 0],
    ['{"a":[{"b":1}]}', 3, 1],
    ['"[[[["', 0, 4],
    [String.raw`"a\"[["`, 0, 4],
    [String.raw`"\\"`, 0, 1],
    [String.raw`["\\","["]`, 1, 1],
    [String.raw`"Aé"`, 0, 2],
    ['[[[[[[[[[', 9, 0],
    ['"never closed', 0, 12],
    [']]]][[', 0, 0],
  ])('measures %j', (text, depth, longestString) => {
    expect(jsonExtent(text)).toEqual({ depth, longestString });
  });

  it('agrees with the parser on every JSON text, however it is escaped', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.boolean(), (value, escapeAll) => {
        const written = JSON.stringify(value);
        const text = escapeAll
          ? written.replace(/[\u0080-\uffff]/g, one => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`)
          : written;
        const seen: unknown = JSON.parse(text);
        expect(jsonExtent(text)).toEqual({ depth: depthOf(seen), longestString: longestOf(seen) });
      }),
    );
  });

  it('never understates what a parser would build, for any text at all', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('"', '\\', '[', ']', '{', '}', 'u', '0', ','), maxLength: 40 }),
        text => {
          let value: unknown;
          try {
            value = JSON.parse(text);
          } catch {
            // Not JSON: nothing would be built from it.
            return;
          }
          const { depth, longestString } = jsonExtent(text);
          expect(depth).toBeGreaterThanOrEqual(depthOf(value));
          expect(longestString).toBeGreaterThanOrEqual(longestOf(value));
        },
      ),
      { numRuns: 2000 },
    );
  });
});
