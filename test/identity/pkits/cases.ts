// The tests of NIST's PKITS: the section of each, the questions it asks, the answer the suite expects, and where ours is
// stricter. Verdicts stand in the names of the files, but for section 4.8 and for questions with inputs of their own.

export interface Question {
  /** `4.8.1`, and the number of the question where a test asks several. */
  readonly name: string;
  readonly section: string;
  readonly leaf: string;
  readonly options: readonly string[];
  readonly valid: boolean;
}

/** What tests of a section are called, without `Valid`, `Invalid` and their number. */
const sections: Readonly<Record<string, readonly string[]>> = {
  '4.1': ['CertificatePath', 'CASignature', 'EESignature', 'DSASignatures', 'DSAParameterInheritance', 'DSASignature'],
  '4.2': [
    ...['CAnotBeforeDate', 'EEnotBeforeDate', 'pre2000UTCnotBeforeDate', 'GeneralizedTimenotBeforeDate'],
    ...['CAnotAfterDate', 'EEnotAfterDate', 'pre2000UTCEEnotAfterDate', 'GeneralizedTimenotAfterDate'],
  ],
  '4.3': [
    ...['NameChaining', 'NameChainingOrder', 'NameChainingWhitespace', 'NameChainingCapitalization', 'NameUIDs'],
    ...['RFC3280MandatoryAttributeTypes', 'RFC3280OptionalAttributeTypes', 'UTF8StringEncodedNames'],
    ...['RolloverfromPrintableStringtoUTF8String', 'UTF8StringCaseInsensitiveMatch'],
  ],
  '4.4': [
    ...['MissingCRL', 'RevokedCA', 'RevokedEE', 'BadCRLSignature', 'BadCRLIssuerName', 'WrongCRL', 'TwoCRLs'],
    ...['UnknownCRLEntryExtension', 'UnknownCRLExtension', 'OldCRLnextUpdate', 'pre2000CRLnextUpdate'],
    ...['GeneralizedTimeCRLnextUpdate', 'NegativeSerialNumber', 'LongSerialNumber', 'SeparateCertificateandCRLKeys'],
  ],
  '4.5': ['BasicSelfIssuedOldWithNew', 'BasicSelfIssuedNewWithOld', 'BasicSelfIssuedCRLSigningKey'],
  '4.6': [
    ...['MissingbasicConstraints', 'cAFalse', 'basicConstraintsNotCritical', 'pathLenConstraint'],
    'SelfIssuedpathLenConstraint',
  ],
  '4.7': [
    ...['keyUsageCriticalkeyCertSignFalse', 'keyUsageNotCriticalkeyCertSignFalse', 'keyUsageNotCritical'],
    ...['keyUsageCriticalcRLSignFalse', 'keyUsageNotCriticalcRLSignFalse'],
  ],
  '4.8': [
    ...['AllCertificatesSamePolicies', 'AllCertificatesNoPolicies', 'DifferentPolicies', 'OverlappingPolicies'],
    ...['AllCertificatesanyPolicy', 'AnyPolicy', 'UserNoticeQualifier', 'CPSPointerQualifier'],
  ],
  '4.9': ['requireExplicitPolicy', 'SelfIssuedrequireExplicitPolicy'],
  '4.10': ['PolicyMapping', 'MappingFromanyPolicy', 'MappingToanyPolicy'],
  '4.11': ['inhibitPolicyMapping', 'SelfIssuedinhibitPolicyMapping'],
  '4.12': ['inhibitAnyPolicy', 'SelfIssuedinhibitAnyPolicy'],
  '4.13': [
    ...['DNnameConstraints', 'RFC822nameConstraints', 'DNandRFC822nameConstraints', 'DNSnameConstraints'],
    'URInameConstraints',
  ],
  '4.14': [
    ...['distributionPoint', 'NoissuingDistributionPoint', 'onlyContainsUserCerts', 'onlyContainsCACerts'],
    ...['onlyContainsAttributeCerts', 'onlySomeReasons', 'IDPwithindirectCRL', 'cRLIssuer'],
  ],
  '4.15': ['deltaCRLIndicatorNoBase', 'deltaCRL'],
  '4.16': ['UnknownNotCriticalCertificateExtension', 'UnknownCriticalCertificateExtension'],
};

/** How many tests each section has, so that none is lost. */
export const testsOfSection: Readonly<Record<string, number>> = {
  ...{ '4.1': 6, '4.2': 8, '4.3': 11, '4.4': 21, '4.5': 8, '4.6': 17, '4.7': 5, '4.8': 20, '4.9': 8, '4.10': 14 },
  ...{ '4.11': 11, '4.12': 10, '4.13': 38, '4.14': 35, '4.15': 10, '4.16': 2 },
};

type Asked = readonly [valid: boolean, ...options: readonly string[]];
const explicit = '--require-explicit-policy';
const only = (...numbers: readonly number[]) =>
  numbers.flatMap(number => ['--policy', `2.16.840.1.101.3.2.1.48.${number}`]);

