// An eID-like PKI made by the `openssl` program, certificate by certificate, as a test asks: any key under any authority,
// any dates, any extensions, revocation lists with reasons. Names and numbers are invented. Keys die with the directory.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type EidKey = 'P-256' | 'P-384' | 'rsa' | 'rsa-1024';

export interface EidCertificate {
  readonly name: string;
  readonly der: Uint8Array;
  readonly pem: string;
  readonly keyPem: string;
  /** The authority that issued it; itself for a root. */
  readonly issuer: string;
}

export interface LeafOptions {
  readonly key?: EidKey;
  /** In openssl's form; the default is a citizen's authentication certificate. */
  readonly subject?: string;
  /** Lines of an openssl extension section, beside the key identifiers. */
  readonly extensions?: readonly string[];
  /** `YYYYMMDDHHMMSSZ` */
  readonly start?: string;
  readonly end?: string;
  readonly digest?: string;
  /** Sign with RSASSA-PSS; the issuer must have an RSA key. */
  readonly pss?: boolean;
  /** Write strings as PrintableString where they fit, instead of UTF8String. */
  readonly printable?: boolean;
}

export interface AuthorityOptions extends LeafOptions {
  readonly issuer?: string;
}

export const holder = '/C=BE/CN=Jan Test (Authentication)/SN=Test/GN=Jan/serialNumber=85073003328';
export const authentication = [
  'basicConstraints=critical,CA:false',
  'keyUsage=critical,digitalSignature',
  'certificatePolicies=2.16.56.12.1.1.2.2',
  'extendedKeyUsage=clientAuth',
];
export const authority = ['basicConstraints=critical,CA:true', 'keyUsage=critical,keyCertSign,cRLSign'];

export interface EidPki {
  readonly directory: string;
  readonly authority: (name: string, options: AuthorityOptions) => EidCertificate;
  readonly leaf: (name: string, issuer: string, options?: LeafOptions) => EidCertificate;
  readonly revoke: (certificate: EidCertificate, reason: string) => void;
  /** A list of everything that the authority has revoked by now, DER. */
  readonly crl: (authority: string, extensions?: readonly string[]) => Uint8Array;
  /** `openssl verify`: whether openssl accepts the leaf under these roots, with these intermediates. */
  readonly verifies: (
    leaf: EidCertificate,
    roots: readonly EidCertificate[],
    between: readonly EidCertificate[],
    flags?: readonly string[],
  ) => boolean;
  readonly remove: () => void;
}

