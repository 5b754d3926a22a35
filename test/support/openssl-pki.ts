// A throw-away certificate hierarchy made by the `openssl` program, for tests that do TLS. Roots and intermediates are
// P-384; leaves are what a test asks for. Every private key dies with the directory.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type KeyKind = 'p256' | 'p384' | 'rsa2048';

export interface Credential {
  /** The leaf alone. */
  readonly certificatePem: string;
  readonly keyPem: string;
  /** Leaf first, then the intermediates, without the root. */
  readonly chainPem: string;
  /** File names, for programs. */
  readonly certificateFile: string;
  readonly chainFile: string;
  readonly keyFile: string;
}

export interface LeafRequest {
  readonly name: string;
  readonly key: KeyKind;
  readonly usage: 'clientAuth' | 'serverAuth';
  readonly dnsName?: string;
  /** Makes the certificate larger by about so many octets, by a private extension. */
  readonly ballastBytes?: number;
}

export interface OpensslPki {
  readonly directory: string;
  readonly rootPem: string;
  readonly rootFile: string;
  /** Nearest to the leaf first. */
  readonly intermediatesPem: readonly string[];
  readonly leaf: (request: LeafRequest) => Credential;
  readonly remove: () => void;
}

const keyOptions: Readonly<Record<KeyKind, readonly string[]>> = {
  p256: ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  p384: ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-384'],
  rsa2048: ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'],
};

/** Makes a root with a line of intermediates below it. */
export function makeOpensslPki(intermediates = 1): OpensslPki {
  const directory = mkdtempSync(join(tmpdir(), 'sluis-pki-'));
  const file = (name: string): string => join(directory, name);
  const read = (name: string): string => readFileSync(file(name), 'utf8');
  const openssl = (...words: readonly string[]): void => {
    execFileSync('openssl', words, { cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] });
  };
  let serial = 1;

  const makeKey = (name: string, kind: KeyKind): void => {
    openssl('genpkey', ...keyOptions[kind], '-out', `${name}.key`);
  };
  const sign = (name: string, issuer: string, extensions: string): void => {
    writeFileSync(file(`${name}.cnf`), `[extensions]\n${extensions}\n`);
    openssl('req', '-new', '-key', `${name}.key`, '-subj', `/O=Sluis test/CN=${name}`, '-out', `${name}.csr`);
    const issuedBy = ['-CA', `${issuer}.pem`, '-CAkey', `${issuer}.key`, '-set_serial', String(++serial)];
    const extended = ['-extfile', `${name}.cnf`, '-extensions', 'extensions'];
    openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      '-sha384',
      '-days',
      '30',
      ...issuedBy,
      ...extended,
      '-out',
      `${name}.pem`,
    );
  };

  makeKey('root', 'p384');
  const authority = [
    '-addext',
    'basicConstraints=critical,CA:TRUE',
    '-addext',
    'keyUsage=critical,keyCertSign,cRLSign',
  ];
  const self = ['-x509', '-new', '-key', 'root.key', '-sha384', '-days', '30', '-subj', '/O=Sluis test/CN=root'];
  openssl('req', ...self, ...authority, '-out', 'root.pem');

  let issuer = 'root';
  const line: string[] = [];
  for (let depth = 1; depth <= intermediates; depth++) {
    const name = `intermediate-${depth}`;
    makeKey(name, 'p384');
    sign(name, issuer, 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign');
    line.unshift(read(`${name}.pem`));
    issuer = name;
  }

  return {
    directory,
    rootPem: read('root.pem'),
    rootFile: file('root.pem'),
    intermediatesPem: line,
    leaf: ({ name, key, usage, dnsName, ballastBytes }) => {
      makeKey(name, key);
      const extensions = [
        'basicConstraints=critical,CA:FALSE',
        'keyUsage=critical,digitalSignature',
        `extendedKeyUsage=${usage}`,
        ...(dnsName === undefined ? [] : [`subjectAltName=DNS:${dnsName}`]),
        ...(ballastBytes === undefined ? [] : [`1.3.6.1.4.1.55555.1=ASN1:UTF8String:${'b'.repeat(ballastBytes)}`]),
      ];
      sign(name, issuer, extensions.join('\n'));
      const certificatePem = read(`${name}.pem`);
      const chainPem = [certificatePem, ...line].join('');
      writeFileSync(file(`${name}.chain.pem`), chainPem);
      return {
        certificatePem,
        keyPem: read(`${name}.key`),
        chainPem,
        certificateFile: file(`${name}.pem`),
        chainFile: file(`${name}.chain.pem`),
        keyFile: file(`${name}.key`),
      };
    },
    remove: () => {
      rmSync(directory, { recursive: true });
    },
  };
}

/** The certificates of a PEM text as DER, in order. */
export function pemToDer(pem: string): readonly Uint8Array[] {
  return [...pem.matchAll(/-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----/g)].map(
    ([, body]) => new Uint8Array(Buffer.from(body ?? '', 'base64')),
  );
}
