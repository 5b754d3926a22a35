// The EAP header, RFC 3748 section 4, as octets and back.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRefused } from '../../gateway/contract/reason.ts';
import { claimedIdentity, decodeEap, type EapPacket, eapTypes, encodeEap } from '../../gateway/eap/packet.ts';

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));

describe('EAP packet', () => {
  const table: readonly [string, string, EapPacket][] = [
    ['identity request', '01 07 0005 01', { code: 'request', identifier: 7, type: 1, data: hex('') }],
    ['identity response', '02 07 0008 01 61 62 63', { code: 'response', identifier: 7, type: 1, data: hex('616263') }],
    ['EAP-TLS Start', '01 08 0006 0d 20', { code: 'request', identifier: 8, type: 13, data: hex('20') }],
    ['EAP-TLS acknowledgement', '02 ff 0006 0d 00', { code: 'response', identifier: 255, type: 13, data: hex('00') }],
    ['legacy Nak', '02 08 0007 03 19 15', { code: 'response', identifier: 8, type: 3, data: hex('1915') }],
    ['success', '03 09 0004', { code: 'success', identifier: 9 }],
    ['failure', '04 00 0004', { code: 'failure', identifier: 0 }],
  ];
  it.each(table)('reads and writes: %s', (_name, octets, packet) => {
    expect(decodeEap(hex(octets))).toEqual(packet);
    expect(encodeEap(packet)).toEqual(hex(octets));
  });

  it.each([
    ['nothing', ''],
    ['three octets', '01 01 00'],
    ['code 0', '00 01 0004'],
    ['code 5', '05 01 0005 01'],
    ['a length below the header', '01 01 0003 01'],
    ['a length beyond the octets', '02 01 0007 01 61'],
    ['a request without a type', '01 01 0004'],
    ['a response without a type', '02 01 0004'],
    ['a success with data', '03 01 0005 00'],
    ['a failure with data', '04 01 0006 00 00'],
  ])('refuses %s', (_name, octets) => {
    expect(decodeEap(hex(octets))).toMatchObject({ refused: 'eap-malformed' });
  });

  it('[RFC3748-4.1] ignores octets beyond the length', () => {
    expect(decodeEap(hex('02 01 0006 01 61 ff ff'))).toEqual(decodeEap(hex('02 01 0006 01 61')));
    expect(decodeEap(hex('03 01 0004 ff'))).toEqual({ code: 'success', identifier: 1 });
  });

  it('reads out of a view into something larger, and keeps nothing of it', () => {
    const large = hex('ffff 02 01 0006 01 61 ffff');
    const packet = decodeEap(large.subarray(2, 8));
    large.fill(0);
    expect(packet).toEqual({ code: 'response', identifier: 1, type: 1, data: hex('61') });
  });

  it('round-trips anything it can write', () => {
    const exchange = fc.record({
      code: fc.constantFrom('request' as const, 'response' as const),
      identifier: fc.nat(255),
      type: fc.nat(255),
      data: fc.uint8Array({ maxLength: 3_000 }),
    });
    const result = fc.record({
      code: fc.constantFrom('success' as const, 'failure' as const),
      identifier: fc.nat(255),
    });
    fc.assert(
      fc.property(fc.oneof(exchange, result), packet => {
        expect(decodeEap(encodeEap(packet))).toEqual(packet);
      }),
    );
  });

  it('never throws on foreign octets, and what it reads it writes the same', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), octets => {
        const packet = decodeEap(octets);
        if (isRefused(packet)) return;
        const written = encodeEap(packet);
        expect(written).toEqual(octets.subarray(0, written.length));
      }),
      { numRuns: 2_000 },
    );
  });

  it('throws on misuse', () => {
    expect(() => encodeEap({ code: 'success', identifier: 256 })).toThrow(RangeError);
    expect(() => encodeEap({ code: 'request', identifier: 1, type: 13, data: new Uint8Array(65_531) })).toThrow(
      RangeError,
    );
  });
});

describe('claimed identity', () => {
  const identity = (data: Uint8Array): EapPacket => ({
    code: 'response',
    identifier: 1,
    type: eapTypes.identity,
    data,
  });
  it('is what stands before a NUL', () => {
    expect(claimedIdentity(identity(Buffer.from('@sluis.example')))).toBe('@sluis.example');
    expect(claimedIdentity(identity(Buffer.from('José@sluis.example\0networkid=x')))).toBe('José@sluis.example');
    expect(claimedIdentity(identity(new Uint8Array()))).toBe('');
  });
  it('is refused when it is no text', () => {
    expect(claimedIdentity(identity(hex('ff fe')))).toMatchObject({ refused: 'eap-malformed' });
  });
  it.each<EapPacket>([
    { code: 'request', identifier: 1, type: 1, data: hex('61') },
    { code: 'response', identifier: 1, type: 13, data: hex('00') },
    { code: 'success', identifier: 1 },
  ])('is refused when it is no identity response: %o', packet => {
    expect(claimedIdentity(packet)).toMatchObject({ refused: 'eap-unexpected' });
  });
});
