// Cards of other schemes by configuration alone: the shipped profiles, cards made by openssl as those schemes make them.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRefused } from '../../gateway/contract/reason.ts';
import { readCertificate } from '../../gateway/identity/certificate.ts';
import { identify, type IdentifyContext } from '../../gateway/identity/identify.ts';
import type { OcspAnswer } from '../../gateway/identity/ocsp.ts';
import { type IdentityProfile, readProfile } from '../../gateway/identity/profile.ts';
import { answerKey, RevocationAnswers } from '../../gateway/identity/revocation-answers.ts';
import { type EidCertificate, type EidPki, type LeafOptions, makeEidPki } from '../support/eid-pki.ts';
import { describeWith } from '../support/programs.ts';
import { pemOf, shipped, shippedText } from './profiles.ts';

const now = Date.now();
const answers = new RevocationAnswers();
const context: IdentifyContext = {
  tenant: 'org',
  pseudonymKeys: [{ id: 'k1', key: Buffer.alloc(32, 5) }],
  now,
  answers,
};
const signs = ['basicConstraints=critical,CA:false', 'keyUsage=critical,digitalSignature'];
const upn = (value: string) => `subjectAltName=otherName:1.3.6.1.4.1.311.20.2.3;UTF8:${value}`;
const uzi = (value: string) => `subjectAltName=otherName:2.5.5.5;IA5STRING:${value}`;

