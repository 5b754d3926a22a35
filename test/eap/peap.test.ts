// EAP without its header, and the result at the end, as PEAPv0 has them.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeEap } from '../../gateway/eap/packet.ts';
import { identityRequest, readResult, resultRequest, withHeader, withoutHeader } from '../../gateway/eap/peap.ts';

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));

describe('a packet inside', () => {
  it('goes without code, identifier and length', () => {
    expect(withoutHeader(hex('01070008 1a010203'))).toEqual(hex('1a010203'));
    expect(identityRequest).toEqual(hex('01'));
  });
  it('is taken for the answer to what was asked', () => {
    expect(withHeader(hex('01 6a616e'), 9)).toEqual({
      code: 'response',
      identifier: 9,
      type: 1,
      data: hex('6a616e'),
    });
    expect(withHeader(hex('03'), 9)).toMatchObject({ type: 3, data: hex('') });
  });
  it('is read as well from those who leave the header on', () => {
    const whole = encodeEap({ code: 'response', identifier: 77, type: 1, data: Buffer.from('jan') });
    expect(withHeader(whole, 9)).toEqual({ code: 'response', identifier: 9, type: 1, data: hex('6a616e') });
  });
  it('of nothing is refused', () => {
    expect(withHeader(hex(''), 9)).toMatchObject({ refused: 'eap-malformed' });
  });
  it('is never a request, whatever it looks like', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 20 }), data => {
        expect(withHeader(data, 5)).toMatchObject({ code: 'response', identifier: 5 });
      }),
    );
  });
});

describe('the result', () => {
  it('is a mandatory TLV of type 3 in a packet of type 33', () => {
    expect(resultRequest('success', 7)).toEqual(hex('0107000b 21 80030002 0001'));
    expect(resultRequest('failure', 8)).toEqual(hex('0108000b 21 80030002 0002'));
  });
  it('of the peer is read, whatever else stands beside it', () => {
    expect(readResult(hex('0207000b 21 80030002 0001'))).toBe('success');
    expect(readResult(hex('0207000b 21 00030002 0002'))).toBe('failure');
    expect(readResult(hex('02070011 21 00070002 ffff 80030002 0001'))).toBe('success');
    // What is neither of the two is no success.
    expect(readResult(hex('0207000b 21 80030002 0000'))).toBe('failure');
  });
  it.each([
    ['nothing', ''],
    ['a packet of another type', '0207000b 1a 80030002 0001'],
    ['a request', '0107000b 21 80030002 0001'],
    ['another TLV', '0207000b 21 800c0002 0001'],
    ['a TLV that is cut', '0207000a 21 80030002 00'],
    ['one octet of result', '0207000a 21 80030001 01'],
    ['a length beyond the end', '0207000f 21 00070008 ffff 80030002'],
    ['no TLV', '02070005 21'],
  ])('%s is none', (_what, octets) => {
    expect(readResult(hex(octets))).toHaveProperty('refused');
  });
});
