// DER, strictly: what X.690 forbids is refused, whatever the octets.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRefused } from '../../gateway/contract/reason.ts';
import {
  certificateLimits,
  cutPadding,
  DerFault,
  DerReader,
  derRoot,
  reading,
  tags,
} from '../../gateway/identity/der.ts';
import { der, integer, nothing, oid, sequence } from './der-writer.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('what DER forbids', () => {
  it.each([
    ['nothing at all', '', 'truncated'],
    ['a tag alone', '30', 'truncated'],
    ['content that is missing', '30 05 02 01 01', 'truncated'],
    ['trailing octets', '30 00 00', 'trailing'],
    ['two elements', '30 00 30 00', 'trailing'],
    ['an indefinite length', '30 80 00 00', 'indefinite'],
    ['a long form for a short length', '30 81 03 02 01 01', 'not minimal'],
    ['a long form with a leading zero', '30 82 00 80', 'not minimal'],
    ['a length of five octets', '30 85 01 00 00 00 00', 'out of range'],
    ['a reserved length', '30 ff', 'out of range'],
    ['a tag of two octets', '1f 81 01 00', 'more than one octet'],
    ['a constructed octet string', '24 03 04 01 61', 'not allowed'],
    ['a primitive sequence', '10 00', 'not allowed'],
    ['end-of-contents', '30 02 00 00', 'not allowed'],
    ['a boolean of 1', '01 01 01', 'canonical'],
    ['a boolean of two octets', '01 02 ff ff', 'canonical'],
    ['an integer without octets', '02 00', 'without content'],
    ['an integer with a leading zero', '02 02 00 7f', 'not minimal'],
    ['an integer with leading ones', '02 02 ff 80', 'not minimal'],
    ['NULL with content', '05 01 00', 'NULL'],
    ['a bit string without its count', '03 00', 'bit string'],
    ['eight unused bits', '03 02 08 00', 'bit string'],
    ['unused bits of nothing', '03 01 01', 'bit string'],
    ['unused bits that are set', '03 02 01 01', 'unused bits'],
    ['an empty object identifier', '06 00', 'object identifier'],
    ['an arc with leading zeros', '06 03 2a 80 01', 'not minimal'],
    ['an unfinished arc', '06 02 2a 86', 'truncated'],
  ])('%s', (_, octets, message) => {
    expect(() => derRoot(hex(octets), certificateLimits)).toThrow(message);
  });

  it('nests only so deep', () => {
    const nested = (depth: number): Buffer => (depth === 0 ? nothing : sequence(nested(depth - 1)));
    expect(() => derRoot(nested(16), certificateLimits)).not.toThrow();
    expect(() => derRoot(nested(17), certificateLimits)).toThrow('nested too deeply');
  });

  it('has a size limit', () => {
    expect(() => derRoot(der(4, Buffer.alloc(100)), { maxBytes: 101, maxDepth: 3 })).toThrow('longer than 101');
  });

  it('any octets at all: a value or a DerFault, never another error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), octets => {
        const result = reading('certificate-malformed', () => derRoot(octets, certificateLimits));
        if (isRefused(result)) expect(result.refused).toBe('certificate-malformed');
      }),
      { numRuns: 2000 },
    );
  });
});

describe('what DER allows', () => {
  it('object identifiers come out as they went in', () => {
    const arcs = fc.array(fc.nat(2 ** 31 - 1), { minLength: 1, maxLength: 6 });
    const dotted = fc
      .tuple(fc.integer({ min: 0, max: 1 }), fc.nat(39), arcs)
      .map(([a, b, c]) => [a, b, ...c].join('.'));
    fc.assert(
      fc.property(dotted, text => {
        expect(new DerReader(oid(text)).oid()).toBe(text);
      }),
    );
    expect(new DerReader(hex('06 03 88 37 03')).oid()).toBe('2.999.3');
  });

  it.each([
    [0, '02 01 00'],
    [127, '02 01 7f'],
    [128, '02 02 00 80'],
    [65_537, '02 03 01 00 01'],
  ])('integer %i', (value, octets) => {
    expect(new DerReader(hex(octets)).smallInteger()).toBe(value);
    expect(integer(value)).toEqual(hex(octets));
  });

  it.each([
    ['500101000000Z', 0x17, Date.UTC(1950, 0, 1)],
    ['491231235959Z', 0x17, Date.UTC(2049, 11, 31, 23, 59, 59)],
    ['20500101000000Z', 0x18, Date.UTC(2050, 0, 1)],
    ['99991231235959Z', 0x18, Date.UTC(9999, 11, 31, 23, 59, 59)],
  ])('time %s [RFC5280-4.1.2.5]', (text, tag, ms) => {
    expect(new DerReader(der(tag, Buffer.from(text))).time()).toBe(ms);
  });

  it.each([
    ['2601010000Z', 0x17],
    ['260101000000+0100', 0x17],
    ['260229000000Z', 0x17],
    ['261301000000Z', 0x17],
    ['260101240000Z', 0x17],
    ['20260101000000.5Z', 0x18],
    ['20260101000000', 0x18],
    ['260101000000Z', 0x18],
  ])('time %s is refused', (text, tag) => {
    expect(() => new DerReader(der(tag, Buffer.from(text))).time()).toThrow(DerFault);
  });

  it('a number that does not fit is refused, not cut', () => {
    expect(() => new DerReader(hex('02 05 01 00 00 00 00')).smallInteger()).toThrow('out of range');
    expect(() => new DerReader(hex('02 01 ff')).smallInteger()).toThrow('out of range');
  });

  it('an element of another type is refused', () => {
    expect(() => new DerReader(hex('02 01 00')).enter(tags.sequence)).toThrow('expected tag 0x30');
  });
});

describe('card files', () => {
  const certificate = sequence(integer(1), nothing);
  it('are cut behind the certificate when zeros follow', () => {
    expect(cutPadding(Buffer.concat([certificate, Buffer.alloc(900)]))).toEqual(certificate);
    expect(cutPadding(certificate)).toEqual(certificate);
  });
  it('of zeros alone hold no certificate', () => {
    expect(cutPadding(Buffer.alloc(1300))).toBeUndefined();
  });
  it('with anything else behind stay whole, so that the reader refuses them', () => {
    const file = Buffer.concat([certificate, Buffer.of(0, 1)]);
    expect(cutPadding(file)).toBe(file);
    const cut = Buffer.of(0x30, 0x20, 1);
    expect(cutPadding(cut)).toBe(cut);
  });
});