describeWith('openssl', 'cards of other schemes', () => {
  let pki: EidPki;
  let profiles: readonly IdentityProfile[];
  const issuers = new Map<string, EidCertificate>();
  let count = 0;

  const authority = (name: string, subject: string, issuer = name) => {
    const made = pki.authority(name, { subject, issuer });
    issuers.set(name, made);
    return made;
  };
  const card = (issuer: string, lines: readonly string[], options: LeafOptions = {}) => {
    const made = pki.leaf(`card-${++count}`, issuer, { ...options, extensions: lines });
    return [made.der, issuers.get(issuer)?.der ?? Buffer.of()];
  };
  const judge = (chain: readonly Uint8Array[]) => identify(chain, profiles, context);
  /** The chain, once its responder has spoken about the card. */
  const answered = (chain: readonly Uint8Array[], state: OcspAnswer['state']) => {
    const [leaf, issuer] = chain.map(readCertificate);
    if (leaf === undefined || issuer === undefined || isRefused(leaf) || isRefused(issuer)) throw new Error('unread');
    answers.learn(answerKey(leaf, issuer), { state, thisUpdate: now, freshUntil: now + 300_000 }, now);
    return chain;
  };

  beforeAll(() => {
    pki = makeEidPki();
    const eeRoot = authority('ee-root', '/C=EE/O=Test/CN=EE-GovCA2018');
    const eeCa = authority('ee-ca', '/C=EE/O=Test/CN=ESTEID2018', 'ee-root');
    authority('ee-phones', '/C=EE/O=Test/CN=EID-SK 2016', 'ee-root');
    const nlRoot = authority('nl-root', '/C=NL/O=Test/CN=Staat der Nederlanden Root CA - G3');
    const nlDomain = authority(
      'nl-domain',
      '/C=NL/O=Test/CN=Staat der Nederlanden Organisatie Persoon CA - G3',
      'nl-root',
    );
    const nlCa = authority('nl-ca', '/C=NL/O=CIBG/CN=UZI-register Medewerker op naam CA G3', 'nl-domain');
    const staff = authority('staff', '/O=Org/CN=Org Issuing CA 1');
    const crls = (...names: readonly string[]) => names.map(name => pemOf('X509 CRL', pki.crl(name))).join('');
    const files = new Map([
      ['anchors/ee-govca2018.pem', eeRoot.pem],
      ['intermediates/esteid2018.pem', eeCa.pem],
      ['anchors/staat-der-nederlanden-root.pem', nlRoot.pem],
      ['intermediates/uzi.pem', nlDomain.pem + nlCa.pem],
      ['crls/uzi.crl', crls('nl-root', 'nl-domain', 'nl-ca')],
      ['anchors/staff-ca.pem', staff.pem],
      ['crls/staff-ca.pem', crls('staff')],
    ]);
    const names = ['ee-id.yaml', 'nl-uzi.yaml', 'staff-card.yaml'] as const;
    profiles = names.map(name => shipped(name, files));
    const bytes = (path: string) => {
      const text = files.get(path);
      return text === undefined ? undefined : Buffer.from(text);
    };
    for (const name of names) {
      expect(readProfile(shippedText(name), name, bytes, { environment: 'production' })).toHaveProperty('profile');
    }
  }, 60_000);
  afterAll(() => {
    pki.remove();
  });

  describe('Estonian identity card', () => {
    const usual = [
      ...signs.map(line => (line.startsWith('keyUsage') ? `${line},keyAgreement` : line)),
      'extendedKeyUsage=clientAuth,emailProtection',
      'certificatePolicies=1.3.6.1.4.1.51361.1.2.1,0.4.0.2042.1.2',
    ];
    const subject =
      '/C=EE/CN=JÕEORG\\,JAAK-KRISTJAN\\,38001085718/SN=JÕEORG/GN=JAAK-KRISTJAN/serialNumber=PNOEE-38001085718';
    const but = (from: string, to: string) => usual.map(line => line.replace(from, to));

    it('is accepted, by name and without its number', () => {
      const identity = judge(answered(card('ee-ca', usual, { subject }), 'good'));
      expect(identity).toMatchObject({
        profile: 'ee-id',
        name: 'JAAK-KRISTJAN JÕEORG',
        assurance: 'high',
        revocation: 'good',
      });
      expect(JSON.stringify(identity)).not.toContain('38001085718');
    });
    it('its responder alone is believed: without an answer nobody gets in', () => {
      const chain = card('ee-ca', usual, { subject });
      expect(judge(chain)).toMatchObject({ refused: 'revocation-unknown' });
      expect(judge(answered(chain, 'revoked'))).toMatchObject({ refused: 'certificate-revoked' });
    });
    it('one person has one pseudonym, on the next card too', () => {
      const [one, two] = [
        judge(answered(card('ee-ca', usual, { subject }), 'good')),
        judge(answered(card('ee-ca', usual, { subject, key: 'rsa' }), 'good')),
      ];
      if (isRefused(one) || isRefused(two)) throw new Error('refused');
      expect(one.pseudonym).toBe(two.pseudonym);
    });
    it.each<[string, string, readonly string[], string, string]>([
      [
        'a wrong check digit',
        subject.replaceAll('38001085718', '38001085719'),
        usual,
        'ee-ca',
        'identifier-checksum-wrong',
      ],
      ['a child', subject.replaceAll('38001085718', '61501010002'), usual, 'ee-ca', 'person-too-young'],
      ['the number without its type', subject.replace('PNOEE-', ''), usual, 'ee-ca', 'identifier-missing'],
      ['a card of the neighbours', subject.replace('PNOEE-', 'PNOLT-'), usual, 'ee-ca', 'identifier-missing'],
      [
        'a phone',
        subject,
        but('1.3.6.1.4.1.51361.1.2.1', '1.3.6.1.4.1.10015.1.3'),
        'ee-ca',
        'certificate-policy-wrong',
      ],
      ['another authority under the root', subject, usual, 'ee-phones', 'certificate-issuer-refused'],
      [
        'the certificate for signatures',
        subject,
        but('digitalSignature', 'nonRepudiation'),
        'ee-ca',
        'certificate-usage-wrong',
      ],
      ['no purpose', subject, usual.filter(line => !line.startsWith('extended')), 'ee-ca', 'certificate-purpose-wrong'],
      ['another country', subject.replace('C=EE', 'C=LV'), usual, 'ee-ca', 'certificate-subject-wrong'],
    ])('%s: refused', (_, holder, lines, issuer, reason) => {
      expect(judge(card(issuer, lines, { subject: holder }))).toMatchObject({ refused: reason });
    });
  });

  describe('Dutch UZI card', () => {
    const number = '2.16.528.1.1003.1.3.5.5.3-1-900021219-N-90000382-00.000-00000000';
    const subject = '/C=NL/O=Ziekenhuis/CN=Jan Test/SN=Test/GN=Jan/serialNumber=900021219';
    const usual = (name = number) => [...signs, 'certificatePolicies=2.16.528.1.1003.1.2.5.1', uzi(name)];
    const pseudonym = (name: string) => {
      const identity = judge(card('nl-ca', usual(name), { subject }));
      if (isRefused(identity)) throw new Error(identity.detail);
      return identity.pseudonym;
    };

    it('is accepted by its number in the alternative name', () => {
      const identity = judge(card('nl-ca', usual(), { subject }));
      expect(identity).toMatchObject({ profile: 'nl-uzi', name: 'Jan Test', revocation: 'good' });
      expect(JSON.stringify(identity)).not.toContain('900021219');
    });
    it('an employee who changes hospital stays one person; another number is another', () => {
      const first = pseudonym(number);
      expect(pseudonym(number.replace('90000382', '90000777').replace('00.000', '30.015'))).toBe(first);
      expect(pseudonym(number.replace('900021219', '900021220'))).not.toBe(first);
    });
    it.each([
      ['a card of nobody by name', number.replace('-N-', '-M-').replace('5.5.3', '5.5.4')],
      ['a server', number.replace('-N-', '-S-').replace('5.5.3', '5.5.5')],
      ['a test card', number.replace('2.16.528.1.1003.1.3.5.5.3', '2.16.528.1.1007.99.218')],
      ['something before the number', `x${number}`],
      ['something behind it', `${number}-1`],
    ])('%s: no identifier', (_, name) => {
      expect(judge(card('nl-ca', usual(name), { subject }))).toMatchObject({ refused: 'identifier-missing' });
    });
    it('the certificate for confidentiality is not for logging in', () => {
      const lines = usual().map(line => line.replace('digitalSignature', 'digitalSignature,keyEncipherment'));
      expect(judge(card('nl-ca', lines, { subject }))).toMatchObject({ refused: 'certificate-usage-wrong' });
    });
    it('another authority of the government is not the register', () => {
      const made = pki.leaf(`card-${++count}`, 'nl-domain', { subject, extensions: usual() });
      expect(judge([made.der])).toMatchObject({ refused: 'certificate-issuer-refused' });
    });
  });

  describe('staff card', () => {
    const logon = 'extendedKeyUsage=1.3.6.1.4.1.311.20.2.2,clientAuth';
    const subject = '/O=Org/OU=Staff/CN=Jan Test';
    it('is accepted by its user principal name', () => {
      const identity = judge(card('staff', [...signs, logon, upn('jan.test@org.example')], { subject }));
      expect(identity).toMatchObject({ profile: 'staff-card', name: 'Jan Test', assurance: 'substantial' });
      expect(JSON.stringify(identity)).not.toContain('jan.test');
    });
    it('or by its number of staff, and without any purpose', () => {
      const identity = judge(card('staff', signs, { subject: `${subject}/serialNumber=E-12345` }));
      expect(identity).toMatchObject({ profile: 'staff-card', name: 'Jan Test' });
    });
    it.each<[string, readonly string[], string]>([
      ['a web server', ['extendedKeyUsage=serverAuth', upn('web@org.example')], 'certificate-purpose-wrong'],
      ['nobody', [logon], 'identifier-missing'],
      ['a name that is none', [logon, upn('not a name')], 'identifier-missing'],
    ])('%s: refused', (_, lines, reason) => {
      expect(judge(card('staff', [...signs, ...lines], { subject }))).toMatchObject({ refused: reason });
    });
  });

  it('policies along the whole path, where a profile asks for it', () => {
    const staff = issuers.get('staff');
    if (staff === undefined) throw new Error('no authority');
    const files = new Map([
      ['anchors/staff-ca.pem', staff.pem],
      ['crls/staff-ca.pem', pemOf('X509 CRL', pki.crl('staff'))],
    ]);
    const policies = (text: string) =>
      text
        .replace('maxDepth: 4', 'maxDepth: 4\n  explicitPolicy: yes')
        .replace('leaf:\n', 'leaf:\n  policies: { anyOf: [1.2.3.1] }\n');
    const strict = shipped('staff-card.yaml', files, policies);
    const named = pki.authority('staff-named', {
      issuer: 'staff',
      subject: '/O=Org/CN=Named',
      extensions: ['basicConstraints=critical,CA:true', 'keyUsage=critical,keyCertSign', 'certificatePolicies=1.2.3.1'],
    });
    const bare = pki.authority('staff-bare', { issuer: 'staff', subject: '/O=Org/CN=Bare' });
    const lenient = { ...strict, revocation: undefined };
    const under = (issuer: EidCertificate) => {
      const lines = [...signs, 'certificatePolicies=1.2.3.1', upn('jan@org.example')];
      return [
        pki.leaf(`card-${++count}`, issuer.name, { subject: '/O=Org/CN=Jan', extensions: lines }).der,
        issuer.der,
      ];
    };
    expect(identify(under(named), [lenient], context)).toMatchObject({ profile: 'staff-card' });
    expect(identify(under(bare), [lenient], context)).toMatchObject({ refused: 'certificate-policy-wrong' });
  });
});

it('explicitPolicy without policies is a problem', () => {
  const text = shippedText('staff-card.yaml').replace('maxDepth: 4', 'maxDepth: 4\n  explicitPolicy: yes');
  const read = readProfile(text, 'p.yaml', () => undefined, { environment: 'test' });
  const said = 'problems' in read ? read.problems.map(({ message }) => message) : [];
  expect(said).toContain('explicitPolicy without policies');
});
