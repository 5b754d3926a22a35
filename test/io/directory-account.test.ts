// Attributes of accounts as directories write them, and names of groups as words.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accountState, employmentOf, valuesOf } from '../../gateway/io/directory-account.ts';
import { groupWord, groupWords } from '../../gateway/io/directory-groups.ts';
import { Unavailable } from '../../gateway/ports.ts';

const dn = 'uid=x';

describe('accountState', () => {
  it.each([
    ['512', undefined, { disabled: false }],
    ['514', undefined, { disabled: true }],
    // Password never expires, smart card required, and disabled.
    ['328194', undefined, { disabled: true }],
    ['66048', '0', { disabled: false }],
    ['512', '9223372036854775807', { disabled: false }],
    ['512', '132223104000000000', { disabled: false, expiresAt: Date.UTC(2020, 0, 1) }],
  ])('Active Directory: %s, %s', (userAccountControl, accountExpires, state) => {
    const entry = { dn, userAccountControl, ...(accountExpires === undefined ? {} : { accountExpires }) };
    expect(accountState('active-directory', entry)).toEqual(state);
  });

  it.each([{}, { userAccountControl: '' }, { userAccountControl: 'x' }, { userAccountControl: [] }])(
    'Active Directory: what cannot be read is not active (%j)',
    entry => {
      expect(() => accountState('active-directory', { dn, ...entry })).toThrow(Unavailable);
    },
  );

  it.each([
    [{}, { disabled: false }],
    [{ shadowExpire: '-1' }, { disabled: false }],
    [{ shadowExpire: '0' }, { disabled: false, expiresAt: 0 }],
    [{ shadowExpire: '18262' }, { disabled: false, expiresAt: Date.UTC(2020, 0, 1) }],
    [{ pwdAccountLockedTime: '000001010000Z' }, { disabled: true }],
    // Anybody can type a wrong password for somebody else.
    [{ pwdAccountLockedTime: '20260101120000Z' }, { disabled: false }],
    [{ SHADOWEXPIRE: '18262' }, { disabled: false, expiresAt: Date.UTC(2020, 0, 1) }],
  ])('RFC 2307: %j', (entry, state) => {
    expect(accountState('rfc2307', { dn, ...entry })).toEqual(state);
  });
});

describe('valuesOf', () => {
  it('is the same for one value and for several, without octets that are no text', () => {
    expect(valuesOf({ dn, cn: 'a' }, 'CN')).toEqual(['a']);
    expect(valuesOf({ dn, cn: ['a', 'b'] }, 'cn')).toEqual(['a', 'b']);
    expect(valuesOf({ dn, cn: Buffer.from([0xff]) }, 'cn')).toEqual([]);
    expect(valuesOf({ dn }, 'dn')).toEqual([]);
  });
});

describe('groupWord', () => {
  it.each([
    ['IT Admins', 'it-admins'],
    ['IT_Admins (Brüssel)', 'it-admins-brussel'],
    ['  Équipe n° 4 ', 'equipe-n-4'],
    ['---', undefined],
    ['', undefined],
    ['Группа', undefined],
    ['a'.repeat(63), 'a'.repeat(63)],
    ['a'.repeat(64), undefined],
  ])('%j is %j', (name, word) => {
    expect(groupWord(name)).toBe(word);
  });

  it('is always a word of the policy language, or none', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), name => {
        const word = groupWord(name);
        expect(word === undefined || /^[a-z0-9][a-z0-9.-]{0,62}$/.test(word)).toBe(true);
      }),
    );
  });

  it('counts only mapped names when there is a map, letter for letter', () => {
    const map = new Map([['IT Admins', 'it-admin']]);
    expect(groupWords(['IT Admins', 'it admins', 'Staff'], map)).toEqual(['it-admin']);
    expect(groupWords(['Staff', 'IT Admins', 'staff'], undefined)).toEqual(['it-admins', 'staff']);
  });
});

describe('employmentOf', () => {
  it.each<[string | string[], number | undefined]>([
    ['1', 1],
    ['0.8', 0.8],
    ['0,5', 0.5],
    ['80', 0.8],
    ['80 %', 0.8],
    ['62.5%', 0.625],
    ['1%', 0.01],
    ['0', 0],
    [['0.5', '1'], 0.5],
    ['101', undefined],
    ['-1', undefined],
    ['full time', undefined],
    ['', undefined],
    [[], undefined],
  ])('%j is %s of full time', (value, share) => {
    expect(employmentOf({ dn, workingTime: value }, 'workingTime')).toBe(share);
    expect(employmentOf({ dn }, 'workingTime')).toBeUndefined();
  });
});
