// Paths to an anchor: which are found, which hold, and that hostile piles of certificates cost little. Certificates are
// written by hand here, so that every deviation can be made; openssl's judgement of whole chains is in `identify.test.ts`.

import { describe, expect, it } from 'vitest';
import { isRefused } from '../../gateway/contract/reason.ts';
import { type Certificate, readCertificate } from '../../gateway/identity/certificate.ts';
import { buildPath, chainLimits, type LinkCache, type PathOptions } from '../../gateway/identity/path.ts';
import {
  bits,
  type CertificateParts,
  certificate,
  extension,
  extensions,
  integer,
  makePair,
  name,
  nothing,
  octets,
  oid,
  type Pair,
  sequence,
  utf8,
} from './der-writer.ts';

const now = Date.UTC(2026, 6, 1);
const year = 365 * 86_400_000;
const options: PathOptions = {
  maxDepth: 3,
  hashes: ['sha256', 'sha384', 'sha512'],
  rsaMinBits: 2048,
  curves: ['P-256', 'P-384', 'P-521'],
  clockSkewMs: 120_000,
};

const called = (text: string) => name(['2.5.4.3', utf8(text)]);

interface Making extends Partial<CertificateParts> {
  readonly as: string;
  readonly pair: Pair;
  readonly by: string;
  readonly byPair: Pair;
}
function make({ as, pair, by, byPair, ...parts }: Making): Certificate {
  const read = readCertificate(
    certificate({
      subject: called(as),
      issuer: called(by),
      spki: pair.spki,
      signer: byPair.privateKey,
      extensions: [extensions.authority(), extensions.signsCertificates],
      ...parts,
    }),
  );
  if (isRefused(read)) throw new Error(read.detail);
  return read;
}

const keys = { root: makePair(), ca: makePair(), sub: makePair(), leaf: makePair(), stranger: makePair() };
const root = make({ as: 'Root', pair: keys.root, by: 'Root', byPair: keys.root });
const ca = make({ as: 'CA', pair: keys.ca, by: 'Root', byPair: keys.root });
const endEntity = [extensions.notAuthority, extensions.digitalSignature];
const leafBy = (by: string, byPair: Pair, parts: Partial<CertificateParts> = {}) =>
  make({ as: 'Leaf', pair: keys.leaf, by, byPair, extensions: endEntity, ...parts });
const leaf = leafBy('CA', keys.ca);

const judge = (
  which: Certificate,
  candidates: readonly Certificate[],
  anchors: readonly Certificate[] = [root],
  changes: Partial<PathOptions> = {},
) => buildPath(which, candidates, anchors, { ...options, ...changes }, now);

describe('paths that hold', () => {
  it('leaf, issuing authority, root', () => {
    expect(judge(leaf, [ca])).toEqual({ certificates: [leaf, ca, root] });
  });
  it('whatever else the peer sends, and in any order', () => {
    const other = make({ as: 'Other', pair: keys.stranger, by: 'Root', byPair: keys.root });
    expect(judge(leaf, [root, other, leaf, ca, ca])).toEqual({ certificates: [leaf, ca, root] });
  });
  it('an issuing authority as the anchor', () => {
    expect(judge(leaf, [], [ca])).toEqual({ certificates: [leaf, ca] });
  });
  it('a root that was issued anew with the same key is the same anchor', () => {
    const reissued = make({ as: 'Root', pair: keys.root, by: 'Root', byPair: keys.root, notAfter: now + 20 * year });
    expect(judge(leaf, [ca, reissued])).toEqual({ certificates: [leaf, ca, root] });
  });
  it('an authority that exists twice, once expired', () => {
    const old = make({
      as: 'CA',
      pair: keys.ca,
      by: 'Root',
      byPair: keys.root,
      notBefore: now - year,
      notAfter: now - 1,
    });
    expect(judge(leaf, [old, ca])).toEqual({ certificates: [leaf, ca, root] });
  });
  it('an anchor that exists twice, once expired', () => {
    const old = make({
      as: 'Root',
      pair: keys.root,
      by: 'Root',
      byPair: keys.root,
      notBefore: now - year,
      notAfter: now - 1,
    });
    expect(judge(leaf, [ca], [old, root])).toEqual({ certificates: [leaf, ca, root] });
  });
  it('two authorities of one name, told apart by their signatures', () => {
    const sister = make({ as: 'CA', pair: keys.sub, by: 'Root', byPair: keys.root });
    expect(judge(leaf, [sister, ca])).toEqual({ certificates: [leaf, ca, root] });
  });
  it('a self-issued authority does not count against the path length [RFC5280-4.2.1.9]', () => {
    const tight = make({
      as: 'Root',
      pair: keys.root,
      by: 'Root',
      byPair: keys.root,
      extensions: [extensions.authority(0), extensions.signsCertificates],
    });
    const rekeyed = make({ as: 'Root', pair: keys.sub, by: 'Root', byPair: keys.root });
    expect(judge(leafBy('Root', keys.sub), [rekeyed], [tight])).toMatchObject({ certificates: { length: 3 } });
  });
});

