// A complete installation in one directory: keys, certificates, identity profiles, NAS secret and configuration, made of
// nothing but the throw-away authority beside it. The demo starts it; so do the interoperation tests and the benchmark.

import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Authority, type Issued, issue } from './test-authority.ts';
import { makeTestCa, type TestCa } from './test-ca.ts';

export interface InstallationOptions {
  readonly directory: string;
  /** A directory of policies; the RIZIV pack when absent. */
  readonly policies?: string;
  /** Port of the concentrator that takes live changes. */
  readonly changesAt?: number;
  /** Secret of the concentrator; made when absent. */
  readonly secret?: string;
  /** More lines for `devices: listed:`, by name in the machine certificate. */
  readonly devices?: Readonly<Record<string, { readonly class: string; readonly state?: string }>>;
  /** Further NAS beside the one at 127.0.0.1, as YAML list items. */
  readonly moreNas?: readonly string[];
  /** `lt-1.example` becomes a good machine certificate of that name. */
  readonly laptops: readonly string[];
  readonly tlsWorkers?: number;
  /** What stands behind `radius: limits:`, as YAML. */
  readonly limits?: string;
}

export interface Installation {
  readonly configFile: string;
  readonly ca: TestCa;
  readonly secret: Uint8Array;
  readonly secretFile: string;
  readonly tokenFile: string;
  readonly storePath: string;
  /** The authority that clients trust for the gateway's own certificates. */
  readonly trustFile: string;
  readonly laptops: ReadonlyMap<string, CredentialFiles>;
  readonly person: CredentialFiles;
}

export interface CredentialFiles {
  /** PEM, leaf first. */
  readonly certificate: string;
  readonly key: string;
}

const repository = fileURLToPath(new URL('../../../', import.meta.url));
export const defaultPolicies = join(repository, 'policies/packs/riziv');
const day = 86_400_000;

/** Writes everything; `now` in milliseconds since 1970 UTC. */
export async function makeInstallation(options: InstallationOptions, now: number): Promise<Installation> {
  const { directory } = options;
  const ca = await makeTestCa(now);
  const put = (name: string, content: string): string => {
    const path = join(directory, name);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  };
  const credential = (name: string, issued: Issued): CredentialFiles => ({
    certificate: put(`${name}.pem`, issued.chainPem),
    key: put(`${name}.key`, issued.privateKeyPem),
  });
  for (const profile of ['machine.yaml', 'be-eid-test.yaml']) {
    put(`identity/${profile}`, readFileSync(join(repository, 'policies/identity', profile), 'utf8'));
  }
  for (const [path, content] of ca.files) put(`identity/${path}`, content);
  credential('server', ca.server);
  put('pseudonym.key', randomBytes(32).toString('base64url'));
  const secret = options.secret ?? randomBytes(24).toString('base64url');
  const laptops = new Map<string, CredentialFiles>();
  for (const name of options.laptops) {
    laptops.set(name, credential(`laptops/${name}`, await machineCertificate(ca.machineCa, name, now)));
  }
  return {
    configFile: put('sluis.yaml', configuration(options)),
    ca,
    secret: Buffer.from(secret, 'utf8'),
    secretFile: put('nas.secret', secret),
    tokenFile: put('operator-api.token', randomBytes(32).toString('base64url')),
    storePath: join(directory, 'sluis.db'),
    trustFile: put('trust.pem', ca.serverCa.pem),
    laptops,
    person: credential('person', ca.people.valid),
  };
}

/** A good certificate for a machine of that name, valid for a year. */
export function machineCertificate(machineCa: Authority, name: string, now: number): Promise<Issued> {
  return issue(machineCa, {
    subject: [
      ['2.5.4.6', 'BE'],
      ['2.5.4.3', name],
    ],
    notBefore: now - day,
    notAfter: now + 365 * day,
    keyType: 'P-384',
    keyUsage: ['digitalSignature'],
    extendedKeyUsage: ['clientAuth'],
    dns: [name],
  });
}

function configuration(options: InstallationOptions): string {
  const { policies = defaultPolicies, devices = {}, moreNas = [], tlsWorkers = 1, changesAt, limits } = options;
  const limited = limits === undefined ? '' : `limits: ${limits}, `;
  const changes = changesAt === undefined ? '' : `, dynamic-authorization: { port: ${changesAt} }`;
  const listed = Object.entries(devices).map(
    ([name, { class: kind, state = 'active' }]) => `    ${name}: { class: ${kind}, state: ${state} }\n`,
  );
  return `name: gateway.demo.example
environment: test
radius: { address: 127.0.0.1, ${limited}authentication-port: 0, accounting-port: 0 }
eap: { certificate: server.pem, key: server.key, tls-workers: ${tlsWorkers} }
agent-api: { address: 127.0.0.1, port: 0, certificate: server.pem, key: server.key }
operator-api: { address: 127.0.0.1, port: 0, token-file: operator-api.token }
store: { path: sluis.db }
policies: ${policies}
identity:
  profiles: [identity/machine.yaml, identity/be-eid-test.yaml]
  pseudonym-key-file: pseudonym.key
devices:
${listed.length > 0 ? `  listed:\n${listed.join('')}` : ''}  unlisted: { class: managed-laptop }
people:
  groups-by-profile: { be-eid-test: [staff] }
nas:
  - { name: vpn-demo, address: 127.0.0.1, secret-file: nas.secret, group: vpn${changes} }
${moreNas.map(item => `  - ${item}\n`).join('')}`;
}
