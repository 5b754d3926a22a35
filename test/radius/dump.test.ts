import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Attribute, attribute, eapAttributes, vendorAttribute } from '../../gateway/radius/attributes.ts';
import { attributeNames, definition } from '../../gateway/radius/dictionary.ts';
import { dump } from '../../gateway/radius/dump.ts';

const lines = (...attributes: Attribute[]) =>
  dump({ code: 1, identifier: 3, authenticator: new Uint8Array(16), attributes }).slice(1);

describe('dump', () => {
  it('reads like the dictionary', () => {
    expect(
      dump({
        code: 2,
        identifier: 3,
        authenticator: new Uint8Array(16),
        attributes: [
          attribute('Session-Timeout', 3600),
          attribute('Tunnel-Type', 9),
          attribute('Tunnel-Private-Group-ID', '120'),
          attribute('Framed-IPv6-Prefix', '2001:db8::/64'),
          attribute('MS-Primary-DNS-Server', '192.0.2.53'),
          vendorAttribute(4242, 3, Uint8Array.of(1, 2)),
          vendorAttribute(311, 99, Uint8Array.of(1, 2)),
          { type: 222, bytes: Uint8Array.of(0xca, 0xfe) },
          { type: 27, bytes: Uint8Array.of(1) },
        ],
      }),
    ).toEqual([
      'Access-Accept, identifier 3, 88 octets',
      'Session-Timeout = 3600',
      'Tunnel-Type = ESP (9)',
      'Tunnel-Private-Group-ID = "120"',
      'Framed-IPv6-Prefix = 2001:db8::/64',
      'MS-Primary-DNS-Server = 192.0.2.53',
      'vendor 4242 3 = 0x0102',
      'Microsoft 99 = 0x0102',
      'attribute 222 = 0xcafe',
      'Session-Timeout = 0x01',
    ]);
  });

  it('shows the head of EAP and nothing of what follows', () => {
    const packet = Buffer.concat([Uint8Array.of(2, 7, 1, 44, 13), Buffer.alloc(295, 'secret')]);
    expect(lines(...eapAttributes(packet))).toEqual([
      'EAP-Message = Response, identifier 7, type 13, 300 octets',
      'EAP-Message = continued',
    ]);
    expect(lines({ type: 79, bytes: new Uint8Array() })).toEqual(['EAP-Message = Start']);
    expect(lines({ type: 79, bytes: Uint8Array.of(3, 9, 0, 4) })).toEqual([
      'EAP-Message = Success, identifier 9, 4 octets',
    ]);
    expect(lines({ type: 79, bytes: Uint8Array.of(99) })).toEqual(['EAP-Message = (1 octets)']);
  });

  it('never shows the value of a sensitive attribute, whatever it is', () => {
    const sensitive = attributeNames.filter(name => definition(name).sensitive === true && name !== 'EAP-Message');
    expect(sensitive.length).toBeGreaterThan(9);
    fc.assert(
      fc.property(fc.constantFrom(...sensitive), fc.uint8Array({ minLength: 8, maxLength: 60 }), (name, value) => {
        const { number, vendor } = definition(name);
        const made = vendor === undefined ? { type: number, bytes: value } : vendorAttribute(vendor, number, value);
        expect(lines(made)).toEqual([`${name} = (hidden, ${value.length} octets)`]);
      }),
    );
  });

  it('shows no national number, neither in text nor in octets', () => {
    const number = '85073003328';
    const shown = lines(
      attribute('User-Name', number),
      attribute('Reply-Message', `dag 85.07.30-033.28`),
      attribute('Class', Buffer.from(number)),
      attribute('Cisco-AVPair', `audit-session-id=${number}`),
      { type: 222, bytes: Buffer.from(number) },
    ).join('\n');
    expect(shown).not.toContain('033');
    expect(shown).not.toContain(Buffer.from(number).toString('hex'));
    expect(shown.match(/\[national-number\]/g)).toHaveLength(5);
  });

  it('is one clean line per attribute for any octets', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 255 }), fc.uint8Array({ maxLength: 253 }), (type, bytes) => {
        for (const line of lines({ type, bytes })) expect(line).not.toMatch(/[\p{Cc}\u2028\u2029\u202e]/u);
      }),
      { numRuns: 1000 },
    );
  });

  it('shows octets that are text as text, and national numbers in neither form', () => {
    const lines = (value: string) =>
      dump({
        code: 2,
        identifier: 1,
        authenticator: new Uint8Array(16),
        attributes: [attribute('Class', Buffer.from(value, 'latin1'))],
      })[1];
    expect(lines('S-abc_1')).toBe('Class = "S-abc_1"');
    expect(lines('\u0001\u0002')).toBe('Class = 0x0102');
    expect(lines('id 85073003328')).not.toMatch(/85073003328|3835/);
  });
});
