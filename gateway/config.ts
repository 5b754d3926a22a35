// The gateway's configuration: text and the files it names → Config, or the list of all problems. Reads nothing itself.

import { isIP } from 'node:net';
import {
  choice,
  flag,
  integer,
  listOf,
  located,
  name,
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
import { type CountryFile, countriesShape } from './countries-config.ts';
import { type DirectorySettings, directorySettings, directoryShape } from './directory-config.ts';
import { checkTlsProfiles, type EapSettings, eapSettings, eapShape } from './eap-config.ts';
import { type IdentitySettings, identityShape } from './identity-config.ts';
import { nasOf, nasShape } from './nas-config.ts';
import { type NasProfiles, nasProfiles } from './nas-profiles-config.ts';
import { type OperatorApiSettings, operatorApiShape } from './operator-config.ts';
import { policyChangesShape, type PolicyChangeSettings, policyChangeSettings } from './policy-changes-config.ts';
import type { Nas } from './pdp/nas.ts';
import type { NasProfile } from './pdp/nas-profile.ts';
import type { Register } from './pdp/register.ts';
import { type ReferenceSettings, referenceShape } from './reference-config.ts';
import { type RadiusSettings, radiusSettings, radiusShape } from './radius-config.ts';
import { configuredRegister, type DeviceRegisterFile, devicesShape, peopleShape } from './register-config.ts';
import { checkRollout, rolloutFields, type RolloutSettings, rolloutSettings } from './rollout-config.ts';
import { segmentsShape } from './segments-config.ts';
import { checkTeap } from './teap-config.ts';
import { type StoreSettings, storeSettings, storeShape } from './store-config.ts';

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
  readonly radius: RadiusSettings;
  readonly eap: EapSettings;
  readonly agentApi: Listener &
    Certificate & {
      /** The NAS groups that tickets are made for; absent: every one. */
      readonly ticketGroups?: readonly string[];
      /** The origin that Web eID tokens are made out to; absent: they are refused. */
      readonly webEidOrigin?: string;
      /** Private computers may ask to be admitted. */
      readonly selfEnrolment: boolean;
    };
  readonly operatorApi: OperatorApiSettings;
  readonly store: StoreSettings;
  readonly policiesDirectory: string;
  readonly policyChanges: PolicyChangeSettings;
  readonly rollout: RolloutSettings;
  readonly identity: IdentitySettings;
  readonly nas: readonly Nas[];
  readonly nasProfiles: readonly NasProfile[];
  readonly register: Register;
  /** Stands beside `register`, and is read again while the gateway runs. */
  readonly deviceRegister?: DeviceRegisterFile;
  /** Absent: nothing is known of where an address is. */
  readonly countries?: CountryFile;
  /** Absent: none is installed. */
  readonly referenceData?: ReferenceSettings;
  /** Absent: the groups of people are those of the register. */
  readonly directory?: DirectorySettings;
}

const address = parsed(value => (isIP(value) === 0 ? undefined : value), 'an IP address');
const port = integer(0, 65_535);
/** As a browser writes it: no path, no slash at the end, no port 443. */
const httpsOrigin = parsed(
  value => (/^https:/.test(value) && URL.canParse(value) && new URL(value).origin === value ? value : undefined),
  'an origin such as https://gateway.example.org',
);

