import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { attributeNames, attributes, definition, isAttributeName, nameOf } from '../../gateway/radius/dictionary.ts';

describe('the dictionary', () => {
  it('finds every attribute by number and by name', () => {
    for (const name of attributeNames) {
      const { number, vendor } = definition(name);
      expect(nameOf(number, vendor)).toBe(name);
      expect(isAttributeName(name)).toBe(true);
    }
    expect(attributeNames.length).toBeGreaterThan(80);
  });
  it('knows nothing of names that every object has', () => {
    for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty', '']) {
      expect(isAttributeName(name)).toBe(false);
    }
    expect(nameOf(255)).toBeUndefined();
    expect(nameOf(16, 312)).toBeUndefined();
  });
  it('marks as sensitive whatever is hidden, and whatever proves a password', () => {
    for (const name of attributeNames) {
      const row = definition(name);
      if (row.hiding !== undefined) expect([name, row.sensitive]).toEqual([name, true]);
    }
    expect(attributes['EAP-Message'].sensitive).toBe(true);
    expect(attributes['CHAP-Password'].sensitive).toBe(true);
  });
});

/** Another implementation's tables, where they are installed: names, numbers and kinds must agree. */
const folder = '/usr/share/freeradius';
const files = [
  'rfc2865',
  'rfc2866',
  'rfc2867',
  'rfc2868',
  'rfc2869',
  'rfc3162',
  'rfc4372',
  'rfc4675',
  'rfc4818',
  'rfc4849',
  'rfc5176',
  'rfc5580',
  'rfc6911',
  'rfc4072',
  'microsoft',
  'cisco',
];
const sameKind: Readonly<Record<string, readonly string[]>> = {
  text: ['string'],
  octets: ['octets', 'vsa', 'ifid'],
  integer: ['integer'],
  time: ['date'],
  address: ['ipaddr'],
  'ipv6-address': ['ipv6addr'],
  'ipv6-prefix': ['ipv6prefix'],
  'tagged-integer': ['integer'],
  'tagged-text': ['string'],
};
// Text by its RFC, or a password that is octets to us until it is revealed.
const otherwise = new Set<string>([
  'User-Password',
  'Tunnel-Password',
  'Operator-Name',
  'Framed-IPv6-Route',
  'Chargeable-User-Identity',
  'MS-CHAP2-Success',
  'MS-CHAP-Error',
]);

describe.skipIf(!existsSync(`${folder}/dictionary`))('the same in the dictionaries of FreeRADIUS', () => {
  const rows = new Map<string, { number: number; kind: string; vendor: number }>();
  const vendors: Record<string, number> = { microsoft: 311, cisco: 9 };
  for (const file of files) {
    if (!existsSync(`${folder}/dictionary.${file}`)) continue;
    for (const line of readFileSync(`${folder}/dictionary.${file}`, 'utf8').split('\n')) {
      const [word, name, number, kind = ''] = line.trim().split(/\s+/);
      if (word === 'ATTRIBUTE' && name !== undefined && /^\d+$/.test(number ?? '')) {
        rows.set(name, { number: Number(number), kind: kind.replace(/\[.*/, ''), vendor: vendors[file] ?? 0 });
      }
    }
  }
  const known = attributeNames.filter(name => rows.has(name.replace(/-ID$/, '-Id')) || rows.has(name));
  it('covers most of ours', () => {
    expect(known.length).toBeGreaterThan(75);
  });
  it.each(known)('%s', name => {
    const theirs = rows.get(name) ?? rows.get(name.replace(/-ID$/, '-Id'));
    const ours = definition(name);
    expect({ number: ours.number, vendor: ours.vendor ?? 0 }).toEqual({
      number: theirs?.number,
      vendor: theirs?.vendor,
    });
    if (!otherwise.has(name)) expect(sameKind[ours.kind]).toContain(theirs?.kind);
  });
});
