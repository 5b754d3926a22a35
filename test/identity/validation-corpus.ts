// A hierarchy for every rule of RFC 5280 section 6, made by openssl: each case bears the number of the section (and, where
// there is one, of the test) of NIST's PKITS that it stands for. What we and openssl say of each is in `validation.test.ts`.

import { createPrivateKey, type KeyObject } from 'node:crypto';
import { isRefused, type Reason } from '../../gateway/contract/reason.ts';
import { readCertificate } from '../../gateway/identity/certificate.ts';
import type { PolicyOptions } from '../../gateway/identity/policy-tree.ts';
import { authority, type EidCertificate, type EidPki, type LeafOptions } from '../support/eid-pki.ts';
import { certificate, der, extension, extensions, makePair, name, printable, sequence, utf8 } from './der-writer.ts';

type Attributes = readonly (readonly [string, Uint8Array])[];

export interface Case {
  /** Section of PKITS, and what is the matter. */
  readonly title: string;
  /** DER, leaf first, up to below the root. */
  readonly chain: readonly Uint8Array[];
  readonly policy?: PolicyOptions;
  /** Lists at hand; revocation is asked when there are any. */
  readonly crls?: readonly Uint8Array[];
  /** openssl reads lists for some reasons only when it is told to. */
  readonly extendedLists?: boolean;
  readonly expect: 'accepted' | Reason;
  /** openssl is known to say the opposite, for the reason with this name in the reference page. */
  readonly difference?: string;
  /** Days after now at which it is judged. */
  readonly days?: number;
}

export interface Corpus {
  readonly root: EidCertificate;
  readonly cases: readonly Case[];
}

const p1 = '1.3.6.1.4.1.55555.9.1';
const p2 = '1.3.6.1.4.1.55555.9.2';
const p3 = '1.3.6.1.4.1.55555.9.3';
const any = '2.5.29.32.0';

const subjectOf = (cn: string) => `/C=BE/O=Corpus/CN=${cn}`;
const ee = ['basicConstraints=critical,CA:false', 'keyUsage=critical,digitalSignature'];

