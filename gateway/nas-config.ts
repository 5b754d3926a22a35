// The `nas:` part of the configuration: the concentrators, what they can do, and how well the way to them is protected.

import { isIP } from 'node:net';
import { parseLastOfDay } from './documents/calendar-day.ts';
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
} from './documents/shape.ts';
import {
  datagramPaths,
  type Nas,
  type NasPath,
  type NasProfileName,
  nasProfiles,
  parseNasAddress,
  secretOverTls,
  unadmittedSessions,
} from './pdp/nas.ts';

const address = parsed(value => (isIP(value) === 0 ? undefined : value), 'an IP address');
const profileNames = Object.keys(nasProfiles) as NasProfileName[];
/** [RFC5176-2.1] */
const dynamicAuthorizationPort = 3799;

const day = parsed(parseLastOfDay, 'a date such as 2027-03-31');

const dnsName = parsed(value => {
  const name = value.toLowerCase();
  return /^(?=.{1,253}$)([a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}$/.test(name) ? name : undefined;
}, 'a DNS name without a wildcard');
/** Also as openssl prints it. */
const fingerprint = parsed(value => {
  const hex = value.replaceAll(':', '').toLowerCase();
  return /^[0-9a-f]{64}$/.test(hex) ? hex : undefined;
}, 'a SHA-256 fingerprint of 64 hex digits');

function entryShape(secret: Shape<string>) {
  return record({
    name: required(name),
    address: optional(located(parsed(parseNasAddress, 'an IP address or network (192.0.2.0/24)'))),
    'secret-file': optional(secret),
    'tls-name': optional(located(dnsName)),
    'tls-fingerprint': optional(located(fingerprint)),
    group: optional(name),
    profile: optional(choice(...profileNames), 'generic'),
    'require-message-authenticator': optional(flag, true),
    path: optional(choice(...datagramPaths)),
    'passwords-over-plain-until': optional(day),
    'dynamic-authorization': optional(
      record({
        enabled: optional(flag, true),
        address: optional(address),
        port: optional(integer(1, 65_535), dynamicAuthorizationPort),
        'secret-file': optional(secret),
      }),
    ),
    'unadmitted-sessions': optional(choice(...unadmittedSessions)),
  });
}
export type NasEntry = Read<ReturnType<typeof entryShape>>;

/** The source address chooses the secret and the certificate says who it is, so no two NAS may share either. */
export function nasShape(secret: Shape<string>): Shape<readonly NasEntry[]> {
  const entry = entryShape(secret);
  return (tree, reading) => {
    const seen = new Set<string>();
    return listOf<NasEntry>((each, into) => {
      const nas = entry(each, into);
      if (nas === undefined) return undefined;
      const called = `name ${nas.name}`;
      if (seen.has(called)) return problem(into, nas.line, `${nas.name} is the name of two`, 'one name per NAS');
      seen.add(called);
      for (const found of [nas.address, nas['tls-name'], nas['tls-fingerprint']]) {
        if (found === undefined) continue;
        const { value, line } = found;
        if (seen.has(value))
          return problem(into, line, `${value} is given twice`, 'one NAS per address and certificate');
        seen.add(value);
      }
      return isUsable(nas, into) ? nas : undefined;
    })(tree, reading);
  };
}

/** It has a way in, a secret where the protocol is to keep one, and can do what is asked of it. */
function isUsable(entry: NasEntry, reading: Reading): boolean {
  const { address: at, name: who, line } = entry;
  const change = entry['dynamic-authorization'];
  const complain = (message: string, remedy: string): boolean => {
    problem(reading, line, message, remedy);
    return false;
  };
  if (at === undefined && entry['tls-name'] === undefined && entry['tls-fingerprint'] === undefined) {
    return complain(`"${who}" has no way in`, 'add address:, or tls-name: for RADIUS over TLS');
  }
  const own = entry['secret-file'];
  if (at !== undefined && own === undefined) return complain(`"${who}" has no secret`, 'add secret-file:');
  if (change?.enabled === true && change.address !== undefined && (change['secret-file'] ?? own) === undefined) {
    return complain(`"${who}" is asked for changes without a secret`, 'add secret-file: below dynamic-authorization:');
  }
  if (entry['unadmitted-sessions'] === 'close' && dynamicAuthorizationOf(entry, secretOverTls) === undefined) {
    return complain(`"${who}" takes no request to close a session`, 'leave out unadmitted-sessions: close');
  }
  return true;
}

export function nasOf(entry: NasEntry, tenant: string): Nas {
  const at = entry.address?.value;
  const secret = entry['secret-file'] === undefined ? secretOverTls : Buffer.from(entry['secret-file'], 'utf8');
  const change = dynamicAuthorizationOf(entry, secret);
  const certificate = certificateOf(entry);
  const until = entry['passwords-over-plain-until'];
  const unadmitted = entry['unadmitted-sessions'];
  return {
    name: entry.name,
    tenant,
    group: entry.group ?? entry.name,
    ...(at === undefined ? {} : { address: at }),
    ...(certificate === undefined ? {} : { certificate }),
    secret,
    requireMessageAuthenticator: entry['require-message-authenticator'],
    profile: entry.profile,
    path: at === undefined ? 'tls' : (entry.path ?? pathTo(at)),
    ...(until === undefined ? {} : { passwordsOverPlainUntil: until }),
    ...(change === undefined ? {} : { dynamicAuthorization: change }),
    ...(unadmitted === undefined ? {} : { unadmittedSessions: unadmitted }),
  };
}

function certificateOf(entry: NasEntry): Nas['certificate'] {
  const [named, pinned] = [entry['tls-name']?.value, entry['tls-fingerprint']?.value];
  if (named === undefined && pinned === undefined) return undefined;
  return {
    ...(named === undefined ? {} : { name: named }),
    ...(pinned === undefined ? {} : { fingerprint: pinned }),
  };
}

function pathTo(nasAddress: string): NasPath {
  return nasAddress.startsWith('127.') || nasAddress === '::1' ? 'loopback' : 'plain';
}

/** Where the concentrator is, unless it is a network, can take no change, or the administrator says otherwise. */
function dynamicAuthorizationOf(entry: NasEntry, ownSecret: Uint8Array): Nas['dynamicAuthorization'] {
  const said = entry['dynamic-authorization'];
  if (said?.enabled === false || nasProfiles[entry.profile].change === 'none') return undefined;
  const where = said?.address ?? entry.address?.value ?? '';
  if (isIP(where) === 0) return undefined;
  const secret = said?.['secret-file'];
  return {
    address: where,
    port: said?.port ?? dynamicAuthorizationPort,
    secret: secret === undefined ? ownSecret : Buffer.from(secret, 'utf8'),
  };
}
