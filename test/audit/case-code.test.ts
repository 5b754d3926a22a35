// Case codes and record ids: their form, their spread, and how a code is read back from a person.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { caseCode, isRecordId, readCaseCode, recordId } from '../../gateway/audit/case-code.ts';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length + 4 });

describe('a case code', () => {
  it('is six letters without vowels and look-alikes, from any bytes', () => {
    fc.assert(fc.property(bytes(6), random => /^[BCDFHJKLMNPRTVWX]{6}$/.test(caseCode(random))));
  });

  it('uses every letter equally often in every place', () => {
    for (let place = 0; place < 6; place++) {
      const seen = new Map<string, number>();
      for (let value = 0; value < 256; value++) {
        const letter = caseCode(new Uint8Array(6).fill(value, place, place + 1)).charAt(place);
        seen.set(letter, (seen.get(letter) ?? 0) + 1);
      }
      expect([...seen.values()]).toEqual(Array.from({ length: 16 }, () => 16));
    }
  });

  it('is read back however it is typed', () => {
    fc.assert(
      fc.property(bytes(6), random => {
        const code = caseCode(random);
        for (const typed of [
          code,
          code.toLowerCase(),
          `${code.slice(0, 3)}-${code.slice(3)}`,
          ` ${code.slice(0, 3)} ${code.slice(3)} `,
        ]) {
          expect(readCaseCode(typed)).toBe(code);
        }
      }),
    );
  });

  it.each(['', 'BCDFH', 'BCDFHJK', 'ACDFHJ', 'BCDFH1', 'BCDFHQ', 'BCDFHJ%', 'ßCDFH'])('is not %j', text => {
    expect(readCaseCode(text)).toBeUndefined();
  });

  it('takes six bytes', () => {
    expect(() => caseCode(new Uint8Array(5))).toThrow(RangeError);
  });
});

describe('a record id', () => {
  it('is of its own form, never that of a case code, and differs when its bytes differ', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 12, maxLength: 12 }), fc.nat(95), (random, bit) => {
        const id = recordId(random);
        expect(isRecordId(id)).toBe(true);
        expect(readCaseCode(id)).toBeUndefined();
        const other = random.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
        expect(recordId(other)).not.toBe(id);
      }),
    );
  });

  it('takes twelve bytes', () => {
    expect(() => recordId(new Uint8Array(11))).toThrow(RangeError);
  });

  it.each(['', 'D-', 'BCDFHJ', 'D-AAAAAAAAAAAAAAAAA', 'S-AAAAAAAAAAAAAAAA', 'D-AAAAAAAAAAAAAAA='])(
    'is not %j',
    text => {
      expect(isRecordId(text)).toBe(false);
    },
  );
});
