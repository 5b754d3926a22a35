// One-time codes against the vectors of RFC 4226 and RFC 6238, and against oathtool where there is one.

import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRefused } from '../../gateway/contract/reason.ts';
import { base32 } from '../../gateway/identity/base32.ts';
import { otpauthUri, totpCode, totpSeedBytes, verifyTotp } from '../../gateway/identity/totp.ts';
import { describeWith } from '../support/programs.ts';

const seed = Buffer.from('12345678901234567890');
const stepMs = 30_000;

const verdict = (attempt: Partial<Parameters<typeof verifyTotp>[0]>) => {
  const answer = verifyTotp({ seed, code: totpCode(seed, 1000), now: 1000 * stepMs, lastStep: -1, ...attempt });
  return isRefused(answer) ? answer.refused : answer.step;
};

describe('a code', () => {
  it('is the one of RFC 4226 [RFC4226-D]', () => {
    const codes = Array.from({ length: 10 }, (_, counter) => totpCode(seed, counter));
    expect(codes.join(' ')).toBe('755224 287082 359152 969429 338314 254676 287922 162583 399871 520489');
  });

  it.each([
    [59, '94287082'],
    [1_111_111_109, '07081804'],
    [1_111_111_111, '14050471'],
    [1_234_567_890, '89005924'],
    [2_000_000_000, '69279037'],
    [20_000_000_000, '65353130'],
  ])('at second %i is the one of RFC 6238, of which it shows the last six [RFC6238-B]', (second, eight) => {
    const step = Math.floor(second / 30);
    expect(totpCode(seed, step, 8)).toBe(eight);
    expect(verdict({ code: eight.slice(2), now: second * 1000 })).toBe(step);
    expect(verdict({ code: eight, now: second * 1000 })).toBe('second-factor-wrong');
  });

  it('is not made from a seed under 128 bits [RFC4226-4]', () => {
    expect(() => totpCode(seed.subarray(0, 15), 1)).toThrow(RangeError);
    expect(totpCode(seed.subarray(0, 16), 1)).toMatch(/^\d{6}$/);
    expect(seed).toHaveLength(totpSeedBytes);
  });
});

describe('a typed code', () => {
  it.each([
    [-60_001, 'second-factor-wrong'],
    [-30_001, 'second-factor-wrong'],
    [-30_000, 1000],
    [-1, 1000],
    [0, 1000],
    [29_999, 1000],
    [59_999, 1000],
    [60_000, 'second-factor-wrong'],
  ])('%i ms from the beginning of its step is judged as %s [RFC6238-5.2]', (offset, expected) => {
    expect(verdict({ now: 1000 * stepMs + offset })).toBe(expected);
  });

  it.each(['$1 $2', ' $1$2\n', '$1\u00a0$2'])('may have spaces as in %j', form => {
    expect(verdict({ code: totpCode(seed, 1000).replace(/^(...)(...)$/, form) })).toBe(1000);
  });

  it.each(['', ' ', '12345', '1234567', '12345a', '-12345', '١٢٣٤٥٦', '0x1234', '1e5000', 'K7Q2-0000-0000-0000'])(
    '%j is wrong, whatever the clock says',
    code => {
      expect(verdict({ code })).toBe('second-factor-wrong');
    },
  );

  it('is not accepted twice, nor after a later one [RFC6238-5.2]', () => {
    expect(verdict({ lastStep: 999 })).toBe(1000);
    expect(verdict({ lastStep: 1000 })).toBe('second-factor-replayed');
    expect(verdict({ lastStep: 1001 })).toBe('second-factor-replayed');
  });

  it('is used up for both steps when two in a row have the same digits', () => {
    const [first, second] = [910_737, 910_738];
    const code = totpCode(seed, first);
    expect(totpCode(seed, second)).toBe(code);
    expect(verdict({ code, now: first * stepMs })).toBe(second);
    expect(verdict({ code, now: second * stepMs, lastStep: second })).toBe('second-factor-replayed');
  });

  it('that is wrong is told to be wrong, not replayed', () => {
    expect(verdict({ code: totpCode(seed, 5), lastStep: 1001 })).toBe('second-factor-wrong');
  });

  it('opens at most once in all of its time, however often it is tried', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 20, maxLength: 20 }),
        fc.integer({ min: 1, max: 2 ** 32 }),
        fc.array(fc.integer({ min: -2 * stepMs, max: 3 * stepMs }), { minLength: 1, maxLength: 20 }),
        (random, step, moments) => {
          const code = totpCode(random, step);
          let lastStep = -1;
          let opened = 0;
          for (const moment of moments.sort((a, b) => a - b)) {
            const answer = verifyTotp({ seed: random, code, now: step * stepMs + moment, lastStep });
            if (isRefused(answer)) continue;
            opened += 1;
            expect(answer.step).toBeGreaterThan(lastStep);
            lastStep = answer.step;
          }
          expect(opened).toBeLessThanOrEqual(1);
        },
      ),
    );
  });

  it('works in the first half minute of 1970 as well', () => {
    expect(verdict({ code: totpCode(seed, 0), now: 0 })).toBe(0);
    expect(verdict({ code: '000000', now: 0 })).toBe('second-factor-wrong');
  });
});

describe('the URI of the QR code', () => {
  const uri = otpauthUri({ issuer: 'Stad Brugge & OCMW', account: 'jan+x@brugge.example', seed });

  it('is one that a URL parser takes apart again', () => {
    const read = new URL(uri);
    expect(read.protocol).toBe('otpauth:');
    expect(read.host).toBe('totp');
    expect(decodeURIComponent(read.pathname)).toBe('/Stad Brugge & OCMW:jan+x@brugge.example');
    expect(Object.fromEntries(read.searchParams)).toEqual({
      secret: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ',
      issuer: 'Stad Brugge & OCMW',
      algorithm: 'SHA1',
      digits: '6',
      period: '30',
    });
  });

  it('writes a space as %20: some apps show a plus as it is', () => {
    expect(uri).toContain('Stad%20Brugge%20%26%20OCMW:jan%2Bx%40brugge.example?');
    expect(uri).not.toContain('+');
  });

  it('is not made for an issuer that would end too early', () => {
    expect(() => otpauthUri({ issuer: 'a:b', account: 'c', seed })).toThrow(RangeError);
  });
});

describeWith('oathtool', 'oathtool', (oathtool = '') => {
  it('shows the same codes', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 20, maxLength: 20 }),
        fc.integer({ min: 0, max: 2 ** 33 }),
        (random, second) => {
          const words = ['--totp', '--base32', '--now', `@${second}`, base32(random)];
          const shown = execFileSync(oathtool, words, { encoding: 'utf8' }).trim();
          expect(totpCode(random, Math.floor(second / 30))).toBe(shown);
        },
      ),
      { numRuns: 10 },
    );
  });
});
