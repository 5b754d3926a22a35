// What an alert of the peer is taken for.

import { describe, expect, it } from 'vitest';
import { isAlertAlone, refusedByAlert } from '../../gateway/eap/peer-alert.ts';
import { plainAlert, sealedAlert } from '../../gateway/eap/tls-alert.ts';

const record = (type: number, bytes: number): Uint8Array =>
  Uint8Array.of(type, 3, 3, bytes >> 8, bytes & 0xff, ...new Uint8Array(bytes));
const together = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
const changeCipherSpec = record(20, 1);

describe('refusedByAlert', () => {
  it.each([42, 43, 44, 45, 46, 48, 49, 113])('%i is about our certificate, and says what to do', code => {
    for (const alone of [true, false]) {
      const { refused, detail = '' } = refusedByAlert(code, alone);
      expect(refused).toBe('server-certificate-refused');
      expect(detail).toMatch(/^[a-zA-Z ]+: .{30,}/);
    }
  });
  it.each([0, 10, 20, 40, 47, 50, 51, 71, 90, 109, 116, 200])('%i is about something else', code => {
    expect(refusedByAlert(code, true).refused).toBe('tls-alert-from-peer');
  });
  it('names an alert that nobody has described', () => {
    expect(refusedByAlert(200, true)).toEqual({ refused: 'tls-alert-from-peer', detail: 'alert 200' });
  });
  it('70 is about versions', () => {
    expect(refusedByAlert(70, true)).toEqual({ refused: 'tls-version-refused', detail: 'protocol version' });
  });
  it('80 is about our certificate when nothing came with it, and about the card when its certificate did', () => {
    expect(refusedByAlert(80, true)).toMatchObject({ refused: 'server-certificate-refused' });
    expect(refusedByAlert(80, false)).toMatchObject({
      refused: 'tls-alert-from-peer',
      detail: expect.stringContaining('RSA-PSS') as string,
    });
  });
});

describe('isAlertAlone', () => {
  const suite = 'TLS_AES_256_GCM_SHA384';
  const sealed = sealedAlert(48, { suite, secret: new Uint8Array(48), sequence: 0 });
  it.each([
    ['in clear', plainAlert(48), true],
    ['sealed', sealed, true],
    ['[RFC8446-D.4] sealed, after a change of ciphers for the look of it', together(changeCipherSpec, sealed), true],
    ['after a certificate in clear', together(record(22, 900), plainAlert(80)), false],
    ['after a sealed certificate', together(record(23, 900), sealed), false],
    ['a finished handshake of TLS 1.2', together(record(22, 900), changeCipherSpec, record(22, 40)), false],
    ['nothing', new Uint8Array(), false],
    ['half a header', Uint8Array.of(21, 3), false],
    ['a change of ciphers alone', changeCipherSpec, false],
  ])('%s', (_, message, alone) => {
    expect(isAlertAlone(message)).toBe(alone);
  });
});
