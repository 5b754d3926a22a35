// `node test/lab/start-gateway.ts --pki DIR --secret S`: a gateway for trying clients by hand against certificates made
// elsewhere. A person or a machine gets in by its certificate alone, and with `--people` a person by a password that a real
// slapd judges. It runs until Ctrl-C and leaves nothing behind.
//
// DIR holds, all PEM:
//   radius.pem radius.key   what the gateway shows to clients; leaf first
//   trust-clients.pem       authorities: a root with authorities below it in this file issues cards, a root alone machines
//   crls-clients.pem        the list of every one of those authorities
// Cards look like Belgian ones (policies/identity/be-eid-test.yaml says how), machines have a name.

import { randomBytes, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startGatewayProcess } from '../../gateway/cli/demo/gateway-process.ts';
import { base32 } from '../../gateway/identity/base32.ts';
import { groups, people, person, reader } from '../contracts/directory-people.ts';
import { startSlapd } from '../io/directory-slapd.ts';

const { values } = parseArgs({
  options: {
    pki: { type: 'string' },
    secret: { type: 'string' },
    /** Whence requests come; a NAS there needs no Message-Authenticator when `--excused` is given. */
    nas: { type: 'string', default: '127.0.0.1' },
    excused: { type: 'boolean', default: false },
    /** Whose TLS session may stand for their certificate: off, machine or any. */
    resumption: { type: 'string', default: 'off' },
    /** Where RADIUS over TLS is served, for `nas.lab.example` of the authority in trust-server.pem; nowhere when absent. */
    'tls-port': { type: 'string' },
    /** What kind of concentrator it is, and the port where it takes CoA- and Disconnect-Requests. */
    profile: { type: 'string', default: 'generic' },
    'changes-at': { type: 'string', default: '3799' },
    /** User names with commas between, all with one password: whoever the directory knows. */
    people: { type: 'string' },
    password: { type: 'string', default: 'Lab-Pass-1' },
    slapd: { type: 'string', default: '/usr/sbin/slapd' },
    'authentication-port': { type: 'string', default: '1812' },
    'accounting-port': { type: 'string', default: '1813' },
  },
});
const { pki, secret, 'tls-port': tlsPort } = values;
if (pki === undefined || secret === undefined) {
  throw new RangeError('usage: node test/lab/start-gateway.ts --pki DIR --secret S');
}

const directory = mkdtempSync(join(tmpdir(), 'sluis-lab-'));
const directoryServer = values.people === undefined ? undefined : await startDirectory(values.people.split(','));
try {
  const gateway = await startGatewayProcess(writeInstallation(pki, secret));
  process.stdout.write(`serving: ${JSON.stringify(gateway.ports)}\n`);
  await new Promise<void>(resolve => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
  process.stdout.write(`${gateway.lines().join('\n')}\n`);
  process.exitCode = (await gateway.stop()) ?? 1;
} finally {
  await directoryServer?.close();
  rmSync(directory, { recursive: true });
}

function startDirectory(names: readonly string[]): ReturnType<typeof startSlapd> {
  return startSlapd(
    values.slapd,
    names.map(name => {
      const { dn, attributes } = person(name, `k1-${base32(randomBytes(16)).toLowerCase()}`);
      return { dn, attributes: { ...attributes, userPassword: [values.password] } };
    }),
  );
}

function writeInstallation(pkiDirectory: string, nasSecret: string): string {
  const put = (name: string, content: string): string => {
    const path = join(directory, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  };
  const taken = (name: string): string => readFileSync(join(pkiDirectory, name), 'utf8');
  const { cardRoots, cardIssuers, machines } = sortAuthorities(taken('trust-clients.pem'));
  put('server.pem', taken('radius.pem'));
  put('server.key', taken('radius.key'));
  put('crls.pem', taken('crls-clients.pem'));
  if (tlsPort !== undefined) put('nas-ca.pem', taken('trust-server.pem'));
  put('card-roots.pem', cardRoots);
  put('card-issuers.pem', cardIssuers);
  put('machine-authorities.pem', machines);
  put('nas.secret', nasSecret);
  put('operator-api.token', randomBytes(32).toString('base64url'));
  put('pseudonym.key', randomBytes(32).toString('base64url'));
  put('directory-ca.pem', directoryServer?.ca ?? '');
  put('directory.password', reader.password);
  put(
    'card.yaml',
    profile('be-eid-test')
      .replace('anchors/be-eid-test.pem', 'card-roots.pem\n  intermediates:\n    - card-issuers.pem')
      .replace('crls/be-eid-test.pem', 'crls.pem'),
  );
  put(
    'machine.yaml',
    profile('machine')
      .replace('anchors/machine-ca.pem', 'machine-authorities.pem')
      .replace('crls/machine-ca.pem', 'crls.pem'),
  );
  return put('sluis.yaml', configuration());
}

/** Roots above other authorities, those others, and roots alone; PEM each. */
function sortAuthorities(pem: string): Readonly<Record<'cardRoots' | 'cardIssuers' | 'machines', string>> {
  const all = (pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map(
    text => new X509Certificate(text),
  );
  const isRoot = (each: X509Certificate): boolean => each.subject === each.issuer;
  const isAbove = (root: X509Certificate): boolean => all.some(each => !isRoot(each) && each.issuer === root.subject);
  const text = (some: readonly X509Certificate[]): string => some.map(each => each.toString()).join('');
  return {
    cardRoots: text(all.filter(each => isRoot(each) && isAbove(each))),
    cardIssuers: text(all.filter(each => !isRoot(each))),
    machines: text(all.filter(each => isRoot(each) && !isAbove(each))),
  };
}

function profile(name: string): string {
  return readFileSync(new URL(`../../policies/identity/${name}.yaml`, import.meta.url), 'utf8');
}

function configuration(): string {
  return `name: gateway.lab.example
environment: test
radius:
  address: 127.0.0.1
  authentication-port: ${values['authentication-port']}
  accounting-port: ${values['accounting-port']}
${tlsLines()}eap: { certificate: server.pem, key: server.key, resumption: ${values.resumption} }
agent-api: { address: 127.0.0.1, port: 0, certificate: server.pem, key: server.key }
operator-api: { address: 127.0.0.1, port: 0, token-file: operator-api.token }
store: { path: sluis.db }
policies: ${fileURLToPath(new URL('policies', import.meta.url))}
identity:
  profiles: [machine.yaml, card.yaml]
  pseudonym-key-file: pseudonym.key
devices:
  unlisted: { class: managed-laptop }
nas:
  - name: lab
    address: ${values.nas}
    secret-file: nas.secret
${tlsPort === undefined ? '' : '    tls-name: nas.lab.example\n'}    profile: ${values.profile}
    dynamic-authorization: { port: ${values['changes-at']} }
    require-message-authenticator: ${values.excused ? 'no' : 'yes'}
${directoryLines()}`;
}

function tlsLines(): string {
  if (tlsPort === undefined) return '';
  const own = 'certificate: server.pem, key: server.key, client-ca: nas-ca.pem';
  return `  tls: { address: 127.0.0.1, port: ${tlsPort}, ${own} }\n`;
}

function directoryLines(): string {
  if (directoryServer === undefined) return '';
  return `directory:
  servers: ldaps://localhost:${directoryServer.port}
  ca-file: directory-ca.pem
  bind: { dn: "${reader.dn}", password-file: directory.password }
  kind: active-directory
  people: { base: "${people}", attribute: employeeNumber, login-attribute: uid }
  groups: { base: "${groups}" }
  passwords: yes
`;
}
