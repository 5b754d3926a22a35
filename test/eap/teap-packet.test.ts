// The data of a TEAP packet: version, TLVs beside TLS, and the data of EAP-TLS that is left.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRefused } from '../../gateway/contract/reason.ts';
import { readTeapPacket, teapStart, withVersion } from '../../gateway/eap/teap-packet.ts';
import { decodeFragment, encodeFragment } from '../../gateway/eap/tls-fragments.ts';

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));

describe('[RFC9930-4.1] what we send', () => {
  it('begins with the version and the TLVs beside TLS', () => {
    expect(teapStart(hex('0001 0002 6777'))).toEqual(hex('31 00000006 0001 0002 6777'));
  });
  it('has the version everywhere', () => {
    expect(withVersion(hex('c0 00000010 1603'))).toEqual(hex('c1 00000010 1603'));
    expect(withVersion(hex('00'))).toEqual(hex('01'));
  });
});

describe('[RFC9930-4.1] what comes', () => {
  it.each([
    ['TLS alone', '01 1603', '00 1603', ''],
    ['an acknowledgement', '01', '00', ''],
    ['a first fragment', 'c1 00000010 1603', 'c0 00000010 1603', ''],
    ['something beside TLS', '11 00000004 1603 00070000', '00 1603', '00070000'],
    ['both lengths', 'd1 00000010 00000004 1603 00070000', 'c0 00000010 1603', '00070000'],
    ['nothing beside TLS, told by its length', '11 00000000 1603', '00 1603', ''],
    ['nothing but TLVs', '11 00000004 00070000', '00', '00070000'],
    ['a reserved bit, which is ignored further on', '09 1603', '08 1603', ''],
  ])('%s', (_what, octets, data, outer) => {
    expect(readTeapPacket(hex(octets))).toEqual({ data: hex(data), outer: hex(outer) });
  });

  it.each([
    ['nothing at all', '', 'eap-fragment-malformed'],
    ['version 0', '00 1603', 'eap-unexpected'],
    ['version 2', '02 1603', 'eap-unexpected'],
    ['the O flag without a length', '11 0000', 'eap-fragment-malformed'],
    ['both flags and one length', 'd1 00000010 0000', 'eap-fragment-malformed'],
    ['a length beyond the end', '11 00000003 1603', 'eap-fragment-malformed'],
    ['the longest length', '11 ffffffff 1603', 'eap-fragment-malformed'],
  ])('%s is refused', (_what, octets, reason) => {
    expect(readTeapPacket(hex(octets))).toMatchObject({ refused: reason });
  });

  it('is data of EAP-TLS then, whatever it was', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), octets => {
        const read = readTeapPacket(octets);
        if (!isRefused(read)) expect(read.data.length + read.outer.length).toBeLessThanOrEqual(octets.length);
      }),
    );
    const data = fc.uint8Array({ minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(data, fc.boolean(), (tls, more) => {
        const read = readTeapPacket(withVersion(encodeFragment({ more, data: tls })));
        expect(isRefused(read) ? read : decodeFragment(read.data)).toEqual({ more, data: tls });
      }),
    );
  });
});
