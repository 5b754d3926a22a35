import { describe, expect, it } from 'vitest';
import { mschapv2FailureMessage } from '../../gateway/eap/mschapv2-packet.ts';
import { first, integer } from '../../gateway/radius/attributes.ts';
import { mschapError, mschapSuccess } from '../../gateway/radius/mschap.ts';
import { reasons } from '../../gateway/reasons.ts';

const challenge = new Uint8Array(16).fill(0xab);
const caseCode = 'BCDFHJ';

describe('what answers an MS-CHAP2-Response', () => {
  it('is the proof under the identifier of the response, and what the keys are for [RFC2548-2.3.3]', () => {
    const made = mschapSuccess(0xfe, `S=${'0A'.repeat(20)}`);
    const proof = Buffer.from(first(made, 'MS-CHAP2-Success') ?? []);
    expect(proof).toHaveLength(43);
    expect(proof[0]).toBe(0xfe);
    expect(proof.subarray(1).toString()).toBe(`S=${'0A'.repeat(20)}`);
    expect(integer(made, 'MS-MPPE-Encryption-Policy')).toBe(1);
    expect(integer(made, 'MS-MPPE-Encryption-Types')).toBe(4);
  });
  it('is an error in the words of PPP, and every sentence fits with its case [RFC2759-6]', () => {
    for (const { texts } of Object.values(reasons)) {
      const said = `${texts.en} (${caseCode})`;
      const error = mschapError(7, mschapv2FailureMessage('authentication-failed', challenge, said));
      const value = Buffer.from(first([error], 'MS-CHAP-Error') ?? []);
      expect(value[0]).toBe(7);
      expect(value.subarray(1).toString()).toBe(`E=691 R=0 C=${'AB'.repeat(16)} V=3 M=${said}`);
    }
  });
  it('is cut where it is longer than an attribute', () => {
    expect(mschapError(1, 'x'.repeat(300)).bytes).toHaveLength(253);
  });
});
