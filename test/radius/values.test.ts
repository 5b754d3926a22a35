import { isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressFromBytes, addressToBytes, prefixFromBytes, prefixToBytes } from '../../gateway/radius/addresses.ts';
import { readValue, type ValueKind, writeValue } from '../../gateway/radius/values.ts';

const hex = (bytes: Uint8Array | undefined) => (bytes === undefined ? undefined : Buffer.from(bytes).toString('hex'));

describe('values ⇄ octets', () => {
  it.each<[ValueKind, string | number | bigint, string]>([
    ['text', 'Gent – Évry', '47656e7420e2809320c389767279'],
    ['integer', 0, '00000000'],
    ['integer', 0xffff_ffff, 'ffffffff'],
    ['time', 1_767_225_600, '6955b900'],
    ['address', '255.255.255.254', 'fffffffe'],
    ['ipv6-address', '2001:db8::7', '20010db8000000000000000000000007'],
    ['ipv6-prefix', '2001:db8::/32', '002020010db8'],
    ['integer64', 2n ** 64n - 1n, 'ffffffffffffffff'],
    ['tagged-integer', 9, '00000009'],
    ['tagged-text', '120', '313230'],
  ])('%s %s', (kind, value, octets) => {
    expect(hex(writeValue(kind, value as never))).toBe(octets);
    expect(readValue(kind, Buffer.from(octets, 'hex'))).toBe(value);
  });

  it('drops the tag of a tagged value [RFC2868-3]', () => {
    expect(readValue('tagged-integer', Buffer.from('0100000d', 'hex'))).toBe(13);
    expect(readValue('tagged-text', Buffer.from('01313230', 'hex'))).toBe('120');
    expect(readValue('tagged-text', Buffer.from('1f', 'hex'))).toBe('');
  });

  it.each<[ValueKind, string]>([
    ['text', 'c328'],
    ['integer', '000000'],
    ['integer', '0000000000'],
    ['address', '20010db8000000000000000000000007'],
    ['ipv6-address', 'c0000201'],
    ['ipv6-prefix', '0081'],
    ['ipv6-prefix', '00'],
    ['ipv6-prefix', '004020010db8'],
    ['integer64', '00000000'],
    ['tagged-integer', '0d'],
  ])('an octet string that is no %s: %s', (kind, octets) => {
    expect(readValue(kind, Buffer.from(octets, 'hex'))).toBeUndefined();
  });
});

describe('addresses', () => {
  it.each([
    ['::', '00000000000000000000000000000000'],
    ['::1', '00000000000000000000000000000001'],
    ['fe80::', 'fe800000000000000000000000000000'],
    ['2001:db8:0:1:1:1:1:1', '20010db8000000010001000100010001'],
    // RFC 5952: the longest run is shortened, of two equal ones the first.
    ['2001:0:0:1::1', '20010000000000010000000000000001'],
    ['2001:db8::1:0:0:1', '20010db8000000000001000000000001'],
  ])('%s', (text, octets) => {
    expect(hex(addressToBytes(text))).toBe(octets);
    expect(addressFromBytes(Buffer.from(octets, 'hex'))).toBe(text);
  });

  it('reads the dotted end and refuses zones and what is no address', () => {
    expect(hex(addressToBytes('::ffff:192.0.2.1'))).toBe('00000000000000000000ffffc0000201');
    for (const text of ['fe80::1%eth0', '', '1.2.3', '1.2.3.256', 'example', '1::2::3']) {
      expect(addressToBytes(text)).toBeUndefined();
    }
  });

  it('any 16 octets make an address that Node takes for one, and come back', () => {
    const word = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.array(word, { minLength: 16, maxLength: 16 }), octets => {
        const text = addressFromBytes(Uint8Array.from(octets)) ?? '';
        expect(isIPv6(text)).toBe(true);
        expect(Array.from(addressToBytes(text) ?? [])).toEqual(octets);
        // The platform's own idea of the short form.
        expect(new URL(`http://[${text}]/`).hostname).toBe(`[${text}]`);
      }),
    );
  });

  it('prefixes of any length come back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 128 }), bits => {
        const octets = prefixToBytes(`2001:db8:ffff:ffff:ffff:ffff:ffff:ffff/${bits}`);
        expect(octets?.length).toBe(2 + Math.ceil(bits / 8));
        expect(prefixFromBytes(octets ?? new Uint8Array())).toMatch(new RegExp(`/${bits}$`));
      }),
    );
  });

  it('bits outside the prefix are zero [RFC3162-2.3]', () => {
    expect(hex(prefixToBytes('2001:db8:ffff::/33'))).toBe('002120010db880');
    expect(hex(prefixToBytes('ffff::/3'))).toBe('0003e0');
  });
});
