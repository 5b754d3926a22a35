// `node test/lab/start-gateway.ts --pki DIR --secret S`: a gateway for trying clients by hand against certificates made
// elsewhere. A person or a machine gets in by its certificate alone. It runs until Ctrl-C and leaves nothing behind.
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

const { values } = parseArgs({
  options: {
    pki: { type: 'string' },
    secret: { type: 'string' },
    /** Whence requests come; a NAS there needs no Message-Authenticator when `--excused` is given. */
    nas: { type: 'string', default: '127.0.0.1' },
    excused: { type: 'boolean', default: false },
    /** Whose TLS session may stand for their certificate: off, machine or any. */
    resumption: { type: 'string', default: 'off' },
    'authentication-port': { type: 'string', default: '1812' },
    'accounting-port': { type: 'string', default: '1813' },
  },
});
const { pki, secret } = values;
if (pki === undefined || secret === undefined) {
  throw new RangeError('usage: node test/lab/start-gateway.ts --pki DIR --secret S');
}

const directory = mkdtempSync(join(tmpdir(), 'sluis-lab-'));
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
  rmSync(directory, { recursive: true });
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
  put('card-roots.pem', cardRoots);
  put('card-issuers.pem', cardIssuers);
  put('machine-authorities.pem', machines);
  put('nas.secret', nasSecret);
  put('operator-api.token', randomBytes(32).toString('base64url'));
  put('pseudonym.key', randomBytes(32).toString('base64url'));
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
eap: { certificate: server.pem, key: server.key, resumption: ${values.resumption} }
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
    require-message-authenticator: ${values.excused ? 'no' : 'yes'}
`;
}