export function makeEidPki(): EidPki {
  const directory = mkdtempSync(join(tmpdir(), 'sluis-eid-'));
  const at = (...parts: readonly string[]) => join(directory, ...parts);
  const openssl = (...words: readonly string[]) => {
    execFileSync('openssl', words, { cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] });
  };

  function makeKey(name: string, key: EidKey): void {
    const bits = key === 'rsa-1024' ? 1024 : 2048;
    const options = key.startsWith('P-')
      ? ['-algorithm', 'EC', '-pkeyopt', `ec_paramgen_curve:${key}`]
      : ['-algorithm', 'RSA', '-pkeyopt', `rsa_keygen_bits:${bits}`];
    openssl('genpkey', ...options, '-out', `${name}.key`);
  }

  function certify(name: string, issuer: string, extensions: readonly string[], options: LeafOptions): EidCertificate {
    const { subject = holder, key = 'P-384', start, end, digest = 'sha384', printable = false, pss = false } = options;
    makeKey(name, key);
    const mask = printable ? 'default' : 'utf8only';
    writeFileSync(at(`${name}.req`), `[req]\ndistinguished_name=rdn\nstring_mask=${mask}\nprompt=no\n[rdn]\n`);
    openssl(
      'req',
      '-new',
      '-utf8',
      '-config',
      `${name}.req`,
      '-key',
      `${name}.key`,
      '-subj',
      subject,
      '-out',
      `${name}.csr`,
    );
    const identifiers = ['subjectKeyIdentifier=hash', 'authorityKeyIdentifier=keyid'];
    const named = (prefix: string) => extensions.some(line => line.startsWith(prefix));
    const lines = [...identifiers.filter(line => !named(line.split('=')[0] ?? '')), ...extensions];
    writeFileSync(at(`${name}.ext`), `[extensions]\n${lines.filter(line => !line.endsWith('=none')).join('\n')}\n`);
    const dates = [
      ...(start === undefined ? [] : ['-startdate', start]),
      ...(end === undefined ? [] : ['-enddate', end]),
    ];
    const extended = ['-extfile', `${name}.ext`, '-extensions', 'extensions'];
    const self = name === issuer ? ['-selfsign', '-keyfile', `${name}.key`] : [];
    const padding = pss ? ['-sigopt', 'rsa_padding_mode:pss', '-sigopt', 'rsa_pss_saltlen:digest'] : [];
    const settings = ['-config', `${issuer}.ca`, '-md', digest, ...padding, ...dates, ...extended, ...self];
    openssl('ca', '-batch', '-notext', '-utf8', ...settings, '-in', `${name}.csr`, '-out', `${name}.pem`);
    const pem = readFileSync(at(`${name}.pem`), 'utf8');
    return { name, pem, der: derOf(pem), keyPem: readFileSync(at(`${name}.key`), 'utf8'), issuer };
  }

  return {
    directory,
    authority: (name, { issuer = name, ...options }) => {
      mkdirSync(at(`${name}.new`));
      writeFileSync(at(`${name}.index`), '');
      writeFileSync(at(`${name}.index.attr`), 'unique_subject = no\n');
      writeFileSync(at(`${name}.crlnumber`), '01\n');
      const named = ['countryName', 'organizationName', 'organizationalUnitName', 'commonName', 'surname', 'givenName'];
      const optional = [...named, 'serialNumber', 'emailAddress'];
      const settings = {
        database: `${name}.index`,
        new_certs_dir: `${name}.new`,
        rand_serial: 'yes',
        crlnumber: `${name}.crlnumber`,
        certificate: `${name}.pem`,
        private_key: `${name}.key`,
        default_md: 'sha384',
        default_days: '700',
        default_crl_days: '7',
        crl_extensions: 'crl',
        policy: 'any',
        unique_subject: 'no',
        preserve: 'yes',
        string_mask: 'utf8only',
      };
      const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}`);
      const any = optional.map(attribute => `${attribute}=optional`);
      const sections = ['[ca]', 'default_ca=this', '[this]', ...lines, '[any]', ...any];
      writeFileSync(at(`${name}.ca`), [...sections, '[crl]', 'authorityKeyIdentifier=keyid', ''].join('\n'));
      return certify(name, issuer, options.extensions ?? authority, { end: '20450101000000Z', ...options });
    },
    leaf: (name, issuer, options = {}) => certify(name, issuer, options.extensions ?? authentication, options),
    revoke: ({ name, issuer }, reason) => {
      openssl('ca', '-config', `${issuer}.ca`, '-revoke', `${name}.pem`, '-crl_reason', reason);
    },
    crl: (name, extensions = []) => {
      writeFileSync(at('list.ca'), `${readFileSync(at(`${name}.ca`), 'utf8')}${extensions.join('\n')}\n`);
      openssl('ca', '-config', 'list.ca', '-gencrl', '-out', `${name}.crl`);
      return derOf(readFileSync(at(`${name}.crl`), 'utf8'));
    },
    verifies: (leaf, roots, between, flags = []) => {
      writeFileSync(at('roots.pem'), roots.map(each => each.pem).join(''));
      writeFileSync(at('between.pem'), between.map(each => each.pem).join(''));
      try {
        openssl('verify', '-CAfile', 'roots.pem', '-untrusted', 'between.pem', ...flags, `${leaf.name}.pem`);
        return true;
      } catch {
        // A non-zero exit is openssl's "no".
        return false;
      }
    },
    remove: () => {
      rmSync(directory, { recursive: true });
    },
  };
}

function derOf(pem: string): Uint8Array {
  return Buffer.from(pem.replaceAll(/-----[^-]+-----/g, ''), 'base64');
}
