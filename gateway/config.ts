// The gateway's configuration: text and the files it names → Config, or the list of all problems. Reads nothing itself.

import { isIP } from 'node:net';
import {
  choice,
  flag,
  integer,
  listOf,
  located,
  mapOf,
  optional,
  parsed,
  problem,
  type Read,
  type Reading,
  record,
  required,
  text,
} from './documents/shape.ts';
import { parseYaml, type Problem } from './documents/yaml-tree.ts';
import { type Nas, type NasProfileName, nasProfiles, parseNasAddress } from './pdp/nas.ts';
import { deviceStates, type Register } from './pdp/register.ts';

export interface Listener {
  readonly address: string;
  readonly port: number;
}

export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

export interface Config {
  readonly tenant: string;
  /** Name of this gateway in proofs and in State; one per installation. */
  readonly name: string;
  readonly environment: 'production' | 'test';
  readonly radius: { readonly address: string; readonly authenticationPort: number; readonly accountingPort: number };
  readonly eap: Certificate & { readonly tlsWorkers: number };
  readonly agentApi: Listener & Certificate;
  readonly readApi: Listener & { readonly token: string };
  readonly storePath: string;
  readonly policiesDirectory: string;
  readonly identityProfiles: readonly { readonly path: string; readonly text: string }[];
  readonly pseudonymKey: Uint8Array;
  readonly nas: readonly Nas[];
  readonly register: Register;
}

/** Resolves a path of the configuration file and gives its bytes; `undefined` when it cannot be read. */
export interface ConfigFiles {
  readonly resolve: (path: string) => string;
  readonly read: (path: string) => Uint8Array | undefined;
}

const name = parsed(value => (/^[a-z0-9][a-z0-9.-]{0,62}$/.test(value) ? value : undefined), 'a name of a-z 0-9 . -');
const address = parsed(value => (isIP(value) === 0 ? undefined : value), 'an IP address');
const port = integer(0, 65_535);
const path = located(text(1024));
const profileNames = Object.keys(nasProfiles) as NasProfileName[];

const device = record({
  class: required(name),
  state: optional(choice(...deviceStates), 'active'),
  owner: optional(text(128)),
});

const document = record({
  tenant: optional(name, 'main'),
  name: required(name),
  environment: optional(choice('production', 'test'), 'production'),
  radius: required(
    record({
      address: optional(address, '0.0.0.0'),
      'authentication-port': optional(port, 1812),
      'accounting-port': optional(port, 1813),
    }),
  ),
  eap: required(
    record({ certificate: required(path), key: required(path), 'tls-workers': optional(integer(1, 64), 1) }),
  ),
  'agent-api': required(
    record({
      address: optional(address, '0.0.0.0'),
      port: optional(port, 8443),
      certificate: required(path),
      key: required(path),
    }),
  ),
  'read-api': required(
    record({ address: optional(address, '127.0.0.1'), port: optional(port, 9443), 'token-file': required(path) }),
  ),
  store: required(record({ path: required(text(1024)) })),
  policies: required(text(1024)),
  identity: required(record({ profiles: required(listOf(path)), 'pseudonym-key-file': required(path) })),
  devices: optional(record({ listed: optional(mapOf(device), new Map()), unlisted: optional(device) })),
  people: optional(
    record({
      'groups-by-pseudonym': optional(mapOf(listOf(name)), new Map()),
      'groups-by-profile': optional(mapOf(listOf(name)), new Map()),
    }),
  ),
  nas: required(
    listOf(
      record({
        name: required(name),
        address: required(located(parsed(parseNasAddress, 'an IP address or network (192.0.2.0/24)'))),
        'secret-file': required(path),
        group: optional(name),
        profile: optional(choice(...profileNames), 'generic'),
        'require-message-authenticator': optional(flag, true),
      }),
    ),
  ),
});

export type ConfigResult = { readonly config: Config } | { readonly problems: readonly Problem[] };