/** Questions with inputs (RFC 5280 section 6.1.1 c, e, f and g), or whose answer stands in no name. */
const asked: Readonly<Record<string, readonly Asked[]>> = {
  '4.8.1': [
    [true, explicit],
    [true, explicit, ...only(1)],
    [false, explicit, ...only(2)],
    [true, explicit, ...only(1, 2)],
  ],
  '4.8.2': [[true], [false, explicit]],
  '4.8.3': [[true], [false, explicit], [false, explicit, ...only(1, 2)]],
  '4.8.4': [[false]],
  '4.8.5': [[false]],
  '4.8.6': [[true], [true, ...only(1)], [false, ...only(2)]],
  '4.8.7': [[false]],
  '4.8.8': [[false]],
  '4.8.9': [[false]],
  '4.8.10': [[true], [true, ...only(1)], [true, ...only(2)]],
  '4.8.11': [[true], [true, ...only(1)]],
  '4.8.12': [[false]],
  '4.8.13': [
    [true, ...only(1)],
    [true, ...only(2)],
    [true, ...only(3)],
  ],
  '4.8.14': [
    [true, ...only(1)],
    [false, ...only(2)],
  ],
  '4.8.15': [[true]],
  '4.8.16': [[true]],
  '4.8.17': [[true]],
  '4.8.18': [
    [true, ...only(1)],
    [true, ...only(2)],
  ],
  '4.8.19': [[true]],
  '4.8.20': [[true]],
  '4.10.1': [
    [true, ...only(1)],
    [false, ...only(2)],
    [false, '--inhibit-policy-mapping'],
  ],
  '4.10.2': [[false], [false, '--inhibit-policy-mapping']],
  '4.10.3': [
    [false, ...only(1)],
    [true, ...only(2)],
  ],
  '4.10.5': [
    [true, ...only(1)],
    [false, ...only(6)],
  ],
  '4.10.6': [
    [true, ...only(1)],
    [false, ...only(6)],
  ],
  '4.10.12': [
    [true, ...only(1)],
    [true, ...only(2)],
  ],
  '4.12.3': [[true], [false, '--inhibit-any-policy']],
};

const algorithm = { reason: 'certificate-hash-weak', why: 'DSA' };
const anotherKey = { reason: 'revocation-unknown', why: 'list of another key' };
const indirect = { reason: 'revocation-unknown', why: 'indirect list' };

/** Accepted by the suite and refused here, with the word and why. There is no way to write the opposite. */
export const stricter: Readonly<Record<string, { readonly reason: string; readonly why: string }>> = {
  '4.1.4': algorithm,
  '4.1.5': algorithm,
  '4.4.19': anotherKey,
  '4.5.1': anotherKey,
  '4.5.4': anotherKey,
  '4.5.6': anotherKey,
  '4.6.15': anotherKey,
  '4.6.17': anotherKey,
  '4.9.6': anotherKey,
  '4.12.9': anotherKey,
  '4.13.19': anotherKey,
  '4.14.22': indirect,
  '4.14.24': indirect,
  '4.14.25': indirect,
  '4.14.28': indirect,
  '4.14.29': indirect,
  '4.14.30': indirect,
  '4.14.33': indirect,
  '4.15.5': { reason: 'certificate-on-hold', why: 'hold lifted by a delta list' },
};

/** Where a whole section is about one matter, what it refuses must be refused for that. */
export const reasonOfSection: Readonly<Record<string, string>> = {
  '4.6': 'certificate-issuer-refused',
  '4.8': 'certificate-policy-wrong',
  '4.9': 'certificate-policy-wrong',
  '4.10': 'certificate-policy-wrong',
  '4.11': 'certificate-policy-wrong',
  '4.12': 'certificate-policy-wrong',
  '4.13': 'certificate-issuer-refused',
};

/** Every question of the suite, from the names of its end entities. */
export function questions(leaves: readonly string[]): readonly Question[] {
  const sectionOf = new Map(
    Object.entries(sections).flatMap(([section, names]) => names.map(name => [name, section] as const)),
  );
  const tests = leaves.map(leaf => {
    const [, verdict = '', name = '', number = ''] = /^(Valid|Invalid)?(.*)Test(\d+)EE$/.exec(leaf) ?? [];
    const section = sectionOf.get(name);
    if (section === undefined) throw new Error(`${leaf} is of no section`);
    return { section, test: `${section}.${number}`, leaf, verdict };
  });
  // The path of 4.1.1 is asked again, with policies.
  tests.push({ section: '4.8', test: '4.8.1', leaf: 'ValidCertificatePathTest1EE', verdict: '' });
  return tests.flatMap(({ section, test, leaf, verdict }) => {
    const own = asked[test];
    if (own === undefined && verdict === '') throw new Error(`${test}: which answer does the suite expect?`);
    const all: readonly Asked[] = own ?? [[verdict === 'Valid']];
    return all.map(([valid, ...options], index) => {
      return { name: all.length === 1 ? test : `${test} (${index + 1})`, section, leaf, options, valid };
    });
  });
}
