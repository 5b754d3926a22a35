// Identity profiles: one document says which certificates prove a machine or a person, compiled here once at load.
// Every key that is accepted has an effect; files it names are handed in as bytes.

import { problem, type Reading } from '../documents/shape.ts';
import { parseYaml, type Problem } from '../documents/yaml-tree.ts';
import { isRefused } from '../contract/reason.ts';
import { type Certificate, readCertificate } from './certificate.ts';
import type { KeyUsage } from './certificate-extensions.ts';
import { type ChecksumName, checksumNames, checksums } from './checksum.ts';
import { type Crl, CrlSet } from './crl.ts';
import type { IdentifierSource } from './identifier.ts';
import { normalised } from './name.ts';
import type { PathOptions } from './path.ts';
import { splitPem } from './pem.ts';
import { oid, type ProfileDocument, profileShape } from './profile-document.ts';
import { curves, describeKey, isStrong } from './public-key.ts';
import { compileRevocation, type ProfileRevocation } from './revocation-document.ts';
import type { VerifiedIdentity } from './verified-identity.ts';

/** Wanted values by attribute, normalised; a trailing `*` takes any ending. */
export type NameRules = ReadonlyMap<string, readonly string[]>;

export interface IdentityProfile {
  readonly id: string;
  readonly kind: VerifiedIdentity['kind'];
  readonly assurance: VerifiedIdentity['assurance'];
  readonly anchors: readonly Certificate[];
  readonly intermediates: readonly Certificate[];
  readonly acceptFromPeer: boolean;
  /** What the certificate directly above the leaf must be called. */
  readonly issuer: NameRules;
  readonly path: PathOptions;
  readonly keyUsage: { readonly all: readonly KeyUsage[]; readonly none: readonly KeyUsage[] };
  readonly extendedKeyUsage:
    | { readonly mode: 'required' | 'if-present'; readonly anyOf: readonly string[] }
    | undefined;
  readonly policies: { readonly anyOf: readonly string[]; readonly none: readonly string[] };
  readonly subject: NameRules;
  readonly sources: readonly IdentifierSource[];
  /** Persons only: the identifier in semantics form, with `{id}` for its value. */
  readonly canonical: string;
  readonly checksum: ChecksumName;
  readonly minAge: number;
  /** Display name, attributes by `{oid}`; empty keeps no name. */
  readonly display: string;
  readonly revocation: ProfileRevocation | undefined;
}

export type FileReader = (path: string) => Uint8Array | undefined;
export type ReadProfile = { readonly profile: IdentityProfile } | { readonly problems: readonly Problem[] };

/** Reads and compiles one profile document; all problems at once. */
export function readProfile(
  document: string,
  file: string,
  files: FileReader,
  options: { readonly environment: 'production' | 'test' },
): ReadProfile {
  const parsedTree = parseYaml(document, file);
  if ('problems' in parsedTree) return parsedTree;
  const reading: Reading = { file, problems: [] };
  const read = profileShape(parsedTree.tree, reading);
  const profile = read === undefined ? undefined : compile(read, reading, files, options.environment);
  return profile === undefined || reading.problems.length > 0 ? { problems: reading.problems } : { profile };
}

/** The same profile with other lists: they change every few hours, the rest does not. */
export function withCrls(profile: IdentityProfile, crls: readonly Crl[]): IdentityProfile {
  const { revocation } = profile;
  return revocation === undefined ? profile : { ...profile, revocation: { ...revocation, crls: new CrlSet(crls) } };
}

function compile(
  read: ProfileDocument,
  reading: Reading,
  files: FileReader,
  environment: 'production' | 'test',
): IdentityProfile {
  if (read.environment.value === 'test' && environment === 'production') {
    const remedy = 'remove this profile from the list, or run a gateway whose own environment is test';
    problem(reading, read.environment.line, 'a test profile in a production gateway', remedy);
  }
  const person = read.kind === 'identity-certificate';
  lintIdentifier(read, reading, person);
  const keys = { rsaMinBits: read.trust.keys?.rsaMin ?? 2048, curves: read.trust.keys?.curves ?? curves };
  const anchors = readCertificates(read.trust.anchors, reading, files);
  for (const { value: anchor, line } of anchors) {
    const remedy = 'put the certificate of the root (or of the issuing authority that is to be trusted) there';
    if (anchor.basicConstraints?.ca !== true) problem(reading, line, 'this anchor is not an authority', remedy);
    else if (!isStrong(anchor.key.kind, keys)) {
      problem(reading, line, `this anchor has a ${describeKey(anchor.key.kind)}`, 'allow it under trust.keys');
    }
  }
  if (read.trust.anchors.length === 0) problem(reading, read.trust.line, 'no anchors', 'name at least one file');
  const { keyUsage, extendedKeyUsage: purposes, policies } = read.leaf;
  if (read.trust.explicitPolicy && (policies?.anyOf ?? []).length === 0) {
    problem(reading, read.trust.line, 'explicitPolicy without policies', 'name them under leaf.policies.anyOf');
  }
  return {
    id: read.id,
    kind: read.kind,
    assurance: read.assurance,
    anchors: anchors.map(anchor => anchor.value),
    intermediates: readCertificates(read.trust.intermediates, reading, files).map(each => each.value),
    acceptFromPeer: read.trust.acceptFromPeer,
    issuer: nameRules(read.trust.issuer, read.trust.line, reading),
    path: {
      maxDepth: read.trust.maxDepth,
      hashes: read.trust.hashes,
      ...keys,
      clockSkewMs: read.trust.clockSkew,
      // Else the policies are those of the leaf alone: authorities of cards often name none, or others.
      ...(read.trust.explicitPolicy ? { policies: policies?.anyOf ?? [], requireExplicitPolicy: true } : {}),
    },
    keyUsage: { all: keyUsage.all, none: keyUsage.none },
    extendedKeyUsage: purposes === undefined ? undefined : { mode: purposes.mode, anyOf: purposes.anyOf },
    policies: { anyOf: policies?.anyOf ?? [], none: policies?.none ?? [] },
    subject: nameRules(read.leaf.subject, read.leaf.line, reading),
    sources: read.identifier.sources.map(({ from, oid: attribute, pattern }) => ({
      from,
      pattern,
      ...(attribute === undefined ? {} : { oid: attribute }),
    })),
    canonical: read.identifier.canonical ?? '',
    checksum: read.identifier.checksum ?? 'none',
    minAge: read.identifier.minAge ?? 0,
    display: read.display ?? '',
    revocation: compileRevocation(read.revocation, reading, entry => readBlocks(entry, 'X509 CRL', reading, files)),
  };
}

