// What the TLS peer is told when its certificate is refused (RFC 8446 section 6.2). Alerts say less than reasons do.

import type { Reason } from '../contract/reason.ts';
import type { TlsAlert } from '../eap/step.ts';

const alerts: Partial<Record<Reason, TlsAlert>> = {
  'certificate-missing': 'certificate-required',
  'certificate-malformed': 'bad-certificate',
  'certificate-too-large': 'bad-certificate',
  'certificate-chain-too-long': 'bad-certificate',
  'certificate-signature-wrong': 'bad-certificate',
  'certificate-anchor-unknown': 'unknown-ca',
  'certificate-issuer-refused': 'unknown-ca',
  'certificate-not-yet-valid': 'certificate-expired',
  'certificate-expired': 'certificate-expired',
  'certificate-revoked': 'certificate-revoked',
  'certificate-on-hold': 'certificate-revoked',
  'certificate-usage-wrong': 'unsupported-certificate',
  'certificate-purpose-wrong': 'unsupported-certificate',
};

export function alertFor(reason: Reason): TlsAlert {
  return alerts[reason] ?? 'certificate-unknown';
}
