// Odd encodings: each accepted where RFC 5280 allows it, else refused with a word of its own, in bounded time and memory.

import { describe, expect, it } from 'vitest';
import { isRefused } from '../../gateway/contract/reason.ts';
import { type Certificate, readCertificate } from '../../gateway/identity/certificate.ts';
import { identify } from '../../gateway/identity/identify.ts';
import { normalised } from '../../gateway/identity/name.ts';
import { buildPath, chainLimits } from '../../gateway/identity/path.ts';
import { curves } from '../../gateway/identity/public-key.ts';
import {
  bits,
  type CertificateParts,
  certificate,
  der,
  ecdsaSha384,
  extension,
  extensions,
  integer,
  makePair,
  name,
  nothing,
  oid,
  sequence,
  utf8,
} from './der-writer.ts';

const now = Date.UTC(2026, 6, 1);
const rules = {
  maxDepth: 10,
  hashes: ['sha256', 'sha384', 'sha512'],
  rsaMinBits: 2048,
  curves,
  clockSkewMs: 0,
} as const;
const keys = { root: makePair(), leaf: makePair() };
const called = (value: Uint8Array) => name(['2.5.4.3', value]);
const rootName = called(utf8('Root'));

function read(bytes: Uint8Array): Certificate {
  const result = readCertificate(bytes);
  if (isRefused(result)) throw new Error(`${result.refused}: ${result.detail ?? ''}`);
  return result;
}

const root = read(
  certificate({
    subject: rootName,
    issuer: rootName,
    spki: keys.root.spki,
    signer: keys.root.privateKey,
    extensions: [extensions.authority(), extensions.signsCertificates],
  }),
);
const leafWith = (parts: Partial<CertificateParts>) =>
  certificate({
    subject: called(utf8('Leaf')),
    issuer: rootName,
    spki: keys.leaf.spki,
    signer: keys.root.privateKey,
    extensions: [extensions.notAuthority, extensions.digitalSignature],
    ...parts,
  });
const judge = (bytes: Uint8Array) => {
  const leaf = readCertificate(bytes);
  return isRefused(leaf) ? leaf : buildPath(leaf, [], [root], rules, now);
};

const san = (critical: boolean) =>
  extension('2.5.29.17', sequence(der(0x82, Buffer.from('pc.town.example', 'latin1'))), critical);
const bare = [extensions.notAuthority, extensions.digitalSignature];
const bmp = (text: string) => der(0x1e, Buffer.from(text, 'utf16le').swap16());

describe('accepted, as RFC 5280 allows', () => {
  it.each<[string, Partial<CertificateParts>, string]>([
    ['TeletexString', { subject: called(der(0x14, Buffer.from('Zoé', 'latin1'))) }, 'Zoé'],
    ['BMPString', { subject: called(bmp('Zoé Ω')) }, 'Zoé Ω'],
    ['UniversalString', { subject: called(der(0x1c, Buffer.of(0, 0, 0, 0x5a, 0, 1, 0xf6, 0))) }, 'Z\u{1f600}'],
    ['UTF8String', { subject: called(utf8('Zoé \u{1f600}')) }, 'Zoé \u{1f600}'],
    ['serial number 0', { serial: integer(0) }, 'Leaf'],
  ])('%s', (_, parts, shown) => {
    const found = judge(leafWith(parts));
    expect(found).toMatchObject({ certificates: { length: 2 } });
    expect(read(leafWith(parts)).subject.attributes[0]?.text).toBe(shown);
  });

  it('no subject, with critical alternative names', () => {
    expect(judge(leafWith({ subject: name(), extensions: [...bare, san(true)] }))).toMatchObject({
      certificates: { length: 2 },
    });
  });
});

