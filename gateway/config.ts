// The gateway's configuration: text and the files it names → Config, or the list of all problems. Reads nothing itself.

import { isIP } from 'node:net';
import {
  choice,
  flag,
  integer,
  listOf,
  located,
  optional,
  parsed,
  problem,
  type Read,
  type Reading,
  record,
  required,
  type Shape,
  text,
} from './documents/shape.ts';
import { parseYaml, type Problem } from './documents/yaml-tree.ts';
import { type ConfigFiles, namedFiles } from './config-files.ts';
import { type DirectorySettings, directorySettings, directoryShape } from './directory-config.ts';
import { type Nas, type NasProfileName, nasProfiles, parseNasAddress } from './pdp/nas.ts';
import type { Register } from './pdp/register.ts';
import { configuredRegister, type DeviceRegisterFile, devicesShape, peopleShape } from './register-config.ts';

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
  readonly eap: Certificate & { readonly tlsWorkers: number; readonly resumption: (typeof resumptions)[number] };
  readonly agentApi: Listener &
    Certificate & {
      /** The NAS groups that tickets are made for; absent: every one. */
      readonly ticketGroups?: readonly string[];
      /** The origin that Web eID tokens are made out to; absent: they are refused. */
      readonly webEidOrigin?: string;
    };
  readonly readApi: Listener & { readonly token: string };
  readonly storePath: string;
  readonly policiesDirectory: string;
  readonly identityProfiles: readonly { readonly path: string; readonly text: string }[];
  readonly pseudonymKey: Uint8Array;
  readonly nas: readonly Nas[];
  readonly register: Register;
  /** Stands beside `register`, and is read again while the gateway runs. */
  readonly deviceRegister?: DeviceRegisterFile;
  /** Absent: the groups of people are those of the register. */
  readonly directory?: DirectorySettings;
}

const name = parsed(value => (/^[a-z0-9][a-z0-9.-]{0,62}$/.test(value) ? value : undefined), 'a name of a-z 0-9 . -');
const address = parsed(value => (isIP(value) === 0 ? undefined : value), 'an IP address');
const port = integer(0, 65_535);
/** As a browser writes it: no path, no slash at the end, no port 443. */
const httpsOrigin = parsed(
  value => (/^https:/.test(value) && URL.canParse(value) && new URL(value).origin === value ? value : undefined),
  'an origin such as https://gateway.example.org',
);
/** Whose TLS session may stand for their certificate. */
const resumptions = ['off', 'machine', 'any'] as const;
const profileNames = Object.keys(nasProfiles) as NasProfileName[];

/** The source address chooses the secret, so no two NAS may share one. */
function oncePerAddress<T extends { readonly address: { readonly value: string; readonly line: number } }>(
  item: Shape<T>,
): Shape<readonly T[]> {
  return (tree, reading) => {
    const seen = new Set<string>();
    return listOf<T>((each, into) => {
      const nas = item(each, into);
      if (nas === undefined) return undefined;
      const { value, line } = nas.address;
      if (seen.has(value)) return problem(into, line, `${value} is given twice`, 'one NAS per address');
      seen.add(value);
      return nas;
    })(tree, reading);
  };
}

