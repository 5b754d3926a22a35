// The EAP methods that are served, what they are called on the wire, and which of them a peer gets (RFC 3748 section 5).

import { type Refused, refused } from '../contract/reason.ts';
import { eapTypes } from './packet.ts';
import type { TlsMethod } from './step.ts';

export type EapMethod = TlsMethod | 'eap-mschapv2' | 'eap-gtc';

export const methodTypes: Readonly<Record<EapMethod, number>> = {
  'eap-tls': eapTypes.tls,
  'eap-ttls': eapTypes.ttls,
  peap: eapTypes.peap,
  teap: eapTypes.teap,
  'eap-mschapv2': eapTypes.mschapv2,
  'eap-gtc': eapTypes.gtc,
};

export const eapMethods = Object.keys(methodTypes) as EapMethod[];

/**
 * What is offered first, and what a Nak may choose instead. Without TEAP, which is experimental, and without EAP-GTC: outside
 * a tunnel it tells the password to everybody on the way, as nothing hides an EAP-Message.
 */
export const defaultMethods: readonly EapMethod[] = ['eap-tls', 'eap-ttls', 'peap', 'eap-mschapv2'];

/** Inside a tunnel; a tunnel in a tunnel proves nothing more. First what the clients of that tunnel mostly do. TEAP: see there. */
export const innerMethods: Readonly<Record<Exclude<TunnelMethod, 'teap'>, readonly EapMethod[]>> = {
  'eap-ttls': ['eap-tls', 'eap-mschapv2', 'eap-gtc'],
  peap: ['eap-mschapv2', 'eap-tls', 'eap-gtc'],
};

export type TunnelMethod = Exclude<TlsMethod, 'eap-tls'>;

export function isTunnel(method: EapMethod): method is TunnelMethod {
  return method === 'eap-ttls' || method === 'peap' || method === 'teap';
}

export function isTls(method: EapMethod): method is TlsMethod {
  return method === 'eap-tls' || isTunnel(method);
}

/** What this peer may still be offered, in order of preference; and what is served, though not to it. */
interface Choice {
  readonly alternatives: readonly EapMethod[];
  readonly off?: readonly EapMethod[];
}

/** [RFC3748-5.3.1] A Nak names what the peer can do instead; of that we take what we prefer. */
export function chosenBy(nak: Uint8Array, { alternatives, off = [] }: Choice): EapMethod | Refused {
  const wanted = [...nak.subarray(0, 16)];
  const isWanted = (method: EapMethod) => wanted.includes(methodTypes[method]);
  const method = alternatives.find(isWanted);
  if (method !== undefined) return method;
  const switchedOff = off.filter(isWanted);
  if (switchedOff.length > 0) return refused('eap-method-off', `the peer wants ${switchedOff.join(', ')}`);
  return refused('eap-method-refused', `the peer wants EAP types: ${nak.length === 0 ? 'none' : wanted.join(', ')}`);
}
