// What the configuration says of EAP, in the words of the TLS engine.

import type { EapSettings, TlsProfile } from '../eap-config.ts';
import type { TlsProfileSettings, TlsServerSettings } from './tls-context.ts';
import type { OwnCertificate } from './tls-stapling.ts';

export function tlsServerSettings(eap: EapSettings): TlsServerSettings {
  const everybody = { certificatePem: eap.certificate, keyPem: eap.key };
  return {
    ...everybody,
    profiles: Object.fromEntries(
      [...eap.tlsProfiles].map(([name, profile]) => [name, profileSettings(profile, everybody)]),
    ),
    ...(eap.resumption === 'off' ? {} : { resumption: {} }),
  };
}

function profileSettings(
  { versions, own, ...lists }: TlsProfile,
  everybody: Pick<TlsProfileSettings, 'certificatePem' | 'keyPem'>,
): TlsProfileSettings {
  return {
    ...(own === undefined ? everybody : { certificatePem: own.certificate, keyPem: own.key }),
    minVersion: versions.includes('1.2') ? 'TLSv1.2' : 'TLSv1.3',
    maxVersion: versions.includes('1.3') ? 'TLSv1.3' : 'TLSv1.2',
    ...lists,
  };
}

/** Each with the profile that shows it. */
export function ownCertificates(eap: EapSettings): readonly OwnCertificate[] {
  const { profiles = {}, certificatePem } = tlsServerSettings(eap);
  const ofProfiles = Object.entries(profiles).map(([profile, own]) => ({
    profile,
    certificatePem: own.certificatePem,
  }));
  return [{ certificatePem }, ...ofProfiles];
}
