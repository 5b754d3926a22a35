// Throw-away authorities, certificates and revocation lists (RFC 5280) in plain JavaScript, where no openssl exists.
// Nothing here is fit to protect anything.

import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

x509.cryptoProvider.set(webcrypto);

export const keyTypes = ['P-256', 'P-384', 'RSA-2048'] as const;
export type KeyType = (typeof keyTypes)[number];

/** Attributes in the order of the certificate: object identifier and value. */
export type NameParts = readonly (readonly [oid: string, value: string])[];

/** A certificate with its key. */
export interface Issued {
  readonly pem: string;
  readonly der: Uint8Array;
  /** This certificate and the authorities below the root, PEM: what a TLS peer sends. */
  readonly chainPem: string;
  readonly chain: readonly Uint8Array[];
  /** PKCS #8, PEM. */
  readonly privateKeyPem: string;
  /** Hex. */
  readonly serial: string;
}

export interface Authority extends Issued {
  readonly keys: webcrypto.CryptoKeyPair;
  readonly keyType: KeyType;
  readonly name: x509.Name;
  readonly root: boolean;
}

export interface Validity {
  /** Milliseconds since 1970 UTC. */
  readonly notBefore: number;
  readonly notAfter: number;
}

export interface LeafRequest extends Validity {
  readonly subject: NameParts;
  readonly keyType?: KeyType;
  readonly keyUsage: readonly (keyof typeof x509.KeyUsageFlags)[];
  readonly extendedKeyUsage?: readonly ('clientAuth' | 'serverAuth')[];
  readonly policies?: readonly string[];
  readonly dns?: readonly string[];
  readonly ip?: readonly string[];
}

const purposes = { serverAuth: '1.3.6.1.5.5.7.3.1', clientAuth: '1.3.6.1.5.5.7.3.2' } as const;
const printable: readonly string[] = ['2.5.4.5', '2.5.4.6'];

/** A root, or below `issuer` an authority for leaves only. */
export async function makeAuthority(request: {
  readonly subject: NameParts;
  readonly validity: Validity;
  readonly keyType?: KeyType;
  readonly issuer?: Authority;
}): Promise<Authority> {
  const keyType = request.keyType ?? 'P-256';
  const keys = await makeKeys(keyType);
  const name = nameOf(request.subject);
  const { issuer } = request;
  const extensions = [
    new x509.BasicConstraintsExtension(true, issuer === undefined ? undefined : 0, true),
    keyUsages(['keyCertSign', 'cRLSign']),
  ];
  const signer = issuer ?? { keys, keyType, name };
  const certificate = await certify(signer, name, keys, extensions, request.validity);
  return {
    ...(await issued(certificate, keys, issuer)),
    keys,
    keyType,
    name,
    root: issuer === undefined,
  };
}

export async function issue(authority: Authority, request: LeafRequest): Promise<Issued> {
  const keys = await makeKeys(request.keyType ?? authority.keyType);
  const extensions: x509.Extension[] = [
    new x509.BasicConstraintsExtension(false, undefined, true),
    keyUsages(request.keyUsage),
  ];
  const { extendedKeyUsage = [], policies = [], dns = [], ip = [] } = request;
  if (extendedKeyUsage.length > 0) {
    extensions.push(new x509.ExtendedKeyUsageExtension(extendedKeyUsage.map(purpose => purposes[purpose])));
  }
  if (policies.length > 0) extensions.push(new x509.CertificatePolicyExtension([...policies]));
  const names = [
    ...dns.map(value => ({ type: 'dns', value }) as const),
    ...ip.map(value => ({ type: 'ip', value }) as const),
  ];
  if (names.length > 0) extensions.push(new x509.SubjectAlternativeNameExtension(names));
  const certificate = await certify(authority, nameOf(request.subject), keys, extensions, request);
  return issued(certificate, keys, authority);
}

/** The certificate of a key that nobody vouches for yet: what a session key does TLS with. */
export async function selfSigned(request: {
  readonly name: string;
  readonly validity: Validity;
  readonly keyType?: KeyType;
}): Promise<Issued> {
  const keyType = request.keyType ?? 'P-256';
  const keys = await makeKeys(keyType);
  const name = nameOf([['2.5.4.3', request.name]]);
  const extensions = [new x509.BasicConstraintsExtension(false, undefined, true), keyUsages(['digitalSignature'])];
  return issued(await certify({ keys, keyType, name }, name, keys, extensions, request.validity), keys, undefined);
}