function lintIdentifier({ identifier, display, line }: ProfileDocument, reading: Reading, person: boolean): void {
  const { sources, canonical, checksum = 'none', minAge } = identifier;
  if (sources.length === 0) problem(reading, identifier.line, 'no sources', 'say where the identifier stands');
  for (const source of sources) {
    const wanted = source.from === 'subject' || source.from === 'san-othername';
    if (wanted === (source.oid !== undefined)) continue;
    const message = wanted ? `"${source.from}" needs an oid` : `"${source.from}" takes no oid`;
    problem(reading, source.line, message, wanted ? 'add oid: 2.5.4.5, for example' : 'remove it');
  }
  if (person && canonical?.split('{id}').length !== 2) {
    const remedy = 'write canonical: "PNOBE-{id}" (type, country, a dash, then {id} once)';
    problem(reading, identifier.line, 'the canonical form of the identifier is missing or has not {id} once', remedy);
  }
  if (!person && (canonical !== undefined || identifier.checksum !== undefined || minAge !== undefined)) {
    problem(reading, identifier.line, 'canonical, checksum and minAge are for persons', 'remove them');
  }
  if (minAge !== undefined && !checksums[checksum].tellsBirth) {
    const known = checksumNames.filter(name => checksums[name].tellsBirth).join(', ');
    problem(
      reading,
      identifier.line,
      `checksum "${checksum}" tells no birth date, so minAge cannot hold`,
      `use ${known}`,
    );
  }
  if (display === undefined) return;
  if (!person) problem(reading, line, 'display is for persons; a machine is called by its identifier', 'remove it');
  for (const source of sources) {
    if (source.oid !== undefined && display.includes(`{${source.oid}}`)) {
      problem(reading, line, 'the display name would show the identifier', `remove {${source.oid}} from display`);
    }
  }
}

interface Located<T> {
  readonly value: T;
  readonly line: number;
}

function readCertificates(
  entries: readonly Located<string>[],
  reading: Reading,
  files: FileReader,
): readonly Located<Certificate>[] {
  const all: Located<Certificate>[] = [];
  for (const entry of entries) {
    for (const bytes of readBlocks(entry, 'CERTIFICATE', reading, files)) {
      const value = readCertificate(bytes);
      if (!isRefused(value)) all.push({ value, line: entry.line });
      else {
        const message = `"${entry.value}" holds a certificate that cannot be read: ${value.detail ?? ''}`;
        problem(reading, entry.line, message, 'put the certificate there as issued, PEM or DER');
      }
    }
  }
  return all;
}

function readBlocks(
  { value, line }: Located<string>,
  label: 'CERTIFICATE' | 'X509 CRL',
  reading: Reading,
  files: FileReader,
): readonly Uint8Array[] {
  const bytes = files(value);
  if (bytes === undefined) {
    problem(reading, line, `there is no file "${value}"`, `put the ${label} there (PEM or DER), or correct the path`);
    return [];
  }
  const blocks = splitPem(bytes, label);
  if (blocks.length === 0) problem(reading, line, `"${value}" holds no ${label}`, 'check that it is the right file');
  return blocks;
}

function nameRules(
  rules: ReadonlyMap<string, readonly string[]> | undefined,
  line: number,
  reading: Reading,
): NameRules {
  const out = new Map<string, readonly string[]>();
  for (const [attribute, values] of rules ?? []) {
    if (oid({ kind: 'text', text: attribute, line }, reading) === undefined) continue;
    if (values.length === 0) problem(reading, line, `no values for ${attribute}`, 'name at least one');
    out.set(attribute, values.map(normalised));
  }
  return out;
}
