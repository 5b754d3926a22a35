// The judgement of a path whose signatures hold (RFC 5280 sections 6.1.3 to 6.1.5), step by step: every rule for every
// certificate, in the order in which a fault is worth telling. `path.ts` stops at the first fault; `sluis cert verify`
// shows them all.

import type { Reason } from '../contract/reason.ts';
import type { Certificate } from './certificate.ts';
import { nameFault } from './name-constraints.ts';
import { isSelfIssued, type PolicyOptions, validPolicies } from './policy-tree.ts';
import { type Curve, describeKey, isStrong } from './public-key.ts';
import type { HashName } from './signed-bytes.ts';

export interface ValidationOptions extends PolicyOptions {
  readonly hashes: readonly HashName[];
  readonly rsaMinBits: number;
  readonly curves: readonly Curve[];
  /** How far ahead the start of a validity may lie: clocks differ. The end is never stretched. */
  readonly clockSkewMs: number;
}

export type ValidationCheck = 'validity' | 'extensions' | 'hash' | 'key' | 'authority' | 'names' | 'policies';

export interface ValidationStep {
  readonly check: ValidationCheck;
  /** In the path, the leaf being 0; absent for a rule about the whole path that holds. */
  readonly index?: number;
  readonly fault?: Fault;
  /** What was found, where it holds. */
  readonly found?: string;
}

/** The word, and what to log: neither a name nor a number. */
export type Fault = readonly [Reason, string];

/** Dates come first, since that is what people can mend; the path as a whole comes last. */
export function* validationSteps(
  path: readonly Certificate[],
  options: ValidationOptions,
  now: number,
): Generator<ValidationStep> {
  yield* each('validity', path, certificate => validityFault(certificate, options, now));
  yield* each('extensions', path, extensionFault);
  // An anchor's own signature proves nothing, so its hash does not matter.
  yield* each('hash', path.slice(0, -1), certificate => hashFault(certificate, options));
  yield* each('key', path, ({ key: { kind } }) =>
    isStrong(kind, options) ? undefined : ['certificate-key-weak', describeKey(kind)],
  );
  for (const [index, certificate] of path.entries()) {
    if (index === 0) continue;
    const fault = authorityFault(path, certificate, index);
    yield fault === undefined ? { check: 'authority', index } : { check: 'authority', index, fault };
  }
  yield namesStep(path);
  yield policiesStep(path, options);
}

/** A place in the path, in words. */
export function whichOf(index: number | undefined): string {
  return index === undefined ? 'path' : index === 0 ? 'leaf' : `authority ${index}`;
}

function* each(
  check: ValidationCheck,
  certificates: readonly Certificate[],
  judge: (certificate: Certificate) => Fault | undefined,
): Generator<ValidationStep> {
  for (const [index, certificate] of certificates.entries()) {
    const fault = judge(certificate);
    yield fault === undefined ? { check, index } : { check, index, fault };
  }
}

function validityFault(certificate: Certificate, options: ValidationOptions, now: number): Fault | undefined {
  const { notBefore, notAfter } = certificate;
  if (now > notAfter) return ['certificate-expired', `ended ${new Date(notAfter).toISOString()}`];
  if (now + options.clockSkewMs < notBefore) {
    return ['certificate-not-yet-valid', `starts ${new Date(notBefore).toISOString()}`];
  }
  return undefined;
}

function extensionFault({ unknownCritical: [oid] }: Certificate): Fault | undefined {
  return oid === undefined ? undefined : ['certificate-extension-unknown', `critical ${oid}`];
}

function hashFault({ signedWith: { scheme, oid } }: Certificate, { hashes }: ValidationOptions): Fault | undefined {
  return scheme !== undefined && hashes.includes(scheme.hash)
    ? undefined
    : ['certificate-hash-weak', `signed with ${scheme?.hash ?? oid}`];
}

/** [RFC5280-6.1.4] (k) to (n): every certificate above the leaf must be allowed to issue, and to issue this deep. */
function authorityFault(path: readonly Certificate[], certificate: Certificate, index: number): Fault | undefined {
  if (certificate.basicConstraints?.ca !== true) return ['certificate-issuer-refused', 'not an authority'];
  if (certificate.keyUsage?.has('keyCertSign') === false) {
    return ['certificate-issuer-refused', 'may not sign certificates'];
  }
  // Self-issued certificates (a re-keyed authority) do not count [RFC5280-4.2.1.9].
  const between = path.slice(1, index).filter(below => !isSelfIssued(below)).length;
  const { pathLength } = certificate.basicConstraints;
  return pathLength !== undefined && between > pathLength
    ? ['certificate-issuer-refused', `path length ${between}, allowed ${pathLength}`]
    : undefined;
}

function namesStep(path: readonly Certificate[]): ValidationStep {
  const fault = nameFault(path);
  if (fault === undefined) return { check: 'names' };
  const reason = fault.tooMany === true ? 'certificate-too-large' : 'certificate-issuer-refused';
  return { check: 'names', index: fault.index, fault: [reason, fault.detail] };
}

function policiesStep(path: readonly Certificate[], options: ValidationOptions): ValidationStep {
  const judged = validPolicies(path, options);
  if (!('valid' in judged)) {
    return { check: 'policies', index: judged.index, fault: ['certificate-policy-wrong', judged.detail] };
  }
  return { check: 'policies', found: judged.valid.length === 0 ? 'none' : judged.valid.join(', ') };
}
