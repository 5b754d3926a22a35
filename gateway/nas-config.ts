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
  type ChangeServer,
  datagramPaths,
  type Nas,
  nasModes,
  type NasPath,
  parseNasAddress,
  secretOverTls,
  unadmittedSessions,
} from './pdp/nas.ts';
import { type NasProfile, type Segments, takesChanges } from './pdp/nas-profile.ts';
import { eapMethodsShape } from './eap-config.ts';
import type { NasProfiles } from './nas-profiles-config.ts';

const address = parsed(value => (isIP(value) === 0 ? undefined : value), 'an IP address');
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

function entryShape(secret: Shape<string>, profile: Shape<NasProfile>) {
  return record({
    name: required(name),
    address: optional(located(parsed(parseNasAddress, 'an IP address or network (192.0.2.0/24)'))),
    'secret-file': optional(secret),
    'former-secret-file': optional(secret),
    'tls-name': optional(located(dnsName)),
    'tls-fingerprint': optional(located(fingerprint)),
    group: optional(name),
    profile: optional(profile),
    'require-message-authenticator': optional(flag, true),
    'reply-message-authenticator': optional(flag, true),
    path: optional(choice(...datagramPaths)),
    'passwords-over-plain-until': optional(day),
    'without-live-change-until': optional(day),
    'dynamic-authorization': optional(
      record({
        enabled: optional(flag, true),
        'over-tls': optional(flag),
        address: optional(address),
        port: optional(integer(1, 65_535), dynamicAuthorizationPort),
        'secret-file': optional(secret),
        'former-secret-file': optional(secret),
      }),
    ),
    'unadmitted-sessions': optional(choice(...unadmittedSessions)),
    mode: optional(choice(...nasModes)),
    authority: optional(
      record({
        address: required(address),
        'authentication-port': optional(integer(1, 65_535), 1812),
        'accounting-port': optional(integer(1, 65_535), 1813),
        'secret-file': required(secret),
        'require-message-authenticator': optional(flag, true),
      }),
    ),
    'tls-profile': optional(located(name)),
    'eap-methods': optional(eapMethodsShape),
  });
}
export type NasEntry = Read<ReturnType<typeof entryShape>> & { readonly profile: NasProfile };

/** The source address chooses the secret and the certificate says who it is, so no two NAS may share either. */
export function nasShape(secret: Shape<string>, profiles: NasProfiles): Shape<readonly NasEntry[]> {
  const named = entryShape(secret, profiles.named);
  const entry: Shape<NasEntry> = (tree, reading) => {
    const read = named(tree, reading);
    const profile = read?.profile ?? profiles.usual(reading);
    return read === undefined || profile === undefined ? undefined : { ...read, profile };
  };
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
  if (change?.['over-tls'] === true && certificateOf(entry) === undefined) {
    return complain(`"${who}" never comes over TLS`, 'add tls-name:, or leave out over-tls: yes');
  }
  if (change?.['over-tls'] === true && change.address !== undefined) {
    return complain(`"${who}" is asked for changes in two ways`, 'leave out over-tls: yes, or address: beside it');
  }
  if ((entry.mode === undefined) !== (entry.authority === undefined)) {
    return entry.mode === undefined
      ? complain(`"${who}" has an authority and does not say who decides`, 'add mode: observe, or mode: decide')
      : complain(`"${who}" has a mode and no authority`, 'add authority:, or leave out mode:');
  }
  const rollover = unusableRollover(entry);
  if (rollover !== undefined) return complain(`"${who}" ${rollover.is}`, rollover.remedy);
  if (
    entry['unadmitted-sessions'] === 'close' &&
    dynamicAuthorizationOf(entry, { secret: secretOverTls }) === undefined
  ) {
    return complain(`"${who}" takes no request to close a session`, 'leave out unadmitted-sessions: close');
  }
  return true;
}

