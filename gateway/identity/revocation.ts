// Revocation of a path by lists (RFC 5280 section 6.3): each certificate against the lists of the one above it.
// Revoked always wins, over holds, over missing answers, and over a list that is out of date.

import type { Certificate } from './certificate.ts';
import { type CrlSet, isCurrent, lookUp } from './crl.ts';
import type { Path } from './path.ts';

export interface RevocationRules {
  /** Also ask the lists for the authorities below the anchor, where a list of their issuer is configured. */
  readonly checkIssuingCa: boolean;
  readonly clockSkewMs: number;
}

export interface RevocationFinding {
  readonly state: 'good' | 'revoked' | 'on-hold' | 'unavailable';
  /** Safe to log. */
  readonly detail: string;
}

const worstFirst = ['revoked', 'on-hold', 'unavailable', 'good'] as const;

export function findRevocation(path: Path, crls: CrlSet, rules: RevocationRules, now: number): RevocationFinding {
  const findings: RevocationFinding[] = [];
  for (const [index, certificate] of path.certificates.entries()) {
    const issuer = path.certificates[index + 1];
    if (issuer === undefined || (index > 0 && !rules.checkIssuingCa)) break;
    const finding = findOne(certificate, issuer, index, crls, rules, now);
    if (finding !== undefined) findings.push(finding);
  }
  const worst = worstFirst
    .map(state => findings.find(finding => finding.state === state))
    .find(finding => finding !== undefined);
  return worst ?? { state: 'unavailable', detail: 'nothing was asked' };
}

function findOne(
  certificate: Certificate,
  issuer: Certificate,
  index: number,
  crls: CrlSet,
  rules: RevocationRules,
  now: number,
): RevocationFinding | undefined {
  const which = index === 0 ? 'leaf' : `authority ${index}`;
  const lists = crls.of(issuer).filter(({ scope }) => {
    const kind = index === 0 ? scope.leaves : scope.authorities;
    return kind && (scope.uris === undefined || scope.uris.some(uri => certificate.crlUris.includes(uri)));
  });
  const answers = lists.map(list => lookUp(list, certificate.serial));
  if (answers.includes('revoked')) return { state: 'revoked', detail: which };
  const [newest] = lists;
  if (newest === undefined) {
    return index === 0 ? { state: 'unavailable', detail: `${which}: no list of its issuer` } : undefined;
  }
  // A hold may be lifted, so only the newest list speaks of it.
  if (answers[0] === 'on-hold') return { state: 'on-hold', detail: which };
  return isCurrent(newest, now, rules.clockSkewMs)
    ? { state: 'good', detail: which }
    : { state: 'unavailable', detail: `${which}: list ended ${new Date(newest.nextUpdate).toISOString()}` };
}
