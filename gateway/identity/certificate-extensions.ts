// The certificate extensions that are read (RFC 5280 section 4.2), and the names of the critical ones that are not.

import { DerFault, type DerReader, certificateLimits, derRoot, tags } from './der.ts';
import { readName, readString } from './name.ts';

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

export interface AlternativeName {
  readonly type: 'dns' | 'email' | 'uri' | 'ip' | 'other-name' | 'directory' | 'registered-id' | 'unread';
  /** Text, or hex for addresses and values that are no string. */
  readonly value: string;
  /** Type of an `other-name`. */
  readonly oid?: string;
}

export interface CertificateExtensions {
  readonly basicConstraints?: { readonly ca: boolean; readonly pathLength?: number };
  readonly keyUsage?: ReadonlySet<KeyUsage>;
  readonly extendedKeyUsage?: readonly string[];
  readonly policies: readonly string[];
  readonly alternativeNames: readonly AlternativeName[];
  /** Hex. */
  readonly authorityKeyId?: string;
  readonly subjectKeyId?: string;
  readonly crlUris: readonly string[];
  readonly ocspUris: readonly string[];
  readonly issuerUris: readonly string[];
  /** Object identifiers of critical extensions that are not enforced here: such a certificate must be refused. */
  readonly unknownCritical: readonly string[];
}

type Draft = { -readonly [K in keyof CertificateExtensions]: CertificateExtensions[K] };

const readers: Readonly<Record<string, (value: DerReader, draft: Draft) => void>> = {
  '2.5.29.14': (value, draft) => {
    draft.subjectKeyId = value.content(tags.octetString).toString('hex');
  },
  '2.5.29.15': (value, draft) => {
    const { bytes } = value.bitString();
    draft.keyUsage = new Set(keyUsages.filter((_, bit) => ((bytes[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0));
  },
  '2.5.29.17': (value, draft) => {
    draft.alternativeNames = eachIn(value, readGeneralName);
  },
  '2.5.29.19': (value, draft) => {
    draft.basicConstraints = readBasicConstraints(value.enter(tags.sequence));
  },
  '2.5.29.31': (value, draft) => {
    draft.crlUris = eachIn(value, readDistributionPoint).flat();
  },
  '2.5.29.32': (value, draft) => {
    // Qualifiers are pointers for people; only the identifiers are judged.
    draft.policies = eachIn(value, list => list.enter(tags.sequence).oid());
  },
  '2.5.29.35': (value, draft) => {
    const sequence = value.enter(tags.sequence);
    if (sequence.nextTag === 0x80) draft.authorityKeyId = sequence.content(0x80).toString('hex');
  },
  '2.5.29.37': (value, draft) => {
    draft.extendedKeyUsage = eachIn(value, list => list.oid());
  },
  '1.3.6.1.5.5.7.1.1': (value, draft) => {
    const all = eachIn(value, readAccess);
    draft.ocspUris = all.filter(access => access.method === '1.3.6.1.5.5.7.48.1').flatMap(access => access.uris);
    draft.issuerUris = all.filter(access => access.method === '1.3.6.1.5.5.7.48.2').flatMap(access => access.uris);
  },
};

export function readExtensions(list: DerReader): CertificateExtensions {
  const draft: Draft = {
    policies: [],
    alternativeNames: [],
    crlUris: [],
    ocspUris: [],
    issuerUris: [],
    unknownCritical: [],
  };
  const unknownCritical: string[] = [];
  for (const { oid, critical, value } of eachExtension(list)) {
    const read = Object.hasOwn(readers, oid) ? readers[oid] : undefined;
    if (read !== undefined) {
      const content = derRoot(value, certificateLimits);
      read(content, draft);
      content.finish();
    } else if (critical) {
      // Name constraints (2.5.29.30) too: a constraint that is not enforced must stop the path [RFC5280-4.2].
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

/** URIs of a DistributionPointName; a name relative to the issuer gives none. */
export function readDistributionPointName(holder: DerReader): readonly string[] {
  if (holder.nextTag !== 0xa0) {
    holder.element();
    return [];
  }
  const names = holder.enter(0xa0);
  const uris: string[] = [];
  while (!names.atEnd) {
    const name = readGeneralName(names);
    if (name.type === 'uri') uris.push(name.value);
  }
  return uris;
}

function readBasicConstraints(sequence: DerReader): { ca: boolean; pathLength?: number } {
  // X.690 section 11.5 forbids to encode a default; cards exist that encode `cA FALSE`. [tolerance]
  const ca = sequence.nextTag === tags.boolean && sequence.boolean();
  if (sequence.atEnd) return { ca };
  const pathLength = sequence.smallInteger();
  sequence.finish();
  return { ca, pathLength };
}

function readDistributionPoint(list: DerReader): readonly string[] {
  const point = list.enter(tags.sequence);
  return point.nextTag === 0xa0 ? readDistributionPointName(point.enter(0xa0)) : [];
}

function readAccess(list: DerReader): { method: string; uris: readonly string[] } {
  const description = list.enter(tags.sequence);
  const method = description.oid();
  const location = readGeneralName(description);
  description.finish();
  return { method, uris: location.type === 'uri' ? [location.value] : [] };
}

function readGeneralName(list: DerReader): AlternativeName {
  switch (list.nextTag) {
    case 0x81:
      return { type: 'email', value: ascii(list.content(0x81)) };
    case 0x82:
      return { type: 'dns', value: ascii(list.content(0x82)) };
    case 0x86:
      return { type: 'uri', value: ascii(list.content(0x86)) };
    case 0x87:
      return { type: 'ip', value: list.content(0x87).toString('hex') };
    case 0x88:
      return { type: 'registered-id', value: list.oid(0x88) };
    case 0xa4:
      return { type: 'directory', value: readName(list.enter(0xa4)).key };
    case 0xa0: {
      const other = list.enter(0xa0);
      const oid = other.oid();
      const holder = other.enter(0xa0);
      other.finish();
      const { text } = readString(holder.element());
      holder.finish();
      return { type: 'other-name', oid, value: text };
    }
    default:
      return { type: 'unread', value: list.element().raw.toString('hex') };
  }
}

function ascii(content: Buffer): string {
  if (content.some(octet => octet < 0x20 || octet > 0x7e)) throw new DerFault('name with an unprintable octet');
  return content.toString('latin1');
}

/** A SEQUENCE OF at least one. */
function eachIn<T>(value: DerReader, item: (list: DerReader) => T): readonly T[] {
  const list = value.enter(tags.sequence);
  const all: T[] = [];
  while (!list.atEnd) all.push(item(list));
  if (all.length === 0) throw new DerFault('empty list in an extension');
  return all;
}
