// Which keys a conversation yields.

import { describe, expect, it } from 'vitest';
import { eapKeys, exporterFor, nasKeys } from '../../gateway/eap/keys.ts';

const count = (from: number, length: number): Uint8Array => Uint8Array.from({ length }, (_, at) => from + at);

describe('EAP keys', () => {
  it('[RFC5216-2.3] exports in TLS 1.2 without a context', () => {
    expect(exporterFor('TLSv1.2', 'eap-tls')).toEqual({ label: 'client EAP encryption' });
    expect(exporterFor('TLSv1.2', 'peap')).toEqual({ label: 'client EAP encryption' });
  });
  it('[RFC9190-2.3] exports in TLS 1.3 with the type as context', () => {
    const label = 'EXPORTER_EAP_TLS_Key_Material';
    expect(exporterFor('TLSv1.3', 'eap-tls')).toEqual({ label, context: Uint8Array.of(13) });
  });
  it('[RFC5281-8] has a label of its own for EAP-TTLS in TLS 1.2', () => {
    expect(exporterFor('TLSv1.2', 'eap-ttls')).toEqual({ label: 'ttls keying material' });
  });
  it('[RFC9427-2.1] tells the tunnel methods apart by their type in TLS 1.3', () => {
    const label = 'EXPORTER_EAP_TLS_Key_Material';
    expect(exporterFor('TLSv1.3', 'eap-ttls')).toEqual({ label, context: Uint8Array.of(21) });
    expect(exporterFor('TLSv1.3', 'peap')).toEqual({ label, context: Uint8Array.of(25) });
  });
  it('splits the material into MSK and EMSK, and the MSK into the halves of the NAS', () => {
    const { msk, emsk } = eapKeys(count(0, 128));
    expect(msk).toEqual(count(0, 64));
    expect(emsk).toEqual(count(64, 64));
    expect(nasKeys(msk)).toEqual({ receive: count(0, 32), send: count(32, 32) });
  });
  it('refuses to work with anything shorter: the exporter depends on the length', () => {
    expect(() => eapKeys(count(0, 64))).toThrow(RangeError);
    expect(() => nasKeys(count(0, 32))).toThrow(RangeError);
  });
});