describe('refused, each with its word', () => {
  const modulus = Buffer.concat([Buffer.of(0), Buffer.alloc(2048, 0xc5)]);
  const rsa = (octets: Buffer) =>
    sequence(
      sequence(oid('1.2.840.113549.1.1.1'), nothing),
      bits(sequence(integer(octets), integer(Buffer.of(1, 0, 1)))),
    );
  it.each<[string, Partial<CertificateParts>, string, string]>([
    [
      'NUL in a UTF8String',
      { subject: called(utf8('town.example\0.evil.example')) },
      'certificate-malformed',
      'control character',
    ],
    ['NUL in a BMPString', { subject: called(bmp('a\0b')) }, 'certificate-malformed', 'control character'],
    [
      'NUL in a host',
      { extensions: [...bare, extension('2.5.29.17', sequence(der(0x82, Buffer.from('a\0b', 'latin1'))))] },
      'certificate-malformed',
      'unprintable',
    ],
    [
      'half a character in UTF-8',
      { subject: called(der(0x0c, Buffer.of(0xc3))) },
      'certificate-malformed',
      'not utf-8',
    ],
    [
      'half a pair in a BMPString',
      { subject: called(der(0x1e, Buffer.of(0xd8, 0))) },
      'certificate-malformed',
      'not utf-16be',
    ],
    ['no name at all', { subject: name() }, 'certificate-malformed', 'no name at all'],
    [
      'no subject, alternative names not critical',
      { subject: name(), extensions: [...bare, san(false)] },
      'certificate-malformed',
      'not critical',
    ],
    ['a negative serial number', { serial: integer(Buffer.of(0xff)) }, 'certificate-malformed', 'serial number'],
    [
      'a serial number of 21 octets',
      { serial: integer(Buffer.alloc(21, 1)) },
      'certificate-malformed',
      'serial number',
    ],
    ['an RSA key of 16,384 bits', { spki: rsa(modulus) }, 'certificate-too-large', '16384 bits, at most 8192'],
    ['SHA-1 in a link', { algorithm: sequence(oid('1.2.840.10045.4.1')) }, 'certificate-hash-weak', 'sha1'],
    [
      'a policy twice',
      { extensions: [...bare, extension('2.5.29.32', sequence(sequence(oid('1.2.3')), sequence(oid('1.2.3'))))] },
      'certificate-malformed',
      'policy twice',
    ],
    [
      'an unknown qualifier, critical',
      {
        extensions: [
          ...bare,
          extension('2.5.29.32', sequence(sequence(oid('1.2.3'), sequence(sequence(oid('1.2.4'), nothing)))), true),
        ],
      },
      'certificate-malformed',
      'qualifier 1.2.4',
    ],
    [
      'constraints without any',
      { extensions: [...bare, extension('2.5.29.30', sequence())] },
      'certificate-malformed',
      'without any',
    ],
    [
      'a constraint with a distance',
      {
        extensions: [
          ...bare,
          extension(
            '2.5.29.30',
            sequence(der(0xa0, sequence(der(0x82, Buffer.from('x', 'latin1')), der(0x80, Buffer.of(1))))),
          ),
        ],
      },
      'certificate-malformed',
      'distance',
    ],
    [
      'a mask with holes',
      {
        extensions: [
          ...bare,
          extension('2.5.29.30', sequence(der(0xa0, sequence(der(0x87, Buffer.of(10, 0, 0, 0, 255, 0, 255, 0)))))),
        ],
      },
      'certificate-malformed',
      'holes',
    ],
    [
      'an address constraint without a mask',
      {
        extensions: [...bare, extension('2.5.29.30', sequence(der(0xa0, sequence(der(0x87, Buffer.of(10, 0, 0, 0))))))],
      },
      'certificate-malformed',
      'wrong length',
    ],
    [
      'policy constraints without any',
      { extensions: [...bare, extension('2.5.29.36', sequence())] },
      'certificate-malformed',
      'without any',
    ],
  ])('%s', (_, parts, reason, detail) => {
    const started = performance.now();
    const found = judge(leafWith(sha1Of(parts)));
    expect(performance.now() - started).toBeLessThan(500);
    expect(found).toMatchObject({ refused: reason });
    expect(isRefused(found) ? found.detail : '').toContain(detail);
  });

  /** The writer signs with SHA-384; for SHA-1 the link must really hold, or it would be another fault. */
  function sha1Of(parts: Partial<CertificateParts>): Partial<CertificateParts> {
    return parts.algorithm === undefined || parts.algorithm === ecdsaSha384 ? parts : { ...parts, hash: 'sha1' };
  }
});

