// The certificate extensions that are read (RFC 5280 section 4.2), and the names of the critical ones that are not.

import { DerFault, type DerReader, certificateLimits, derRoot, tags } from './der.ts';
import { type AlternativeName, readGeneralName } from './general-name.ts';
import { type Name, readNameBelow } from './name.ts';

/** In the order of their bits [RFC5280-4.2.1.3]. */
export const keyUsages = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const;
export type KeyUsage = (typeof keyUsages)[number];

/** What the certificates below may be called [RFC5280-4.2.1.10]; an address comes with its mask behind it. */
export interface NameConstraints {
  readonly permitted: readonly AlternativeName[];
  readonly excluded: readonly AlternativeName[];
}

export interface CertificateExtensions {
  readonly basicConstraints?: { readonly ca: boolean; readonly pathLength?: number };
  readonly keyUsage?: ReadonlySet<KeyUsage>;
  readonly extendedKeyUsage?: readonly string[];
  /** Empty when there is no such extension. */
  readonly policies: readonly string[];
  readonly policyMappings?: readonly { readonly issuer: string; readonly subject: string }[];
  /** Certificates that may follow before the constraint holds. */
  readonly policyConstraints?: { readonly requireExplicitPolicy?: number; readonly inhibitPolicyMapping?: number };
  readonly inhibitAnyPolicy?: number;
  readonly nameConstraints?: NameConstraints;
  readonly alternativeNames: readonly AlternativeName[];
  readonly alternativeNamesCritical?: boolean;
  /** Hex. */
  readonly authorityKeyId?: string;
  readonly subjectKeyId?: string;
  readonly crlUris: readonly string[];
  /** Keys of directory names under which lists are to be found: nobody looks there, but a list may say it is that one. */
  readonly crlNames: readonly string[];
  readonly ocspUris: readonly string[];
  /** Whoever relies on this signer of OCSP answers need not ask whether it is revoked [RFC6960-4.2.2.2.1]. */
  readonly ocspNoCheck?: true;
  readonly issuerUris: readonly string[];
  /** Object identifiers of critical extensions that are not enforced here: such a certificate must be refused. */
  readonly unknownCritical: readonly string[];
}

type Draft = { -readonly [K in keyof CertificateExtensions]: CertificateExtensions[K] };

type Read = (value: DerReader, draft: Draft, critical: boolean, issuer: Name) => void;

