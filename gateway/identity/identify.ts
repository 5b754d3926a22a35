// The way from a certificate chain to a verified identity: read → find the profile by its anchor → judge the path, the
// issuer, what the key is for, policies, subject → identifier → revocation. The order gives every bad certificate its
// own reason. Details of a refusal carry no name and no number: they may be logged.

import { isRefused, type Reason, type Refused, refused } from '../contract/reason.ts';
import { type Certificate, readCertificate } from './certificate.ts';
import { checkIdentifier } from './checksum.ts';
import { findIdentifier } from './identifier.ts';
import { type Name, normalised, valuesOf } from './name.ts';
import { ageAtLeast } from './national-number.ts';
import { buildPath, chainLimits, type LinkCache, type Path, type PathRefused } from './path.ts';
import type { IdentityProfile, NameRules } from './profile.ts';
import { type PseudonymKeys, pseudonymsOf } from './pseudonym.ts';
import { findRevocation } from './revocation.ts';
import type { RevocationAnswers } from './revocation-answers.ts';
import type { VerifiedIdentity } from './verified-identity.ts';

export interface IdentifyContext {
  readonly tenant: string;
  readonly pseudonymKeys: PseudonymKeys;
  /** Milliseconds since 1970 UTC. */
  readonly now: number;
  readonly linkCache?: LinkCache;
  /** What responders have said by now. */
  readonly answers?: RevocationAnswers;
}

/** A chain about which only revocation is still open. */
export interface Proven {
  readonly path: Path;
  readonly profile: IdentityProfile;
  readonly identity: Omit<VerifiedIdentity, 'revocation'>;
}

/** The first profile whose anchor the chain reaches is the one that judges it; its refusal is final. */
export function identify(
  chain: readonly Uint8Array[],
  profiles: readonly IdentityProfile[],
  context: IdentifyContext,
): VerifiedIdentity | Refused {
  const proven = prove(chain, profiles, context);
  return isRefused(proven) ? proven : withRevocation(proven, context);
}

/** The last question about a proven chain, answered from what is known at this moment. */
export function withRevocation(
  { path, profile, identity }: Proven,
  context: IdentifyContext,
): VerifiedIdentity | Refused {
  const revocation = revocationOf(path, profile, context);
  return isRefused(revocation)
    ? inProfile(profile, revocation.refused, revocation.detail ?? '')
    : { ...identity, ...revocation };
}

/** Everything but revocation: what must hold before anybody is asked about a certificate. */
export function prove(
  chain: readonly Uint8Array[],
  profiles: readonly IdentityProfile[],
  context: IdentifyContext,
): Proven | Refused {
  const certificates = readChain(chain);
  if (isRefused(certificates)) return certificates;
  let notFound: Refused | undefined;
  for (const profile of profiles) {
    const path = findPath(certificates, profile, context);
    if (!isRefused(path)) return judge(path, profile, context);
    const detail = `profile ${profile.id}: ${path.detail ?? ''}`;
    if (path.anchored) return refused(path.refused, detail);
    // "No such anchor" is what every other profile says; anything else is worth telling.
    if (notFound === undefined || notFound.refused === 'certificate-anchor-unknown') {
      notFound = refused(path.refused, detail);
    }
  }
  if (notFound?.refused === 'certificate-anchor-unknown' && profiles.length > 1) {
    return refused('certificate-anchor-unknown', `no path to an anchor of any of ${profiles.length} profiles`);
  }
  return notFound ?? refused('certificate-anchor-unknown', 'no identity profile is loaded');
}

/** The same for one profile that is already chosen. */
export function identifyWith(
  chain: readonly Uint8Array[],
  profile: IdentityProfile,
  context: IdentifyContext,
): VerifiedIdentity | Refused {
  return identify(chain, [profile], context);
}

type Chain = readonly [Certificate, ...Certificate[]];