describe('piles', () => {
  it('200 certificates in a row are refused before anything is verified', () => {
    const line: Buffer[] = [];
    const pair = makePair('P-256');
    for (let index = 0; index < 200; index++) {
      line.push(
        certificate({
          subject: called(utf8(`CA ${index}`)),
          issuer: called(utf8(`CA ${index + 1}`)),
          spki: pair.spki,
          signer: pair.privateKey,
          extensions: [extensions.authority(), extensions.signsCertificates],
        }),
      );
    }
    const started = performance.now();
    expect(
      identify(line, [], { tenant: 't', pseudonymKeys: [{ id: 'k1', key: Buffer.alloc(32) }], now }),
    ).toMatchObject({
      refused: 'certificate-chain-too-long',
    });
    expect(performance.now() - started).toBeLessThan(50);
  });

  it('200 certificates with keys of their own stop at the depth that is allowed', () => {
    const pairs = Array.from({ length: 200 }, () => makePair('P-256'));
    const all = pairs.map((pair, index) =>
      read(
        certificate({
          subject: called(utf8(`CA ${index}`)),
          issuer: called(utf8(`CA ${index + 1}`)),
          spki: pair.spki,
          signer: (pairs[index + 1] ?? pair).privateKey,
          extensions: [extensions.authority(), extensions.signsCertificates],
        }),
      ),
    );
    const [leaf, ...between] = all;
    if (leaf === undefined) throw new Error('no leaf');
    const found = buildPath(leaf, between, [root], rules, now);
    expect(found).toMatchObject({ refused: 'certificate-chain-too-long', anchored: false });
  });

  it('remembered links do not make a maze of cross-certificates free', () => {
    // Every authority of one name certifies every other: the number of ways grows as a factorial.
    const pairs = Array.from({ length: 7 }, () => makePair('P-256'));
    const maze = pairs.flatMap(pair =>
      pairs.map(by =>
        read(
          certificate({
            subject: called(utf8('Maze')),
            issuer: called(utf8('Maze')),
            spki: pair.spki,
            signer: by.privateKey,
            extensions: [extensions.authority(), extensions.signsCertificates],
          }),
        ),
      ),
    );
    const [first] = maze;
    if (first === undefined) throw new Error('no maze');
    const links = new Map(maze.flatMap(each => maze.map(by => [each.fingerprint + by.key.hash, true] as const)));
    const started = performance.now();
    const found = buildPath(first, maze, [root], { ...rules, maxDepth: 9, links }, now);
    expect(found).toMatchObject({ refused: 'certificate-chain-too-long' });
    expect(performance.now() - started).toBeLessThan(500);
    expect(links.size).toBeLessThanOrEqual(chainLimits.links + 1);
  });
});

describe('names as they are compared and searched', () => {
  it.each([
    ['Zoë', 'zoe\u0308'],
    ['  Jan   Test ', 'jan test'],
    ['STRASSE', 'Straße'],
    ['ΣΊΣΥΦΟΣ', 'Σίσυφος'],
    ['Jan\u00adTest', 'jantest'],
    ['Jan\u200bTest', 'JANTEST'],
    ['ﬁ', 'FI'],
    ['Jan\u00a0Test', 'Jan Test'],
  ])('%j is %j', (one, other) => {
    expect(normalised(one)).toBe(normalised(other));
    expect(normalised(normalised(one))).toBe(normalised(one));
  });
  it.each([
    ['Zoe', 'Zoë'],
    ['Jan Test', 'JanTest'],
    ['a', 'а'],
  ])('%j is not %j', (one, other) => {
    expect(normalised(one)).not.toBe(normalised(other));
  });
});
