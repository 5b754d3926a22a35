// Revocation of a path, from what is already known: lists (RFC 5280 section 6.3), each certificate against those of the
// one above it, and for the leaf the answers of responders (RFC 6960). Nothing is asked here. Revoked always wins: over
// holds, over missing answers, over every "good", and out of a list that is out of date.

import type { Certificate } from './certificate.ts';
import { type CrlSet, isCurrent } from './crl.ts';
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
  /** Of `last-good` and `unavailable`: when it was last known to be good, however long ago; of a list, its end. */
  readonly goodAt?: number;
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
  if (worst === undefined) return { state: 'unavailable', detail: 'nothing was asked' };
  return isOpen(worst) ? { state: worst.state, detail: worst.detail, ...oldest(findings) } : worst;
}

/** A path is as good as what is known least of. */
function oldest(findings: readonly RevocationFinding[]): Pick<RevocationFinding, 'goodAt'> {
  const open = findings.filter(isOpen);
  const known = open.flatMap(({ goodAt }) => goodAt ?? []);
  return known.length === 0 || known.length < open.length ? {} : { goodAt: Math.min(...known) };
}

function isOpen({ state }: RevocationFinding): boolean {
  return state === 'unavailable' || state === 'last-good';
}

/** Whether the lists at hand clear the leaf, so that no responder need be asked. */
export function isClearedByLists(path: Path, crls: CrlSet, rules: RevocationRules, now: number): boolean {
  const [leaf, issuer] = path.certificates;
  return findListed(leaf, issuer, 0, crls, rules, now)?.state === 'good';
}

const nothing: RevocationFinding = { state: 'unavailable', detail: 'leaf: no list of its issuer' };
const unanswered: RevocationFinding = { state: 'unavailable', detail: 'leaf: no answer of its responder' };

function findLeaf(
  leaf: Certificate,
  issuer: Certificate,
  crls: CrlSet,
  { order = ['crl'], graceMs = 0, ...rules }: RevocationRules,
  now: number,
  answers: RevocationAnswers | undefined,
): RevocationFinding {
  const held = order.includes('ocsp') ? answers?.of(answerKey(leaf, issuer)) : undefined;
  const listed = order.includes('crl') ? (findListed(leaf, issuer, 0, crls, { ...rules }, now) ?? nothing) : unanswered;
  if (held?.state === 'revoked' || listed.state === 'revoked') return { state: 'revoked', detail: 'leaf' };
  const bySource = { ocsp: answered(held, rules.clockSkewMs, now), crl: listed };
  for (const source of order) {
    const { state, detail } = bySource[source];
    if (state === 'good' || state === 'on-hold') return { state, detail };
  }
  // Nobody speaks now: what was said last, the bad before the good.
  if (held?.state === 'on-hold') return { state: 'on-hold', detail: 'leaf: last answer' };
  if (held?.state === 'unknown') return { state: 'unknown', detail: 'leaf: its responder does not know it' };
  if (held === undefined) return listed;
  const goodAt = Math.max(held.checkedAt, listed.goodAt ?? held.checkedAt);
  return now <= held.checkedAt + graceMs
    ? { state: 'last-good', detail: 'leaf: last answer', goodAt }
    : { ...listed, goodAt };
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
  const entry = crls.entryOf(issuer, certificate.serial);
  if (entry !== 'not-listed') return { state: entry, detail: which };
  const { all, newest } = crls.of(issuer);
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
  // Lists that told of everything until they ended: from then on nobody knows.
  const told = speaking.filter(({ thisUpdate }) => thisUpdate <= now + rules.clockSkewMs);
  const goodAt = tellOfAllReasons(told.map(({ scope }) => scope))
    ? { goodAt: Math.min(...told.map(({ nextUpdate }) => nextUpdate)) }
    : {};
  return { state: 'unavailable', detail: `${which}: ${fault}`, ...goodAt };
}
