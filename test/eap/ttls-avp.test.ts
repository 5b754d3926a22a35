// The attribute-value pairs inside EAP-TTLS: octet by octet, both ways, and with lengths that lie.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRefused } from '../../gateway/contract/reason.ts';
import { type Avp, decodeAvps, encodeAvp } from '../../gateway/eap/ttls-avp.ts';

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const avp = fc.record(
  {
    code: fc.nat(0xffff_ffff),
    vendor: fc.nat(0xffff_ffff),
    mandatory: fc.boolean(),
    data: fc.uint8Array({ maxLength: 40 }),
  },
  { requiredKeys: ['code', 'mandatory', 'data'] },
);

describe('[RFC5281-10.1] one AVP', () => {
  it.each<[string, Avp, string]>([
    [
      'a user name, padded by its length alone',
      { code: 1, mandatory: true, data: Buffer.from('jan') },
      '00000001 4000000b 6a616e 00',
    ],
    ['one that needs no padding', { code: 79, mandatory: false, data: hex('02010004') }, '0000004f 0000000c 02010004'],
    ['an empty one', { code: 2, mandatory: true, data: hex('') }, '00000002 40000008'],
    [
      'one of a vendor',
      { code: 26, vendor: 311, mandatory: true, data: hex('aabb') },
      '0000001a c000000e 00000137 aabb 0000',
    ],
    [
      'a code above those of RADIUS',
      { code: 0x1_0000, mandatory: false, data: hex('ff') },
      '00010000 00000009 ff000000',
    ],
  ])('%s', (_what, value, octets) => {
    expect(encodeAvp(value)).toEqual(hex(octets));
    expect(decodeAvps(hex(octets))).toEqual([{ ...value, data: Uint8Array.from(value.data) }]);
  });

  it('[RFC5281-10.1] reserved flags are ignored', () => {
    expect(decodeAvps(hex('00000001 7f00000b 6a616e 00'))).toEqual([{ code: 1, mandatory: true, data: hex('6a616e') }]);
  });
  it('what was put into padding is not read', () => {
    expect(decodeAvps(hex('00000001 40000009 6a ff00ff'))).toEqual([{ code: 1, mandatory: true, data: hex('6a') }]);
  });
  it('one that says more than its length can hold is our own mistake', () => {
    expect(() => encodeAvp({ code: 1, mandatory: true, data: new Uint8Array(0x100_0000) })).toThrow(RangeError);
  });
});

describe('[RFC5281-10.2] a sequence', () => {
  it('comes back as it went in', () => {
    fc.assert(
      fc.property(fc.array(avp, { maxLength: 6 }), all => {
        const octets = Uint8Array.from(Buffer.concat(all.map(encodeAvp)));
        expect(octets.length % 4).toBe(0);
        expect(decodeAvps(octets)).toEqual(all);
      }),
    );
  });
  it('is read from the middle of a larger buffer', () => {
    const inner = encodeAvp({ code: 1, mandatory: true, data: hex('61') });
    expect(decodeAvps(Buffer.concat([hex('ffffff'), inner]).subarray(3))).toHaveLength(1);
  });
  it('may leave out the padding of the last one', () => {
    expect(decodeAvps(hex('00000001 4000000b 6a616e'))).toHaveLength(1);
  });
  it('may be empty', () => {
    expect(decodeAvps(hex(''))).toEqual([]);
  });
});

describe('hostile octets', () => {
  it.each([
    ['half a header', '00000001 400000'],
    ['a length of nothing', '00000001 40000000'],
    ['a length shorter than its header', '00000001 40000007'],
    ['a vendor that the length leaves no room for', '00000001 c000000b 00000137'],
    ['a vendor flag at the end', '00000001 c0000008'],
    ['a length beyond the end', '00000001 4000000c 6a616e'],
    ['the longest length', '00000001 40ffffff 6a616e00'],
    ['a second one that is cut', '00000001 40000009 6a000000 00000002 40'],
    ['text', Buffer.from('GET / HTTP/1.1').toString('hex')],
  ])('%s is refused', (_what, octets) => {
    expect(decodeAvps(hex(octets))).toMatchObject({ refused: 'eap-malformed' });
  });

  it('whatever they are: an end, and no octet from outside', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), octets => {
        const read = decodeAvps(octets);
        if (isRefused(read)) return;
        const used = read.reduce((sum, { data }) => sum + 8 + data.length, 0);
        expect(used).toBeLessThanOrEqual(octets.length);
      }),
      { numRuns: 2_000 },
    );
  });
  it('a sequence whose lengths are changed never throws', () => {
    fc.assert(
      fc.property(fc.array(avp, { minLength: 1, maxLength: 4 }), fc.nat(), fc.nat(255), (all, at, octet) => {
        const octets = Buffer.concat(all.map(encodeAvp));
        octets[at % octets.length] = octet;
        expect(() => decodeAvps(octets)).not.toThrow();
      }),
    );
  });
});
