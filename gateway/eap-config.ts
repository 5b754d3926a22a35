// The `eap:` part of the configuration: the certificate that peers see inside EAP, which methods they are offered, and how TLS
// is spoken to whom.

import {
  choice,
  integer,
  listOf,
  located,
  mapOf,
  name,
  optional,
  problem,
  type Read,
  type Reading,
  record,
  required,
  type Shape,
} from './documents/shape.ts';
import { nearestWord } from './documents/nearest-word.ts';
import { type EapMethod, defaultMethods, eapMethods } from './eap/method.ts';
import type { TeapSettings } from './eap/teap.ts';
import { experimentalShape, teapSettings, teapShape } from './teap-config.ts';

/** Whose TLS session may stand for their certificate. */
const resumptions = ['off', 'machine', 'any'] as const;
const tlsVersions = ['1.2', '1.3'] as const;
/** By their names in TLS [RFC8446-4.2.3]; without the ones that rest on SHA-1. */
const signatureAlgorithms = [
  'ecdsa_secp256r1_sha256',
  'ecdsa_secp384r1_sha384',
  'ecdsa_secp521r1_sha512',
  'ed25519',
  'rsa_pss_rsae_sha256',
  'rsa_pss_rsae_sha384',
  'rsa_pss_rsae_sha512',
  'rsa_pss_pss_sha256',
  'rsa_pss_pss_sha384',
  'rsa_pss_pss_sha512',
  'rsa_pkcs1_sha256',
  'rsa_pkcs1_sha384',
  'rsa_pkcs1_sha512',
] as const;
const groups = ['X25519MLKEM768', 'SecP256r1MLKEM768', 'X25519', 'P-256', 'P-384', 'P-521'] as const;

export interface TlsProfile {
  readonly versions: readonly (typeof tlsVersions)[number][];
  readonly signatureAlgorithms?: readonly string[];
  readonly groups?: readonly string[];
  /** In place of the certificate of everybody. */
  readonly own?: { readonly certificate: string; readonly key: string };
}

export interface EapSettings {
  /** PEM, leaf first. */
  readonly certificate: string;
  readonly key: string;
  readonly tlsWorkers: number;
  readonly resumption: (typeof resumptions)[number];
  /** Whether OCSP answers about these certificates are shown to peers that ask. */
  readonly stapling: boolean;
  /** The first is offered first. */
  readonly methods: readonly EapMethod[];
  /** Absent: TEAP is not served. */
  readonly teap?: TeapSettings;
  readonly tlsProfiles: ReadonlyMap<string, TlsProfile>;
  /** Names of profiles by realm, in lower case. */
  readonly profilesByRealm: ReadonlyMap<string, string>;
}

/** Outside a tunnel; what is said inside one is not chosen here. */
export const eapMethodsShape: Shape<readonly EapMethod[]> = (tree, reading) => {
  const read = atLeastOne(choice(...eapMethods))(tree, reading);
  const twice = read?.find((method, at) => read.indexOf(method) !== at);
  return twice === undefined ? read : problem(reading, tree.line, `${twice} is named twice`, 'name each method once');
};

/** `isTest`: asked when the line is read that only a test may hold. */
export function eapShape(pem: (label: string) => Shape<string>, isTest: () => boolean) {
  const resumption: Shape<(typeof resumptions)[number]> = (tree, reading) => {
    const found = choice(...resumptions)(tree, reading);
    if (found !== 'any' || isTest()) return found;
    const message = '"any" lets a person come back without a card in the reader';
    return problem(reading, tree.line, message, 'write machine or off, or environment: test in a lab');
  };
  return record({
    certificate: required(pem('certificate')),
    key: required(pem('private key')),
    'tls-workers': optional(integer(1, 64), 1),
    resumption: optional(resumption, 'off'),
    stapling: optional(choice('off', 'on'), 'off'),
    methods: optional(eapMethodsShape, defaultMethods),
    experimental: experimentalShape,
    teap: teapShape,
    'tls-profiles': optional(named(/^[a-z0-9][a-z0-9.-]{0,62}$/, 'a name of a-z 0-9 . -', profileShape(pem))),
    'by-realm': optional(named(/^[a-z0-9.-]{1,253}$/, 'a realm in lower case, without @', located(name))),
  });
}
type EapDocument = Read<ReturnType<typeof eapShape>>;

