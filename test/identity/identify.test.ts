// From chain to identity, on certificates made by openssl and with `openssl verify` as the second opinion on each path.

import { X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRefused, type Reason } from '../../gateway/contract/reason.ts';
import { identify, type IdentifyContext, identifyWith } from '../../gateway/identity/identify.ts';
import { type IdentityProfile, withCrls } from '../../gateway/identity/profile.ts';
import { authentication, type EidCertificate, type EidPki, holder, makeEidPki } from '../support/eid-pki.ts';
import { describeWith } from '../support/programs.ts';
import { pemOf, shipped } from './profiles.ts';

const context: IdentifyContext = {
  tenant: 'org',
  pseudonymKeys: [{ id: 'k1', key: Buffer.alloc(32, 3) }],
  now: Date.now(),
};
const numbers = ['85073003328', '03021400272'];

describeWith('openssl', 'cards', () => {
  let pki: EidPki;
  let profile: IdentityProfile;
  let files: Map<string, string>;
  const all = new Map<string, EidCertificate>();
  const get = (name: string): EidCertificate => {
    const found = all.get(name);
    if (found === undefined) throw new Error(`no certificate "${name}"`);
    return found;
  };
  const add = (certificate: EidCertificate): void => void all.set(certificate.name, certificate);
  const chain = (...names: readonly string[]) => names.map(name => get(name).der);
  const roots = ['root-ec', 'root-rsa'];

  beforeAll(() => {
    pki = makeEidPki();
    const issuing = (name: string, issuer: string, key: 'P-384' | 'rsa', more: object = {}) => {
      add(
        pki.authority(name, {
          issuer,
          key,
          subject: `/C=BE/O=Test/CN=Citizen CA/serialNumber=${name.length}0101`,
          ...more,
        }),
      );
    };
    add(pki.authority('root-ec', { key: 'P-384', subject: '/C=BE/CN=Belgium Root CA6 (test)' }));
    add(pki.authority('root-rsa', { key: 'rsa', subject: '/C=BE/CN=Belgium Root CA4 (test)' }));
    issuing('ca-ec', 'root-ec', 'P-384');
    issuing('ca-rsa', 'root-rsa', 'rsa');
    for (const key of ['P-384', 'rsa'] as const) {
      for (const issuer of ['ca-ec', 'ca-rsa']) add(pki.leaf(`card-${key}-${issuer}`, issuer, { key }));
    }
    const card = (name: string, options: Parameters<EidPki['leaf']>[2] = {}, issuer = 'ca-ec') =>
      add(pki.leaf(name, issuer, options));
    const but = (line: string, ...instead: readonly string[]) => [
      ...authentication.filter(each => !each.startsWith(line)),
      ...instead,
    ];
    card('revoked');
    card('on-hold');
    card('expired', { start: '20200101000000Z', end: '20210101000000Z' });
    card('not-yet', { start: '20450101000000Z', end: '20490101000000Z' });
    card('signature', {
      subject: holder.replace('Authentication', 'Signature'),
      extensions: ['keyUsage=critical,nonRepudiation', 'certificatePolicies=2.16.56.12.1.1.2.1'],
    });
    card('both-usages', { extensions: but('keyUsage', 'keyUsage=critical,digitalSignature,nonRepudiation') });
    card('no-usage', { extensions: but('keyUsage') });
    card('server', { extensions: but('extendedKeyUsage', 'extendedKeyUsage=serverAuth') });
    card('any-purpose', { extensions: but('extendedKeyUsage', 'extendedKeyUsage=anyExtendedKeyUsage') });
    card('no-purpose', { extensions: but('extendedKeyUsage') });
    card('other-policy', { extensions: but('certificatePolicies', 'certificatePolicies=2.16.56.12.1.1.2.1') });
    card('no-policy', { extensions: but('certificatePolicies') });
    card('foreigner-policy', { extensions: but('certificatePolicies', 'certificatePolicies=2.16.56.13.6.2.1.1000') });
    card('unknown-critical', { extensions: [...authentication, '1.2.3.4=critical,ASN1:NULL'] });
    card('is-authority', { extensions: but('basicConstraints', 'basicConstraints=critical,CA:true') });
    card('other-country', { subject: holder.replace('C=BE', 'C=NL') });
    card('no-number', { subject: '/C=BE/CN=Jan Test (Authentication)' });
    card('bad-number', { subject: holder.replace('85073003328', '85073003329') });
    card('bis-number', { subject: holder.replace('85073003328', '98472899765') });
    card('spaced-number', { subject: holder.replace('85073003328', '85.07.30-033.28') });
    card('child', { subject: '/C=BE/CN=Kind Test (Authentication)/SN=Test/GN=Kind/serialNumber=20010100137' });
    card('one-name', { subject: '/C=BE/CN=Mononym/SN=Mononym/serialNumber=03021400272' });
    card('printable', { printable: true });
    card('no-suffix', { subject: holder.replace(' (Authentication)', '') });
    card('number-in-name', { subject: '/C=BE/CN=x/SN=Test 85073003328/GN=Jan/serialNumber=85073003328' });
    card('weak-key', { key: 'rsa-1024' });
    card('weak-hash', { digest: 'sha1' });
    card('pss', { pss: true, digest: 'sha256' }, 'ca-rsa');
    card('pss-weak-hash', { pss: true, digest: 'sha1' }, 'ca-rsa');
    // The roots also sign other things than cards.
    add(pki.authority('government', { issuer: 'root-ec', subject: '/C=BE/CN=Government CA' }));
    card('official', {}, 'government');
    card('register', { subject: '/C=BE/O=RRN/CN=RRN' }, 'root-ec');
    // The issuing authority has the same names, and is nobody's.
    add(pki.authority('look-alike-root', { subject: '/C=BE/CN=Belgium Root CA6 (test)' }));
    issuing('look-alike', 'look-alike-root', 'P-384', { subject: '/C=BE/O=Test/CN=Citizen CA/serialNumber=50101' });
    card('forged', {}, 'look-alike');
    add(pki.authority('look-alike-self', { subject: '/C=BE/O=Test/CN=Citizen CA/serialNumber=50101' }));
    card('forged-self', {}, 'look-alike-self');
    // Four certificates in all.
    add(pki.authority('policy-ca', { issuer: 'root-ec', subject: '/C=BE/CN=Policy CA' }));
    issuing('deep-ca', 'policy-ca', 'P-384');
    card('deep', {}, 'deep-ca');
    // An authority for servers only must not make people.
    issuing('server-ca', 'root-ec', 'P-384', {
      extensions: ['basicConstraints=critical,CA:true', 'keyUsage=critical,keyCertSign', 'extendedKeyUsage=serverAuth'],
    });
    card('by-server-ca', {}, 'server-ca');
    const soon = new Date(context.now + 30 * 86_400_000).toISOString();
    issuing('brief-ca', 'root-ec', 'P-384', { end: `${soon.slice(0, 19).replaceAll(/[-:T]/g, '')}Z` });
    card('by-brief-ca', {}, 'brief-ca');
    issuing('gone-ca', 'root-ec', 'P-384');
    card('by-gone-ca', {}, 'gone-ca');

    pki.revoke(get('revoked'), 'keyCompromise');
    pki.revoke(get('on-hold'), 'certificateHold');
    pki.revoke(get('gone-ca'), 'CACompromise');
    const lists = [...roots, 'ca-ec', 'ca-rsa', 'deep-ca', 'brief-ca', 'gone-ca'].map(name =>
      pemOf('X509 CRL', pki.crl(name)),
    );
    files = new Map([
      ['anchors/be-eid-test.pem', roots.map(name => get(name).pem).join('')],
      ['crls/be-eid-test.pem', lists.join('')],
    ]);
    profile = shipped('be-eid-test.yaml', files);
  }, 120_000);
  afterAll(() => {
    pki.remove();
  });

  const accepted = [
    ['card-P-384-ca-ec', 'ca-ec'],
    ['card-rsa-ca-ec', 'ca-ec'],
    ['card-P-384-ca-rsa', 'ca-rsa'],
    ['card-rsa-ca-rsa', 'ca-rsa'],
    ['pss', 'ca-rsa'],
    ['no-purpose', 'ca-ec'],
    ['foreigner-policy', 'ca-ec'],
    ['one-name', 'ca-ec'],
    ['printable', 'ca-ec'],
    ['no-suffix', 'ca-ec'],
    ['number-in-name', 'ca-ec'],
  ] as const;

  it.each(accepted)('%s by %s is accepted, as by openssl', (name, issuer) => {
    const identity = identify(chain(name, issuer), [profile], context);
    expect(identity).toMatchObject({
      profile: 'be-eid-test',
      kind: 'identity-certificate',
      assurance: 'low',
      revocation: 'good',
      fingerprint: new X509Certificate(get(name).der).fingerprint256.replaceAll(':', '').toLowerCase(),
      notAfter: new X509Certificate(get(name).der).validToDate.getTime(),
    });
    expect(JSON.stringify(identity)).not.toMatch(new RegExp(numbers.join('|')));
    expect(pki.verifies(get(name), roots.map(get), [get(issuer)], ['-purpose', 'sslclient'])).toBe(true);
  });

  it('one person has one pseudonym, whatever the card', () => {
    const pseudonym = (name: string, issuer: string, tenant = 'org') => {
      const identity = identify(chain(name, issuer), [profile], { ...context, tenant });
      return isRefused(identity) ? identity.refused : identity.pseudonym;
    };
    const [first, ...others] = accepted
      .filter(([name]) => name !== 'one-name')
      .map(([name, issuer]) => pseudonym(name, issuer));
    expect(first).toMatch(/^k1-[a-z2-7]{26}$/);
    expect(new Set([first, ...others]).size).toBe(1);
    expect(pseudonym('one-name', 'ca-ec')).not.toBe(first);
    expect(pseudonym('card-rsa-ca-ec', 'ca-ec', 'other')).not.toBe(first);
  });

  it('the name comes from the attributes, never from the common name, and never shows the number', () => {
    const nameOf = (name: string) => identify(chain(name, 'ca-ec'), [profile], context);
    expect(nameOf('card-P-384-ca-ec')).toMatchObject({ name: 'Jan Test' });
    expect(nameOf('one-name')).toMatchObject({ name: 'Mononym' });
    expect(nameOf('number-in-name')).toMatchObject({ name: '' });
  });

  it.each<[string, readonly string[], Reason]>([
    ['no certificate', [], 'certificate-missing'],
    ['without its issuing authority', ['card-P-384-ca-ec'], 'certificate-anchor-unknown'],
    ['revoked', ['revoked', 'ca-ec'], 'certificate-revoked'],
    ['on hold', ['on-hold', 'ca-ec'], 'certificate-on-hold'],
    ['of a revoked authority', ['by-gone-ca', 'gone-ca'], 'certificate-revoked'],
    ['expired', ['expired', 'ca-ec'], 'certificate-expired'],
    ['not yet valid', ['not-yet', 'ca-ec'], 'certificate-not-yet-valid'],
    ['for signatures', ['signature', 'ca-ec'], 'certificate-usage-wrong'],
    ['for both', ['both-usages', 'ca-ec'], 'certificate-usage-wrong'],
    ['for no stated use', ['no-usage', 'ca-ec'], 'certificate-usage-wrong'],
    ['for servers', ['server', 'ca-ec'], 'certificate-purpose-wrong'],
    ['for "any purpose"', ['any-purpose', 'ca-ec'], 'certificate-purpose-wrong'],
    ['by an authority for servers', ['by-server-ca', 'server-ca'], 'certificate-purpose-wrong'],
    ['of another policy', ['other-policy', 'ca-ec'], 'certificate-policy-wrong'],
    ['of no policy', ['no-policy', 'ca-ec'], 'certificate-policy-wrong'],
    ['of another country', ['other-country', 'ca-ec'], 'certificate-subject-wrong'],
    ['with an unknown critical extension', ['unknown-critical', 'ca-ec'], 'certificate-extension-unknown'],
    ['of an authority', ['is-authority', 'ca-ec'], 'certificate-usage-wrong'],
    ['of an issuing authority itself', ['ca-ec'], 'certificate-issuer-refused'],
    ['of the root itself', ['root-ec'], 'certificate-issuer-refused'],
    ['without a number', ['no-number', 'ca-ec'], 'identifier-missing'],
    ['with a number written otherwise', ['spaced-number', 'ca-ec'], 'identifier-missing'],
    ['with a wrong number', ['bad-number', 'ca-ec'], 'identifier-checksum-wrong'],
    ['with a BIS number', ['bis-number', 'ca-ec'], 'identifier-checksum-wrong'],
    ['of a child', ['child', 'ca-ec'], 'person-too-young'],
    ['with a weak key', ['weak-key', 'ca-ec'], 'certificate-key-weak'],
    ['with a weak hash', ['weak-hash', 'ca-ec'], 'certificate-hash-weak'],
    ['with a weak hash in RSASSA-PSS', ['pss-weak-hash', 'ca-rsa'], 'certificate-hash-weak'],
    ['of another authority under the same root', ['official', 'government'], 'certificate-issuer-refused'],
    ['straight from the root', ['register'], 'certificate-issuer-refused'],
    ['forged, with its own hierarchy', ['forged', 'look-alike', 'look-alike-root'], 'certificate-anchor-unknown'],
    ['forged, with the real authority beside it', ['forged', 'ca-ec'], 'certificate-anchor-unknown'],
    ['forged by one self-signed authority', ['forged-self', 'look-alike-self'], 'certificate-anchor-unknown'],
    ['four certificates deep', ['deep', 'deep-ca', 'policy-ca'], 'certificate-chain-too-long'],
    [
      'nine certificates',
      ['card-P-384-ca-ec', ...Array.from({ length: 8 }, () => 'ca-ec')],
      'certificate-chain-too-long',
    ],
  ])('%s: refused', (_, names, reason) => {
    const result = identify(chain(...names), [profile], context);
    expect(result).toMatchObject({ refused: reason });
    // Safe to log: no number and no name.
    expect(JSON.stringify(result)).not.toMatch(new RegExp([...numbers, 'Jan', 'Kind', 'Mononym'].join('|')));
  });

  it('openssl refuses the same paths', () => {
    const flags = ['-purpose', 'sslclient'];
    const refuses = (name: string, ...between: readonly string[]) =>
      !pki.verifies(get(name), roots.map(get), between.map(get), flags);
    const paths: [string, ...string[]][] = [
      ['card-P-384-ca-ec'],
      ['expired', 'ca-ec'],
      ['not-yet', 'ca-ec'],
      ['server', 'ca-ec'],
      ['by-server-ca', 'server-ca'],
      ['unknown-critical', 'ca-ec'],
      ['forged', 'look-alike', 'look-alike-root'],
      ['forged', 'ca-ec'],
      ['forged-self', 'look-alike-self'],
    ];
    expect(paths.filter(([name, ...between]) => !refuses(name, ...between))).toEqual([]);
  });

  it('four certificates are accepted where the profile says so', () => {
    const deep = shipped('be-eid-test.yaml', files, text => text.replace('maxDepth: 3', 'maxDepth: 4'));
    expect(identify(chain('deep', 'deep-ca', 'policy-ca'), [deep], context)).toMatchObject({ revocation: 'good' });
    expect(pki.verifies(get('deep'), roots.map(get), [get('deep-ca'), get('policy-ca')])).toBe(true);
  });

  it('the peer cannot help where the profile takes no intermediates from it', () => {
    const closed = shipped('be-eid-test.yaml', files, text =>
      text.replace('acceptFromPeer: yes', 'acceptFromPeer: no'),
    );
    expect(identify(chain('card-P-384-ca-ec', 'ca-ec'), [closed], context)).toMatchObject({
      refused: 'certificate-anchor-unknown',
    });
    const kept = new Map([...files, ['ca.pem', get('ca-ec').pem]]);
    const stocked = shipped('be-eid-test.yaml', kept, text =>
      text.replace('acceptFromPeer: yes', 'acceptFromPeer: no\n  intermediates: [ca.pem]'),
    );
    expect(identify(chain('card-P-384-ca-ec'), [stocked], context)).toMatchObject({ revocation: 'good' });
  });

  it('when no list can answer, the profile decides', () => {
    const good = chain('card-P-384-ca-ec', 'ca-ec');
    const later = { ...context, now: context.now + 30 * 86_400_000 };
    expect(identifyWith(good, profile, later)).toMatchObject({ refused: 'revocation-unknown' });
    const lenient = shipped('be-eid-test.yaml', files, text => text.replace('unavailable: deny', 'unavailable: allow'));
    expect(identifyWith(good, lenient, later)).toMatchObject({ revocation: 'unavailable' });
    expect(identifyWith(chain('revoked', 'ca-ec'), lenient, later)).toMatchObject({ refused: 'certificate-revoked' });
    expect(identifyWith(good, withCrls(lenient, []), context)).toMatchObject({ revocation: 'unavailable' });
    const unchecked = shipped('be-eid-test.yaml', files, text =>
      text.replace(/revocation:[^]*/, 'revocation: { check: none }'),
    );
    expect(identifyWith(chain('revoked', 'ca-ec'), unchecked, context)).toMatchObject({ revocation: 'unchecked' });
  });

  it('the end of an authority is the end of its leaves', () => {
    const [leaf, issuer] = ['by-brief-ca', 'brief-ca'].map(name =>
      new X509Certificate(get(name).der).validToDate.getTime(),
    );
    expect(issuer).toBeLessThan(leaf ?? 0);
    expect(identify(chain('by-brief-ca', 'brief-ca'), [profile], context)).toMatchObject({ notAfter: issuer });
    const after = { ...context, now: (issuer ?? 0) + 1 };
    expect(identify(chain('by-brief-ca', 'brief-ca'), [profile], after)).toMatchObject({
      refused: 'certificate-expired',
    });
  });

  describe('several profiles', () => {
    const other = (change: (text: string) => string) => shipped('be-eid-test.yaml', files, change);
    it('the first whose anchor is reached judges, and its refusal is final', () => {
      const strict = other(text => text.replace('id: be-eid-test', 'id: strict').replace('2.5.4.6: BE', '2.5.4.6: NL'));
      const good = chain('card-P-384-ca-ec', 'ca-ec');
      expect(identify(good, [strict, profile], context)).toMatchObject({ refused: 'certificate-subject-wrong' });
      expect(identify(good, [profile, strict], context)).toMatchObject({ profile: 'be-eid-test' });
    });
    it('one whose anchor is not reached does not judge', () => {
      const elsewhere = new Map([...files, ['anchors/be-eid-test.pem', get('look-alike-root').pem]]);
      const unrelated = shipped('be-eid-test.yaml', elsewhere, text =>
        text.replace('id: be-eid-test', 'id: unrelated'),
      );
      expect(identify(chain('card-P-384-ca-ec', 'ca-ec'), [unrelated, profile], context)).toMatchObject({
        profile: 'be-eid-test',
      });
      expect(identify(chain('deep', 'deep-ca', 'policy-ca'), [unrelated, profile], context)).toMatchObject({
        refused: 'certificate-chain-too-long',
      });
      expect(identify(chain('forged'), [unrelated, profile], context)).toEqual({
        refused: 'certificate-anchor-unknown',
        detail: 'no path to an anchor of any of 2 profiles',
      });
    });
    it('none at all accepts nobody', () => {
      expect(identify(chain('card-P-384-ca-ec'), [], context)).toMatchObject({ refused: 'certificate-anchor-unknown' });
    });
  });

  it('no flipped octet in the leaf or its issuing authority is ever accepted', () => {
    for (const [name, issuer] of [
      ['card-P-384-ca-ec', 'ca-ec'],
      ['card-rsa-ca-rsa', 'ca-rsa'],
    ] as const) {
      const good = chain(name, issuer);
      fc.assert(
        fc.property(fc.nat(1), fc.nat(4000), fc.integer({ min: 1, max: 255 }), (which, where, flip) => {
          const changed = good.map(der => Buffer.from(der));
          const bytes = changed[which];
          if (bytes === undefined) throw new Error('no such certificate');
          const at = where % bytes.length;
          bytes[at] = (bytes[at] ?? 0) ^ flip;
          expect(identify(changed, [profile], context)).toHaveProperty('refused');
        }),
        { numRuns: 600 },
      );
    }
  });

  it('junk instead of certificates is refused, never thrown', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 3 }), junk => {
        expect(identify(junk, [profile], context)).toMatchObject({ refused: 'certificate-malformed' });
      }),
    );
    expect(identify([get('ca-ec').der, Buffer.of(1)], [profile], context)).toMatchObject({
      refused: 'certificate-malformed',
    });
    expect(identify([Buffer.alloc(20_000)], [profile], context)).toMatchObject({ refused: 'certificate-too-large' });
    expect(
      identify(
        Array.from({ length: 4 }, () => Buffer.alloc(16_000)),
        [profile],
        context,
      ),
    ).toMatchObject({
      refused: 'certificate-too-large',
    });
  });
});
