// The NAS table: who may send RADIUS packets, with which secret, for which tenant, and what it can do on a live session.
// A datagram's source address chooses the secret, never an attribute inside it [RFC2865-3]; over TLS the certificate says who
// it is, and the address says nothing [RFC6614-2.3].

import { BlockList, isIP } from 'node:net';
/** Which reply attributes a concentrator takes, and what can be changed while a session lives. */
export const nasProfiles = {
  generic: {
    segmentIn: 'filter-id',
    sessionTimeoutFloorS: 60,
    change: 'coa',
    identifiedBy: ['user-name', 'acct-session-id', 'calling-station-id', 'framed-address', 'nas'],
    unexplainedNak: 'give-up',
    joinedBy: ['class', 'acct-session-id', 'user-name-and-caller'],
  },
  // It looks at User-Name and at nothing else, and refuses without Error-Cause when nobody of that name is connected.
  strongswan: {
    segmentIn: 'filter-id-esp',
    sessionTimeoutFloorS: 3600,
    change: 'disconnect-user',
    identifiedBy: ['user-name'],
    unexplainedNak: 'session-gone',
    // Class with `accounting_send_class`, its id already at login with `accounting`.
    joinedBy: ['class', 'acct-session-id', 'user-name-and-caller'],
  },
  ocserv: {
    segmentIn: 'class-ou',
    sessionTimeoutFloorS: 60,
    change: 'none',
    identifiedBy: [],
    unexplainedNak: 'give-up',
    joinedBy: ['acct-session-id', 'user-name-and-caller'],
  },
  openvpn: {
    segmentIn: 'filter-id',
    sessionTimeoutFloorS: 60,
    change: 'none',
    identifiedBy: [],
    unexplainedNak: 'give-up',
    joinedBy: ['acct-session-id', 'user-name-and-caller'],
  },
} as const satisfies Record<string, NasProfile>;

export interface NasProfile {
  /** How the segment travels: Filter-Id, Filter-Id with Tunnel-Type ESP beside it, or Class `OU=<segment>`. */
  readonly segmentIn: 'filter-id' | 'filter-id-esp' | 'class-ou';
  /** A Session-Timeout below this makes the concentrator re-authenticate without end. */
  readonly sessionTimeoutFloorS: number;
  readonly change: 'coa' | 'disconnect' | 'disconnect-user' | 'none';
  /** [RFC5176-3] What names the session in a CoA- or Disconnect-Request; whatever is sent there must match. */
  readonly identifiedBy: readonly SessionIdentifier[];
  /** What a Disconnect-NAK without Error-Cause says. */
  readonly unexplainedNak: 'session-gone' | 'give-up';
  /** By what its accounting finds the decision, most reliable first. Nothing else that it sends is looked at for that. */
  readonly joinedBy: readonly JoinKey[];
}

/** The address inside the tunnel is none of them: nobody has one yet at login. */
export type JoinKey = 'class' | 'acct-session-id' | 'user-name-and-caller';

export type SessionIdentifier = 'user-name' | 'acct-session-id' | 'calling-station-id' | 'framed-address' | 'nas';

export type NasProfileName = keyof typeof nasProfiles;

export interface Nas {
  readonly name: string;
  readonly tenant: string;
  /** Gateways of one group are one concentrator to a ticket: fail-over inside it is not reuse. */
  readonly group: string;
  /** Dotted or colon address, or a CIDR network. Absent: its datagrams are a stranger's. */
  readonly address?: string;
  /** By which certificate it is known over TLS; whatever is named here must fit. Absent: it does not come that way. */
  readonly certificate?: NasCertificate;
  readonly secret: Uint8Array;
  /** `no` for concentrators that never send one (Debian's ocserv and OpenVPN plugin); such a NAS gets a warning metric. */
  readonly requireMessageAuthenticator: boolean;
  readonly profile: NasProfileName;
  /** What protects the way its requests come; `plain` is RADIUS over UDP with nothing around it. */
  readonly path: NasPath;
  /** Directory passwords are taken over a plain path until then, all the same. Milliseconds since 1970 UTC. */
  readonly passwordsOverPlainUntil?: number;
  /** Where it takes CoA- and Disconnect-Requests; absent: nowhere. */
  readonly dynamicAuthorization?: { readonly address: string; readonly port: number; readonly secret: Uint8Array };
  /** What follows when it tells of a session that nobody admitted; absent: that is reported. */
  readonly unadmittedSessions?: UnadmittedSessions;
}

