// Revocation of a path, from what is already known: lists (RFC 5280 section 6.3), each certificate against those of the
// one above it, and for the leaf the answers of responders (RFC 6960). Nothing is asked here. Revoked always wins: over
// holds, over missing answers, over every "good", and out of a list that is out of date.

import type { Certificate } from './certificate.ts';
import { type CrlSet, isCurrent, lookUp } from './crl.ts';
import { speaksFor, tellOfAllReasons } from './crl-scope.ts';
import type { Path } from './path.ts';
import { answerKey, type HeldAnswer, type RevocationAnswers } from './revocation-answers.ts';

export const revocationSources = ['ocsp', 'crl'] as const;
export type RevocationSource = (typeof revocationSources)[number];

export interface RevocationRules {
  /** Also ask the lists for the authorities below the anchor, where a list of their issuer is configured. */
  readonly checkIssuingCa: boolean;
  readonly clockSkewMs: number;
  /** Whom to believe first about the leaf; lists alone when absent. */
  readonly order?: readonly RevocationSource[];
  /** How long a good answer still counts after it came, once it is no longer fresh and nothing newer is known. */
  readonly graceMs?: number;
}

export interface RevocationFinding {
  /** `unknown`: the responder has never heard of the certificate, and no list speaks for it. */
  readonly state: 'good' | 'last-good' | 'revoked' | 'on-hold' | 'unknown' | 'unavailable';
  /** Safe to log. */
  readonly detail: string;
}

const worstFirst = ['revoked', 'on-hold', 'unknown', 'unavailable', 'last-good', 'good'] as const;

export function findRevocation(
  path: Path,
  crls: CrlSet,
  rules: RevocationRules,
  now: number,
  answers?: RevocationAnswers,
): RevocationFinding {
  const findings: RevocationFinding[] = [];
  for (const [index, certificate] of path.certificates.entries()) {
    const issuer = path.certificates[index + 1];
    if (issuer === undefined || (index > 0 && !rules.checkIssuingCa)) break;
    const finding =
      index === 0
        ? findLeaf(certificate, issuer, crls, rules, now, answers)
        : findListed(certificate, issuer, index, crls, rules, now);
    if (finding !== undefined) findings.push(finding);
  }
  const worst = worstFirst
    .map(state => findings.find(finding => finding.state === state))
    .find(finding => finding !== undefined);
  return worst ?? { state: 'unavailable', detail: 'nothing was asked' };
}

/** Whether the lists at hand clear the leaf, so that no responder need be asked. */
export function isClearedByLists(path: Path, crls: CrlSet, rules: RevocationRules, now: number): boolean {
  const [leaf, issuer] = path.certificates;
  return findListed(leaf, issuer, 0, crls, rules, now)?.state === 'good';
}

const nothing: RevocationFinding = { state: 'unavailable', detail: 'leaf: no list of its issuer' };

function findLeaf(
  leaf: Certificate,
  issuer: Certificate,
  crls: CrlSet,
  { order = ['crl'], graceMs = 0, ...rules }: RevocationRules,
  now: number,
  answers: RevocationAnswers | undefined,
): RevocationFinding {
  const held = order.includes('ocsp') ? answers?.of(answerKey(leaf, issuer)) : undefined;
  const listed = order.includes('crl')
    ? (findListed(leaf, issuer, 0, crls, { ...rules }, now) ?? nothing)
    : { state: 'unavailable' as const, detail: 'leaf: no answer of its responder' };
  if (held?.state === 'revoked' || listed.state === 'revoked') return { state: 'revoked', detail: 'leaf' };
  const bySource = { ocsp: answered(held, rules.clockSkewMs, now), crl: listed };
  for (const source of order) {
    const { state, detail } = bySource[source];
    if (state === 'good' || state === 'on-hold') return { state, detail };
  }
  // Nobody speaks now: what was said last, the bad before the good.
  if (held?.state === 'on-hold') return { state: 'on-hold', detail: 'leaf: last answer' };
  if (held?.state === 'unknown') return { state: 'unknown', detail: 'leaf: its responder does not know it' };
  if (held !== undefined && now <= held.checkedAt + graceMs) return { state: 'last-good', detail: 'leaf: last answer' };
  return listed;
}

function answered(held: HeldAnswer | undefined, clockSkewMs: number, now: number): RevocationFinding {
  const fresh = held !== undefined && held.checkedAt <= now + clockSkewMs + answerAheadMs && now <= held.freshUntil;
  return fresh ? { state: held.state, detail: 'leaf: by its responder' } : nothing;
}

/** A request is judged at the time it came; the answer that it waited for came later. */
const answerAheadMs = 60_000;

function findListed(
  certificate: Certificate,
  issuer: Certificate,
  index: number,
  crls: CrlSet,
  rules: Pick<RevocationRules, 'clockSkewMs'>,
  now: number,
): RevocationFinding | undefined {
  const which = index === 0 ? 'leaf' : `authority ${index}`;
  const { all, newest } = crls.of(issuer);
  const { serial } = certificate;
  // An entry counts whatever its list's scope: one authority gives a serial number once.
  if (all.some(list => lookUp(list, serial) === 'revoked')) return { state: 'revoked', detail: which };
  // A hold may be lifted, so only the newest list of each scope speaks of it.
  if (newest.some(list => lookUp(list, serial) === 'on-hold')) return { state: 'on-hold', detail: which };
  const speaking = newest.filter(({ scope }) => speaksFor(scope, certificate));
  const [first] = speaking;
  if (first === undefined) {
    if (index > 0) return undefined;
    return { state: 'unavailable', detail: `${which}: no list of its issuer${all.length > 0 ? ' speaks for it' : ''}` };
  }
  const current = speaking.filter(list => isCurrent(list, now, rules.clockSkewMs));
  if (tellOfAllReasons(current.map(({ scope }) => scope))) return { state: 'good', detail: which };
  const fault =
    current.length > 0 ? 'lists for some reasons only' : `list ended ${new Date(first.nextUpdate).toISOString()}`;
  return { state: 'unavailable', detail: `${which}: ${fault}` };
}