export function makeCorpus(pki: EidPki): Corpus {
  const cases: Case[] = [];
  let count = 0;
  const root = pki.authority('root', { subject: subjectOf('Root') });
  const ca = (issuer: EidCertificate, lines: readonly string[] = [], options: LeafOptions = {}) => {
    const id = `ca-${++count}`;
    return pki.authority(id, {
      issuer: issuer.name,
      subject: subjectOf(id),
      extensions: [...authority, ...lines],
      ...options,
    });
  };
  const leaf = (issuer: EidCertificate, lines: readonly string[] = [], options: LeafOptions = {}) => {
    const id = `ee-${++count}`;
    return pki.leaf(id, issuer.name, { subject: subjectOf(id), extensions: [...ee, ...lines], ...options });
  };
  const add = (
    title: string,
    expect: Case['expect'],
    certificates: readonly EidCertificate[],
    more: Partial<Case> = {},
  ) => {
    cases.push({ title, expect, chain: certificates.map(each => each.der), ...more });
  };
  /** An authority with the name of the one above it: a change of key. */
  const sameName = (issuer: EidCertificate, cn: string, lines: readonly string[] = []) =>
    ca(issuer, lines, { subject: subjectOf(cn) });

  const good = ca(root);
  const goodLeaf = leaf(good);

  // 4.1 signatures
  add('4.1.1 valid signatures', 'accepted', [goodLeaf, good]);
  add('4.1.2 invalid CA signature', 'certificate-signature-wrong', [leaf(good), flipped(good)]);
  add('4.1.3 invalid EE signature', 'certificate-signature-wrong', [flipped(goodLeaf), good]);
  add('4.1 SHA-1 in the link of an authority', 'certificate-hash-weak', chainOf(ca(root, [], { digest: 'sha1' })), {
    difference: 'weak hashes',
  });
  add('4.1 SHA-1 in the link of a leaf', 'certificate-hash-weak', [leaf(good, [], { digest: 'sha1' }), good], {
    difference: 'weak hashes',
  });
  add('4.1 RSA key of 1,024 bits', 'certificate-key-weak', [leaf(good, [], { key: 'rsa-1024' }), good], {
    difference: 'weak keys',
  });

  // 4.2 validity
  const past = { start: '20200101000000Z', end: '20210101000000Z' };
  const future = { start: '20450101000000Z', end: '20460101000000Z' };
  add('4.2.1 CA notBefore in the future', 'certificate-not-yet-valid', chainOf(ca(root, [], future)));
  add('4.2.2 EE notBefore in the future', 'certificate-not-yet-valid', [leaf(good, [], future), good]);
  add('4.2.3 EE notBefore before 2000', 'accepted', [leaf(good, [], { start: '19990101000000Z' }), good]);
  add('4.2.4 EE notBefore as GeneralizedTime', 'accepted', [leaf(good, [], { end: '20500101000000Z' }), good]);
  add('4.2.5 CA notAfter in the past', 'certificate-expired', chainOf(ca(root, [], past)));
  add('4.2.6 EE notAfter in the past', 'certificate-expired', [leaf(good, [], past), good]);
  add('4.2.7 EE notAfter before 2000', 'certificate-expired', [
    leaf(good, [], { start: '19970101000000Z', end: '19990101000000Z' }),
    good,
  ]);

  // 4.3 names: the same issuer, spelled otherwise; openssl cannot write these.
  const spelled = ca(root, [], { subject: '/C=BE/O=Corpus Ünit/CN=Good  Spelling CA' });
  const written = (...issuer: Attributes) => [writtenLeaf(spelled, name(...issuer)), spelled.der];
  const [country, organisation, commonName] = ['2.5.4.6', '2.5.4.10', '2.5.4.3'] as const;
  const usual = [
    [country, printable('BE')],
    [organisation, utf8('Corpus Ünit')],
    [commonName, utf8('Good  Spelling CA')],
  ] as const;
  const spell = (title: string, expect: Case['expect'], ...issuer: Attributes) => {
    cases.push({ title, expect, chain: written(...issuer) });
  };
  spell('4.3 the same spelling', 'accepted', ...usual);
  spell('4.3.1 another name', 'certificate-anchor-unknown', usual[0], usual[1], [commonName, utf8('Other CA')]);
  spell('4.3.2 another order', 'certificate-anchor-unknown', usual[1], usual[0], usual[2]);
  spell('4.3.3 white space', 'accepted', usual[0], usual[1], [commonName, utf8(' Good Spelling   CA ')]);
  spell('4.3.5 capitals', 'accepted', usual[0], usual[1], [commonName, utf8('GOOD SPELLING ca')]);
  spell('4.3.10 PrintableString for UTF8String', 'accepted', usual[0], usual[1], [
    commonName,
    printable('Good Spelling CA'),
  ]);
  spell('4.3.11 capitals beyond ASCII', 'accepted', usual[0], [organisation, utf8('CORPUS ÜNIT')], usual[2]);
  cases.push({
    title: '4.3 letters in two pieces',
    expect: 'accepted',
    difference: 'forms of letters',
    chain: written(usual[0], [organisation, utf8('Corpus U\u0308nit')], usual[2]),
  });
  cases.push({
    title: '4.3 BMPString',
    expect: 'accepted',
    chain: written(usual[0], [organisation, der(0x1e, Buffer.from('Corpus Ünit', 'utf16le').swap16())], usual[2]),
  });

  // 4.4 and 4.5 revocation lists
  const listed = ca(root);
  const revoked = leaf(listed);
  const held = leaf(listed);
  const clear = leaf(listed);
  const goneCa = ca(root);
  const underGone = leaf(goneCa);
  const noSigner = ca(root, [], { extensions: ['basicConstraints=critical,CA:true', 'keyUsage=critical,keyCertSign'] });
  pki.revoke(revoked, 'keyCompromise');
  pki.revoke(held, 'certificateHold');
  pki.revoke(goneCa, 'CACompromise');
  const [rootCrl, listedCrl, goneCrl, noSignerCrl] = ['root', listed.name, goneCa.name, noSigner.name].map(each =>
    pki.crl(each),
  );
  if (!rootCrl || !listedCrl || !goneCrl || !noSignerCrl) throw new Error('a list is missing');
  const crls = [rootCrl, listedCrl, goneCrl];
  add('4.4 current lists', 'accepted', [clear, listed], { crls });
  add('4.4.1 missing list', 'revocation-unknown', [clear, listed], { crls: [rootCrl] });
  add('4.4.2 revoked CA', 'certificate-revoked', [underGone, goneCa], { crls });
  add('4.4.3 revoked EE', 'certificate-revoked', [revoked, listed], { crls });
  add('4.4.3 EE on hold', 'certificate-on-hold', [held, listed], { crls });
  add('4.4.4 bad signature on the list', 'revocation-unknown', [clear, listed], {
    crls: [rootCrl, flippedBytes(listedCrl)],
  });
  add('4.4.6 list of another authority', 'revocation-unknown', [clear, listed], { crls: [rootCrl, goneCrl] });
  add('4.4.7 two lists, one of another authority', 'accepted', [clear, listed], {
    crls: [goneCrl, rootCrl, listedCrl],
  });
  add('4.4.11 old list', 'revocation-unknown', [clear, listed], { crls, days: 30 });
  add('4.4.14 negative serial number', 'certificate-malformed', [], {
    chain: [writtenLeaf(good, nameOf(good), { serial: der(2, Buffer.of(0x80)) }), good.der],
    difference: 'serial numbers',
  });
  add('4.7.4 authority that may not sign lists', 'revocation-unknown', [leaf(noSigner), noSigner], {
    crls: [rootCrl, noSignerCrl],
  });

  const newKey = sameName(listed, listed.name);
  const underNew = leaf(newKey);
  const newCrl = pki.crl(newKey.name);
  add('4.5.4 self-issued authority, lists of both keys', 'accepted', [underNew, newKey, listed], {
    crls: [...crls, newCrl],
  });
  add('4.5.3 self-issued authority, list of the old key alone', 'revocation-unknown', [underNew, newKey, listed], {
    crls,
    difference: 'lists of another key',
  });

  // 4.14 parts of lists, and 4.15 delta lists
  const parted = ca(root);
  const directory = (...more: readonly string[]) => ['fullname=dirName:whole', '[whole]', 'C=BE', 'O=Corpus', ...more];
  const [before, after] = ['0.CN=', '1.CN='];
  const partName = (part: string) => directory(`${before}${parted.name}`, `${after}${part}`);
  const relative = (part: string) => ['relativename=below', '[below]', `CN=${part}`];
  const pointing = (lines: readonly string[]) => leaf(parted, ['crlDistributionPoints=point', '[point]', ...lines]);
  const scope = (...lines: readonly string[]) => ['issuingDistributionPoint=critical,@scope', '[scope]', ...lines];
  const pointed = pointing(partName('Part 1'));
  const pointedBelow = pointing(relative('Part 1'));
  const pointedUri = pointing(['fullname=URI:http://crl.test.example/1']);
  const plain = leaf(parted);
  const authorityLeaf = ca(parted);
  const gonePart = leaf(parted);
  const listOf = (...lines: readonly string[]) => [rootCrl, pki.crl(parted.name, lines)];
  const some = 'onlysomereasons=keyCompromise,CACompromise';
  const rest =
    'onlysomereasons=affiliationChanged,superseded,cessationOfOperation,certificateHold,privilegeWithdrawn,AACompromise';
  const judged = (title: string, expect: Case['expect'], each: EidCertificate, lists: readonly Uint8Array[]) => {
    add(title, expect, [each, parted], { crls: lists, extendedLists: title.includes('reasons') });
  };
  judged('4.14.1 part by a directory name', 'accepted', pointed, listOf(...scope(...partName('Part 1'))));
  judged('4.14.3 another part', 'revocation-unknown', pointed, listOf(...scope(...partName('Part 2'))));
  judged('4.14.4 relative name in both', 'accepted', pointedBelow, listOf(...scope(...relative('Part 1'))));
  judged('4.14.5 relative name in the list', 'accepted', pointed, listOf(...scope(...relative('Part 1'))));
  judged('4.14.7 relative name in the certificate', 'accepted', pointedBelow, listOf(...scope(...partName('Part 1'))));
  judged('4.14.8 another relative name', 'revocation-unknown', pointedBelow, listOf(...scope(...relative('Part 2'))));
  judged('4.14.9 part, and a certificate that points nowhere', 'revocation-unknown', plain, [
    ...listOf(...scope(...partName('Part 1'))),
  ]);
  const byUri = scope('fullname=URI:http://crl.test.example/1');
  judged('4.14.1 part by an address', 'accepted', pointedUri, listOf(...byUri));
  judged('4.14.10 whole list', 'accepted', pointed, listOf());
  judged('4.14.11 user certificates, and an authority as the leaf', 'revocation-unknown', authorityLeaf, [
    ...listOf(...scope('onlyuser=TRUE')),
  ]);
  judged('4.14.11 user certificates, and one', 'accepted', plain, listOf(...scope('onlyuser=TRUE')));
  judged('4.14.12 authorities, and a user certificate', 'revocation-unknown', plain, listOf(...scope('onlyCA=TRUE')));
  judged('4.14.13 authorities, and one as the leaf', 'accepted', authorityLeaf, listOf(...scope('onlyCA=TRUE')));
  judged('4.14.14 attribute certificates', 'revocation-unknown', plain, listOf(...scope('onlyAA=TRUE')));
  judged('4.14.17 some reasons alone', 'revocation-unknown', plain, listOf(...scope(some)));
  judged('4.14.18 all reasons in two lists', 'accepted', plain, [
    ...listOf(...scope(some)),
    pki.crl(parted.name, scope(rest)),
  ]);
  judged('4.14.22 indirect list', 'revocation-unknown', plain, listOf(...scope('indirectCRL=TRUE')));
  judged('4.15.1 delta list for a base', 'revocation-unknown', plain, listOf('2.5.29.27=critical,DER:02:01:01'));
  judged('4.4.9 list with an unknown critical extension', 'revocation-unknown', plain, [
    ...listOf('1.2.3.4=critical,DER:05:00'),
  ]);
  pki.revoke(gonePart, 'keyCompromise');
  judged('4.14.15 revoked, in a list for some reasons', 'certificate-revoked', gonePart, listOf(...scope(some)));

  // 4.6 basic constraints
  const bare = (...lines: readonly string[]) => chainOf(ca(root, [], { extensions: lines }));
  const signs = 'keyUsage=critical,keyCertSign,cRLSign';
  add('4.6.1 missing basicConstraints', 'certificate-issuer-refused', bare(signs));
  add('4.6.2 cA false, critical', 'certificate-issuer-refused', bare('basicConstraints=critical,CA:false', signs));
  add('4.6.3 cA false, not critical', 'certificate-issuer-refused', bare('basicConstraints=CA:false', signs));
  add('4.6.4 basicConstraints not critical', 'accepted', bare('basicConstraints=CA:true', signs), {
    difference: 'basicConstraints not critical',
  });
  const tight = ca(root, [], { extensions: ['basicConstraints=critical,CA:true,pathlen:0', signs] });
  const underTight = ca(tight);
  add('4.6.7 path length 0, leaf', 'accepted', [leaf(tight), tight]);
  add('4.6.5 path length 0, authority below', 'certificate-issuer-refused', [leaf(underTight), underTight, tight]);
  const six = ca(root, [], { extensions: ['basicConstraints=critical,CA:true,pathlen:1', signs] });
  const [sub, subsub] = twoBelow(six);
  add('4.6.8 path length 1, one authority below', 'accepted', [leaf(sub), sub, six]);
  add('4.6.9 path length 1, two authorities below', 'certificate-issuer-refused', [leaf(subsub), subsub, sub, six]);
  const rekeyed = sameName(tight, tight.name);
  add('4.6.15 path length 0, self-issued authority below', 'accepted', [leaf(rekeyed), rekeyed, tight]);

  // 4.7 key usage
  add(
    '4.7.1 keyCertSign false, critical',
    'certificate-issuer-refused',
    bare(authority[0] ?? '', 'keyUsage=critical,cRLSign'),
  );
  add(
    '4.7.2 keyCertSign false, not critical',
    'certificate-issuer-refused',
    bare(authority[0] ?? '', 'keyUsage=cRLSign'),
  );
  add('4.7.3 key usage not critical', 'accepted', bare(authority[0] ?? '', 'keyUsage=keyCertSign,cRLSign'));

  policyCases();
  nameCases();

  // 4.16 private extensions
  const private_ = (critical: string) => `1.3.6.1.4.1.55555.1=${critical}ASN1:UTF8String:x`;
  add('4.16.1 unknown extension, not critical', 'accepted', [leaf(good, [private_('')]), good]);
  add('4.16.2 unknown extension, critical', 'certificate-extension-unknown', [
    leaf(good, [private_('critical,')]),
    good,
  ]);
  add(
    '4.16 unknown critical extension of an authority',
    'certificate-extension-unknown',
    chainOf(ca(root, [private_('critical,')])),
  );
  return { root, cases };

  function chainOf(...line: readonly [EidCertificate, ...EidCertificate[]]): readonly EidCertificate[] {
    return [leaf(line[0]), ...line];
  }

  function twoBelow(top: EidCertificate): readonly [EidCertificate, EidCertificate] {
    const first = ca(top);
    return [first, ca(first)];
  }

  function policyCases(): void {
    const explicit = { requireExplicitPolicy: true };
    const wants = (...policies: readonly string[]) => ({ ...explicit, policies });
    const says = (...policies: readonly string[]) => `certificatePolicies=${policies.join(',')}`;
    const maps = (...pairs: readonly string[]) => `policyMappings=${pairs.join(',')}`;
    const wrong = 'certificate-policy-wrong';

    const one = ca(root, [says(p1)]);
    const same = [leaf(one, [says(p1)]), one];
    add('4.8.1 same policy', 'accepted', same);
    add('4.8.1 same policy, explicit', 'accepted', same, { policy: explicit });
    add('4.8.1 same policy, wanted', 'accepted', same, { policy: wants(p1, p2) });
    add('4.8.1 same policy, another wanted', wrong, same, { policy: wants(p2) });
    add('4.8.1 same policy, another wanted, not explicit', 'accepted', same, { policy: { policies: [p2] } });
    const none = [goodLeaf, good];
    add('4.8.2 no policies', 'accepted', none);
    add('4.8.2 no policies, explicit', wrong, none, { policy: explicit });
    const gap = [leaf(good, [says(p1)]), good];
    add('4.8.3 authority without policies', 'accepted', gap);
    add('4.8.3 authority without policies, explicit', wrong, gap, { policy: explicit });
    const different = [leaf(one, [says(p2)]), one];
    add('4.8.4 different policies', 'accepted', different);
    add('4.8.4 different policies, explicit', wrong, different, { policy: explicit });
    const two = ca(root, [says(p1, p2)]);
    const narrower = ca(two, [says(p1)]);
    const overlapping = [leaf(narrower, [says(p1)]), narrower, two];
    add('4.8.6 overlapping policies, explicit', 'accepted', overlapping, { policy: explicit });
    add('4.8.6 overlapping policies, wanted', 'accepted', overlapping, { policy: wants(p1) });
    add('4.8.6 overlapping policies, the other wanted', wrong, overlapping, { policy: wants(p2) });
    const anyCa = ca(root, [says(any)]);
    add('4.8.11 any policy', 'accepted', [leaf(anyCa, [says(any)]), anyCa], { policy: explicit });
    add('4.8.11 any policy, one wanted', 'accepted', [leaf(anyCa, [says(any)]), anyCa], { policy: wants(p1) });
    add('4.8.14 any policy above one', 'accepted', [leaf(anyCa, [says(p1)]), anyCa], { policy: wants(p1) });
    add('4.8.14 any policy above another', wrong, [leaf(anyCa, [says(p1)]), anyCa], { policy: wants(p2) });
    add('4.8 one policy above any', 'accepted', [leaf(one, [says(any)]), one], { policy: wants(p1) });
    const cps = ['certificatePolicies=@pol', '[pol]', `policyIdentifier=${p1}`, 'CPS.1=http://cps.test.example/'];
    add('4.8.20 pointer to a statement', 'accepted', [leaf(one, cps), one], { policy: wants(p1) });

    const requires = (skip: number) => `policyConstraints=requireExplicitPolicy:${skip}`;
    const at = (skip: number) => ca(root, [requires(skip)]);
    for (const [skip, expect] of [
      [0, wrong],
      [1, wrong],
      [2, wrong],
      [3, 'accepted'],
    ] as const) {
      const top = at(skip);
      const below = ca(top);
      add(`4.9 explicit policy after ${skip}, two below`, expect, [leaf(below), below, top]);
    }
    const strict = ca(root, [says(p1), requires(0)]);
    add('4.9.4 explicit policy, and there is one', 'accepted', [leaf(strict, [says(p1)]), strict]);
    add('4.9.3 explicit policy, and another is there', wrong, [leaf(strict, [says(p2)]), strict]);
    const after1 = at(1);
    const newKey = sameName(after1, after1.name);
    add('4.9.6 explicit policy after 1, self-issued between', wrong, [leaf(newKey), newKey, after1]);
    add('4.9 explicit policy asked for by the leaf', wrong, [leaf(good, [requires(0)]), good]);

    const mapping = ca(root, [says(p1), maps(`${p1}:${p2}`)]);
    const mapped = [leaf(mapping, [says(p2)]), mapping];
    add('4.10.1 mapped policy, explicit', 'accepted', mapped, { policy: explicit });
    add('4.10.1 mapped policy, wanted in the words of the anchor', 'accepted', mapped, { policy: wants(p1) });
    add('4.10.1 mapped policy, wanted in the words of the leaf', wrong, mapped, { policy: wants(p2) });
    add('4.10.1 mapped policy, mapping inhibited', wrong, mapped, {
      policy: { ...explicit, inhibitPolicyMapping: true },
    });
    add('4.10.2 unmapped policy', wrong, [leaf(mapping, [says(p1)]), mapping], { policy: explicit });
    const chainMap = ca(mapping, [says(p2), maps(`${p2}:${p3}`)]);
    add('4.10.3 mapped twice', 'accepted', [leaf(chainMap, [says(p3)]), chainMap, mapping], { policy: wants(p1) });
    add('4.10.4 mapped twice, stopped half-way', wrong, [leaf(chainMap, [says(p2)]), chainMap, mapping], {
      policy: wants(p1),
    });
    add('4.10.7 mapped from any policy', wrong, chainOf(ca(root, [says(any), maps(`${any}:${p1}`)])));
    add('4.10.8 mapped to any policy', wrong, chainOf(ca(root, [says(p1), maps(`${p1}:${any}`)])));
    const anyMap = ca(root, [says(any), maps(`${p1}:${p2}`)]);
    const throughAny = [leaf(anyMap, [says(p2)]), anyMap];
    add('4.10.11 mapped out of any policy', 'accepted', throughAny, { policy: wants(p1) });
    add('4.10.11 mapped out of any policy, which is inhibited', wrong, throughAny, {
      policy: { ...wants(p1), inhibitAnyPolicy: true },
      difference: 'mapping out of an inhibited any policy',
    });
    const fan = ca(root, [says(p1, p3), maps(`${p1}:${p2}`, `${p3}:${p2}`)]);
    add('4.10.12 two policies mapped to one', 'accepted', [leaf(fan, [says(p2)]), fan], { policy: wants(p3) });

    const inhibits = (skip: number) => `policyConstraints=inhibitPolicyMapping:${skip}`;
    const mapBelow = (top: EidCertificate) => {
      const below = ca(top, [says(p1), maps(`${p1}:${p2}`)]);
      return [leaf(below, [says(p2)]), below, top];
    };
    add('4.11.1 mapping inhibited', wrong, mapBelow(ca(root, [says(p1), inhibits(0)])), { policy: explicit });
    const later = ca(root, [says(p1), inhibits(1)]);
    add('4.11.2 mapping inhibited after 1', 'accepted', mapBelow(later), { policy: explicit });
    const relay = ca(later, [says(p1)]);
    add('4.11.3 mapping inhibited after 1, two below', wrong, [...mapBelow(relay), later], { policy: explicit });
    const changed = sameName(later, later.name, [says(p1)]);
    add('4.11.7 mapping inhibited after 1, self-issued between', 'accepted', [...mapBelow(changed), later], {
      policy: explicit,
    });

    const noAny = (skip: number) => `inhibitAnyPolicy=${skip}`;
    const anyAt0 = ca(root, [says(p1), noAny(0)]);
    add('4.12.1 any policy inhibited', wrong, [leaf(anyAt0, [says(any)]), anyAt0], { policy: explicit });
    add('4.12.2 any policy inhibited, another is there', 'accepted', [leaf(anyAt0, [says(any, p1)]), anyAt0], {
      policy: explicit,
    });
    add('4.12 any policy inhibited by option', wrong, [leaf(one, [says(any)]), one], {
      policy: { ...explicit, inhibitAnyPolicy: true },
    });
    const anyAt1 = ca(root, [says(p1), noAny(1)]);
    const anyBelow = ca(anyAt1, [says(any)]);
    add('4.12.3 any policy inhibited after 1', 'accepted', [leaf(anyBelow, [says(p1)]), anyBelow, anyAt1], {
      policy: explicit,
    });
    add('4.12.4 any policy inhibited after 1, twice', wrong, [leaf(anyBelow, [says(any)]), anyBelow, anyAt1], {
      policy: explicit,
    });
    const anyRekeyed = sameName(anyAt0, anyAt0.name, [says(any)]);
    add('4.12.7 any policy inhibited, self-issued', 'accepted', [leaf(anyRekeyed, [says(p1)]), anyRekeyed, anyAt0], {
      policy: explicit,
    });
    add(
      '4.12.10 any policy inhibited, self-issued and leaf',
      wrong,
      [leaf(anyRekeyed, [says(any)]), anyRekeyed, anyAt0],
      { policy: explicit },
    );
  }

  function nameCases(): void {
    const outside = 'certificate-issuer-refused';
    const under = (
      rules: string,
      lines: readonly string[],
      options: LeafOptions = {},
      more: readonly string[] = [],
    ) => {
      const top = ca(root, [`nameConstraints=${rules}`, ...more]);
      return [leaf(top, lines, options), top];
    };
    const directory = ['[dir]', 'C=BE', 'O=Town'];
    const person = (organisation: string) => ({ subject: `/C=BE/O=${organisation}/CN=x` });
    add(
      '4.13.1 directory name permitted',
      'accepted',
      under('critical,permitted;dirName:dir', [], person('Town'), directory),
    );
    add(
      '4.13.2 directory name not permitted',
      outside,
      under('critical,permitted;dirName:dir', [], person('Village'), directory),
    );
    add(
      '4.13.2 directory name not permitted, not critical',
      outside,
      under('permitted;dirName:dir', [], person('Village'), directory),
    );
    add(
      '4.13.7 directory name excluded',
      outside,
      under('critical,excluded;dirName:dir', [], person('Town'), directory),
    );
    add(
      '4.13.6 directory name not excluded',
      'accepted',
      under('critical,excluded;dirName:dir', [], person('Village'), directory),
    );
    add('4.13.4 directory name in the alternative name', 'accepted', [
      ...under(
        'critical,permitted;dirName:dir',
        ['subjectAltName=dirName:alt', '[alt]', 'C=BE', 'O=Town', 'CN=y'],
        person('Town'),
        directory,
      ),
    ]);
    add('4.13.3 directory name in the alternative name not permitted', outside, [
      ...under(
        'critical,permitted;dirName:dir',
        ['subjectAltName=dirName:alt', '[alt]', 'C=BE', 'O=City'],
        person('Town'),
        directory,
      ),
    ]);
    add('4.13 capitals in a directory name', 'accepted', under('permitted;dirName:dir', [], person('TOWN'), directory));
    const top = ca(root, ['nameConstraints=permitted;dirName:dir', ...directory]);
    const nested = ca(top, ['nameConstraints=permitted;dirName:two', '[two]', 'C=BE', 'O=Town', 'CN=x'], {
      subject: '/C=BE/O=Town/CN=sub',
    });
    add('4.13.12 constraints of two authorities, both kept', 'accepted', [
      leaf(nested, [], person('Town')),
      nested,
      top,
    ]);
    add('4.13.13 constraints of two authorities, one broken', outside, [
      leaf(nested, [], { subject: '/C=BE/O=Town/CN=y' }),
      nested,
      top,
    ]);
    const stray = ca(top, [], { subject: '/C=BE/O=Village/CN=sub' });
    add('4.13.9 an authority outside the constraints', outside, [leaf(stray, [], person('Town')), stray, top]);
    const self = ca(root, ['nameConstraints=permitted;dirName:dir', ...directory], {
      subject: '/C=BE/O=Elsewhere/CN=self',
    });
    const changed = ca(self, [], { subject: '/C=BE/O=Elsewhere/CN=self' });
    add('4.13.19 self-issued authority outside the constraints', 'accepted', [
      leaf(changed, [], person('Town')),
      changed,
      self,
    ]);
    add('4.13.20 self-issued authority, leaf outside', outside, [leaf(changed, [], person('Village')), changed, self]);

    const san = (value: string) => [`subjectAltName=${value}`];
    const table: readonly (readonly [string, string, string, boolean, string?])[] = [
      ['4.13.21 mail in a domain', 'permitted;email:.town.example', 'email:a@mail.town.example', true],
      ['4.13.22 mail at the domain itself', 'permitted;email:.town.example', 'email:a@town.example', false],
      ['4.13.23 mail at a host', 'permitted;email:town.example', 'email:a@town.example', true],
      ['4.13.24 mail at a host below', 'permitted;email:town.example', 'email:a@mail.town.example', false],
      ['4.13 one mailbox', 'permitted;email:a@town.example', 'email:a@TOWN.example', true],
      ['4.13 another mailbox', 'permitted;email:a@town.example', 'email:b@town.example', false],
      ['4.13 capitals in a mailbox', 'permitted;email:a@town.example', 'email:A@town.example', false],
      [
        '4.13 capitals in an excluded mailbox',
        'excluded;email:a@town.example',
        'email:A@town.example',
        false,
        'capitals in an excluded mailbox',
      ],
      ['4.13.25 mail elsewhere', 'excluded;email:town.example', 'email:a@village.example', true],
      ['4.13.26 mail excluded', 'excluded;email:town.example', 'email:a@town.example', false],
      ['4.13.30 host permitted', 'permitted;DNS:town.example', 'DNS:pc.town.example', true],
      ['4.13.30 host itself', 'permitted;DNS:town.example', 'DNS:TOWN.example', true],
      ['4.13.31 host not permitted', 'permitted;DNS:town.example', 'DNS:town.example.org', false],
      ['4.13.38 host that ends alike', 'permitted;DNS:town.example', 'DNS:mytown.example', false],
      ['4.13.32 host not excluded', 'excluded;DNS:town.example', 'DNS:pc.village.example', true],
      ['4.13.33 host excluded', 'excluded;DNS:town.example', 'DNS:pc.town.example', false],
      ['4.13 wildcard over an excluded host', 'excluded;DNS:pc.town.example', 'DNS:*.town.example', false, 'wildcards'],
      [
        '4.13 host with a dot at its end',
        'excluded;DNS:town.example',
        'DNS:pc.town.example.',
        false,
        'names that cannot be judged',
      ],
      ['4.13.34 URI permitted', 'permitted;URI:.town.example', 'URI:http://a.town.example/x', true],
      ['4.13.35 URI not permitted', 'permitted;URI:.town.example', 'URI:http://town.example/x', false],
      ['4.13.36 URI not excluded', 'excluded;URI:town.example', 'URI:https://u@a.town.example:8443/', true],
      ['4.13.37 URI excluded', 'excluded;URI:town.example', 'URI:https://town.example:8443/', false],
      ['4.13 URI without a host', 'permitted;URI:town.example', 'URI:urn:x:y', false],
      ['4.13 address permitted', 'permitted;IP:192.0.2.0/255.255.255.0', 'IP:192.0.2.7', true],
      ['4.13 address not permitted', 'permitted;IP:192.0.2.0/255.255.255.0', 'IP:198.51.100.7', false],
      ['4.13 address excluded', 'excluded;IP:192.0.2.0/255.255.255.0', 'IP:192.0.2.7', false],
      ['4.13 address of the other family', 'permitted;IP:192.0.2.0/255.255.255.0', 'IP:2001:db8::7', false],
      ['4.13 address of six', 'permitted;IP:2001:db8::/ffff:ffff:0:0:0:0:0:0', 'IP:2001:db8::7', true],
      ['4.13 another kind of name', 'permitted;DNS:town.example', 'email:a@village.example', true],
      [
        '4.13 two kinds, both kept',
        'permitted;DNS:town.example,permitted;email:town.example',
        'DNS:a.town.example,email:a@town.example',
        true,
      ],
      [
        '4.13 two kinds, one broken',
        'permitted;DNS:town.example,permitted;email:town.example',
        'DNS:a.town.example,email:a@x.example',
        false,
      ],
      ['4.13 a kind that nobody here judges', 'permitted;otherName:1.2.3.4;UTF8:x', 'otherName:1.2.3.4;UTF8:x', false],
      ['4.13 permitted and excluded', 'permitted;DNS:example,excluded;DNS:town.example', 'DNS:a.town.example', false],
    ];
    for (const [title, rules, value, accepted, difference] of table) {
      add(
        title,
        accepted ? 'accepted' : outside,
        under(rules, san(value)),
        difference === undefined ? {} : { difference },
      );
    }
    const mail = (address: string) => ({ subject: `/C=BE/CN=x/emailAddress=${address}` });
    add('4.13.28 mail in the subject', 'accepted', under('permitted;email:town.example', [], mail('a@town.example')));
    add(
      '4.13.29 mail in the subject not permitted',
      outside,
      under('permitted;email:town.example', [], mail('a@village.example')),
    );
    add(
      '4.13 host as the common name',
      outside,
      under('permitted;DNS:town.example', [], { subject: '/C=BE/CN=pc.village.example' }),
    );
  }
}

