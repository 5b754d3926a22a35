// What an OCSP response proves about one certificate (RFC 6960 sections 3.2 and 4.2.2): who may answer, about which
// certificate, and for how long an answer counts. What proves nothing is named, so that a log can say why.

import { type Certificate, isIssuedBy } from './certificate.ts';
import type { CrlSet } from './crl.ts';
import { DerFault } from './der.ts';
import { type CertId, certIdHashOids, keyIdOf } from './ocsp-request.ts';
import { ocspLimits, type OcspResponse, parseOcspResponse, type SingleAnswer } from './ocsp-response.ts';
import { type Curve, isStrong } from './public-key.ts';
import { type HashName, isSignedBy } from './signed-bytes.ts';

export const nonceModes = ['prefer', 'require', 'off'] as const;
export type NonceMode = (typeof nonceModes)[number];

export interface OcspQuestion {
  readonly id: CertId;
  /** The authority directly above the certificate, from a path that holds. */
  readonly issuer: Certificate;
  /** As sent; absent with mode `off`. */
  readonly nonce?: Uint8Array;
}

export interface OcspRules {
  readonly nonce: NonceMode;
  /** How long an answer counts at least, from the time it gives as its own. */
  readonly maxAgeMs: number;
  readonly skewMs: number;
  /** What the profile accepts in certificates, it accepts here. */
  readonly hashes: readonly HashName[];
  readonly rsaMinBits: number;
  readonly curves: readonly Curve[];
  /** In which a signer whom the authority has named is looked up. */
  readonly crls: CrlSet;
}

export interface OcspAnswer {
  readonly state: SingleAnswer['state'];
  /** Milliseconds since 1970 UTC. */
  readonly thisUpdate: number;
  readonly freshUntil: number;
}

export type OcspFault =
  | 'malformed'
  | 'too-large'
  | 'try-later'
  | 'not-served'
  | 'other-certificate'
  | 'signer-wrong'
  | 'signature-wrong'
  | 'nonce-wrong'
  | 'too-old'
  | 'too-early';

/** No answer, as far as anyone can be held to it. */
export interface OcspUnusable {
  readonly unusable: OcspFault;
  readonly detail: string;
}

const ocspSigning = '1.3.6.1.5.5.7.3.9';

export function readOcspAnswer(
  bytes: Uint8Array,
  question: OcspQuestion,
  rules: OcspRules,
  now: number,
): OcspAnswer | OcspUnusable {
  if (bytes.byteLength > ocspLimits.maxBytes) return unusable('too-large', `more than ${ocspLimits.maxBytes} bytes`);
  const response = parsed(bytes);
  if ('unusable' in response) return response;
  const answer = response.answers.find(each => isAbout(each, question.id));
  if (answer === undefined) return unusable('other-certificate', `${response.answers.length} answers`);
  const signerFault = signerFaultOf(response, question.issuer, rules, now);
  if (signerFault !== undefined) return signerFault;
  // A nextUpdate before thisUpdate is only a shorter life.
  const freshUntil = Math.max(answer.nextUpdate ?? 0, answer.thisUpdate + rules.maxAgeMs);
  const { state, thisUpdate } = answer;
  // Nothing lifts a revocation, so neither age nor replay takes anything from a signed one.
  if (state === 'revoked') return { state, thisUpdate, freshUntil };
  return (
    nonceFault(response, question, rules.nonce) ??
    ageFault(answer, freshUntil, rules, now) ?? { state, thisUpdate, freshUntil }
  );
}

function unusable(fault: OcspFault, detail: string): OcspUnusable {
  return { unusable: fault, detail };
}

function parsed(bytes: Uint8Array): OcspResponse | OcspUnusable {
  try {
    const response = parseOcspResponse(bytes);
    if (typeof response !== 'string') return response;
    const later = response === 'tryLater' || response === 'internalError';
    return unusable(later ? 'try-later' : 'not-served', response);
  } catch (fault) {
    // Hostile octets are a value for our caller; anything else is a fault of ours.
    if (fault instanceof DerFault) return unusable('malformed', fault.message);
    throw fault;
  }
}

