// Certificates read from DER: against node:crypto as oracle for good ones, and one deviation at a time for bad ones.

import { X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { isRefused } from '../../gateway/contract/reason.ts';
import { type Certificate, isIssuedBy, readCertificate } from '../../gateway/identity/certificate.ts';
import { valuesOf } from '../../gateway/identity/name.ts';
import {
  bits,
  bool,
  type CertificateParts,
  certificate,
  der,
  ecdsaSha384,
  ecdsaSha384WithNull,
  extension,
  extensions,
  integer,
  makePair,
  name,
  nothing,
  octets,
  oid,
  printable,
  sequence,
  utf8,
} from './der-writer.ts';
import { makeEidPki, type EidCertificate } from '../support/eid-pki.ts';
import { describeWith } from '../support/programs.ts';

function read(bytes: Uint8Array): Certificate {
  const result = readCertificate(bytes);
  if (isRefused(result)) throw new Error(`${result.refused}: ${result.detail ?? ''}`);
  return result;
}

describeWith('openssl', 'certificates made by openssl, beside what node:crypto reads in them', () => {
  const made: EidCertificate[] = [];
  beforeAll(() => {
    const pki = makeEidPki();
    made.push(pki.authority('root', { subject: '/C=BE/CN=Belgium Root CA (test)' }));
    made.push(
      pki.leaf('card', 'root'),
      pki.leaf('rsa', 'root', { key: 'rsa', subject: '/C=BE/CN=Zoë d’Àprès/SN=d’Àprès/serialNumber=03021400272' }),
      pki.leaf('machine', 'root', {
        key: 'P-256',
        subject: '/C=BE/O=Test/CN=pc-1',
        end: '20550101000000Z',
        extensions: [
          'keyUsage=critical,digitalSignature,keyAgreement,decipherOnly',
          'extendedKeyUsage=clientAuth,1.2.3.4',
          'certificatePolicies=1.2.3,2.5.29.32.0',
          'subjectAltName=DNS:pc-1.test.example,email:a@test.example,URI:urn:x,IP:192.0.2.7,otherName:1.3.6.1.4.1.311.20.2.3;UTF8:u@test.example,dirName:dir',
          'crlDistributionPoints=URI:http://crl.test.example/a.crl,URI:http://crl.test.example/b.crl',
          'authorityInfoAccess=OCSP;URI:http://ocsp.test.example,caIssuers;URI:http://crt.test.example/ca.crt',
          'nsComment="hello"',
          '[dir]',
          'CN=somebody',
        ],
      }),
    );
    pki.remove();
  });

  it('agree on every field that both read', () => {
    for (const { der: bytes } of made) {
      const mine = read(bytes);
      const theirs = new X509Certificate(bytes);
      expect(mine.fingerprint).toBe(theirs.fingerprint256.replaceAll(':', '').toLowerCase());
      expect(BigInt(`0x${mine.serial}`)).toBe(BigInt(`0x${theirs.serialNumber}`));
      expect(mine.notBefore).toBe(theirs.validFromDate.getTime());
      expect(mine.notAfter).toBe(theirs.validToDate.getTime());
      expect(mine.basicConstraints?.ca ?? false).toBe(theirs.ca);
      expect(Buffer.from(mine.key.spki)).toEqual(theirs.publicKey.export({ type: 'spki', format: 'der' }));
      expect(mine.extendedKeyUsage).toEqual(theirs.keyUsage);
      const root = made[0] as EidCertificate;
      expect(isIssuedBy(mine, read(root.der))).toBe(theirs.verify(new X509Certificate(root.der).publicKey));
    }
  });

  it('give names by identifier, with their string types', () => {
    const card = read((made[1] as EidCertificate).der);
    expect(card.subject.attributes).toEqual([
      { oid: '2.5.4.6', type: 'printable', text: 'BE' },
      { oid: '2.5.4.3', type: 'utf8', text: 'Jan Test (Authentication)' },
      { oid: '2.5.4.4', type: 'utf8', text: 'Test' },
      { oid: '2.5.4.42', type: 'utf8', text: 'Jan' },
      { oid: '2.5.4.5', type: 'printable', text: '85073003328' },
    ]);
    expect(valuesOf(read((made[2] as EidCertificate).der).subject, '2.5.4.4')).toEqual(['d’Àprès']);
  });

  it('give extensions as values', () => {
    const machine = read((made[3] as EidCertificate).der);
    expect([...(machine.keyUsage ?? [])]).toEqual(['digitalSignature', 'keyAgreement', 'decipherOnly']);
    expect(machine.policies).toEqual(['1.2.3', '2.5.29.32.0']);
    expect(machine.alternativeNames.slice(0, 5)).toEqual([
      { type: 'dns', value: 'pc-1.test.example' },
      { type: 'email', value: 'a@test.example' },
      { type: 'uri', value: 'urn:x' },
      { type: 'ip', value: 'c0000207' },
      { type: 'other-name', oid: '1.3.6.1.4.1.311.20.2.3', value: 'u@test.example' },
    ]);
    expect(machine.alternativeNames[5]?.type).toBe('directory');
    expect(machine.crlUris).toEqual(['http://crl.test.example/a.crl', 'http://crl.test.example/b.crl']);
    expect(machine.ocspUris).toEqual(['http://ocsp.test.example']);
    expect(machine.issuerUris).toEqual(['http://crt.test.example/ca.crt']);
    expect(machine.unknownCritical).toEqual([]);
    expect(machine.authorityKeyId).toBe(read((made[0] as EidCertificate).der).subjectKeyId);
    expect(machine.key.kind).toEqual({ type: 'ec', curve: 'P-256' });
    expect(read((made[2] as EidCertificate).der).key.kind).toEqual({ type: 'rsa', bits: 2048 });
  });
});

const pair = makePair();
const base: CertificateParts = {
  issuer: name(['2.5.4.3', utf8('Citizen CA')]),
  subject: name(['2.5.4.3', utf8('Jan Test')]),
  spki: pair.spki,
  extensions: [extensions.notAuthority, extensions.digitalSignature],
  signer: pair.privateKey,
};
const with_ = (changes: Partial<CertificateParts>) => certificate({ ...base, ...changes });
const extended = (...more: readonly Uint8Array[]) => with_({ extensions: [...base.extensions, ...more] });

describe('the tolerances that national cards need', () => {
  it('an encoded default in basicConstraints', () => {
    const card = read(with_({ extensions: [extensions.explicitlyNotAuthority, extensions.digitalSignature] }));
    expect(card.basicConstraints).toEqual({ ca: false });
  });

  it('NULL after an ECDSA identifier', () => {
    const card = read(with_({ algorithm: ecdsaSha384WithNull }));
    expect(card.signedWith.scheme).toEqual({ hash: 'sha384', padding: 'ecdsa' });
    expect(isIssuedBy(card, card)).toBe(true);
  });

  it('even when only one of the two identifiers carries it', () => {
    expect(isRefused(readCertificate(with_({ outerAlgorithm: ecdsaSha384WithNull })))).toBe(false);
  });

  it('attributes in another order, and a missing given name', () => {
    const subject = name(
      ['2.5.4.5', printable('85073003328')],
      ['2.5.4.4', utf8('Test')],
      ['2.5.4.6', printable('BE')],
    );
    const card = read(with_({ subject }));
    expect(valuesOf(card.subject, '2.5.4.5')).toEqual(['85073003328']);
    expect(valuesOf(card.subject, '2.5.4.42')).toEqual([]);
  });
});

describe('what is refused as malformed', () => {
  const inExtension = (id: string, value: Uint8Array) => extended(extension(id, value));
  const whole = with_({});
  it.each<[string, Uint8Array]>([
    ['nothing', Buffer.of()],
    ['octets behind the certificate', Buffer.concat([whole, Buffer.of(0)])],
    ['version 1', with_({ version: Buffer.of() })],
    ['version 1, written out', with_({ version: der(0xa0, integer(0)) })],
    ['version 2', with_({ version: der(0xa0, integer(1)) })],
    ['a negative serial number', with_({ serial: integer(Buffer.of(0x80)) })],
    ['a serial number of 21 octets', with_({ serial: integer(Buffer.alloc(21, 1)) })],
    ['two different algorithms', with_({ outerAlgorithm: sequence(oid('1.2.840.10045.4.3.2')) })],
    [
      'parameters after ECDSA that are not NULL',
      with_({ algorithm: sequence(oid('1.2.840.10045.4.3.3'), integer(1)) }),
    ],
    ['no issuer', with_({ issuer: sequence() })],
    ['an empty set in a name', with_({ subject: sequence(der(0x31)) })],
    ['a NUL in a name', with_({ subject: name(['2.5.4.3', utf8('pc-1\0.example')]) })],
    ['a line break in a name', with_({ subject: name(['2.5.4.3', utf8('pc-1\nCN=other')]) })],
    ['UTF-8 that is none', with_({ subject: name(['2.5.4.3', der(0x0c, Buffer.of(0xc3, 0x28))]) })],
    ['a printable string above 127', with_({ subject: name(['2.5.4.3', printable('é')]) })],
    ['half a character of a BMP string', with_({ subject: name(['2.5.4.3', der(0x1e, Buffer.of(0, 65, 0))]) })],
    ['an extension twice', extended(extensions.notAuthority)],
    ['"critical FALSE" written out', extended(sequence(oid('1.2.3'), bool(false), octets(nothing)))],
    [
      'octets behind the value of an extension',
      inExtension('2.5.29.37', Buffer.concat([sequence(oid('1.2')), nothing])),
    ],
    ['an empty list of purposes', inExtension('2.5.29.37', sequence())],
    ['a list of policies that is none', inExtension('2.5.29.32', integer(1))],
    ['an alternative name with a line break', inExtension('2.5.29.17', sequence(der(0x82, Buffer.from('a\nb'))))],
    [
      'a public key of half octets',
      with_({ spki: sequence(sequence(oid('1.2.840.10045.2.1')), bits(Buffer.of(0xf0), 4)) }),
    ],
    ['an even RSA exponent', with_({ spki: rsaKey(Buffer.alloc(256, 0x7f), integer(65_536)) })],
    ['an RSA exponent of 1', with_({ spki: rsaKey(Buffer.alloc(256, 0x7f), integer(1)) })],
  ])('%s', (_, bytes) => {
    expect(readCertificate(bytes)).toMatchObject({ refused: 'certificate-malformed' });
  });

  it('more than 16 kB is too large, before it is parsed', () => {
    expect(readCertificate(Buffer.alloc(16 * 1024 + 1))).toMatchObject({ refused: 'certificate-too-large' });
  });

  it('no octets make the reader throw', () => {
    const anywhere = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(anywhere, changes => {
        const changed = Buffer.from(whole);
        for (const [at, octet] of changes) changed[at] = octet;
        expect(() => readCertificate(changed)).not.toThrow();
      }),
      { numRuns: 2000 },
    );
  });
});

