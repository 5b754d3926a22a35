// Pseudonyms: keyed, scoped, and of the size they claim.

import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pseudonymOf } from '../../gateway/identity/pseudonym.ts';

const key = Buffer.alloc(32, 7);

describe('pseudonyms', () => {
  it('are 130 bits of HMAC-SHA256 in base32', () => {
    const mac = createHmac('sha256', key);
    for (const field of ['sluis-pseudonym/1', 'org', 'PNOBE-85073003328']) {
      mac.update(createHash('sha256').update(field).digest());
    }
    const bits = Array.from(mac.digest(), octet => octet.toString(2).padStart(8, '0')).join('');
    const expected = Array.from({ length: 26 }, (_, index) => Number.parseInt(bits.slice(index * 5, index * 5 + 5), 2));
    const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
    const text = expected.map(value => alphabet[value]).join('');
    expect(pseudonymOf(key, 'org', 'PNOBE-85073003328')).toBe(text);
  });

  it('differ by tenant, by identifier and by key', () => {
    const all = [
      pseudonymOf(key, 'org', 'PNOBE-1'),
      pseudonymOf(key, 'other', 'PNOBE-1'),
      pseudonymOf(key, 'org', 'PNOBE-2'),
      pseudonymOf(Buffer.alloc(32, 8), 'org', 'PNOBE-1'),
      pseudonymOf(key, 'orgP', 'NOBE-1'),
    ];
    expect(new Set(all).size).toBe(all.length);
  });

  it('never hold the identifier', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9]{11}$/), identifier => {
        const pseudonym = pseudonymOf(key, 'org', `PNOBE-${identifier}`);
        expect(pseudonym).toMatch(/^[a-z2-7]{26}$/);
        expect(pseudonym).not.toContain(identifier);
      }),
    );
  });

  it('refuse a short key: that is our own mistake', () => {
    expect(() => pseudonymOf(Buffer.alloc(31), 'org', 'PNOBE-1')).toThrow('32 bytes');
  });
});
