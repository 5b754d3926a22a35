// Identity profiles as documents: the shipped ones load, and every mistake is told with its line and its remedy.

import { describe, expect, it } from 'vitest';
import { makeTestCa } from '../../gateway/cli/demo/test-ca.ts';
import { findIdentifier, readPattern } from '../../gateway/identity/identifier.ts';
import { readProfile } from '../../gateway/identity/profile.ts';
import { allowedUrl } from '../../gateway/identity/revocation-hosts.ts';
import type { Certificate } from '../../gateway/identity/certificate.ts';
import { type Shipped, shipped, shippedText } from './profiles.ts';

const ca = await makeTestCa(Date.UTC(2026, 6, 1));
const files = new Map([
  ...ca.files,
  ['anchors/belgium-root-ca4.pem', ca.eidRoot.pem],
  ['anchors/belgium-root-ca6.pem', ca.eidRoot.pem],
  ['leaf.pem', ca.people.valid.pem],
  ['key.pem', ca.people.valid.privateKeyPem],
  ['broken.pem', '-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n'],
  ['broken.crl', '-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n'],
]);
const reader = (path: string) => {
  const text = files.get(path);
  return text === undefined ? undefined : Buffer.from(text);
};
const problemsOf = (text: string, environment: 'production' | 'test' = 'test') => {
  const read = readProfile(text, 'p.yaml', reader, { environment });
  return 'problems' in read ? read.problems : [];
};

describe('the shipped profiles', () => {
  it.each(['machine.yaml', 'be-eid.yaml'] as const)('%s loads in production once its files are there', file => {
    expect(problemsOf(shippedText(file), 'production')).toEqual([]);
  });

  it('be-eid-test.yaml loads in a test gateway only', () => {
    expect(problemsOf(shippedText('be-eid-test.yaml'))).toEqual([]);
    const [problem, ...more] = problemsOf(shippedText('be-eid-test.yaml'), 'production');
    const line = shippedText('be-eid-test.yaml').split('\n').indexOf('environment: test') + 1;
    expect(problem).toMatchObject({ file: 'p.yaml', line, message: 'a test profile in a production gateway' });
    expect(more).toEqual([]);
  });

  it.each(['machine.yaml', 'be-eid.yaml', 'be-eid-test.yaml'] as const)(
    '%s without its files says which are missing',
    file => {
      const read = readProfile(shippedText(file), file, () => undefined, { environment: 'test' });
      const problems = 'problems' in read ? read.problems : [];
      const named = [...shippedText(file).matchAll(/^ +- ((?:anchors|crls)\/\S+)$/gm)].map(([, path]) => path);
      expect(named.length).toBeGreaterThan(1);
      expect(problems.map(problem => /"(.+)"/.exec(problem.message)?.[1])).toEqual(named);
      const lines = shippedText(file).split('\n');
      for (const { line, message, remedy } of problems) {
        expect(lines[line - 1]).toContain(/"(.+)"/.exec(message)?.[1]);
        expect(remedy).toMatch(/^put the (CERTIFICATE|X509 CRL) there/);
      }
    },
  );

  it('the real roots and the test roots are judged by the same rules', () => {
    const rules = (file: Shipped) => {
      const { kind, path, keyUsage, extendedKeyUsage, policies, subject, canonical, checksum, minAge } = shipped(
        file,
        files,
      );
      return { kind, path, keyUsage, extendedKeyUsage, policies, subject, canonical, checksum, minAge };
    };
    expect(rules('be-eid-test.yaml')).toEqual(rules('be-eid.yaml'));
    expect(rules('be-eid.yaml')).toMatchObject({
      path: { maxDepth: 3, rsaMinBits: 2048, clockSkewMs: 120_000 },
      keyUsage: { all: ['digitalSignature'], none: ['nonRepudiation', 'keyCertSign'] },
      subject: new Map([['2.5.4.6', ['be']]]),
    });
  });
});

describe('where the shipped profiles ask about revocation', () => {
  it('Belgian cards: a responder first, and the lists that certificates name', () => {
    const { revocation } = shipped('be-eid.yaml', files);
    expect(revocation).toMatchObject({
      order: ['ocsp', 'crl'],
      crlFiles: [],
      checkIssuingCa: true,
      unavailable: 'deny',
    });
    expect(revocation?.crl).toEqual({ refreshMs: 3 * 3_600_000, maxBytes: 64 * 1024 * 1024 });
    const allowed = (url: string) => allowedUrl(url, revocation?.allowHosts ?? []) !== undefined;
    const asked = ['http://ocsp.eid.belgium.be/2', 'http://ocsp.eidpki.belgium.be/eid/brca6'];
    const fetched = ['http://crl.eid.belgium.be/eidc202002.crl', 'http://crl.eidpki.belgium.be/eid/brca6.crl'];
    expect([...asked, ...fetched].filter(url => !allowed(url))).toEqual([]);
    expect(allowed('http://ocsp.eid.belgium.be.example.org/2')).toBe(false);
  });

  it('Estonian cards: a responder alone', () => {
    const estonian = new Map([
      ['anchors/ee-govca2018.pem', ca.eidRoot.pem],
      ['intermediates/esteid2018.pem', ca.eidRoot.pem],
    ]);
    const { revocation } = shipped('ee-id.yaml', estonian);
    expect(revocation).toMatchObject({ order: ['ocsp'], crl: undefined, crlFiles: [], unavailable: 'deny' });
    expect(allowedUrl('http://aia.sk.ee/esteid2018', revocation?.allowHosts ?? [])).toBeDefined();
  });
});

