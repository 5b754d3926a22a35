// The keys of an EAP-TLS conversation: which exporter gives them (RFC 5216 section 2.3, RFC 9190 section 2.3) and how
// they are split (RFC 5247 section 3, RFC 2548 names seen from the NAS).

import type { TlsPeer } from './step.ts';

export interface Exporter {
  readonly label: string;
  readonly context?: Uint8Array;
}

/** The exporter's result depends on the length asked for: always exactly this. */
export const keyMaterialBytes = 128;

const exporters: Readonly<Record<TlsPeer['version'], Exporter>> = {
  // [RFC5216-2.3] The PRF over both randoms, which is the RFC 5705 exporter without a context.
  'TLSv1.2': { label: 'client EAP encryption' },
  // [RFC9190-2.3] The context is the EAP type.
  'TLSv1.3': { label: 'EXPORTER_EAP_TLS_Key_Material', context: Uint8Array.of(0x0d) },
};

export function exporterFor(version: TlsPeer['version']): Exporter {
  return exporters[version];
}

export interface EapKeys {
  /** 64 octets, for the NAS. */
  readonly msk: Uint8Array;
  /** 64 octets, never leaves the gateway. */
  readonly emsk: Uint8Array;
}

export function eapKeys(keyMaterial: Uint8Array): EapKeys {
  if (keyMaterial.length !== keyMaterialBytes) throw new RangeError(`key material of ${keyMaterial.length} octets`);
  return { msk: keyMaterial.slice(0, 64), emsk: keyMaterial.slice(64) };
}

/** The halves of the MSK as the NAS names them: it receives with the first and sends with the second. */
export function nasKeys(msk: Uint8Array): { readonly receive: Uint8Array; readonly send: Uint8Array } {
  if (msk.length !== 64) throw new RangeError(`MSK of ${msk.length} octets`);
  return { receive: msk.slice(0, 32), send: msk.slice(32) };
}
