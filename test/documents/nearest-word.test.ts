// Suggestions for mistyped words.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearestWord } from '../../gateway/documents/nearest-word.ts';

const known = ['certificate', 'address', 'secret-file', 'tls-workers'];

describe('nearestWord', () => {
  const cases: readonly (readonly [seen: string, meant: string | undefined])[] = [
    ['certificate', 'certificate'],
    ['certifcate', 'certificate'],
    ['adress', 'address'],
    ['secretfile', 'secret-file'],
    ['tls-worker', 'tls-workers'],
    ['addr', 'address'],
    ['serect-file', 'secret-file'],
    ['tls-wokrers', 'tls-workers'],
    ['port', undefined],
    ['', undefined],
  ];
  for (const [seen, meant] of cases) {
    it(`"${seen}" → ${meant ?? 'nothing'}`, () => {
      expect(nearestWord(seen, known)).toBe(meant);
    });
  }

  it('knows nothing when nothing is known', () => {
    expect(nearestWord('x', [])).toBeUndefined();
  });

  it('forgives one letter left out, doubled, replaced or swapped', () => {
    const word = fc.stringMatching(/^[a-z]{5,12}$/);
    fc.assert(
      fc.property(word, fc.nat(), fc.constantFrom('out', 'double', 'replace', 'swap'), (meant, seed, how) => {
        const at = seed % meant.length;
        const letter = meant[at] ?? '';
        const next = meant[at + 1] ?? '';
        const instead = { out: '', double: letter + letter, replace: '#', swap: next + letter }[how];
        const rest = meant.slice(at + (how === 'swap' ? 2 : 1));
        expect(nearestWord(meant.slice(0, at) + instead + rest, [meant, '0123456789012345'])).toBe(meant);
      }),
    );
  });
});
