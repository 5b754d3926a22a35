// Who is at the other end of a RADIUS/TLS connection, by what TLS proved. RFC 6614 section 2.3, RFC 9765 section 3.

import type { TLSSocket } from 'node:tls';
import { isRefused, type Reason, type Refused, refused } from '../contract/reason.ts';
import { readCertificate } from '../identity/certificate.ts';
import type { RadiusVersion } from '../radius-config.ts';

export interface RadiusPeer {
  /** DNS names of its certificate, in lower case. */
  readonly names: readonly string[];
  /** SHA-256 of its certificate, lower-case hex. */
  readonly fingerprint: string;
  readonly version: RadiusVersion;
}

export const protocolNames = { '1.0': 'radius/1.0', '1.1': 'radius/1.1' } as const satisfies Record<
  RadiusVersion,
  string
>;

/** What OpenSSL says of a chain; any other word of it means that no authority of ours vouches for it. */
const chainReasons = new Map<string, Reason>([
  ['CERT_HAS_EXPIRED', 'certificate-expired'],
  ['CERT_NOT_YET_VALID', 'certificate-not-yet-valid'],
  ['CERT_SIGNATURE_FAILURE', 'certificate-signature-wrong'],
  ['INVALID_PURPOSE', 'certificate-purpose-wrong'],
]);

/** The peer, or why it is not let in; of a certificate that could be read, the peer comes with the refusal. */
export function peerOf(
  socket: TLSSocket,
  versions: readonly RadiusVersion[],
): RadiusPeer | (Refused & { readonly peer?: RadiusPeer }) {
  const shown = socket.getPeerX509Certificate();
  if (shown === undefined) return refused('certificate-missing');
  const certificate = readCertificate(shown.raw);
  if (isRefused(certificate)) return certificate;
  const names = certificate.alternativeNames
    .filter(({ type }) => type === 'dns')
    .map(({ value }) => value.toLowerCase());
  // [RFC9765-3.3] Without ALPN it is RADIUS as it was before.
  const version: RadiusVersion = socket.alpnProtocol === protocolNames['1.1'] ? '1.1' : '1.0';
  const peer: RadiusPeer = { names, fingerprint: certificate.fingerprint, version };
  if (!socket.authorized) {
    const word = String(socket.authorizationError);
    return { ...refused(chainReasons.get(word) ?? 'certificate-anchor-unknown', word), peer };
  }
  if (!versions.includes(version)) {
    return { ...refused('tls-handshake-failed', `RADIUS/${version} is not served`), peer };
  }
  // [RFC9765-3.4]
  if (version === '1.1' && socket.getProtocol() !== 'TLSv1.3') {
    return { ...refused('tls-handshake-failed', 'RADIUS/1.1 needs TLS 1.3'), peer };
  }
  return peer;
}

/** The line that would let it in. */
export function nasLine({ names, fingerprint }: RadiusPeer): string {
  const [name] = names;
  return name === undefined ? `tls-fingerprint: ${fingerprint}` : `tls-name: ${name}`;
}