describe('what is read but will not be trusted', () => {
  it('critical extensions that nobody here enforces', () => {
    const card = read(extended(extension('1.2.3.3', sequence(), true), extension('1.2.3.4', nothing, true)));
    expect(card.unknownCritical).toEqual(['1.2.3.3', '1.2.3.4']);
    expect(read(extended(extension('1.2.3.4', nothing))).unknownCritical).toEqual([]);
  });

  it('keys of other kinds, and curves that are spelled out', () => {
    const ed25519 = sequence(sequence(oid('1.3.101.112')), bits(Buffer.alloc(32)));
    expect(read(with_({ spki: ed25519 })).key.kind).toEqual({ type: 'other', algorithm: '1.3.101.112' });
    const spelledOut = sequence(sequence(oid('1.2.840.10045.2.1'), sequence(integer(1))), bits(Buffer.alloc(97)));
    expect(read(with_({ spki: spelledOut })).key.kind.type).toBe('other');
  });

  it('unknown signature algorithms', () => {
    const card = read(with_({ algorithm: sequence(oid('1.3.101.112')) }));
    expect(card.signedWith).toEqual({ oid: '1.3.101.112' });
    expect(isIssuedBy(card, card)).toBe(false);
  });

  it('a changed signed octet', () => {
    const card = read(with_({ algorithm: ecdsaSha384 }));
    const changed = Buffer.from(card.tbs);
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
    expect(isIssuedBy(card, card)).toBe(true);
    expect(isIssuedBy({ ...card, tbs: changed }, card)).toBe(false);
  });
});

