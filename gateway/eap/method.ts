// The EAP methods that are served, and what they are called on the wire (RFC 3748 section 5).

import { eapTypes } from './packet.ts';
import type { TlsMethod } from './step.ts';

export type EapMethod = TlsMethod | 'eap-mschapv2' | 'eap-gtc';

export const methodTypes: Readonly<Record<EapMethod, number>> = {
  'eap-tls': eapTypes.tls,
  'eap-ttls': eapTypes.ttls,
  peap: eapTypes.peap,
  'eap-mschapv2': eapTypes.mschapv2,
  'eap-gtc': eapTypes.gtc,
};

/**
 * What is offered first, and what a Nak may choose instead. Without EAP-GTC: outside a tunnel it tells the password to
 * everybody on the way, as nothing hides an EAP-Message.
 */
export const defaultMethods: readonly EapMethod[] = ['eap-tls', 'eap-ttls', 'peap', 'eap-mschapv2'];

/** Inside a tunnel; a tunnel in a tunnel proves nothing more. First what the clients of that tunnel mostly do. */
export const innerMethods: Readonly<Record<TunnelMethod, readonly EapMethod[]>> = {
  'eap-ttls': ['eap-tls', 'eap-mschapv2', 'eap-gtc'],
  peap: ['eap-mschapv2', 'eap-tls', 'eap-gtc'],
};

export type TunnelMethod = Exclude<TlsMethod, 'eap-tls'>;

export function isTunnel(method: EapMethod): method is TunnelMethod {
  return method === 'eap-ttls' || method === 'peap';
}

export function isTls(method: EapMethod): method is TlsMethod {
  return method === 'eap-tls' || isTunnel(method);
}
