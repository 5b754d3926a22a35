// The NAS table: who may send RADIUS packets, with which secret, for which tenant, and what it can do on a live session.
// A datagram's source address chooses the secret, never an attribute inside it [RFC2865-3]; over TLS the certificate says who
// it is, and the address says nothing [RFC6614-2.3].

import { BlockList, isIP } from 'node:net';
import type { EapMethod } from '../eap/method.ts';
import type { NasProfile, Segments } from './nas-profile.ts';

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
  /** Believed as well while the concentrator, or some machines of its network, still have it. */
  readonly formerSecret?: Uint8Array;
  /** `no` for concentrators that never send one (Debian's ocserv and OpenVPN plugin); such a NAS gets a warning metric. */
  readonly requireMessageAuthenticator: boolean;
  /** For a product that drops replies with a Message-Authenticator in them (old Check Point); EAP has one all the same. */
  readonly unsignedReplies?: boolean;
  /** What this product takes, tells and can do. */
  readonly profile: NasProfile;
  /** What segments are in the network; absent: nothing is said of any. */
  readonly segments?: Segments;
  /** What protects the way its requests come; `plain` is RADIUS over UDP with nothing around it. */
  readonly path: NasPath;
  /** Directory passwords are taken over a plain path until then, all the same. Milliseconds since 1970 UTC. */
  readonly passwordsOverPlainUntil?: number;
  /** Where it takes CoA- and Disconnect-Requests; absent: nowhere. */
  readonly dynamicAuthorization?: ChangeServer | OverTls;
  /** Policies may rely on live changes that it cannot make, until then, all the same. Milliseconds since 1970 UTC. */
  readonly withoutLiveChangeUntil?: number;
  /** What follows when it tells of a session that nobody admitted; absent: that is reported. */
  readonly unadmittedSessions?: UnadmittedSessions;
  /** The server that decided for it before, and does so as long as it is observed. */
  readonly authority?: Authority;
  /** How it starts; absent: `decide`. */
  readonly mode?: NasMode;
  /** The TLS profile of those who log in here and whose realm has none; absent: that of everybody. */
  readonly tlsProfile?: string;
  /** Which EAP methods are offered there, the first first; absent: those of everybody. */
  readonly eapMethods?: readonly EapMethod[];
}

/** `observe`: its authority decides, and what would be decided here is only compared with that. */
export const nasModes = ['observe', 'decide'] as const;
export type NasMode = (typeof nasModes)[number];

export interface Authority {
  readonly address: string;
  readonly authenticationPort: number;
  readonly accountingPort: number;
  readonly secret: Uint8Array;
  /** `no` for servers that sign nothing but EAP (FreeRADIUS before 3.2.5, NPS before July 2024). */
  readonly requireMessageAuthenticator: boolean;
}

/** On the connection that it opened. */
export type OverTls = 'over-tls';

export interface ChangeServer {
  readonly address: string;
  readonly port: number;
  readonly secret: Uint8Array;
  /** Tried beside the other: only it can say which one it has. */
  readonly formerSecret?: Uint8Array;
}

/**
 * [RFC2865-5.2] hides a password with MD5 and the shared secret, and nothing hides one in EAP-GTC outside a tunnel: on a network
 * of others neither is protection. `now` in milliseconds since 1970 UTC.
 */
export function passwordPath(
  { path, passwordsOverPlainUntil = 0 }: Pick<Nas, 'path' | 'passwordsOverPlainUntil'>,
  now: number,
): 'protected' | 'excused' | 'plain' {
  if (path !== 'plain') return 'protected';
  return now < passwordsOverPlainUntil ? 'excused' : 'plain';
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
    const shown = names.map(name => name.toLowerCase());
    const [nas, another] = all.filter(({ certificate }) => {
      if (certificate === undefined) return false;
      const named = certificate.name === undefined || shown.includes(certificate.name);
      return named && (certificate.fingerprint ?? fingerprint) === fingerprint;
    });
    if (nas === undefined || another !== undefined) return undefined;
    const known: { -readonly [K in keyof Nas]: Nas[K] } = { ...nas, path: 'tls', secret: secretOverTls };
    delete known.formerSecret;
    return { ...known, requireMessageAuthenticator: false };
  };
}

/** After an answer, copies of its request may come as long as any concentrator repeats it, and a moment longer on their way. */
export function copiesComeForMs(all: readonly Pick<Nas, 'profile'>[]): number {
  const patience = all.map(({ profile }) => Math.max(profile.givesUpAfterMs, profile.retransmitsAfterMs));
  return Math.max(...patience, 8_000) + 2_000;
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
export function findsByNameAlone({ profile: { identifiedBy } }: Pick<Nas, 'profile'>): boolean {
  return identifiedBy.length > 0 && identifiedBy.every(set => set.length === 1 && set[0] === 'user-name');
}

/** Whatever else names a session to it, User-Name must be there. */
export function needsUserName({ profile: { identifiedBy } }: Pick<Nas, 'profile'>): boolean {
  return identifiedBy.length > 0 && identifiedBy.every(set => set.includes('user-name'));
}
