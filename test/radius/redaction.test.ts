import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isNationalNumber, nationalNumberMark, redactNationalNumber } from '../../gateway/radius/redaction.ts';

/** Computed here on its own: 97 less the remainder, with the 2 before it since 2000. */
function numberOf(year: number, month: number, day: number, serial: number, since2000: boolean): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const body = `${two(year)}${two(month)}${two(day)}${String(serial).padStart(3, '0')}`;
  const check = 97n - (BigInt(since2000 ? `2${body}` : body) % 97n);
  return `${body}${String(check).padStart(2, '0')}`;
}

const person = fc.record({
  year: fc.integer({ min: 0, max: 99 }),
  month: fc.integer({ min: 0, max: 12 }),
  bis: fc.constantFrom(0, 20, 40),
  day: fc.integer({ min: 0, max: 31 }),
  serial: fc.integer({ min: 1, max: 998 }),
  since2000: fc.boolean(),
});
const anyNumber = person.map(({ year, month, bis, day, serial, since2000 }) =>
  numberOf(year, month + bis, day, serial, since2000),
);

describe('redactNationalNumber', () => {
  it('takes out any national number, BIS numbers too, with or without separators, amid any text', () => {
    const around = fc.string({ maxLength: 20 }).filter(text => !/\d/.test(text));
    const separated = fc.constantFrom(
      (n: string) => n,
      (n: string) => n.replace(/^(..)(..)(..)(...)(..)$/, '$1.$2.$3-$4.$5'),
      (n: string) => n.replace(/^(..)(..)(..)(...)(..)$/, '$1 $2 $3 $4 $5'),
      (n: string) => n.replace(/^(.{6})(...)(..)$/, '$1-$2-$3'),
      (n: string) => n.replace(/^(..)(..)(..)(...)(..)$/, '$1/$2/$3 – $4.$5'),
    );
    fc.assert(
      fc.property(anyNumber, separated, around, around, (number, write, before, after) => {
        const redacted = redactNationalNumber(`${before}${write(number)}${after}`);
        expect(redacted).toBe(`${before}${nationalNumberMark}${after}`);
      }),
    );
  });

  it('leaves text without one as it is', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), text => {
        const digits = text.replaceAll(/\D/g, '').length;
        fc.pre(digits < 11);
        expect(redactNationalNumber(text)).toBe(text);
      }),
    );
    for (const text of [
      'laptop-07',
      '192.0.2.17[4500]',
      '00:11:22:33:44:55',
      '1767225600-1',
      '+32 9 264 00 00',
      'C1=2026-10-01',
      '12345678901',
    ]) {
      expect(redactNationalNumber(text)).toBe(text);
    }
  });

  it.each([
    ['85.07.30-033.28', nationalNumberMark],
    ['SERIALNUMBER=85073003328, GN=Jan', `SERIALNUMBER=${nationalNumberMark}, GN=Jan`],
    ['85073003328@eid.example', `${nationalNumberMark}@eid.example`],
    ['a 85073003328 b 85073003328', `a ${nationalNumberMark} b ${nationalNumberMark}`],
    // A candidate that fails must not swallow the start of one that holds.
    ['11.85.07.30-033.28', `11.${nationalNumberMark}`],
    // Part of a longer number is not one.
    ['185073003328', '185073003328'],
    ['850730033281', '850730033281'],
    // Check digits wrong.
    ['85.07.30-033.29', '85.07.30-033.29'],
  ])('%s → %s', (text, expected) => {
    expect(redactNationalNumber(text)).toBe(expected);
  });

  it('takes time in proportion to the text, whatever the text', () => {
    const started = performance.now();
    redactNationalNumber('1-'.repeat(50_000));
    redactNationalNumber('1'.repeat(100_000));
    redactNationalNumber(' '.repeat(50_000) + '1 '.repeat(20_000));
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

describe('isNationalNumber', () => {
  it('knows the check digits of births before and since 2000', () => {
    expect(isNationalNumber(numberOf(85, 7, 30, 33, false))).toBe(true);
    expect(isNationalNumber(numberOf(5, 2, 28, 12, true))).toBe(true);
  });
  it.each(['', '8507300332', '85073003327', '85130100100', '85530100100', 'a5073003328'])('refuses %s', text => {
    expect(isNationalNumber(text)).toBe(false);
  });
  it('refuses months and days that no one is born in', () => {
    for (const month of [13, 19, 33, 53, 60, 99])
      expect(isNationalNumber(numberOf(85, month, 1, 1, false))).toBe(false);
    expect(isNationalNumber(numberOf(85, 7, 32, 1, false))).toBe(false);
    expect(isNationalNumber(numberOf(85, 0, 45, 1, false))).toBe(true);
  });
});