describe('no path', () => {
  it.each<[string, Certificate, readonly Certificate[], string]>([
    ['nothing above the leaf', leaf, [], 'certificate-anchor-unknown'],
    ['the root alone', leaf, [root], 'certificate-anchor-unknown'],
    [
      'a look-alike hierarchy with all the right names',
      leafBy('CA', keys.stranger),
      [
        make({ as: 'CA', pair: keys.stranger, by: 'Root', byPair: keys.sub }),
        make({ as: 'Root', pair: keys.sub, by: 'Root', byPair: keys.sub }),
        ca,
      ],
      'certificate-anchor-unknown',
    ],
    ['a self-signed stranger', leafBy('Leaf', keys.leaf), [], 'certificate-anchor-unknown'],
    [
      'two that vouch for each other',
      leafBy('A', keys.sub),
      [
        make({ as: 'A', pair: keys.sub, by: 'B', byPair: keys.stranger }),
        make({ as: 'B', pair: keys.stranger, by: 'A', byPair: keys.sub }),
      ],
      'certificate-anchor-unknown',
    ],
  ])('%s', (_, which, candidates, reason) => {
    expect(judge(which, candidates)).toMatchObject({ refused: reason, anchored: false });
  });

  it('a key identifier that names the issuer, and a signature that is not its own', () => {
    const skid = extension('2.5.29.14', octets(Buffer.of(1, 2, 3)));
    const akid = extension('2.5.29.35', sequence(Buffer.of(0x80, 3, 1, 2, 3)));
    const named = make({
      as: 'CA',
      pair: keys.ca,
      by: 'Root',
      byPair: keys.root,
      extensions: [extensions.authority(), extensions.signsCertificates, skid],
    });
    const forged = leafBy('CA', keys.stranger, { extensions: [...endEntity, akid] });
    expect(judge(forged, [named])).toMatchObject({ refused: 'certificate-signature-wrong', anchored: false });
    const otherwise = leafBy('CA', keys.ca, {
      extensions: [...endEntity, extension('2.5.29.35', sequence(Buffer.of(0x80, 1, 9)))],
    });
    expect(judge(otherwise, [named])).toMatchObject({ refused: 'certificate-anchor-unknown' });
  });

  it('a signature algorithm that nobody here can check', () => {
    const odd = leafBy('CA', keys.ca, { algorithm: sequence(oid('1.2.840.113549.1.1.4'), nothing) });
    expect(judge(odd, [ca])).toMatchObject({ refused: 'certificate-hash-weak', anchored: false });
  });

  it('more certificates than the profile allows', () => {
    const sub = make({ as: 'Sub', pair: keys.sub, by: 'CA', byPair: keys.ca });
    const deep = leafBy('Sub', keys.sub);
    expect(judge(deep, [sub, ca])).toMatchObject({ refused: 'certificate-chain-too-long', anchored: false });
    expect(judge(deep, [sub, ca], [root], { maxDepth: 4 })).toMatchObject({ certificates: { length: 4 } });
  });

  it('a pile of authorities of one name costs a bounded number of signature checks', () => {
    const pile = Array.from({ length: chainLimits.signatureChecks + 1 }, (_, index) =>
      make({ as: 'CA', pair: makePair('P-256'), by: 'Root', byPair: keys.root, serial: integer(index + 1) }),
    );
    expect(judge(leaf, [...pile, ca])).toMatchObject({ refused: 'certificate-chain-too-long' });
    expect(judge(leaf, [ca, ...pile])).toMatchObject({ certificates: { length: 3 } });
  });
});

