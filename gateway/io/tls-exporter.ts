// What EAP takes from a finished TLS connection by its exporter (RFC 5705): key material, and the challenge of EAP-TTLS.

import type { TLSSocket } from 'node:tls';
import { type Exporter, exporterFor, keyMaterialBytes, tunnelChallenge, tunnelChallengeBytes } from '../eap/keys.ts';
import type { TlsMethod, TlsPeer } from '../eap/step.ts';

/** Throws for what is neither TLS 1.2 nor 1.3, which no settings of ours allow. */
export function negotiatedVersion(socket: TLSSocket): TlsPeer['version'] {
  const version = socket.getProtocol();
  if (version !== 'TLSv1.2' && version !== 'TLSv1.3') throw new Error(`TLS finished as ${version ?? 'nothing'}`);
  return version;
}

/** Of EAP-TLS unless said otherwise. */
export function keyMaterialOf(socket: TLSSocket, method: TlsMethod = 'eap-tls'): Uint8Array {
  return exported(socket, exporterFor(negotiatedVersion(socket), method), keyMaterialBytes);
}

export function tunnelChallengeOf(socket: TLSSocket): Uint8Array {
  return exported(socket, tunnelChallenge, tunnelChallengeBytes);
}

function exported(socket: TLSSocket, { label, context }: Exporter, octets: number): Uint8Array {
  // Node's declaration demands a context, but none and an empty one are different things to TLS 1.2.
  const exportKeys = socket.exportKeyingMaterial.bind(socket) as (
    length: number,
    label: string,
    context?: Buffer,
  ) => Buffer;
  return new Uint8Array(
    context === undefined ? exportKeys(octets, label) : exportKeys(octets, label, Buffer.from(context)),
  );
}