/** Counts and sizes are judged before anything is parsed, and everything is parsed before any signature. */
function readChain(chain: readonly Uint8Array[]): Chain | Refused {
  if (chain.length > chainLimits.certificates) {
    return refused('certificate-chain-too-long', `${chain.length} certificates, at most ${chainLimits.certificates}`);
  }
  const totalBytes = chain.reduce((sum, bytes) => sum + bytes.byteLength, 0);
  if (totalBytes > chainLimits.totalBytes) return refused('certificate-too-large', `${totalBytes} bytes in all`);
  const certificates: Certificate[] = [];
  for (const [index, bytes] of chain.entries()) {
    const certificate = readCertificate(bytes);
    if (isRefused(certificate))
      return refused(certificate.refused, `certificate ${index}: ${certificate.detail ?? ''}`);
    certificates.push(certificate);
  }
  const [leaf, ...others] = certificates;
  return leaf === undefined ? refused('certificate-missing', 'the peer sent none') : [leaf, ...others];
}

function findPath([leaf, ...sent]: Chain, profile: IdentityProfile, context: IdentifyContext): Path | PathRefused {
  const candidates = profile.acceptFromPeer ? [...profile.intermediates, ...sent] : profile.intermediates;
  const links = context.linkCache === undefined ? {} : { links: context.linkCache };
  return buildPath(leaf, candidates, profile.anchors, { ...profile.path, ...links }, context.now);
}

function judge(path: Path, profile: IdentityProfile, context: IdentifyContext): Proven | Refused {
  const [leaf] = path.certificates;
  const fault = issuerFault(path, profile) ?? usageFault(leaf, profile) ?? purposeFault(path, profile);
  const refusal = fault ?? policyFault(leaf, profile) ?? subjectFault(leaf, profile);
  if (refusal !== undefined) return inProfile(profile, ...refusal);
  const person = who(leaf, profile, context);
  if (isRefused(person)) return inProfile(profile, person.refused, person.detail ?? '');
  const identity = {
    profile: profile.id,
    kind: profile.kind,
    keyHash: leaf.key.hash,
    fingerprint: leaf.fingerprint,
    // A leaf is worth nothing beyond the end of its authorities.
    notAfter: Math.min(...path.certificates.map(certificate => certificate.notAfter)),
    ...person,
    assurance: profile.assurance,
  };
  return { path, profile, identity };
}

type Fault = readonly [Reason, string];

function inProfile(profile: IdentityProfile, reason: Reason, detail: string): Refused {
  return refused(reason, `profile ${profile.id}: ${detail}`);
}

function issuerFault({ certificates: [, issuer] }: Path, { issuer: rules }: IdentityProfile): Fault | undefined {
  const wrong = firstUnmet(issuer.subject, rules);
  return wrong === undefined
    ? undefined
    : ['certificate-issuer-refused', `attribute ${wrong} of the issuing authority`];
}

function usageFault(leaf: Certificate, { keyUsage: wanted }: IdentityProfile): Fault | undefined {
  if (leaf.basicConstraints?.ca === true) return ['certificate-usage-wrong', 'an authority is nobody'];
  const { keyUsage } = leaf;
  const missing = wanted.all.find(usage => keyUsage?.has(usage) !== true);
  if (missing !== undefined) return ['certificate-usage-wrong', `without ${missing}`];
  const surplus = wanted.none.find(usage => keyUsage?.has(usage) === true);
  return surplus === undefined ? undefined : ['certificate-usage-wrong', `with ${surplus}`];
}

const anyExtendedKeyUsage = '2.5.29.37.0';

/** On the leaf as the profile says; an authority that names purposes must name one of these too (or any purpose). */
function purposeFault({ certificates }: Path, { extendedKeyUsage: wanted }: IdentityProfile): Fault | undefined {
  if (wanted === undefined) return undefined;
  for (const [index, { extendedKeyUsage: purposes }] of certificates.slice(0, -1).entries()) {
    if (purposes === undefined) {
      if (index === 0 && wanted.mode === 'required') return ['certificate-purpose-wrong', 'leaf: names no purpose'];
      continue;
    }
    const named = wanted.anyOf.some(oid => purposes.includes(oid));
    if (named || (index > 0 && purposes.includes(anyExtendedKeyUsage))) continue;
    return ['certificate-purpose-wrong', `${index === 0 ? 'leaf' : `authority ${index}`}: names other purposes only`];
  }
  return undefined;
}