function documentShape(files: ConfigFiles) {
  const { file, pem, secret, unsealed } = namedFiles(files);
  // Fields are read in the order in which they stand below: the environment is known when `eap` is read.
  let isTest = false;
  const environment: Shape<Config['environment']> = (tree, reading) => {
    const found = choice('production', 'test')(tree, reading);
    isTest = found === 'test';
    return found;
  };
  const resumption: Shape<(typeof resumptions)[number]> = (tree, reading) => {
    const found = choice(...resumptions)(tree, reading);
    if (found !== 'any' || isTest) return found;
    const message = '"any" lets a person come back without a card in the reader';
    return problem(reading, tree.line, message, 'write machine or off, or environment: test in a lab');
  };
  return record({
    tenant: optional(name, 'main'),
    name: required(name),
    environment: optional(environment, 'production'),
    radius: required(
      record({
        address: optional(address, '0.0.0.0'),
        'authentication-port': optional(port, 1812),
        'accounting-port': optional(port, 1813),
      }),
    ),
    eap: required(
      record({
        certificate: required(pem('certificate')),
        key: required(pem('private key')),
        'tls-workers': optional(integer(1, 64), 1),
        resumption: optional(resumption, 'off'),
      }),
    ),
    'agent-api': required(
      record({
        address: optional(address, '0.0.0.0'),
        port: optional(port, 8443),
        certificate: required(pem('certificate')),
        key: required(pem('private key')),
        'ticket-groups': optional(listOf(located(name))),
        'web-eid-origin': optional(httpsOrigin),
      }),
    ),
    'read-api': required(
      record({
        address: optional(address, '127.0.0.1'),
        port: optional(port, 9443),
        'token-file': required(secret(24, 'the token')),
      }),
    ),
    store: required(record({ path: required(text(1024)) })),
    policies: required(text(1024)),
    identity: required(
      record({ profiles: required(listOf(file)), 'pseudonym-key-file': required(secret(32, 'the pseudonym key')) }),
    ),
    devices: optional(devicesShape(unsealed)),
    people: optional(peopleShape),
    directory: optional(directoryShape({ pem, secret })),
    nas: required(
      oncePerAddress(
        record({
          name: required(name),
          address: required(located(parsed(parseNasAddress, 'an IP address or network (192.0.2.0/24)'))),
          'secret-file': required(secret(12, 'the secret')),
          group: optional(name),
          profile: optional(choice(...profileNames), 'generic'),
          'require-message-authenticator': optional(flag, true),
        }),
      ),
    ),
  });
}
type Document = Read<ReturnType<typeof documentShape>>;

export type ConfigResult = { readonly config: Config } | { readonly problems: readonly Problem[] };

/** Every problem is reported, each with file, line and remedy. */
export function readConfig(source: string, file: string, files: ConfigFiles): ConfigResult {
  const tree = parseYaml(source, file);
  if ('problems' in tree) return tree;
  const reading: Reading = { file, problems: [] };
  const read = documentShape(files)(tree.tree, reading);
  if (read !== undefined) checkTicketGroups(read, reading);
  if (read === undefined || reading.problems.length > 0) return { problems: reading.problems };
  return { config: assemble(read, files) };
}

/** Tickets for a group without a NAS would open nothing, and a peer is never told why. */
function checkTicketGroups({ 'agent-api': agentApi, nas }: Document, reading: Reading): void {
  const named = agentApi['ticket-groups'];
  const groups = new Set(nas.map(each => each.group ?? each.name));
  if (named?.length === 0) {
    problem(reading, agentApi.line, 'ticket-groups names no group', 'name one, or leave the line out');
  }
  for (const { value, line } of named ?? []) {
    if (groups.has(value)) continue;
    problem(reading, line, `no NAS is in group "${value}"`, `use one of: ${[...groups].join(', ')}`);
  }
}

function assemble(read: Document, files: ConfigFiles): Config {
  const { eap, radius, 'agent-api': agentApi, 'read-api': readApi, identity } = read;
  return {
    tenant: read.tenant,
    name: read.name,
    environment: read.environment,
    radius: {
      address: radius.address,
      authenticationPort: radius['authentication-port'],
      accountingPort: radius['accounting-port'],
    },
    eap: {
      certificate: eap.certificate,
      key: eap.key,
      tlsWorkers: eap['tls-workers'],
      resumption: eap.resumption,
    },
    agentApi: {
      address: agentApi.address,
      port: agentApi.port,
      certificate: agentApi.certificate,
      key: agentApi.key,
      ...(agentApi['ticket-groups'] === undefined
        ? {}
        : { ticketGroups: agentApi['ticket-groups'].map(({ value }) => value) }),
      ...(agentApi['web-eid-origin'] === undefined ? {} : { webEidOrigin: agentApi['web-eid-origin'] }),
    },
    readApi: { address: readApi.address, port: readApi.port, token: readApi['token-file'] },
    storePath: files.resolve(read.store.path),
    policiesDirectory: files.resolve(read.policies),
    identityProfiles: identity.profiles,
    pseudonymKey: Buffer.from(identity['pseudonym-key-file'], 'utf8'),
    nas: read.nas.map(nas => ({
      name: nas.name,
      tenant: read.tenant,
      group: nas.group ?? nas.name,
      address: nas.address.value,
      secret: Buffer.from(nas['secret-file'], 'utf8'),
      requireMessageAuthenticator: nas['require-message-authenticator'],
      profile: nas.profile,
    })),
    register: configuredRegister(read.devices, read.people),
    ...(read.devices?.file === undefined ? {} : { deviceRegister: read.devices.file }),
    ...(read.directory === undefined ? {} : { directory: directorySettings(read.tenant, read.directory) }),
  };
}
