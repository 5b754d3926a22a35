// The server side's TLS settings (RFC 9190 section 2, RFC 5216 section 2.4): checked once, when the gateway starts.

import { constants, hash } from 'node:crypto';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import { sealableSuites } from '../eap/tls-alert.ts';
import { defaultSessionLifetimeMs, type ResumptionSettings } from './tls-sessions.ts';

/** What may differ between those who log in. */
export interface TlsProfileSettings {
  /** Leaf first, then its intermediates. */
  readonly certificatePem: string;
  readonly keyPem: string;
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3';
  readonly maxVersion?: 'TLSv1.2' | 'TLSv1.3';
  /** In OpenSSL's words. Cards that sign PKCS#1 only need a TLS 1.2 profile without RSA-PSS. */
  readonly signatureAlgorithms?: readonly string[];
  readonly groups?: readonly string[];
}

/** Structured-clonable: it travels to the workers. */
export interface TlsServerSettings extends TlsProfileSettings {
  /** By name; the settings themselves are for those who have no profile. */
  readonly profiles?: Readonly<Record<string, TlsProfileSettings>>;
  /** Named to the peer in the CertificateRequest, so that it offers a fitting certificate. Not trusted for anything. */
  readonly clientAuthoritiesPem?: readonly string[];
  /** In TLS 1.2 only, and only of sessions that were settled as resumable. Absent: every login proves its certificate. */
  readonly resumption?: ResumptionSettings;
  readonly maxInboundBytes?: number;
  readonly maxHandshakes?: number;
}

/** TLS 1.2 judges the curve of an ECDSA certificate by this list too, so P-256 and P-384 always stand in it. */
const defaultGroups: readonly string[] = ['X25519MLKEM768', 'X25519', 'P-256', 'P-384'];

/** Forward secrecy and AEAD only; of TLS 1.3 the suites with which a refusal can be sealed. */
const cipherList = [...sealableSuites, 'ECDHE+AESGCM', 'ECDHE+CHACHA20'].join(':');

export interface TlsServerContext {
  /** Absent: the settings of everybody. */
  readonly profile?: string;
  readonly secureContext: SecureContext;
  /** For TEAP, whose keys are those of TLS 1.2; under a profile of TLS 1.3 alone nobody gets that far. */
  readonly teapContext: SecureContext;
  readonly maxInboundBytes: number;
}

export const defaultMaxInboundBytes = 131_072;
export const defaultMaxHandshakes = 4_096;

/** One for everybody under no name, and one for each profile; throws when a certificate, its key or a list cannot be used. */
export function tlsServerContexts(settings: TlsServerSettings): ReadonlyMap<string | undefined, TlsServerContext> {
  const all: readonly (readonly [string | undefined, TlsProfileSettings])[] = [
    [undefined, settings],
    ...Object.entries(settings.profiles ?? {}),
  ];
  return new Map(all.map(([profile, own]) => [profile, tlsServerContext(own, settings, profile)]));
}

function tlsServerContext(
  settings: TlsProfileSettings,
  common: TlsServerSettings,
  profile: string | undefined,
): TlsServerContext {
  const groups = settings.groups ?? defaultGroups;
  for (const needed of settings.minVersion === 'TLSv1.3' ? [] : ['P-256', 'P-384']) {
    if (!groups.includes(needed))
      throw new Error(`TLS groups without ${needed}: TLS 1.2 refuses its certificates then`);
  }
  const context: SecureContextOptions = {
    cert: settings.certificatePem,
    key: settings.keyPem,
    minVersion: settings.minVersion ?? 'TLSv1.2',
    maxVersion: settings.maxVersion ?? 'TLSv1.3',
    ciphers: cipherList,
    ecdhCurve: groups.join(':'),
    ...(settings.signatureAlgorithms === undefined ? {} : { sigalgs: settings.signatureAlgorithms.join(':') }),
    // An empty list, not none: none would load the public web's authorities into every context.
    ca: [...(common.clientAuthoritiesPem ?? [])],
    secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
    // A session is good under the profile that began it. OpenSSL takes 32 octets.
    sessionIdContext: hash('sha256', `sluis-eap-tls ${profile ?? ''}`, 'hex').slice(0, 32),
    // OpenSSL would end a session after five minutes. It cuts the time of its beginning to whole seconds, hence one more:
    // our own store decides.
    sessionTimeout: Math.ceil((common.resumption?.lifetimeMs ?? defaultSessionLifetimeMs) / 1_000) + 1,
  };
  const secureContext = createSecureContext(context);
  const only13 = context.minVersion === 'TLSv1.3';
  const teapContext = only13 ? secureContext : createSecureContext({ ...context, maxVersion: 'TLSv1.2' });
  return {
    ...(profile === undefined ? {} : { profile }),
    secureContext,
    teapContext,
    maxInboundBytes: common.maxInboundBytes ?? defaultMaxInboundBytes,
  };
}
