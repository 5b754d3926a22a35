import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRefused } from '../../gateway/contract/reason.ts';
import {
  address,
  all,
  attribute,
  eapAttributes,
  eapMessage,
  first,
  has,
  integer,
  text,
  vendorAttribute,
  vendorParts,
  vendorValues,
  withAttributes,
} from '../../gateway/radius/attributes.ts';

const octets = (...values: number[]) => Uint8Array.from(values);

describe('look-up', () => {
  const list = [
    attribute('Class', octets(1)),
    attribute('User-Name', 'nemo'),
    attribute('Class', octets(2)),
    attribute('NAS-Port', 7),
    attribute('NAS-IP-Address', '192.0.2.1'),
  ];
  it('keeps order and repetition', () => {
    expect(all(list, 'Class')).toEqual([octets(1), octets(2)]);
    expect(first(list, 'Class')).toEqual(octets(1));
    expect(all(list, 'State')).toEqual([]);
    expect(has(list, 'State')).toBe(false);
  });
  it('reads by kind', () => {
    expect(text(list, 'User-Name')).toBe('nemo');
    expect(integer(list, 'NAS-Port')).toBe(7);
    expect(address(list, 'NAS-IP-Address')).toBe('192.0.2.1');
    expect(text(list, 'Filter-Id')).toBeUndefined();
  });
  it('ignores a value that is wrong inside [RFC6929-2.8]', () => {
    expect(integer([{ type: 5, bytes: octets(1, 2, 3) }], 'NAS-Port')).toBeUndefined();
    expect(address([{ type: 4, bytes: octets(1, 2, 3) }], 'NAS-IP-Address')).toBeUndefined();
    expect(text([{ type: 1, bytes: octets(0xff, 0xfe) }], 'User-Name')).toBeUndefined();
  });
  it('extends without changing', () => {
    const longer = withAttributes(list, attribute('State', octets(9)));
    expect(list).toHaveLength(5);
    expect(longer).toHaveLength(6);
    expect(longer[5]).toEqual({ type: 24, bytes: octets(9) });
  });
});

describe('attribute refuses to build what may not be sent', () => {
  it('an empty text or string [RFC2865-5]', () => {
    expect(() => attribute('User-Name', '')).toThrow(RangeError);
    expect(() => attribute('Class', octets())).toThrow(RangeError);
    expect(attribute('EAP-Message', octets())).toEqual({ type: 79, bytes: octets() });
  });
  it('what is too long', () => {
    expect(attribute('Reply-Message', 'x'.repeat(253)).bytes).toHaveLength(253);
    expect(() => attribute('Reply-Message', 'x'.repeat(254))).toThrow(RangeError);
    expect(() => attribute('Cisco-AVPair', 'x'.repeat(248))).toThrow(RangeError);
  });
  it('values of another kind', () => {
    expect(() => attribute('NAS-Port', -1)).toThrow(RangeError);
    expect(() => attribute('NAS-Port', 2 ** 32)).toThrow(RangeError);
    expect(() => attribute('NAS-IP-Address', '::1')).toThrow(RangeError);
    expect(() => attribute('Framed-IPv6-Prefix', '2001:db8::/129')).toThrow(RangeError);
  });
});

describe('Vendor-Specific [RFC2865-5.26]', () => {
  it('is written in the recommended format', () => {
    const made = attribute('MS-Primary-DNS-Server', '192.0.2.53');
    expect(Buffer.from(made.bytes).toString('hex')).toBe('000001371c06c0000235');
    expect(made.type).toBe(26);
  });
  it('is found by name, also among several sub-attributes of one attribute', () => {
    const two = Buffer.from('000001371c06c00002351d06c0000236', 'hex');
    const list = [{ type: 26, bytes: two }];
    expect(address(list, 'MS-Primary-DNS-Server')).toBe('192.0.2.53');
    expect(address(list, 'MS-Secondary-DNS-Server')).toBe('192.0.2.54');
    expect(address(list, 'Cisco-VPN-Primary-DNS')).toBeUndefined();
  });
  it('comes back as it was written', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 0xff_ffff }),
        fc.integer({ min: 0, max: 255 }),
        fc.uint8Array({ maxLength: 247 }),
        (vendor, type, value) => {
          const made = vendorAttribute(vendor, type, value);
          expect(vendorValues([made], vendor, type).map(found => Array.from(found))).toEqual([Array.from(value)]);
        },
      ),
    );
  });
  it('yields nothing when it is not in that format, and never throws', () => {
    expect(vendorParts(Buffer.from('00000137104061', 'hex'))).toEqual([]);
    expect(vendorParts(Buffer.from('0000013710', 'hex'))).toEqual([]);
    expect(vendorParts(Buffer.from('000001371001', 'hex'))).toEqual([]);
    expect(vendorParts(octets(0, 0))).toEqual([]);
    fc.assert(fc.property(fc.uint8Array({ maxLength: 253 }), value => void vendorParts(value)));
  });
});

describe('EAP-Message [RFC3579-3.1]', () => {
  it('is cut into pieces of at most 253 octets and joined again', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4000 }), packet => {
        const pieces = eapAttributes(packet);
        expect(pieces.every(({ type, bytes }) => type === 79 && bytes.length <= 253)).toBe(true);
        expect(pieces).toHaveLength(Math.max(1, Math.ceil(packet.length / 253)));
        const joined = eapMessage([attribute('User-Name', 'a'), ...pieces, attribute('NAS-Port', 1)]);
        if (joined === undefined || isRefused(joined)) throw new Error('not joined');
        expect(Buffer.compare(joined, packet)).toBe(0);
      }),
    );
  });
  it('is absent, or empty for EAP-Start', () => {
    expect(eapMessage([attribute('NAS-Port', 1)])).toBeUndefined();
    expect(eapMessage([{ type: 79, bytes: octets() }])).toEqual(octets());
  });
  it('is refused when other attributes stand between its pieces', () => {
    const [a, b] = eapAttributes(new Uint8Array(300));
    if (a === undefined || b === undefined) throw new Error('one piece');
    expect(eapMessage([a, attribute('NAS-Port', 1), b])).toMatchObject({ refused: 'eap-malformed' });
  });
});
