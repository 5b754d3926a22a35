// The TLVs of TEAP: octet by octet, both ways, with lengths that lie, and what one message of the peer may hold.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRefused } from '../../gateway/contract/reason.ts';
import {
  authorityId,
  cryptoBinding,
  decodeTlvs,
  eapPayload,
  encodeTlvs,
  error,
  identityType,
  intermediateResult,
  nak,
  readTeap,
  result,
  type Tlv,
} from '../../gateway/eap/teap-tlv.ts';

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const tlv = fc.record({
  type: fc.nat(0x3fff),
  mandatory: fc.boolean(),
  value: fc.uint8Array({ maxLength: 60 }),
});

describe('[RFC9930-4.2.1] one TLV', () => {
  it.each<[string, Tlv, string]>([
    ['the name of the server, which nobody must know', authorityId('gw-1'), '0001 0004 67772d31'],
    ['a machine is asked for', identityType('machine'), '8002 0002 0002'],
    ['a user is asked for', identityType('user'), '8002 0002 0001'],
    ['success', result('success'), '8003 0002 0001'],
    ['failure', result('failure'), '8003 0002 0002'],
    ['success of an inner method', intermediateResult('success'), '800a 0002 0001'],
    ['failure of an inner method', intermediateResult('failure'), '800a 0002 0002'],
    ['a tunnel compromise', error('tunnel-compromised'), '8005 0004 000007d1'],
    ['TLVs that were not expected', error('unexpected-tlvs'), '8005 0004 000007d2'],
    ['a TLV that is not known', nak({ type: 0x0123, vendor: 0 }), '8004 0006 00000000 0123'],
    ['a TLV of a vendor that is not known', nak({ type: 7, vendor: 311 }), '8004 0006 00000137 0007'],
    ['an EAP packet', eapPayload(hex('0101000501')), '8009 0005 0101000501'],
    ['a binding', cryptoBinding(hex('00010130')), '800c 0004 00010130'],
  ])('%s', (_what, value, octets) => {
    expect(encodeTlvs([value])).toEqual(hex(octets));
    expect(decodeTlvs(hex(octets))).toEqual([value]);
  });

  it('the reserved bit is ignored', () => {
    expect(decodeTlvs(hex('c003 0002 0001'))).toEqual([result('success')]);
  });

  it('any sequence comes back as it was', () => {
    fc.assert(
      fc.property(fc.array(tlv, { maxLength: 8 }), tlvs => {
        expect(decodeTlvs(encodeTlvs(tlvs))).toEqual(tlvs);
      }),
    );
  });

  it.each([
    ['cut in its header', '8003 00'],
    ['a length beyond the end', '8003 0003 0001'],
    ['the longest length', '8003 ffff 0001'],
    ['something behind the last', '8003 0002 0001 00'],
  ])('is refused where it is %s', (_what, octets) => {
    expect(decodeTlvs(hex(octets))).toMatchObject({ refused: 'eap-malformed' });
    expect(readTeap(hex(octets))).toMatchObject({ refused: 'eap-malformed' });
  });

  it('any octets are read or refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), octets => {
        const tlvs = decodeTlvs(octets);
        // What is read stands there, but for the reserved bit.
        if (!isRefused(tlvs)) expect(encodeTlvs(tlvs)).toHaveLength(octets.length);
        readTeap(octets);
      }),
    );
  });
});

describe('[RFC9930-4.3] one message', () => {
  it('is empty where nothing is said', () => {
    expect(readTeap(hex(''))).toEqual({ errors: [], nak: false });
  });

  it('says several things, in whatever order', () => {
    const binding = hex('00'.repeat(76));
    const tlvs = [result('success'), cryptoBinding(binding), intermediateResult('success')];
    const said = { errors: [], nak: false, result: 'success', intermediateResult: 'success', cryptoBinding: binding };
    expect(readTeap(encodeTlvs(tlvs))).toEqual(said);
    expect(readTeap(encodeTlvs(tlvs.toReversed()))).toEqual(said);
  });

  it.each([
    ['8002 0002 0001', { identityType: 'user' }],
    ['8002 0002 0002', { identityType: 'machine' }],
    ['8002 0002 0000', { identityType: 'other' }],
    ['8002 0002 0102', { identityType: 'other' }],
    ['8009 0005 0201000501', { eapPayload: hex('0201000501') }],
    ['800a 0006 0002 0005 0000', { intermediateResult: 'failure' }],
    ['8003 0002 0002 8005 0004 000007d1', { result: 'failure', errors: [2001] }],
    ['8005 0004 00000001 8005 0004 000003e9', { errors: [1, 1001] }],
    ['8005 0002 0001', { errors: [0] }],
    ['8004 0006 00000000 000c', { nak: true }],
    ['8008 0002 0101', { requestAction: 'success' }],
    ['8008 0002 0202', { requestAction: 'failure' }],
    ['8008 0002 0901', { requestAction: 'failure' }],
    ['0013 0003 616263 0013 0001 64', {}],
    ['0063 0003 616263', {}],
  ])('%s', (octets, said) => {
    expect(readTeap(hex(octets))).toEqual({ errors: [], nak: false, ...said });
  });

  it.each([
    ['neither success nor failure', '8003 0002 0003', 'eap-malformed'],
    ['a result of one octet', '8003 0001 01', 'eap-malformed'],
    ['an intermediate result without a status', '800a 0000', 'eap-malformed'],
    ['an identity type of three octets', '8002 0003 000100', 'eap-malformed'],
    ['an action without its status', '8008 0001 01', 'eap-malformed'],
    ['two EAP packets', '8009 0005 0201000501 8009 0005 0201000501', 'eap-unexpected'],
    ['two bindings', '800c 0001 00 800c 0001 00', 'eap-unexpected'],
    ['two results', '8003 0002 0001 8003 0002 0002', 'eap-unexpected'],
    ['a PAC, which RFC 9930 took out', '800b 0004 00000000', 'eap-unexpected'],
    ['what stands outside only', '0001 0002 6777', 'eap-unexpected'],
    ['something mandatory beside a result', '8063 0000 8003 0002 0001', 'eap-unexpected'],
  ])('%s is refused', (_what, octets, reason) => {
    expect(readTeap(hex(octets))).toMatchObject({ refused: reason });
  });

  it.each([
    ['8063 0002 abcd', { type: 0x63, vendor: 0 }],
    ['800d 0000', { type: 13, vendor: 0 }],
    ['8007 0006 00000137 abcd', { type: 7, vendor: 311 }],
    ['8007 0002 0001', { type: 7, vendor: 0 }],
    ['8009 0005 0201000501 8063 0000', { type: 0x63, vendor: 0 }],
  ])('of %s nothing counts but that it is not known', (octets, unknown) => {
    expect(readTeap(hex(octets))).toEqual({ unknown });
  });
});