function policyFault({ policies }: Certificate, { policies: { anyOf, none } }: IdentityProfile): Fault | undefined {
  const forbidden = none.find(oid => policies.includes(oid));
  if (forbidden !== undefined) return ['certificate-policy-wrong', `with policy ${forbidden}`];
  if (anyOf.length === 0 || anyOf.some(oid => policies.includes(oid))) return undefined;
  return ['certificate-policy-wrong', 'none of the accepted policies'];
}

function subjectFault({ subject }: Certificate, profile: IdentityProfile): Fault | undefined {
  const wrong = firstUnmet(subject, profile.subject);
  return wrong === undefined ? undefined : ['certificate-subject-wrong', `attribute ${wrong}`];
}

/** The first attribute without a wanted value. */
function firstUnmet(name: Name, rules: NameRules): string | undefined {
  for (const [oid, wanted] of rules) {
    const values = valuesOf(name, oid).map(normalised);
    const met = values.some(value =>
      wanted.some(want => (want.endsWith('*') ? value.startsWith(want.slice(0, -1)) : value === want)),
    );
    if (!met) return oid;
  }
  return undefined;
}

/** The one place where the raw identifier is looked at: what comes out is a machine's name, or a pseudonym. */
function who(
  leaf: Certificate,
  profile: IdentityProfile,
  context: IdentifyContext,
): Pick<VerifiedIdentity, 'name' | 'pseudonym' | 'formerPseudonyms'> | Refused {
  const identifier = findIdentifier(leaf, profile.sources);
  if (identifier === undefined) return refused('identifier-missing', 'no source has one');
  if (profile.kind === 'machine-certificate') return { name: identifier };
  const checked = checkIdentifier(profile.checksum, identifier);
  if (checked === undefined) return refused('identifier-checksum-wrong', `check ${profile.checksum}`);
  if (profile.minAge > 0) {
    const age = checked.birth === undefined ? undefined : ageAtLeast(checked.birth, context.now);
    if (age === undefined || age < profile.minAge) return refused('person-too-young', `not surely ${profile.minAge}`);
  }
  const canonical = profile.canonical.replace('{id}', () => identifier);
  const name = displayName(leaf.subject, profile.display);
  return {
    // Some authorities put the number into the common name as well.
    name: name.includes(identifier) ? '' : name,
    ...pseudonymsOf(context.pseudonymKeys, context.tenant, canonical),
  };
}

function displayName(subject: Name, template: string): string {
  const filled = template.replaceAll(/\{([\d.]+)\}/g, (_, oid: string) => valuesOf(subject, oid)[0] ?? '');
  return filled.replaceAll(/\s+/g, ' ').trim();
}

function revocationOf(
  path: Path,
  profile: IdentityProfile,
  { now, answers }: IdentifyContext,
): Pick<VerifiedIdentity, 'revocation' | 'revocationGoodAt'> | Refused {
  const { revocation } = profile;
  if (revocation === undefined) return { revocation: 'unchecked' };
  const rules = { ...revocation, clockSkewMs: profile.path.clockSkewMs };
  const { state, detail, goodAt } = findRevocation(path, revocation.crls, rules, now, answers);
  const since = goodAt === undefined ? {} : { revocationGoodAt: goodAt };
  switch (state) {
    case 'good':
      return { revocation: state };
    case 'last-good':
      return { revocation: state, ...since };
    case 'revoked':
      return refused('certificate-revoked', detail);
    case 'on-hold':
      return refused('certificate-on-hold', detail);
    case 'unknown':
      return refused('revocation-unknown', detail);
    case 'unavailable':
      return revocation.unavailable === 'allow'
        ? { revocation: state, ...since }
        : refused('revocation-unknown', detail);
  }
}
