// The `directory:` part of the configuration: where the people are looked up, and how their entries are to be read.

import { parseDuration } from './documents/duration.ts';
import {
  choice,
  flag,
  integer,
  listOf,
  mapOf,
  name,
  optional,
  parsed,
  problem,
  type Read,
  record,
  required,
  type Shape,
  text,
} from './documents/shape.ts';

export interface DirectorySettings {
  readonly tenant: string;
  /** Of the keys that make pseudonyms, newest first: an entry may hold one of each. */
  readonly pseudonymKeyIds: readonly string[];
  /** `ldaps://host[:port]`, tried in this order. */
  readonly servers: readonly URL[];
  /** PEM of the only authorities that may vouch for the servers. */
  readonly ca: string;
  readonly bindDn: string;
  readonly bindPassword: string;
  readonly kind: (typeof kinds)[number];
  readonly people: {
    readonly base: string;
    /** Holds the pseudonym. */
    readonly attribute: string;
    /** Holds what a person types as user name. */
    readonly loginAttribute: string;
    /** Holds what part of full time a person works; absent: nobody asks. */
    readonly employmentAttribute?: string;
  };
  readonly groups: {
    readonly base: string;
    readonly memberAttribute: string;
    readonly membersAre: 'dn' | 'uid';
    /** Name of a group in the directory → word of the policies. When given, other groups do not count. */
    readonly words?: ReadonlyMap<string, string>;
  };
  readonly cacheMs: number;
  /** For connecting, binding and all searches about one person together. */
  readonly timeoutMs: number;
  readonly connections: number;
  /** Its passwords open the VPN, where a policy lets them. */
  readonly passwords: boolean;
}

const kinds = ['active-directory', 'rfc2307'] as const;
const loginAttributes = { 'active-directory': 'sAMAccountName', rfc2307: 'uid' } as const;

/** TLS from the first octet: after StartTLS a lost connection would come back in clear. */
const server: Shape<URL> = (tree, reading) => {
  const written = text(256)(tree, reading);
  if (written === undefined) return undefined;
  const url = URL.parse(written);
  if (url?.protocol === 'ldap:') {
    return problem(
      reading,
      tree.line,
      `"${written}" is not encrypted`,
      'write ldaps:// (port 636); StartTLS is not served',
    );
  }
  const bare = url?.username === '' && url.password === '' && url.search === '' && /^\/?$/.test(url.pathname);
  if (url?.protocol === 'ldaps:' && url.hostname !== '' && url.hash === '' && bare) return url;
  return problem(
    reading,
    tree.line,
    `"${written}" names no directory server`,
    'write ldaps://HOST or ldaps://HOST:PORT',
  );
};

const servers: Shape<readonly URL[]> = (tree, reading) => {
  const found = listOf(server)(tree, reading);
  if (found === undefined || found.length > 0) return found;
  return problem(reading, tree.line, 'no server is named', 'write ldaps://HOST');
};

/** Attribute descriptions without options. [RFC4512-2.5] */
const attributeName = parsed(
  value => (/^[A-Za-z][A-Za-z0-9-]{0,63}$/.test(value) ? value : undefined),
  'an attribute name',
);
const dn = parsed(
  value => (/^[A-Za-z0-9.]+ *=.+/.test(value) ? value : undefined),
  'a distinguished name (ou=people,dc=…)',
);
const duration = (leastMs: number, mostMs: number, expected: string) =>
  parsed(value => {
    const ms = parseDuration(value);
    return ms !== undefined && ms >= leastMs && ms <= mostMs ? ms : undefined;
  }, expected);

/** The readers of files that the configuration names. */
export interface NamedFiles {
  readonly pem: (label: string) => Shape<string>;
  readonly secret: (least: number, what: string) => Shape<string>;
}

export function directoryShape({ pem, secret }: NamedFiles) {
  return record({
    servers: required(servers),
    'ca-file': required(pem('certificate')),
    // [RFC4513-5.1.2] An empty password binds nobody and looks like success.
    bind: required(record({ dn: required(dn), 'password-file': required(secret(8, 'the bind password')) })),
    kind: required(choice(...kinds)),
    people: required(
      record({
        base: required(dn),
        attribute: required(attributeName),
        'login-attribute': optional(attributeName),
        'employment-attribute': optional(attributeName),
      }),
    ),
    groups: required(
      record({
        base: required(dn),
        'member-attribute': optional(attributeName, 'member'),
        'members-are': optional(choice('dn', 'uid'), 'dn'),
        words: optional(mapOf(name)),
      }),
    ),
    cache: optional(duration(0, 3_600_000, 'a duration of at most 1 hour (5 minutes)'), 300_000),
    timeout: optional(duration(1_000, 10_000, 'a duration from 1 to 10 seconds (2 seconds)'), 2_000),
    connections: optional(integer(1, 32), 4),
    passwords: optional(flag, false),
  });
}

type Document = Read<ReturnType<typeof directoryShape>>;

export function directorySettings(
  tenant: string,
  read: Document,
  pseudonymKeyIds: readonly string[] = [],
): DirectorySettings {
  const { groups } = read;
  return {
    tenant,
    pseudonymKeyIds,
    servers: read.servers,
    ca: read['ca-file'],
    bindDn: read.bind.dn,
    bindPassword: read.bind['password-file'],
    kind: read.kind,
    people: {
      base: read.people.base,
      attribute: read.people.attribute,
      loginAttribute: read.people['login-attribute'] ?? loginAttributes[read.kind],
      ...(read.people['employment-attribute'] === undefined
        ? {}
        : { employmentAttribute: read.people['employment-attribute'] }),
    },
    groups: {
      base: groups.base,
      memberAttribute: groups['member-attribute'],
      membersAre: groups['members-are'],
      ...(groups.words === undefined ? {} : { words: groups.words }),
    },
    cacheMs: read.cache,
    timeoutMs: read.timeout,
    connections: read.connections,
    passwords: read.passwords,
  };
}
