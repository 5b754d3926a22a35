// Pseudonyms: keyed, scoped, and of the size they claim.

import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { acts } from '../../gateway/contract/acts.ts';
import { type PseudonymKey, pseudonymOf, pseudonymsOf, newestFirst } from '../../gateway/identity/pseudonym.ts';

const key: PseudonymKey = { id: 'k1', key: Buffer.alloc(32, 7) };
const newer: PseudonymKey = { id: 'k2', key: Buffer.alloc(32, 8) };

describe('pseudonyms', () => {
  it('are 130 bits of HMAC-SHA256 in base32', () => {
    const mac = createHmac('sha256', key.key);
    for (const field of ['sluis-pseudonym/1', 'org', 'PNOBE-85073003328']) {
      mac.update(createHash('sha256').update(field).digest());
    }
    const bits = Array.from(mac.digest(), octet => octet.toString(2).padStart(8, '0')).join('');
    const expected = Array.from({ length: 26 }, (_, index) => Number.parseInt(bits.slice(index * 5, index * 5 + 5), 2));
    const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
    const text = expected.map(value => alphabet[value]).join('');
    expect(pseudonymOf(key, 'org', 'PNOBE-85073003328')).toBe(`k1-${text}`);
  });

  it('differ by tenant, by identifier and by key', () => {
    const all = [
      pseudonymOf(key, 'org', 'PNOBE-1'),
      pseudonymOf(key, 'other', 'PNOBE-1'),
      pseudonymOf(key, 'org', 'PNOBE-2'),
      pseudonymOf({ ...newer, id: 'k1' }, 'org', 'PNOBE-1'),
      pseudonymOf(key, 'orgP', 'NOBE-1'),
    ];
    expect(new Set(all).size).toBe(all.length);
  });

  it('never hold the identifier', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9]{11}$/), identifier => {
        const pseudonym = pseudonymOf(key, 'org', `PNOBE-${identifier}`);
        expect(pseudonym).toMatch(/^k1-[a-z2-7]{26}$/);
        expect(pseudonym).not.toContain(identifier);
      }),
    );
  });

  it('are what an operator may ask to have revealed', () => {
    for (const id of ['k1', 'k', '12345678']) {
      const person = pseudonymOf({ ...key, id }, 'org', 'PNOBE-1');
      expect(Value.Check(acts.reveal.args, { person }), person).toBe(true);
    }
  });

  it('of earlier keys stand beside that of today, in the order of the keys', () => {
    const [today, before] = [pseudonymOf(newer, 'org', 'PNOBE-1'), pseudonymOf(key, 'org', 'PNOBE-1')];
    expect(before).toMatch(/^k1-/);
    expect(today).toMatch(/^k2-/);
    expect(pseudonymsOf([newer, key], 'org', 'PNOBE-1')).toEqual({ pseudonym: today, formerPseudonyms: [before] });
    expect(pseudonymsOf([key], 'org', 'PNOBE-1')).toEqual({ pseudonym: before });
  });

  it('are put in the order of their keys, those of unknown keys last', () => {
    expect(newestFirst(['k1-a', 'x-b', 'k2-c'], ['k2', 'k1'])).toEqual(['k2-c', 'k1-a', 'x-b']);
    expect(newestFirst(['k10-a', 'k1-b'], ['k1', 'k10'])).toEqual(['k1-b', 'k10-a']);
    expect(newestFirst([], ['k1'])).toEqual([]);
  });

  it('refuse a short key and a key without a good id: those are our own mistakes', () => {
    expect(() => pseudonymOf({ id: 'k1', key: Buffer.alloc(31) }, 'org', 'PNOBE-1')).toThrow('32 bytes');
    for (const id of ['', 'K1', 'k-1', '123456789', 'k,1']) {
      expect(() => pseudonymOf({ ...key, id }, 'org', 'PNOBE-1')).toThrow('no id');
    }
  });
});
