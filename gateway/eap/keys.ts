// The keys of an EAP conversation: which exporter gives them (EAP-TLS: RFC 5216 section 2.3, RFC 9190 section 2.3; EAP-TTLS:
// RFC 5281 section 8; PEAP as EAP-TLS; both in TLS 1.3: RFC 9427 section 2.1; TEAP: RFC 9930 section 6.1) and how they are split (RFC 5247 section 3,
// RFC 2548 names seen from the NAS).

import { eapTypes } from './packet.ts';
import type { TlsMethod, TlsPeer } from './step.ts';

export interface Exporter {
  readonly label: string;
  readonly context?: Uint8Array;
}

/** The exporter's result depends on the length asked for: always exactly this. */
export const keyMaterialBytes = 128;

/** Of TLS 1.2, without a context: the PRF over both randoms. */
const labels: Readonly<Record<TlsMethod, string>> = {
  // [RFC5216-2.3]
  'eap-tls': 'client EAP encryption',
  // [RFC5281-8]
  'eap-ttls': 'ttls keying material',
  peap: 'client EAP encryption',
  // [RFC9930-6.1]
  teap: 'EXPORTER: teap session key seed',
};

const types: Readonly<Record<TlsMethod, number>> = {
  'eap-tls': eapTypes.tls,
  'eap-ttls': eapTypes.ttls,
  peap: eapTypes.peap,
  teap: eapTypes.teap,
};

export function exporterFor(version: TlsPeer['version'], method: TlsMethod): Exporter {
  if (version === 'TLSv1.2') return { label: labels[method] };
  // [RFC9190-2.3] [RFC9427-2.1] One label for all, whose context is the EAP type.
  return { label: 'EXPORTER_EAP_TLS_Key_Material', context: Uint8Array.of(types[method]) };
}

/** [RFC5281-11.1] 16 octets of challenge and one of identifier, in either version. */
export const tunnelChallenge: Exporter = { label: 'ttls challenge' };
export const tunnelChallengeBytes = 17;

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
