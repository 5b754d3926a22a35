// The EAP key material of a finished TLS connection (RFC 5216 section 2.3, RFC 9190 section 2.3, RFC 5705).

import type { TLSSocket } from 'node:tls';
import { exporterFor, keyMaterialBytes } from '../eap/keys.ts';
import type { TlsPeer } from '../eap/step.ts';

/** Throws for what is neither TLS 1.2 nor 1.3, which no settings of ours allow. */
export function negotiatedVersion(socket: TLSSocket): TlsPeer['version'] {
  const version = socket.getProtocol();
  if (version !== 'TLSv1.2' && version !== 'TLSv1.3') throw new Error(`TLS finished as ${version ?? 'nothing'}`);
  return version;
}

export function keyMaterialOf(socket: TLSSocket): Uint8Array {
  const { label, context } = exporterFor(negotiatedVersion(socket));
  // Node's declaration demands a context, but none and an empty one are different things to TLS 1.2.
  const exportKeys = socket.exportKeyingMaterial.bind(socket) as (
    length: number,
    label: string,
    context?: Buffer,
  ) => Buffer;
  return new Uint8Array(
    context === undefined
      ? exportKeys(keyMaterialBytes, label)
      : exportKeys(keyMaterialBytes, label, Buffer.from(context)),
  );
}