/** What is wrong with its two secrets, if it has two. */
function unusableRollover(entry: NasEntry): { readonly is: string; readonly remedy: string } | undefined {
  const change = entry['dynamic-authorization'];
  const pairs = [entry, ...(change === undefined ? [] : [change])];
  for (const { 'secret-file': secret, 'former-secret-file': former } of pairs) {
    if (former === undefined) continue;
    if (secret === undefined) return { is: 'has a former secret and no new one', remedy: 'add secret-file: beside it' };
    if (former === secret) return { is: 'has the same secret twice', remedy: 'put the new one into secret-file:' };
  }
  // Without a signature a password that was hidden with the other secret is a wrong password, and nothing says which it was.
  if (entry['former-secret-file'] === undefined || entry['require-message-authenticator']) return undefined;
  return {
    is: 'sends requests that do not show which secret made them',
    remedy:
      'change both sides at once, without former-secret-file:, or let it sign (require-message-authenticator: yes)',
  };
}

export function nasOf(entry: NasEntry, tenant: string, segments?: Segments): Nas {
  const at = entry.address?.value;
  const secret = entry['secret-file'] === undefined ? secretOverTls : Buffer.from(entry['secret-file'], 'utf8');
  const former = formerSecretOf(entry);
  const change = dynamicAuthorizationOf(entry, { secret, ...former });
  const certificate = certificateOf(entry);
  const until = entry['passwords-over-plain-until'];
  const withoutChange = entry['without-live-change-until'];
  const unadmitted = entry['unadmitted-sessions'];
  const tlsProfile = entry['tls-profile']?.value;
  const eapMethods = entry['eap-methods'];
  return {
    name: entry.name,
    tenant,
    group: entry.group ?? entry.name,
    ...(at === undefined ? {} : { address: at }),
    ...(certificate === undefined ? {} : { certificate }),
    secret,
    ...former,
    requireMessageAuthenticator: entry['require-message-authenticator'],
    ...(entry['reply-message-authenticator'] ? {} : { unsignedReplies: true }),
    profile: entry.profile,
    ...(segments === undefined ? {} : { segments }),
    path: at === undefined ? 'tls' : (entry.path ?? pathTo(at)),
    ...(until === undefined ? {} : { passwordsOverPlainUntil: until }),
    ...(change === undefined ? {} : { dynamicAuthorization: change }),
    ...(withoutChange === undefined ? {} : { withoutLiveChangeUntil: withoutChange }),
    ...(unadmitted === undefined ? {} : { unadmittedSessions: unadmitted }),
    ...authorityOf(entry),
    ...(tlsProfile === undefined ? {} : { tlsProfile }),
    ...(eapMethods === undefined ? {} : { eapMethods }),
  };
}

function authorityOf({ authority, mode }: NasEntry): Pick<Nas, 'authority' | 'mode'> {
  if (authority === undefined || mode === undefined) return {};
  return {
    mode,
    authority: {
      address: authority.address,
      authenticationPort: authority['authentication-port'],
      accountingPort: authority['accounting-port'],
      secret: Buffer.from(authority['secret-file'], 'utf8'),
      requireMessageAuthenticator: authority['require-message-authenticator'],
    },
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
function dynamicAuthorizationOf(
  entry: NasEntry,
  own: Pick<ChangeServer, 'secret' | 'formerSecret'>,
): Nas['dynamicAuthorization'] {
  const said = entry['dynamic-authorization'];
  if (said?.enabled === false || !takesChanges(entry.profile)) return undefined;
  // Without any address that is the only way that there is.
  const noAddress = said?.address === undefined && entry.address === undefined;
  if (certificateOf(entry) !== undefined && (said?.['over-tls'] ?? noAddress)) return 'over-tls';
  const where = said?.address ?? entry.address?.value ?? '';
  if (isIP(where) === 0) return undefined;
  const secret = said?.['secret-file'];
  return {
    address: where,
    port: said?.port ?? dynamicAuthorizationPort,
    ...(secret === undefined ? own : { secret: Buffer.from(secret, 'utf8'), ...formerSecretOf(said) }),
  };
}

function formerSecretOf(entry: { readonly 'former-secret-file'?: string | undefined } = {}): Pick<Nas, 'formerSecret'> {
  const former = entry['former-secret-file'];
  return former === undefined ? {} : { formerSecret: Buffer.from(former, 'utf8') };
}