describe('what is wrong is said', () => {
  const person = shippedText('be-eid-test.yaml');
  const machine = shippedText('machine.yaml');
  it.each<[string, string, string, string, string]>([
    ['a key nobody knows', person, 'display:', 'displays:', 'unknown key "displays"'],
    ['a key of a later version', person, 'maxDepth: 3', 'maxDepth: 3\n  aia: never', 'unknown key "aia"'],
    ['no schema', person, 'schema: identity-profile/1', '', '"schema" is missing'],
    ['another schema', person, 'identity-profile/1', 'identity-profile/2', 'not one of: identity-profile/1'],
    ['an id with a space', person, 'id: be-eid-test', 'id: be eid', 'not a short name'],
    ['another kind', person, 'kind: identity-certificate', 'kind: oidc-assertion', 'not one of: machine-certificate'],
    ['no anchors', person, '    - anchors/be-eid-test.pem', '    []', 'no anchors'],
    ['a leaf as an anchor', person, 'anchors/be-eid-test.pem', 'leaf.pem', 'this anchor is not an authority'],
    ['a key as an anchor', person, 'anchors/be-eid-test.pem', 'key.pem', '"key.pem" holds no CERTIFICATE'],
    ['a broken anchor', person, 'anchors/be-eid-test.pem', 'broken.pem', 'cannot be read'],
    [
      'an anchor with a key that is too weak',
      person,
      'curves: [P-256, P-384, P-521]',
      'curves: [P-256]',
      'key on P-384',
    ],
    ['a broken list', person, 'crls/be-eid-test.pem', 'broken.crl', 'is not a usable list'],
    ['a path of one', person, 'maxDepth: 3', 'maxDepth: 1', 'a whole number from 2 to 6'],
    ['a hash nobody knows', person, 'hashes: [sha256', 'hashes: [md5', '"md5" is not one of'],
    ['a duration in another form', person, 'clockSkew: 2 minutes', 'clockSkew: PT2M', 'not a duration'],
    [
      'an issuer by name instead of identifier',
      person,
      '    2.5.4.3: [Cit',
      '    CN: [Cit',
      '"CN" is not an object identifier',
    ],
    ['an attribute without values', person, '    2.5.4.6: BE', '    2.5.4.6: []', 'no values for 2.5.4.6'],
    [
      'a usage nobody knows',
      person,
      'all: [digitalSignature]',
      'all: [digitalSignatures]',
      'is not one of: digitalSignature',
    ],
    ['a purpose mode nobody knows', person, 'mode: if-present', 'mode: ignore', 'is not one of: required, if-present'],
    ['an unanchored pattern', person, "'^(?<id>[0-9]{11})$'", "'(?<id>[0-9]{11})'", 'is not an anchored pattern'],
    ['no source', person, /sources:\n.*\n/.exec(person)?.[0] ?? '', 'sources: []\n', 'no sources'],
    [
      'a subject source without attribute',
      person,
      'from: subject, oid: 2.5.4.5,',
      'from: subject,',
      '"subject" needs an oid',
    ],
    [
      'an attribute where there is none',
      machine,
      'from: san-dns,',
      'from: san-dns, oid: 1.2.3,',
      '"san-dns" takes no oid',
    ],
    ['no canonical form', person, '  canonical: PNOBE-{id}\n', '', 'canonical form'],
    ['a canonical form without the identifier', person, 'PNOBE-{id}', 'PNOBE', 'canonical form'],
    ['a check nobody knows', person, 'checksum: be-nrn', 'checksum: be-nrm', 'did you mean'],
    ['an age that the number does not tell', person, 'checksum: be-nrn', 'checksum: luhn', 'tells no birth date'],
    ['an age for a machine', machine, 'identifier:', 'identifier:\n  minAge: 3', 'are for persons'],
    [
      'a display name for a machine',
      machine,
      'identifier:',
      "display: '{2.5.4.3}'\nidentifier:",
      'display is for persons',
    ],
    [
      'a display name that shows the number',
      person,
      "'{2.5.4.42} {2.5.4.4}'",
      "'{2.5.4.4} {2.5.4.5}'",
      'would show the identifier',
    ],
    ['no answer to "unavailable"', person, '  unavailable: deny\n', '', '"unavailable" is missing'],
    ['lists that are not used', person, 'check: crl', 'check: none', 'other keys beside'],
    ['no lists', person, '  crls:\n    - crls/be-eid-test.pem\n', '', 'without lists'],
  ])('%s', (_, text, from, to, message) => {
    expect(text).toContain(from);
    const problems = problemsOf(text.replace(from, () => to));
    const said = problems.map(problem => `${problem.message} / ${problem.remedy}`);
    expect(said.join('\n')).toContain(message);
    for (const { line, remedy } of problems) {
      expect(line).toBeGreaterThan(0);
      expect(remedy).not.toBe('');
    }
  });

  it('all of it at once', () => {
    const problems = problemsOf(
      person.replace('maxDepth: 3', 'maxDepth: x').replace('checksum: be-nrn', 'checksum: x'),
    );
    expect(problems).toHaveLength(2);
  });

  it('YAML that is none', () => {
    expect(problemsOf('id: [')[0]).toMatchObject({ file: 'p.yaml' });
  });
});