describe('paths that do not hold', () => {
  const weak = makePair('P-256');
  const authorityWith = (...more: readonly Uint8Array[]) =>
    make({ as: 'CA', pair: keys.ca, by: 'Root', byPair: keys.root, extensions: more });
  const notBefore = now + 120_001;
  it.each<[string, Certificate, readonly Certificate[], Partial<PathOptions>, string, string]>([
    ['an expired leaf', leafBy('CA', keys.ca, { notAfter: now - 1000 }), [ca], {}, 'certificate-expired', 'leaf'],
    [
      'a leaf of tomorrow',
      leafBy('CA', keys.ca, { notBefore: notBefore + 86_400_000 }),
      [ca],
      {},
      'certificate-not-yet-valid',
      'leaf',
    ],
    [
      'an expired authority',
      leaf,
      [make({ as: 'CA', pair: keys.ca, by: 'Root', byPair: keys.root, notBefore: now - year, notAfter: now - 1000 })],
      {},
      'certificate-expired',
      'authority 1',
    ],
    [
      'an authority that is none',
      leaf,
      [authorityWith(extensions.notAuthority)],
      {},
      'certificate-issuer-refused',
      'not an authority',
    ],
    [
      'an authority without basicConstraints',
      leaf,
      [authorityWith(extensions.signsCertificates)],
      {},
      'certificate-issuer-refused',
      'not an authority',
    ],
    [
      'an authority that may not sign certificates',
      leaf,
      [authorityWith(extensions.authority(), extensions.digitalSignature)],
      {},
      'certificate-issuer-refused',
      'may not sign',
    ],
    [
      'a critical extension on the leaf that nobody knows',
      leafBy('CA', keys.ca, { extensions: [...endEntity, extension('1.2.3.4', nothing, true)] }),
      [ca],
      {},
      'certificate-extension-unknown',
      'critical 1.2.3.4',
    ],
    [
      'a critical extension on an authority that nobody knows',
      leaf,
      [authorityWith(extensions.authority(), extension('1.2.3.5', sequence(), true))],
      {},
      'certificate-extension-unknown',
      'authority 1: critical 1.2.3.5',
    ],
    ['a hash that the profile does not take', leaf, [ca], { hashes: ['sha256'] }, 'certificate-hash-weak', 'sha384'],
    [
      'a curve that the profile does not take',
      leafBy('CA', keys.ca, { spki: weak.spki }),
      [ca],
      { curves: ['P-384'] },
      'certificate-key-weak',
      'P-256',
    ],
    [
      'a key of a kind that is not used here',
      leafBy('CA', keys.ca, { spki: sequence(sequence(oid('1.3.101.112')), bits(Buffer.alloc(32))) }),
      [ca],
      {},
      'certificate-key-weak',
      '1.3.101.112',
    ],
  ])('%s', (_, which, candidates, changes, reason, detail) => {
    const result = judge(which, candidates, [root], changes);
    expect(result).toMatchObject({ refused: reason, anchored: true });
    expect(isRefused(result) ? result.detail : '').toContain(detail);
  });

  it('deeper than an authority may issue [RFC5280-6.1.4]', () => {
    const tight = make({
      as: 'CA',
      pair: keys.ca,
      by: 'Root',
      byPair: keys.root,
      extensions: [extensions.authority(0), extensions.signsCertificates],
    });
    const sub = make({ as: 'Sub', pair: keys.sub, by: 'CA', byPair: keys.ca });
    const result = judge(leafBy('Sub', keys.sub), [sub, tight], [root], { maxDepth: 4 });
    expect(result).toMatchObject({ refused: 'certificate-issuer-refused', anchored: true });
    expect(judge(leaf, [tight])).toMatchObject({ certificates: { length: 3 } });
  });

  it('a leaf that issues: the classic forgery', () => {
    const victim = make({ as: 'Victim', pair: keys.stranger, by: 'Leaf', byPair: keys.leaf, extensions: endEntity });
    const result = judge(victim, [leaf, ca], [root], { maxDepth: 4 });
    expect(result).toMatchObject({ refused: 'certificate-issuer-refused', anchored: true });
  });

  it('the skew forgives a late clock at the start, and nothing at the end', () => {
    expect(judge(leafBy('CA', keys.ca, { notBefore: now + 120_000 }), [ca])).not.toHaveProperty('refused');
    expect(judge(leafBy('CA', keys.ca, { notAfter: now }), [ca])).not.toHaveProperty('refused');
  });
});

describe('remembered links', () => {
  it('are kept for both links of a path, and believed', () => {
    const links: LinkCache = new Map();
    judge(leaf, [ca], [root], { links });
    expect([...links.keys()]).toEqual([leaf.fingerprint + ca.key.hash, ca.fingerprint + root.key.hash]);
    // A link that never verified shows that the memory is asked before the signature.
    const forged = leafBy('CA', keys.stranger);
    links.set(forged.fingerprint + ca.key.hash, true);
    expect(judge(forged, [ca], [root], { links })).toMatchObject({ certificates: { length: 3 } });
  });

  it('are of one certificate and one key: another certificate gains nothing by them', () => {
    const links: LinkCache = new Map();
    judge(leaf, [ca], [root], { links });
    expect(judge(leafBy('CA', keys.stranger), [ca], [root], { links })).toMatchObject({
      refused: 'certificate-anchor-unknown',
    });
    expect(links.size).toBe(2);
  });

  it('hold nothing that failed, and are bounded', () => {
    const links: LinkCache = new Map(Array.from({ length: chainLimits.links }, (_, index) => [String(index), true]));
    judge(leaf, [ca], [root], { links });
    expect(links.size).toBe(chainLimits.links);
    expect(links.has('0')).toBe(false);
    expect([...links.values()].every(Boolean)).toBe(true);
  });

  it('do not stand in for dates', () => {
    const links: LinkCache = new Map();
    judge(leaf, [ca], [root], { links });
    const late = buildPath(leaf, [ca], [root], { ...options, links }, Date.UTC(2040, 0, 1));
    expect(late).toMatchObject({ refused: 'certificate-expired' });
  });
});
