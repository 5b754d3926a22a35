// The certificates that the other side of a TLS socket sent, as octets.

import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';

/** OpenSSL itself stops at 100 kB of certificates; this bounds the walk, not the judgement. */
const mostCertificates = 32;

/**
 * DER, leaf first, in the order in which the peer sent them; empty when it sent none. Not `getPeerCertificate(true)`: that
 * sorts, completes from the trust store, and links a root to itself for ever.
 */
export function peerChain(socket: TLSSocket): readonly Uint8Array[] {
  const chain: Uint8Array[] = [];
  let certificate: X509Certificate | undefined = socket.getPeerX509Certificate();
  while (certificate !== undefined && chain.length < mostCertificates) {
    chain.push(new Uint8Array(certificate.raw));
    certificate = certificate.issuerCertificate;
  }
  return chain;
}
