// The server side's TLS settings (RFC 9190 section 2, RFC 5216 section 2.4): checked once, when the gateway starts.

import { constants } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import { sealableSuites } from '../eap/tls-alert.ts';
import { defaultSessionLifetimeMs, type ResumptionSettings } from './tls-sessions.ts';

/** Structured-clonable: it travels to the workers. */
export interface TlsServerSettings {
  /** Leaf first, then its intermediates. */
  readonly certificatePem: string;
  readonly keyPem: string;
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3';
  readonly maxVersion?: 'TLSv1.2' | 'TLSv1.3';
  /** In OpenSSL's words. Cards that sign PKCS#1 only need a TLS 1.2 profile with `pkcs1SignatureAlgorithms`. */
  readonly signatureAlgorithms?: readonly string[];
  readonly groups?: readonly string[];
  /** Named to the peer in the CertificateRequest, so that it offers a fitting certificate. Not trusted for anything. */
  readonly clientAuthoritiesPem?: readonly string[];
  /** In TLS 1.2 only, and only of sessions that were settled as resumable. Absent: every login proves its certificate. */
  readonly resumption?: ResumptionSettings;
  readonly maxInboundBytes?: number;
  readonly maxHandshakes?: number;
}

/** Without RSA-PSS: an OpenSSL client prefers it in TLS 1.2 too, and then the card fails. */
export const pkcs1SignatureAlgorithms: readonly string[] = [
  'ecdsa_secp384r1_sha384',
  'ecdsa_secp256r1_sha256',
  'ecdsa_secp521r1_sha512',
  'rsa_pkcs1_sha256',
  'rsa_pkcs1_sha384',
  'rsa_pkcs1_sha512',
];

/** TLS 1.2 judges the curve of an ECDSA certificate by this list too, so P-256 and P-384 always stand in it. */
const defaultGroups: readonly string[] = ['X25519MLKEM768', 'X25519', 'P-256', 'P-384'];

/** Forward secrecy and AEAD only; of TLS 1.3 the suites with which a refusal can be sealed. */
const cipherList = [...sealableSuites, 'ECDHE+AESGCM', 'ECDHE+CHACHA20'].join(':');

export interface TlsServerContext {
  readonly secureContext: SecureContext;
  readonly maxInboundBytes: number;
}

export const defaultMaxInboundBytes = 131_072;
export const defaultMaxHandshakes = 4_096;

/** Throws when the certificate, its key or a list cannot be used. */
export function tlsServerContext(settings: TlsServerSettings): TlsServerContext {
  const groups = settings.groups ?? defaultGroups;
  for (const needed of ['P-256', 'P-384']) {
    if (!groups.includes(needed))
      throw new Error(`TLS groups without ${needed}: TLS 1.2 refuses its certificates then`);
  }
  const secureContext = createSecureContext({
    cert: settings.certificatePem,
    key: settings.keyPem,
    minVersion: settings.minVersion ?? 'TLSv1.2',
    maxVersion: settings.maxVersion ?? 'TLSv1.3',
    ciphers: cipherList,
    ecdhCurve: groups.join(':'),
    ...(settings.signatureAlgorithms === undefined ? {} : { sigalgs: settings.signatureAlgorithms.join(':') }),
    // An empty list, not none: none would load the public web's authorities into every context.
    ca: [...(settings.clientAuthoritiesPem ?? [])],
    secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
    sessionIdContext: 'sluis-eap-tls',
    // OpenSSL would end a session after five minutes. It cuts the time of its beginning to whole seconds, hence one more:
    // our own store decides.
    sessionTimeout: Math.ceil((settings.resumption?.lifetimeMs ?? defaultSessionLifetimeMs) / 1_000) + 1,
  });
  return { secureContext, maxInboundBytes: settings.maxInboundBytes ?? defaultMaxInboundBytes };
}