describe('names are equal', () => {
  const keyOf = (subject: Uint8Array) => read(with_({ subject })).subject.key;
  it.each<[string, Uint8Array, Uint8Array]>([
    ['whatever their string type', utf8('Citizen CA'), printable('Citizen CA')],
    ['whatever their case and white space', utf8('Citizen CA'), utf8('  CITIZEN   ca ')],
    ['in BMP strings', utf8('Été'), der(0x1e, Buffer.from([0, 0xc9, 0, 0x74, 0, 0xe9]))],
    ['in universal strings', utf8('A'), der(0x1c, Buffer.of(0, 0, 0, 65))],
    ['in teletex strings', utf8('é'), der(0x14, Buffer.of(0xe9))],
    ['in composed and decomposed form', utf8('é'), utf8('e\u0301')],
  ])('%s [RFC5280-7.1]', (_, a, b) => {
    expect(keyOf(name(['2.5.4.3', a]))).toBe(keyOf(name(['2.5.4.3', b])));
  });
  it('never across attributes', () => {
    expect(keyOf(name(['2.5.4.3', utf8('A')]))).not.toBe(keyOf(name(['2.5.4.4', utf8('A')])));
    expect(keyOf(name(['2.5.4.3', utf8('A')], ['2.5.4.4', utf8('B')]))).not.toBe(keyOf(name(['2.5.4.3', utf8('A')])));
  });
});

function rsaKey(modulus: Uint8Array, exponent: Uint8Array): Buffer {
  return sequence(sequence(oid('1.2.840.113549.1.1.1'), nothing), bits(sequence(integer(modulus), exponent)));
}
