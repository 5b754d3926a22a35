// What a peer of TEAP is told when it is refused (RFC 9930 section 4.2.6). Errors say less than reasons do.

import type { Reason } from '../contract/reason.ts';
import type { TeapError } from './teap-tlv.ts';

const errors: Partial<Record<Reason, TeapError>> = {
  'eap-crypto-binding-wrong': 'tunnel-compromised',
  'eap-malformed': 'unexpected-tlvs',
  'eap-unexpected': 'unexpected-tlvs',
  'eap-method-refused': 'inner-method-not-supported',
  'credentials-missing': 'certificate-not-supplied',
  'certificate-missing': 'certificate-not-supplied',
  'tls-handshake-failed': 'inner-method-failed',
  'tls-version-refused': 'inner-method-failed',
  'tls-alert-from-peer': 'inner-method-failed',
  'try-again': 'infrastructure-unavailable',
};

export function teapErrorFor(reason: Reason): TeapError {
  const known = errors[reason];
  if (known !== undefined) return known;
  if (reason.startsWith('certificate-')) return 'certificate-rejected';
  // [RFC9930-4.2.6] Whether the name or the password was wrong is not told.
  return /^(ticket|password)-/.test(reason) ? 'inner-method-failed' : 'authorization-failed';
}
