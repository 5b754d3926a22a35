// The password rule: what is missing is named, and nothing else is told.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { passwordStrength } from '../../gateway/identity/password-strength.ts';

const missing = (password: string, userName = 'jan.peeters') => passwordStrength(password, userName).missing;

describe('a password', () => {
  it.each([
    ['Tr0ub4dor&3xy', []],
    ['Een zin van 5 woorden', []],
    ['éÀ1 éÀ1 éÀ1 ', []],
    ['Ωμέγα-Ωμέγα-٣', []],
    ['', ['length', 'lower', 'upper', 'digit', 'other']],
    ['Aa1!Aa1!Aa1', ['length']],
    ['AA1!AA1!AA1!', ['lower']],
    ['aa1!aa1!aa1!', ['upper']],
    ['Aab!Aab!Aab!', ['digit']],
    ['Aa11Aa11Aa11', ['other']],
    ['aaaaaaaaaaaa', ['upper', 'digit', 'other']],
    ['Jan.Peeters-2026', ['contains-user-name']],
    ['xx1!JAN.PEETERSxx', ['contains-user-name']],
    ['jan.peeters', ['length', 'upper', 'digit', 'contains-user-name']],
  ])('%j misses %j', (password, expected) => {
    expect(missing(password)).toEqual(expected);
    expect(passwordStrength(password, 'jan.peeters').strong).toBe(expected.length === 0);
  });

  it('is counted in characters, not in UTF-16 units or combining accents', () => {
    expect('🔑🔑🔑🔑Aa1'.length).toBe(11);
    expect('🔑🔑🔑🔑🔑Aa1'.length).toBe(13);
    expect(missing('🔑🔑🔑🔑🔑Aa1')).toEqual(['length']);
    expect(missing('🔑'.repeat(9) + 'Aa1')).toEqual([]);
    expect(missing('Aa1éééééééé'.normalize('NFD'))).toEqual(['length', 'other']);
  });

  it.each(['jan.peeters', 'BRUGGE\\jan.peeters', 'jan.peeters@brugge.example', 'Jan.Peeters'])(
    'may not contain the name of %s',
    userName => {
      expect(missing('99 jan.PEETERS', userName)).toEqual(['contains-user-name']);
      expect(missing('99 Other Words', userName)).toEqual([]);
    },
  );

  it('may contain the domain, and a name too short to mean anything', () => {
    expect(missing('Brugge 2026 yes', 'BRUGGE\\jan')).toEqual([]);
    expect(missing('Plain 2026 words', 'an')).toEqual([]);
    expect(missing('Plain 2026 words', '')).toEqual([]);
    expect(missing('Plain 2026 words', 'ain')).toEqual(['contains-user-name']);
  });

  it('never gets weaker by more of it, its user’s name aside', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme-ascii' }), (password, more) => {
        // A space keeps what is added from joining the letter before it.
        const after = missing(`${password} ${more}`, '');
        expect(missing(password, '')).toEqual(expect.arrayContaining([...after]));
      }),
    );
  });
});