/** A leaf of this authority whose issuer is written as the test wants it. */
function writtenLeaf(
  issuer: EidCertificate,
  issuerName: Uint8Array,
  parts: { readonly serial?: Uint8Array } = {},
): Buffer {
  return certificate({
    issuer: issuerName,
    subject: name(['2.5.4.3', utf8('written')]),
    spki: makePair('P-256').spki,
    signer: keyOf(issuer),
    extensions: [extensions.notAuthority, extensions.digitalSignature, keyIdOf(issuer)],
    ...parts,
  });
}

function keyOf({ keyPem }: EidCertificate): KeyObject {
  return createPrivateKey(keyPem);
}

function keyIdOf({ der: bytes }: EidCertificate): Buffer {
  const read = readCertificate(bytes);
  if (isRefused(read)) throw new Error(read.detail);
  return extension('2.5.29.35', sequence(der(0x80, Buffer.from(read.subjectKeyId ?? '', 'hex'))));
}

/** As `makeCorpus` names its authorities. */
function nameOf({ name: cn }: EidCertificate): Buffer {
  return name(['2.5.4.6', printable('BE')], ['2.5.4.10', utf8('Corpus')], ['2.5.4.3', utf8(cn)]);
}

function flipped(made: EidCertificate): EidCertificate {
  return { ...made, der: flippedBytes(made.der) };
}

/** The last octet is of the signature. */
function flippedBytes(bytes: Uint8Array): Uint8Array {
  const changed = Buffer.from(bytes);
  changed[changed.length - 1] = (changed[changed.length - 1] ?? 0) ^ 1;
  return changed;
}