function isAbout(answer: SingleAnswer, id: CertId): boolean {
  return (
    answer.hash === certIdHashOids[id.hash] &&
    answer.issuerName === id.issuerName &&
    answer.issuerKey === id.issuerKey &&
    answer.serial === id.serial
  );
}

/** [RFC6960-4.2.2.2] The authority itself, or whom this very authority has named for the purpose. */
function signerFaultOf(
  response: OcspResponse,
  issuer: Certificate,
  rules: OcspRules,
  now: number,
): OcspUnusable | undefined {
  const { signedWith, tbs, signature } = response;
  const { scheme } = signedWith;
  if (scheme === undefined || !rules.hashes.includes(scheme.hash)) {
    return unusable('signature-wrong', `signed with ${scheme?.hash ?? signedWith.oid}`);
  }
  const named = [issuer, ...response.certificates].filter(each => isNamed(response.responder, each));
  let fault = 'no certificate of the responder that is named';
  for (const signer of named) {
    const misfit = signer.key.hash === issuer.key.hash ? undefined : delegationFault(signer, issuer, rules, now);
    if (misfit !== undefined) fault = misfit;
    else if (isSignedBy(signedWith, signer.key, tbs, signature)) return undefined;
    else return unusable('signature-wrong', 'not by the responder that is named');
  }
  return unusable('signer-wrong', fault);
}

function isNamed(responder: OcspResponse['responder'], certificate: Certificate): boolean {
  return 'name' in responder ? certificate.subject.key === responder.name : keyIdOf(certificate) === responder.keyId;
}

function delegationFault(signer: Certificate, issuer: Certificate, rules: OcspRules, now: number): string | undefined {
  if (signer.issuer.key !== issuer.subject.key) return 'issued by another authority';
  if (signer.extendedKeyUsage?.includes(ocspSigning) !== true) return 'not for signing OCSP answers';
  if (signer.keyUsage !== undefined && !signer.keyUsage.has('digitalSignature')) return 'not for signatures';
  if (signer.unknownCritical.length > 0) return `critical ${signer.unknownCritical[0] ?? ''}`;
  if (now > signer.notAfter || now + rules.skewMs < signer.notBefore) return 'outside its dates';
  if (!isStrong(signer.key.kind, rules)) return 'weak key';
  if (!rules.hashes.some(hash => hash === signer.signedWith.scheme?.hash)) return 'weak signature on its certificate';
  if (!isIssuedBy(signer, issuer)) return 'issued by another key';
  // [RFC6960-4.2.2.2.1] Without a list nobody knows, and the authority could have said so by a shorter life.
  const entry = signer.ocspNoCheck === true ? 'not-listed' : rules.crls.entryOf(issuer, signer.serial);
  return entry === 'not-listed' ? undefined : `its certificate is ${entry}`;
}

/** [RFC9654-2.1] Answers made in advance carry no nonce; an echo that differs belongs to somebody else's question. */
function nonceFault(response: OcspResponse, { nonce }: OcspQuestion, mode: NonceMode): OcspUnusable | undefined {
  if (mode === 'off' || nonce === undefined) return undefined;
  if (response.nonce === undefined) return mode === 'require' ? unusable('nonce-wrong', 'no nonce') : undefined;
  return response.nonce === Buffer.from(nonce).toString('hex') ? undefined : unusable('nonce-wrong', 'another nonce');
}

function ageFault(answer: SingleAnswer, freshUntil: number, rules: OcspRules, now: number): OcspUnusable | undefined {
  const from = new Date(answer.thisUpdate).toISOString();
  if (answer.thisUpdate > now + rules.skewMs) return unusable('too-early', `of ${from}`);
  return now > freshUntil ? unusable('too-old', `of ${from}`) : undefined;
}
