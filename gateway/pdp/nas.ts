// The NAS table: who may send RADIUS packets, with which secret, for which tenant, and what it can do on a live session.
// The secret is chosen by the source address of the datagram, never by an attribute inside it [RFC2865-3].

import { BlockList, isIP } from 'node:net';
/** Which reply attributes a concentrator takes, and what can be changed while a session lives. */
export const nasProfiles = {
  generic: { segmentIn: 'filter-id', sessionTimeoutFloorS: 60, change: 'coa' },
  strongswan: { segmentIn: 'filter-id-esp', sessionTimeoutFloorS: 3600, change: 'disconnect-user' },
  ocserv: { segmentIn: 'class-ou', sessionTimeoutFloorS: 60, change: 'none' },
  openvpn: { segmentIn: 'filter-id', sessionTimeoutFloorS: 60, change: 'none' },
} as const satisfies Record<string, NasProfile>;

export interface NasProfile {
  /** How the segment travels: Filter-Id, Filter-Id with Tunnel-Type ESP beside it, or Class `OU=<segment>`. */
  readonly segmentIn: 'filter-id' | 'filter-id-esp' | 'class-ou';
  /** A Session-Timeout below this makes the concentrator re-authenticate without end. */
  readonly sessionTimeoutFloorS: number;
  readonly change: 'coa' | 'disconnect' | 'disconnect-user' | 'none';
}

export type NasProfileName = keyof typeof nasProfiles;

export interface Nas {
  readonly name: string;
  readonly tenant: string;
  /** Gateways of one group are one concentrator to a ticket: fail-over inside it is not reuse. */
  readonly group: string;
  /** Dotted or colon address, or a CIDR network. */
  readonly address: string;
  readonly secret: Uint8Array;
  /** `no` for concentrators that never send one (Debian's ocserv and OpenVPN plugin); such a NAS gets a warning metric. */
  readonly requireMessageAuthenticator: boolean;
  readonly profile: NasProfileName;
}

/** The NAS for a source address: an exact address first, then the narrowest network. */
export function nasTable(all: readonly Nas[]): (sourceAddress: string) => Nas | undefined {
  const exact = new Map<string, Nas>();
  const networks: { readonly nas: Nas; readonly prefix: number; readonly list: BlockList }[] = [];
  for (const nas of all) {
    const [address = '', prefixText] = nas.address.split('/');
    if (prefixText === undefined) {
      exact.set(address, nas);
      continue;
    }
    const list = new BlockList();
    list.addSubnet(address, Number(prefixText), isIP(address) === 6 ? 'ipv6' : 'ipv4');
    networks.push({ nas, prefix: Number(prefixText), list });
  }
  networks.sort((a, b) => b.prefix - a.prefix);
  return sourceAddress => {
    // A dual-stack socket shows IPv4 sources as ::ffff:a.b.c.d.
    const address = sourceAddress.startsWith('::ffff:') ? sourceAddress.slice(7) : sourceAddress;
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    return exact.get(address) ?? networks.find(network => network.list.check(address, family))?.nas;
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