/** Every problem is reported, each with file, line and remedy. */
export function readConfig(source: string, file: string, files: ConfigFiles): ConfigResult {
  const tree = parseYaml(source, file);
  if ('problems' in tree) return tree;
  const reading: Reading = { file, problems: [] };
  const read = document(tree.tree, reading);
  const config = read && assemble(read, reading, files);
  return reading.problems.length > 0 || config === undefined ? { problems: reading.problems } : { config };
}

function assemble(read: Read<typeof document>, reading: Reading, files: ConfigFiles): Config {
  const bytes = (at: { value: string; line: number }): Uint8Array => {
    const found = files.read(files.resolve(at.value));
    if (found !== undefined) return found;
    problem(reading, at.line, `cannot read "${files.resolve(at.value)}"`, 'put the file there, readable for this user');
    return new Uint8Array();
  };
  const word = (at: { value: string; line: number }): string => Buffer.from(bytes(at)).toString('utf8').trim();
  const secret = (at: { value: string; line: number }, least: number, what: string): string => {
    const found = word(at);
    if (found.length > 0 && found.length < least) {
      problem(reading, at.line, `${what} has ${found.length} characters`, `use at least ${least} random characters`);
    }
    return found;
  };
  const pem = (at: { value: string; line: number }, label: string): string => {
    const found = word(at);
    if (found.length > 0 && !found.includes(`-----BEGIN `)) {
      problem(reading, at.line, `"${at.value}" holds no PEM ${label}`, `put a PEM ${label} there`);
    }
    return found;
  };
  return {
    tenant: read.tenant,
    name: read.name,
    environment: read.environment,
    radius: {
      address: read.radius.address,
      authenticationPort: read.radius['authentication-port'],
      accountingPort: read.radius['accounting-port'],
    },
    eap: {
      certificate: pem(read.eap.certificate, 'certificate'),
      key: pem(read.eap.key, 'private key'),
      tlsWorkers: read.eap['tls-workers'],
    },
    agentApi: {
      address: read['agent-api'].address,
      port: read['agent-api'].port,
      certificate: pem(read['agent-api'].certificate, 'certificate'),
      key: pem(read['agent-api'].key, 'private key'),
    },
    readApi: {
      address: read['read-api'].address,
      port: read['read-api'].port,
      token: secret(read['read-api']['token-file'], 24, 'the token'),
    },
    storePath: files.resolve(read.store.path),
    policiesDirectory: files.resolve(read.policies),
    identityProfiles: read.identity.profiles.map(at => ({ path: files.resolve(at.value), text: word(at) })),
    pseudonymKey: Buffer.from(secret(read.identity['pseudonym-key-file'], 32, 'the pseudonym key'), 'utf8'),
    nas: read.nas.map(nas => ({
      name: nas.name,
      tenant: read.tenant,
      group: nas.group ?? nas.name,
      address: nas.address.value,
      secret: Buffer.from(secret(nas['secret-file'], 12, `the secret of ${nas.name}`), 'utf8'),
      requireMessageAuthenticator: nas['require-message-authenticator'],
      profile: nas.profile,
    })),
    register: register(read, reading),
  };

  function register(from: Read<typeof document>, into: Reading): Register {
    const twice = new Set<string>();
    for (const nas of from.nas) {
      if (twice.has(nas.address.value)) {
        problem(into, nas.address.line, `${nas.address.value} is given twice`, 'one NAS per address');
      }
      twice.add(nas.address.value);
    }
    const entry = (found: Read<typeof device>) => ({
      class: found.class,
      state: found.state,
      ...(found.owner === undefined ? {} : { owner: found.owner }),
    });
    const unlisted = from.devices?.unlisted;
    return {
      devices: new Map([...(from.devices?.listed ?? [])].map(([key, found]) => [key, entry(found)])),
      ...(unlisted === undefined ? {} : { unlisted: entry(unlisted) }),
      groupsByPerson: from.people?.['groups-by-pseudonym'] ?? new Map<string, readonly string[]>(),
      groupsByProfile: from.people?.['groups-by-profile'] ?? new Map<string, readonly string[]>(),
    };
  }
}
