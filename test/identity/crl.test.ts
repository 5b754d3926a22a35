// Revocation lists: openssl's own, hand-written ones with one deviation each, and a very long one.

import { sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { isRefused } from '../../gateway/contract/reason.ts';
import { type Certificate, readCertificate } from '../../gateway/identity/certificate.ts';
import { type Crl, CrlSet, isCrlOf, isCurrent, lookUp, parseCrl } from '../../gateway/identity/crl.ts';
import { allReasons } from '../../gateway/identity/crl-scope.ts';
import { makeEidPki } from '../support/eid-pki.ts';
import { describeWith } from '../support/programs.ts';
import {
  bits,
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
  utcTime,
  utf8,
} from './der-writer.ts';

function readCrl(bytes: Uint8Array): Crl {
  const crl = parseCrl(bytes);
  if (isRefused(crl)) throw new Error(crl.detail);
  return crl;
}
function readCert(bytes: Uint8Array): Certificate {
  const result = readCertificate(bytes);
  if (isRefused(result)) throw new Error(result.detail);
  return result;
}

describeWith('openssl', 'lists made by openssl', () => {
  it('name what was revoked, what is on hold, and the key that signed', () => {
    const pki = makeEidPki();
    const root = pki.authority('root', { subject: '/CN=Root' });
    const twin = pki.authority('twin', { subject: '/CN=Root' });
    const gone = pki.leaf('gone', 'root');
    const held = pki.leaf('held', 'root');
    const good = pki.leaf('good', 'root');
    expect(readCrl(pki.crl('root')).revoked.size).toBe(0);
    pki.revoke(gone, 'keyCompromise');
    pki.revoke(held, 'certificateHold');
    const crl = readCrl(pki.crl('root'));
    pki.remove();
    const serial = (each: { der: Uint8Array }) => readCert(each.der).serial;
    expect([gone, held, good].map(each => lookUp(crl, serial(each)))).toEqual(['revoked', 'on-hold', 'not-listed']);
    expect(crl.nextUpdate - crl.thisUpdate).toBe(7 * 86_400_000);
    expect(crl.authorityKeyId).toBe(readCert(root.der).subjectKeyId);
    expect(isCrlOf(crl, readCert(root.der))).toBe(true);
    expect(isCrlOf(crl, readCert(twin.der))).toBe(false);
  });
});

const pair = makePair();
const issuerName = name(['2.5.4.3', utf8('Citizen CA')]);
const start = Date.UTC(2026, 5, 1);
const end = start + 7 * 86_400_000;

interface Parts {
  readonly version?: Uint8Array;
  readonly nextUpdate?: Uint8Array;
  readonly entries?: readonly Uint8Array[];
  readonly extensions?: readonly Uint8Array[];
  readonly issuer?: Uint8Array;
  readonly outer?: Uint8Array;
}
function list(parts: Parts): Buffer {
  const tbs = sequence(
    parts.version ?? integer(1),
    ecdsaSha384,
    parts.issuer ?? issuerName,
    utcTime(start),
    parts.nextUpdate ?? utcTime(end),
    ...(parts.entries === undefined ? [] : [sequence(Buffer.concat(parts.entries))]),
    ...(parts.extensions === undefined ? [] : [der(0xa0, sequence(...parts.extensions))]),
  );
  return sequence(tbs, parts.outer ?? ecdsaSha384, bits(sign('sha384', tbs, pair.privateKey)));
}
const entry = (serial: number, ...more: readonly Uint8Array[]) => sequence(integer(serial), utcTime(start), ...more);
const because = (code: number) => sequence(extension('2.5.29.21', der(0x0a, Buffer.of(code))));
const scoped = (...parts: readonly Uint8Array[]) =>
  list({ extensions: [extension('2.5.29.28', sequence(...parts), true)] });
const yes = (tag: number) => der(tag, Buffer.of(0xff));
const reasons = (unusedBits: number, ...octets: readonly number[]) => der(0x83, Buffer.of(unusedBits, ...octets));
const part = (...names: readonly Uint8Array[]) => der(0xa0, der(0xa0, Buffer.concat(names)));
const uri = (text: string) => der(0x86, Buffer.from(text));

describe('entries', () => {
  const answers = (entries: readonly Uint8Array[]) => {
    const crl = readCrl(list({ entries, extensions: [extension('2.5.29.20', integer(3))] }));
    return lookUp(crl, '07');
  };
  it.each<[string, readonly Uint8Array[], string]>([
    ['without a reason', [entry(7)], 'revoked'],
    ['of another certificate', [entry(8)], 'not-listed'],
    ['on hold', [entry(7, because(6))], 'on-hold'],
    ['removed', [entry(7, because(8))], 'not-listed'],
    ['on hold, then removed', [entry(7, because(6)), entry(7, because(8))], 'not-listed'],
    ['removed, then on hold, in one list', [entry(7, because(8)), entry(7, because(6))], 'not-listed'],
    ['revoked, then "removed": nothing lifts a revocation', [entry(7), entry(7, because(8))], 'revoked'],
    ['on hold and revoked', [entry(7, because(6)), entry(7, because(1))], 'revoked'],
    ['of an unknown reason', [entry(7, because(99))], 'revoked'],
  ])('%s', (_, entries, answer) => {
    expect(answers(entries)).toBe(answer);
  });
});

describe('lists that say nothing here', () => {
  it.each<[string, Uint8Array]>([
    ['nothing', Buffer.of()],
    ['octets behind the list', Buffer.concat([list({}), Buffer.of(0)])],
    [
      'a certificate',
      certificate({
        issuer: issuerName,
        subject: issuerName,
        spki: pair.spki,
        extensions: [extensions.authority()],
        signer: pair.privateKey,
      }),
    ],
    ['no next update', list({ nextUpdate: Buffer.of() })],
    ['version 1 written out', list({ version: integer(0) })],
    ['version 1 with extensions', list({ version: Buffer.of(), extensions: [extension('2.5.29.20', integer(1))] })],
    ['two algorithms', list({ outer: sequence(oid('1.2.840.10045.4.3.2')) })],
    ['a delta list of no base', list({ extensions: [extension('2.5.29.27', nothing, true)] })],
    ['an unknown critical extension', list({ extensions: [extension('1.2.3', nothing, true)] })],
    ['an indirect list', scoped(yes(0x84))],
    ['a list of attribute certificates', scoped(yes(0x85))],
    ['an indirect list for some reasons', scoped(reasons(5, 0x60), yes(0x84))],
    ['reasons that are no bits', scoped(der(0x83, Buffer.of(9, 0x60)))],
    ['reasons before kinds', scoped(reasons(5, 0x60), yes(0x81))],
    [
      'an entry that names its issuer, and does not call that critical',
      list({ entries: [entry(7, sequence(extension('2.5.29.29', sequence())))] }),
    ],
    [
      'an entry with an unknown critical extension',
      list({ entries: [entry(8), entry(7, sequence(extension('1.2.3', nothing, true)))] }),
    ],
    [
      'an entry with a critical extension',
      list({ entries: [entry(7, sequence(extension('2.5.29.29', sequence(), true)))] }),
    ],
    [
      'an entry with a serial number that is not minimal',
      list({ entries: [sequence(der(2, Buffer.of(0, 1)), utcTime(start))] }),
    ],
    ['an entry with something behind', list({ entries: [entry(7, because(1), nothing)] })],
  ])('%s', (_, bytes) => {
    expect(parseCrl(bytes)).toMatchObject({ refused: 'revocation-unknown' });
  });
});

describe('scope', () => {
  it.each<[string, Uint8Array, object]>([
    ['everything', list({}), { leaves: true, authorities: true }],
    ['leaves only', scoped(yes(0x81)), { leaves: true, authorities: false }],
    ['authorities only', scoped(yes(0x82)), { leaves: false, authorities: true }],
    ['a written-out "not only" changes nothing', scoped(der(0x81, Buffer.of(0))), { leaves: true, authorities: true }],
    [
      'one part of several',
      scoped(part(uri('http://crl.test.example/1'))),
      { leaves: true, authorities: true, uris: ['http://crl.test.example/1'] },
    ],
    [
      'one part of several, by a directory name',
      scoped(part(der(0xa4, name(['2.5.4.3', utf8('Citizen CA')], ['2.5.4.3', utf8('Part 1')])))),
      { leaves: true, authorities: true, uris: [], names: ['[["2.5.4.3=citizen ca"],["2.5.4.3=part 1"]]'] },
    ],
    [
      'the same, written as what it adds to the name of the issuer',
      scoped(der(0xa0, der(0xa1, sequence(oid('2.5.4.3'), utf8('Part 1'))))),
      { leaves: true, authorities: true, uris: [], names: ['[["2.5.4.3=citizen ca"],["2.5.4.3=part 1"]]'] },
    ],
    [
      'keyCompromise and cACompromise only, of leaves',
      scoped(yes(0x81), reasons(5, 0x60)),
      { leaves: true, authorities: false, reasons: 0x6000 },
    ],
    ['every reason by name', scoped(reasons(7, 0x7f, 0x80)), { leaves: true, authorities: true, reasons: allReasons }],
    [
      'changes alone',
      list({ extensions: [extension('2.5.29.27', integer(1), true)] }),
      { leaves: true, authorities: true, delta: true },
    ],
    [
      'changes alone, without calling that critical, of leaves',
      list({ extensions: [extension('2.5.29.27', integer(1)), extension('2.5.29.28', sequence(yes(0x81)), true)] }),
      { leaves: true, authorities: false, delta: true },
    ],
    ['both kinds "only": neither', scoped(yes(0x81), yes(0x82)), { leaves: false, authorities: false }],
  ])('%s', (_, bytes, scope) => {
    expect(readCrl(bytes).scope).toEqual(scope);
  });
});

describe('which list counts', () => {
  const authority = (changes: { usage?: Uint8Array; spki?: Uint8Array } = {}) =>
    readCert(
      certificate({
        issuer: issuerName,
        subject: issuerName,
        spki: changes.spki ?? pair.spki,
        extensions: [extensions.authority(), changes.usage ?? extensions.signsCertificates],
        signer: pair.privateKey,
      }),
    );
  const numbered = (number: number) => readCrl(list({ extensions: [extension('2.5.29.20', integer(number))] }));

  it('of one issuer, the highest number first', () => {
    const set = new CrlSet([numbered(2), numbered(300), numbered(7)]);
    expect(set.of(authority()).all.map(crl => Number(crl.number))).toEqual([300, 7, 2]);
    expect(set.of(authority()).newest).toHaveLength(1);
  });

  it.each([
    [5, true],
    [4, false],
    [3, false],
  ])('a delta list numbered %d beside a complete one numbered 4 counts: %s [RFC5280-5.2.3]', (number, counts) => {
    const extensions = [extension('2.5.29.20', integer(number)), extension('2.5.29.27', integer(1), true)];
    const { all, newest } = new CrlSet([numbered(4), readCrl(list({ extensions }))]).of(authority());
    expect(all).toHaveLength(2);
    expect(newest.some(({ scope }) => scope.delta === true)).toBe(counts);
    expect(newest.some(({ scope }) => scope.delta === undefined)).toBe(true);
  });

  it('never one that the issuer did not sign, or may not sign [RFC5280-6.3.3]', () => {
    const set = new CrlSet([numbered(1)]);
    expect(set.of(authority({ spki: makePair().spki })).all).toEqual([]);
    const certificatesOnly = extension('2.5.29.15', bits(Buffer.of(0x04), 2), true);
    expect(set.of(authority({ usage: certificatesOnly })).all).toEqual([]);
    const another = readCrl(list({ issuer: name(['2.5.4.3', utf8('Other CA')]) }));
    expect(new CrlSet([another]).of(authority()).all).toEqual([]);
  });

  it('and only between its two dates', () => {
    const crl = numbered(1);
    const skew = 120_000;
    const times = [start - skew - 1, start - skew, start, end, end + 1];
    expect(times.map(now => isCurrent(crl, now, skew))).toEqual([false, true, true, true, false]);
  });

  it('a changed octet breaks the signature', () => {
    const bytes = list({ entries: [entry(7)] });
    const changed = Buffer.from(bytes);
    const at = bytes.indexOf(integer(7)) + 2;
    changed[at] = 8;
    expect(isCrlOf(readCrl(bytes), authority())).toBe(true);
    expect(isCrlOf(readCrl(changed), authority())).toBe(false);
  });
});

describe('a list of 100,000 entries', () => {
  it('is read whole, with serial numbers of 16 octets', () => {
    const reason = because(4);
    const serialOf = (index: number) => {
      const serial = Buffer.alloc(16);
      serial[0] = 0x10;
      serial.writeUInt32BE(index * 2, 12);
      return serial;
    };
    const entries = Array.from({ length: 100_000 }, (_, index) =>
      sequence(integer(serialOf(index)), utcTime(start), reason),
    );
    const bytes = list({ entries });
    expect(bytes.length).toBeGreaterThan(4_000_000);
    const crl = readCrl(bytes);
    expect(crl.revoked.size).toBe(100_000);
    expect(lookUp(crl, serialOf(99_999).toString('hex'))).toBe('revoked');
    const odd = serialOf(99_999);
    odd[15] = (odd[15] ?? 0) | 1;
    expect(lookUp(crl, odd.toString('hex'))).toBe('not-listed');
  });
});