function documentShape(files: ConfigFiles, profiles: NasProfiles) {
  // Fields are read in the order in which they stand below: these two are known when the first file is read.
  let isTest = false;
  let sealedOnly = false;
  const { file, pem, secret, unsealed } = namedFiles(files, () => sealedOnly);
  const environment: Shape<Config['environment']> = (tree, reading) => {
    const found = choice('production', 'test')(tree, reading);
    isTest = found === 'test';
    return found;
  };
  const secrets: Shape<'sealed-only' | 'plain-allowed'> = (tree, reading) => {
    const found = choice('sealed-only', 'plain-allowed')(tree, reading);
    sealedOnly = found === 'sealed-only';
    return found;
  };
  return record({
    tenant: optional(name, 'main'),
    name: required(name),
    environment: optional(environment, 'production'),
    secrets: optional(secrets),
    radius: required(radiusShape(pem)),
    eap: required(eapShape(pem, () => isTest)),
    'agent-api': required(
      record({
        address: optional(address, '0.0.0.0'),
        port: optional(port, 8443),
        certificate: required(pem('certificate')),
        key: required(pem('private key')),
        'ticket-groups': optional(listOf(located(name))),
        'web-eid-origin': optional(httpsOrigin),
        'self-enrolment': optional(flag, false),
      }),
    ),
    'operator-api': required(operatorApiShape(secret(24, 'the token'))),
    store: required(storeShape({ pem, secret })),
    policies: required(text(1024)),
    'policy-changes': optional(policyChangesShape),
    ...rolloutFields(pem('public key')),
    identity: required(identityShape({ file, secret })),
    devices: optional(devicesShape(unsealed)),
    people: optional(peopleShape),
    countries: optional(countriesShape(unsealed)),
    'reference-data': optional(referenceShape(pem, files.resolve)),
    directory: optional(directoryShape({ pem, secret })),
    segments: optional(segmentsShape),
    'nas-profiles': optional(profiles.directory),
    nas: required(nasShape(secret(12, 'the secret'), profiles)),
  });
}
type Document = Read<ReturnType<typeof documentShape>>;

export type ConfigResult = { readonly config: Config } | { readonly problems: readonly Problem[] };

/** Every problem is reported, each with file, line and remedy. */
export function readConfig(source: string, file: string, files: ConfigFiles): ConfigResult {
  const tree = parseYaml(source, file);
  if ('problems' in tree) return tree;
  const reading: Reading = { file, problems: [] };
  const profiles = nasProfiles(files);
  const read = documentShape(files, profiles)(tree.tree, reading);
  if (read !== undefined) {
    checkTicketGroups(read, reading);
    checkNasOverTls(read, reading);
    checkTlsProfiles(read.eap, read.nas, reading);
    checkTeap(read.eap, read.nas, reading);
    checkRollout(read, reading);
  }
  if (read === undefined || reading.problems.length > 0) return { problems: reading.problems };
  return { config: { ...assemble(read, files), nasProfiles: profiles.all() } };
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

/** A way in that nobody listens at would fail in silence. The other way round is how a certificate's name is found out. */
function checkNasOverTls({ radius, nas }: Document, reading: Reading): void {
  if (radius.tls !== undefined) return;
  for (const { name: nasName, line, ...entry } of nas) {
    if (entry['tls-name'] === undefined && entry['tls-fingerprint'] === undefined) continue;
    problem(reading, line, `"${nasName}" comes over TLS, and nothing listens there`, 'add tls: below radius:');
  }
}

function assemble(read: Document, files: ConfigFiles): Omit<Config, 'nasProfiles'> {
  const { eap, radius, 'agent-api': agentApi } = read;
  return {
    tenant: read.tenant,
    name: read.name,
    environment: read.environment,
    radius: radiusSettings(radius),
    eap: eapSettings(eap, read.name),
    agentApi: {
      address: agentApi.address,
      port: agentApi.port,
      certificate: agentApi.certificate,
      key: agentApi.key,
      ...(agentApi['ticket-groups'] === undefined
        ? {}
        : { ticketGroups: agentApi['ticket-groups'].map(({ value }) => value) }),
      selfEnrolment: agentApi['self-enrolment'],
      ...(agentApi['web-eid-origin'] === undefined ? {} : { webEidOrigin: agentApi['web-eid-origin'] }),
    },
    operatorApi: read['operator-api'],
    store: storeSettings(read.store, { resolve: files.resolve, gateway: read.name }),
    policiesDirectory: files.resolve(read.policies),
    policyChanges: policyChangeSettings(read['policy-changes']),
    rollout: rolloutSettings(read, files.resolve),
    identity: read.identity,
    nas: read.nas.map(entry => nasOf(entry, read.tenant, read.segments)),
    register: configuredRegister(read.devices, read.people),
    ...(read.devices?.file === undefined ? {} : { deviceRegister: read.devices.file }),
    ...(read.countries === undefined ? {} : { countries: read.countries }),
    ...(read['reference-data'] === undefined ? {} : { referenceData: read['reference-data'] }),
    ...(read.directory === undefined
      ? {}
      : {
          directory: directorySettings(
            read.tenant,
            read.directory,
            read.identity.pseudonymKeys.map(key => key.id),
          ),
        }),
  };
}
