// National register and BIS numbers: published vectors, and the properties of the check.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkIdentifier, checksumNames } from '../../gateway/identity/checksum.ts';
import { ageAtLeast, readNationalNumber } from '../../gateway/identity/national-number.ts';

describe('national numbers', () => {
  it.each([
    ['85073003328', 'nrn', { year: 1985, month: 7, day: 30 }],
    ['17073003384', 'nrn', { year: 2017, month: 7, day: 30 }],
    ['01050399864', 'nrn', { year: 2001, month: 5, day: 3 }],
    ['25041612347', 'nrn', { year: 1925, month: 4, day: 16 }],
    ['25041612376', 'nrn', { year: 2025, month: 4, day: 16 }],
    ['98472899765', 'bis', { year: 1998, month: 7, day: 28 }],
    ['01490700185', 'bis', { year: 2001, month: 9, day: 7 }],
  ] as const)('%s is a %s', (digits, kind, birth) => {
    expect(readNationalNumber(digits)).toEqual({ kind, birth });
  });

  it.each(['67063029660', '12345678901', '8507300332', '850730033280', '85.07.30-033.28', '8507300332a', ''])(
    '%s is none',
    digits => {
      expect(readNationalNumber(digits)).toBeUndefined();
    },
  );

  const numbered = (nine: string, century: 1900 | 2000 = 1900) => {
    const check = 97 - (Number((century === 2000 ? '2' : '') + nine) % 97);
    return nine + String(check).padStart(2, '0');
  };

  it.each([
    ['000001123', 1900, {}],
    ['002001123', 1900, {}],
    ['850030123', 1900, { year: 1985 }],
    ['850700123', 1900, { year: 1985, month: 7 }],
    ['850231123', 1900, { year: 1985, month: 2 }],
    ['850799123', 1900, { year: 1985, month: 7 }],
  ] as const)('%s of %i tells only what it knows', (nine, century, birth) => {
    expect(readNationalNumber(numbered(nine, century))?.birth).toEqual(birth);
  });

  it.each(['851330123', '851930123', '855330123', '850730000', '850730999'])('%s cannot be issued', nine => {
    expect(readNationalNumber(numbered(nine))).toBeUndefined();
  });

  const nine = fc
    .tuple(
      fc.nat(99),
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 28 }),
      fc.integer({ min: 1, max: 998 }),
    )
    .map(
      ([year, month, day, sequence]) =>
        [year, month, day].map(part => String(part).padStart(2, '0')).join('') + String(sequence).padStart(3, '0'),
    );

  it('the check tells the century', () => {
    fc.assert(
      fc.property(nine, fc.constantFrom(1900 as const, 2000 as const), (digits, century) => {
        const year = readNationalNumber(numbered(digits, century))?.birth.year;
        expect(year).toBe(century + Number(digits.slice(0, 2)));
      }),
    );
  });

  it('one wrong digit never passes as the same century', () => {
    fc.assert(
      fc.property(nine, fc.nat(10), fc.integer({ min: 1, max: 9 }), (digits, at, shift) => {
        const right = numbered(digits);
        const wrong = Array.from(right, (digit, index) =>
          index === at ? String((Number(digit) + shift) % 10) : digit,
        );
        const read = readNationalNumber(wrong.join(''));
        if (read !== undefined) expect(read.birth.year ?? 2000).toBeGreaterThanOrEqual(2000);
      }),
    );
  });
});

describe('age', () => {
  const now = Date.UTC(2026, 6, 15, 12);
  it.each([
    [{ year: 2011, month: 7, day: 15 }, 15],
    [{ year: 2011, month: 7, day: 16 }, 14],
    [{ year: 2011, month: 8, day: 1 }, 14],
    [{ year: 2011, month: 7 }, 14],
    [{ year: 2011, month: 6 }, 15],
    [{ year: 2011 }, 14],
    [{}, undefined],
  ])('%o is %s', (birth, age) => {
    expect(ageAtLeast(birth, now)).toBe(age);
  });
});

describe('checksums', () => {
  it.each([
    ['be-nrn', '85073003328', true],
    ['be-nrn', '98472899765', false],
    ['be-bis', '98472899765', true],
    ['be-bis', '85073003328', false],
    ['ee-ik', '38001085718', true],
    ['ee-ik', '38001085719', false],
    ['ee-ik', '38013085718', false],
    ['nl-bsn', '111222333', true],
    ['nl-bsn', '111222334', false],
    ['nl-bsn', '000000000', false],
    ['luhn', '79927398713', true],
    ['luhn', '79927398710', false],
    ['luhn', 'x', false],
    ['none', 'anything', true],
  ] as const)('%s of %s', (name, identifier, right) => {
    expect(checkIdentifier(name, identifier) !== undefined).toBe(right);
  });

  it('tells the birth date in an Estonian code', () => {
    expect(checkIdentifier('ee-ik', '38001085718')?.birth).toEqual({ year: 1980, month: 1, day: 8 });
  });

  it('take any text without an error', () => {
    fc.assert(
      fc.property(fc.constantFrom(...checksumNames), fc.string(), (name, identifier) => {
        expect(() => checkIdentifier(name, identifier)).not.toThrow();
      }),
    );
  });
});