export interface Crl {
  readonly pem: string;
  readonly der: Uint8Array;
}

export async function makeCrl(
  authority: Authority,
  request: {
    readonly thisUpdate: number;
    readonly nextUpdate: number;
    readonly revoked?: readonly { readonly serial: string; readonly hold?: boolean }[];
    /** Below 128. */
    readonly number?: number;
  },
): Promise<Crl> {
  const { revoked = [], number = 1 } = request;
  const { certificateHold, keyCompromise } = x509.X509CrlReason;
  const crl = await x509.X509CrlGenerator.create({
    issuer: authority.name,
    thisUpdate: new Date(request.thisUpdate),
    nextUpdate: new Date(request.nextUpdate),
    signingAlgorithm: signatureOf(authority.keyType),
    signingKey: authority.keys.privateKey,
    entries: revoked.map(({ serial, hold }) => ({
      serialNumber: serial,
      revocationDate: new Date(request.thisUpdate),
      reason: hold === true ? certificateHold : keyCompromise,
    })),
    extensions: [
      new x509.Extension('2.5.29.20', false, Uint8Array.of(2, 1, number)),
      await x509.AuthorityKeyIdentifierExtension.create(authority.keys.publicKey),
    ],
  });
  return { pem: `${x509.PemConverter.encode(crl.rawData, 'X509 CRL')}\n`, der: new Uint8Array(crl.rawData) };
}

async function certify(
  signer: Pick<Authority, 'keys' | 'keyType' | 'name'>,
  subject: x509.Name,
  keys: webcrypto.CryptoKeyPair,
  extensions: readonly x509.Extension[],
  { notBefore, notAfter }: Validity,
): Promise<x509.X509Certificate> {
  const publicKey = keys.publicKey;
  return x509.X509CertificateGenerator.create({
    serialNumber: `10${randomBytes(15).toString('hex')}`,
    subject,
    issuer: signer.name,
    notBefore: new Date(notBefore),
    notAfter: new Date(notAfter),
    publicKey,
    signingKey: signer.keys.privateKey,
    signingAlgorithm: signatureOf(signer.keyType),
    extensions: [
      ...extensions,
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(signer.keys.publicKey),
    ],
  });
}

async function issued(
  certificate: x509.X509Certificate,
  keys: webcrypto.CryptoKeyPair,
  issuer: Authority | undefined,
): Promise<Issued> {
  const der = new Uint8Array(certificate.rawData);
  const pem = `${certificate.toString('pem')}\n`;
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  const above =
    issuer === undefined || issuer.root ? { pem: '', chain: [] } : { pem: issuer.chainPem, chain: issuer.chain };
  return {
    pem,
    der,
    chainPem: pem + above.pem,
    chain: [der, ...above.chain],
    privateKeyPem: `${x509.PemConverter.encode(pkcs8, 'PRIVATE KEY')}\n`,
    serial: certificate.serialNumber,
  };
}

function keyUsages(usages: readonly (keyof typeof x509.KeyUsageFlags)[]): x509.Extension {
  const bits = usages.reduce((all, usage) => all | x509.KeyUsageFlags[usage], 0);
  // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- a set of flags is a number, and no member
  return new x509.KeyUsagesExtension(bits, true);
}

async function makeKeys(keyType: KeyType): Promise<webcrypto.CryptoKeyPair> {
  const algorithm =
    keyType === 'RSA-2048'
      ? { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) }
      : { name: 'ECDSA', namedCurve: keyType };
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

function signatureOf(keyType: KeyType): { name: string; hash: string } {
  if (keyType === 'RSA-2048') return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  return { name: 'ECDSA', hash: keyType === 'P-384' ? 'SHA-384' : 'SHA-256' };
}

function nameOf(parts: NameParts): x509.Name {
  return new x509.Name(
    parts.map(([oid, value]) => ({
      [oid]: [printable.includes(oid) ? { printableString: value } : { utf8String: value }],
    })),
  );
}