export const unadmittedSessions = ['report', 'close'] as const;
export type UnadmittedSessions = (typeof unadmittedSessions)[number];

/** At least one of the two. */
export interface NasCertificate {
  /** One of the certificate's DNS names, in lower case. */
  readonly name?: string;
  /** SHA-256 of the certificate, in lower-case hex. */
  readonly fingerprint?: string;
}

/** What may be said of the way that datagrams take. */
export const datagramPaths = ['plain', 'ipsec', 'loopback'] as const;
export type NasPath = (typeof datagramPaths)[number] | 'tls';

/** [RFC6614-2.3] The same for everybody: the secrecy is that of TLS. */
export const secretOverTls: Uint8Array = Buffer.from('radsec');

/** The NAS for a source address: an exact address first, then the narrowest network. */
export function nasTable(all: readonly Nas[]): (sourceAddress: string) => Nas | undefined {
  const exact = new Map<string, Nas>();
  const networks: { readonly nas: Nas; readonly prefix: number; readonly list: BlockList }[] = [];
  for (const nas of all) {
    if (nas.address === undefined) continue;
    const [address = '', prefixText] = nas.address.split('/');
    if (prefixText === undefined) {
      exact.set(canonical(address), nas);
      continue;
    }
    const list = new BlockList();
    list.addSubnet(address, Number(prefixText), isIP(address) === 6 ? 'ipv6' : 'ipv4');
    networks.push({ nas, prefix: Number(prefixText), list });
  }
  networks.sort((a, b) => b.prefix - a.prefix);
  return sourceAddress => {
    // A dual-stack socket shows IPv4 sources as ::ffff:a.b.c.d.
    const address = canonical(sourceAddress.startsWith('::ffff:') ? sourceAddress.slice(7) : sourceAddress);
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    return exact.get(address) ?? networks.find(network => network.list.check(address, family))?.nas;
  };
}

/** [RFC5952-4] An IPv6 address has many spellings and one canonical text. */
function canonical(address: string): string {
  return isIP(address) === 6 && !address.includes('%') ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address;
}

/**
 * The NAS for a certificate that TLS has verified, as it is over TLS: with the secret of everybody there, and excused from
 * Message-Authenticator. Nobody when two fit: a certificate for both could speak as either.
 */
export function nasByCertificate(
  all: readonly Nas[],
): (names: readonly string[], fingerprint: string) => Nas | undefined {
  return (names, fingerprint) => {
    const known = names.map(name => name.toLowerCase());
    const [nas, another] = all.filter(({ certificate }) => {
      if (certificate === undefined) return false;
      const named = certificate.name === undefined || known.includes(certificate.name);
      return named && (certificate.fingerprint ?? fingerprint) === fingerprint;
    });
    if (nas === undefined || another !== undefined) return undefined;
    return { ...nas, path: 'tls', secret: secretOverTls, requireMessageAuthenticator: false };
  };
}

/** A dotted or colon address, alone or with a prefix length; anything else is `undefined`. */
export function parseNasAddress(text: string): string | undefined {
  const [address = '', prefix, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return undefined;
  if (prefix === undefined) return text;
  const longest = family === 6 ? 128 : 32;
  return /^\d{1,3}$/.test(prefix) && Number(prefix) <= longest ? text : undefined;
}

/** Nothing but User-Name names a session to it. */
export function findsByNameAlone({ profile }: Pick<Nas, 'profile'>): boolean {
  const { identifiedBy }: NasProfile = nasProfiles[profile];
  return identifiedBy.length === 1 && identifiedBy[0] === 'user-name';
}