const readers: Readonly<Record<string, Read>> = {
  '2.5.29.14': (value, draft) => {
    draft.subjectKeyId = value.content(tags.octetString).toString('hex');
  },
  '2.5.29.15': (value, draft) => {
    const { bytes } = value.bitString();
    draft.keyUsage = new Set(keyUsages.filter((_, bit) => ((bytes[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0));
  },
  '2.5.29.17': (value, draft, critical) => {
    draft.alternativeNames = eachIn(value, readGeneralName);
    draft.alternativeNamesCritical = critical;
  },
  '2.5.29.19': (value, draft) => {
    draft.basicConstraints = readBasicConstraints(value.enter(tags.sequence));
  },
  '2.5.29.30': (value, draft) => {
    draft.nameConstraints = readNameConstraints(value.enter(tags.sequence));
  },
  '2.5.29.31': (value, draft, _, issuer) => {
    const points = eachIn(value, list => readDistributionPoint(list, issuer));
    draft.crlUris = points.flatMap(point => point.uris);
    draft.crlNames = points.flatMap(point => point.names);
  },
  '2.5.29.32': (value, draft, critical) => {
    draft.policies = eachIn(value, list => readPolicy(list.enter(tags.sequence), critical));
    // [RFC5280-4.2.1.4]
    if (new Set(draft.policies).size < draft.policies.length) throw new DerFault('policy twice');
  },
  '2.5.29.33': (value, draft) => {
    draft.policyMappings = eachIn(value, list => {
      const pair = list.enter(tags.sequence);
      const mapping = { issuer: pair.oid(), subject: pair.oid() };
      pair.finish();
      return mapping;
    });
  },
  '2.5.29.35': (value, draft) => {
    const sequence = value.enter(tags.sequence);
    if (sequence.nextTag === 0x80) draft.authorityKeyId = sequence.content(0x80).toString('hex');
  },
  '2.5.29.36': (value, draft) => {
    draft.policyConstraints = readPolicyConstraints(value.enter(tags.sequence));
  },
  '2.5.29.37': (value, draft) => {
    draft.extendedKeyUsage = eachIn(value, list => list.oid());
  },
  '2.5.29.54': (value, draft) => {
    draft.inhibitAnyPolicy = value.smallInteger();
  },
  '1.3.6.1.5.5.7.1.1': (value, draft) => {
    const all = eachIn(value, readAccess);
    draft.ocspUris = all.filter(access => access.method === '1.3.6.1.5.5.7.48.1').flatMap(access => access.uris);
    draft.issuerUris = all.filter(access => access.method === '1.3.6.1.5.5.7.48.2').flatMap(access => access.uris);
  },
  '1.3.6.1.5.5.7.48.1.5': (value, draft) => {
    value.content(tags.null);
    draft.ocspNoCheck = true;
  },
};

export function readExtensions(list: DerReader, issuer: Name): CertificateExtensions {
  const draft: Draft = {
    policies: [],
    alternativeNames: [],
    crlUris: [],
    crlNames: [],
    ocspUris: [],
    issuerUris: [],
    unknownCritical: [],
  };
  const unknownCritical: string[] = [];
  for (const { oid, critical, value } of eachExtension(list)) {
    const read = Object.hasOwn(readers, oid) ? readers[oid] : undefined;
    if (read !== undefined) {
      const content = derRoot(value, certificateLimits);
      read(content, draft, critical, issuer);
      content.finish();
    } else if (critical) {
      // A rule that nobody enforces must stop the path [RFC5280-4.2].
      unknownCritical.push(oid);
    }
  }
  draft.unknownCritical = unknownCritical;
  return draft;
}

/** The extensions of a certificate, a CRL or a CRL entry; none may come twice [RFC5280-4.2]. */
export function eachExtension(list: DerReader): readonly { oid: string; critical: boolean; value: Buffer }[] {
  const seen = new Set<string>();
  const all: { oid: string; critical: boolean; value: Buffer }[] = [];
  while (!list.atEnd) {
    const extension = list.enter(tags.sequence);
    const oid = extension.oid();
    if (seen.has(oid)) throw new DerFault(`extension ${oid} twice`);
    seen.add(oid);
    const marked = extension.nextTag === tags.boolean;
    const critical = marked && extension.boolean();
    // X.690 section 11.5: a default is left out.
    if (marked && !critical) throw new DerFault('"critical FALSE" written out');
    all.push({ oid, critical, value: extension.content(tags.octetString) });
    extension.finish();
  }
  return all;
}

interface DistributionPointName {
  readonly uris: readonly string[];
  /** Keys of directory names. */
  readonly names: readonly string[];
}

/** A DistributionPointName in what `issuer` signed [RFC5280-4.2.1.13]. */
export function readDistributionPointName(holder: DerReader, issuer: Name): DistributionPointName {
  if (holder.nextTag === 0xa1) return { uris: [], names: [readNameBelow(issuer, holder.enter(0xa1)).key] };
  const all: AlternativeName[] = [];
  const list = holder.enter(0xa0);
  while (!list.atEnd) all.push(readGeneralName(list));
  const values = (type: AlternativeName['type']) => all.filter(name => name.type === type).map(name => name.value);
  return { uris: values('uri'), names: values('directory') };
}

function readBasicConstraints(sequence: DerReader): { ca: boolean; pathLength?: number } {
  // X.690 section 11.5 forbids to encode a default; cards exist that encode `cA FALSE`. [tolerance]
  const ca = sequence.nextTag === tags.boolean && sequence.boolean();
  if (sequence.atEnd) return { ca };
  const pathLength = sequence.smallInteger();
  sequence.finish();
  return { ca, pathLength };
}

const understoodQualifiers = new Set(['1.3.6.1.5.5.7.2.1', '1.3.6.1.5.5.7.2.2']);

/** Qualifiers are pointers for people, and not judged; but in a critical extension each must be one that is known. */
function readPolicy(policy: DerReader, critical: boolean): string {
  const oid = policy.oid();
  if (policy.atEnd) return oid;
  const qualifiers = policy.enter(tags.sequence);
  policy.finish();
  while (!qualifiers.atEnd) {
    const qualifier = qualifiers.enter(tags.sequence).oid();
    if (critical && !understoodQualifiers.has(qualifier)) throw new DerFault(`critical policy qualifier ${qualifier}`);
  }
  return oid;
}

function readPolicyConstraints(sequence: DerReader): NonNullable<CertificateExtensions['policyConstraints']> {
  // [RFC5280-4.2.1.11]
  if (sequence.atEnd) throw new DerFault('policy constraints without any');
  const requireExplicitPolicy = sequence.nextTag === 0x80 ? sequence.smallInteger(0x80) : undefined;
  const inhibitPolicyMapping = sequence.nextTag === 0x81 ? sequence.smallInteger(0x81) : undefined;
  sequence.finish();
  return {
    ...(requireExplicitPolicy === undefined ? {} : { requireExplicitPolicy }),
    ...(inhibitPolicyMapping === undefined ? {} : { inhibitPolicyMapping }),
  };
}

function readNameConstraints(sequence: DerReader): NameConstraints {
  // [RFC5280-4.2.1.10]
  if (sequence.atEnd) throw new DerFault('name constraints without any');
  const permitted = sequence.nextTag === 0xa0 ? readSubtrees(sequence.enter(0xa0)) : [];
  const excluded = sequence.nextTag === 0xa1 ? readSubtrees(sequence.enter(0xa1)) : [];
  sequence.finish();
  return { permitted, excluded };
}

function readSubtrees(list: DerReader): readonly AlternativeName[] {
  const subtrees: AlternativeName[] = [];
  while (!list.atEnd) {
    const subtree = list.enter(tags.sequence);
    const base = readGeneralName(subtree);
    // A minimum or a maximum distance: no profile of X.509 uses them [RFC5280-4.2.1.10].
    if (!subtree.atEnd) throw new DerFault('name constraint with a distance');
    if (base.type === 'ip') checkMask(base.value);
    subtrees.push(base);
  }
  if (subtrees.length === 0) throw new DerFault('empty list of subtrees');
  return subtrees;
}

/** RFC 4632: an address and a mask of leading ones, of one length. */
function checkMask(hex: string): void {
  const half = hex.length / 2;
  if (half !== 8 && half !== 32) throw new DerFault('address constraint of wrong length');
  const bits = Array.from(hex.slice(half), digit => Number.parseInt(digit, 16).toString(2).padStart(4, '0')).join('');
  if (!/^1*0*$/.test(bits)) throw new DerFault('address constraint with holes in its mask');
}

function readDistributionPoint(list: DerReader, issuer: Name): DistributionPointName {
  const point = list.enter(tags.sequence);
  return point.nextTag === 0xa0 ? readDistributionPointName(point.enter(0xa0), issuer) : { uris: [], names: [] };
}

function readAccess(list: DerReader): { method: string; uris: readonly string[] } {
  const description = list.enter(tags.sequence);
  const method = description.oid();
  const location = readGeneralName(description);
  description.finish();
  return { method, uris: location.type === 'uri' ? [location.value] : [] };
}

/** A SEQUENCE OF at least one. */
function eachIn<T>(value: DerReader, item: (list: DerReader) => T): readonly T[] {
  const list = value.enter(tags.sequence);
  const all: T[] = [];
  while (!list.atEnd) all.push(item(list));
  if (all.length === 0) throw new DerFault('empty list in an extension');
  return all;
}