function profileShape(pem: (label: string) => Shape<string>): Shape<TlsProfile> {
  const fields = record({
    versions: optional(atLeastOne(choice(...tlsVersions)), tlsVersions),
    'signature-algorithms': optional(atLeastOne(choice(...signatureAlgorithms))),
    groups: optional(atLeastOne(choice(...groups))),
    certificate: optional(pem('certificate')),
    key: optional(pem('private key')),
  });
  return (tree, reading) => {
    const read = fields(tree, reading);
    if (read === undefined) return undefined;
    const { versions, groups: agreed, certificate, key, line } = read;
    const signatures = read['signature-algorithms'];
    if ((certificate === undefined) !== (key === undefined)) {
      return problem(reading, line, 'certificate and key belong together', 'give both, or neither');
    }
    if (versions.includes('1.3') && signatures?.every(each => each.startsWith('rsa_pkcs1_')) === true) {
      // [RFC8446-4.2.3]
      return problem(reading, line, 'TLS 1.3 has no rsa_pkcs1 signatures', 'add versions: [1.2]');
    }
    if (versions.includes('1.2') && agreed !== undefined && !['P-256', 'P-384'].every(each => isIn(each, agreed))) {
      // [RFC8422-5.1] They stand for the curves of certificates there.
      const message = 'without P-256 and P-384 TLS 1.2 takes no certificate of these curves';
      return problem(reading, line, message, 'add both to groups, or write versions: [1.3]');
    }
    return {
      versions,
      ...(signatures === undefined ? {} : { signatureAlgorithms: signatures }),
      ...(agreed === undefined ? {} : { groups: agreed }),
      ...(certificate === undefined || key === undefined ? {} : { own: { certificate, key } }),
    };
  };
}

function isIn(word: string, words: readonly string[]): boolean {
  return words.includes(word);
}

function atLeastOne<T>(item: Shape<T>): Shape<readonly T[]> {
  return (tree, reading) => {
    const read = listOf(item)(tree, reading);
    if (read?.length !== 0) return read;
    return problem(reading, tree.line, 'an empty list', 'name one, or leave the line out');
  };
}

/** A map whose keys are free within a pattern. */
function named<T>(pattern: RegExp, expected: string, value: Shape<T>): Shape<ReadonlyMap<string, T>> {
  return (tree, reading) => {
    const read = mapOf(value)(tree, reading);
    const wrong = tree.kind === 'map' ? [...tree.entries].filter(([key]) => !pattern.test(key)) : [];
    for (const [key, { line }] of wrong)
      problem(reading, line, `"${key.slice(0, 40)}" is not ${expected}`, `write ${expected}`);
    return wrong.length > 0 ? undefined : read;
  };
}

/** Whoever is sent to a profile that is not there would be turned away without anybody knowing why. */
export function checkTlsProfiles(
  eap: EapDocument,
  nas: readonly { readonly 'tls-profile': { readonly value: string; readonly line: number } | undefined }[],
  reading: Reading,
): void {
  const known = [...(eap['tls-profiles']?.keys() ?? [])];
  for (const use of [...(eap['by-realm']?.values() ?? []), ...nas.map(each => each['tls-profile'])]) {
    if (use === undefined || known.includes(use.value)) continue;
    const near = nearestWord(use.value, known);
    const remedy = near === undefined ? `describe it in eap: tls-profiles:` : `did you mean "${near}"?`;
    problem(reading, use.line, `there is no TLS profile "${use.value}"`, remedy);
  }
}

/** `gateway`: its name. */
export function eapSettings(eap: EapDocument, gateway: string): EapSettings {
  const teap = teapSettings(eap, gateway);
  return {
    certificate: eap.certificate,
    key: eap.key,
    tlsWorkers: eap['tls-workers'],
    resumption: eap.resumption,
    stapling: eap.stapling === 'on',
    methods: eap.methods,
    ...(teap === undefined ? {} : { teap }),
    tlsProfiles: eap['tls-profiles'] ?? new Map(),
    profilesByRealm: new Map([...(eap['by-realm'] ?? [])].map(([realm, { value }]) => [realm, value])),
  };
}