describe('identifier patterns', () => {
  it.each([
    ['^(?<id>[0-9]{11})$', '85073003328', '85073003328'],
    ['^(?<id>[0-9]{11})$', '850730033281', undefined],
    ['^(?<id>[0-9]{11})$', '85073003328\n', undefined],
    ['^PNOEE-(?<id>\\d{11})$', 'PNOEE-38001085718', '38001085718'],
    ['^(?<id>[0-9]{8}[A-Z])$', '99901112H', '99901112H'],
    ['^BI[0-9]?(?<id>[0-9]{8,9})$', 'BI12345678', '12345678'],
    ['^(?<id>[A-Za-z0-9._-]{1,64})@test\\.example$', 'u.1@test.example', 'u.1'],
  ])('%s in %s', (text, value, id) => {
    const pattern = readPattern(text);
    if (pattern === undefined) throw new Error('pattern refused');
    const certificate = { subject: { attributes: [{ oid: '2.5.4.5', type: 'utf8', text: value }], key: '' } } as const;
    const found = findIdentifier({ ...certificate, alternativeNames: [] } as unknown as Certificate, [
      { from: 'subject', oid: '2.5.4.5', pattern },
    ]);
    expect(found).toBe(id);
  });

  it.each([
    '(?<id>[0-9]{11})',
    '^(?<id>[0-9]{11})',
    '^[0-9]{11}$',
    '^(?<id>[0-9]+)$',
    '^(?<id>.*)$',
    '^(?<id>([0-9]{2}){5})$',
    '^(?<id>a|b)$',
    '^(?<id>[^0-9]{3})$',
    '^(?<id>[z-a])$',
    '^(?<id>a{3,1})$',
    '^(?<id>a)(?<id>b)$',
    '^(?<id>a)$\n',
    `^(?<id>${'a'.repeat(200)})$`,
  ])('%s is refused: it could run away, or says nothing exact', text => {
    expect(readPattern(text)).toBeUndefined();
  });
});

describe('identifier sources', () => {
  const certificate = {
    subject: { attributes: [{ oid: '2.5.4.3', type: 'utf8', text: 'cn' }], key: '' },
    alternativeNames: [
      { type: 'dns', value: 'PC-1.Test.Example' },
      { type: 'email', value: 'mail' },
      { type: 'uri', value: 'uri' },
      { type: 'other-name', oid: '1.3.6.1.4.1.311.20.2.3', value: 'upn' },
      { type: 'other-name', oid: '1.2.3', value: 'other' },
      { type: 'dns', value: 'x'.repeat(256) },
    ],
  } as unknown as Certificate;
  const pattern = readPattern('^(?<id>[A-Za-z0-9.-]{1,300})$');
  it.each([
    [{ from: 'subject', oid: '2.5.4.3' }, 'cn'],
    [{ from: 'subject', oid: '2.5.4.5' }, undefined],
    [{ from: 'san-dns' }, 'pc-1.test.example'],
    [{ from: 'san-email' }, 'mail'],
    [{ from: 'san-uri' }, 'uri'],
    [{ from: 'san-upn' }, 'upn'],
    [{ from: 'san-othername', oid: '1.2.3' }, 'other'],
  ] as const)('%o gives %s', (source, id) => {
    if (pattern === undefined) throw new Error('pattern refused');
    expect(findIdentifier(certificate, [{ ...source, pattern }])).toBe(id);
  });

  it('are asked in order', () => {
    if (pattern === undefined) throw new Error('pattern refused');
    const sources = [
      { from: 'subject', oid: '2.5.4.5', pattern },
      { from: 'san-uri', pattern },
      { from: 'san-dns', pattern },
    ] as const;
    expect(findIdentifier(certificate, sources)).toBe('uri');
  });
});
