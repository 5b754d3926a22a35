// Who asked and is no concentrator of ours: met with silence, or shown the door of TLS, and remembered, so that whoever runs the
// gateway can tell a forgotten entry from a scan. Anybody can come, with any source address and any claim: the table is
// bounded, and what is claimed stays a claim.

import { isRefused, type Reason } from '../contract/reason.ts';
import type { Nas } from '../pdp/nas.ts';
import type { Clock } from '../ports.ts';
import { readClaims } from '../radius/claims.ts';
import type { ServerPort } from '../radius/outcome.ts';
import { decode } from '../radius/packet.ts';

/** Instants are milliseconds since 1970 UTC. */
export interface Stranger {
  readonly address: string;
  readonly ways: readonly (ServerPort | 'tls')[];
  /** Datagrams, or connections over TLS. */
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
  /** Whether any of it was a RADIUS packet; absent over TLS, where none was read. */
  readonly isRadius?: boolean;
  /** What the last packet says of its sender. Nobody has verified it. */
  readonly claims?: { readonly nasIdentifier?: string; readonly nasIpAddress?: string };
  /** Why it was not let in over TLS. */
  readonly reason?: Reason;
  readonly certificate?: StrangeCertificate;
}

export interface StrangeCertificate {
  /** DNS names that an entry could name. */
  readonly names: readonly string[];
  /** SHA-256, lower-case hex. */
  readonly fingerprint: string;
}

export interface Strangers {
  datagram(address: string, port: ServerPort, octets: Uint8Array): void;
  turnedAway(address: string, reason: Reason, certificate: StrangeCertificate | undefined): void;
  /** Last heard first, each with a name that no entry has yet. */
  all(): readonly (Stranger & { readonly proposedName: string })[];
}

const atMost = 256;
const forgottenMs = 24 * 3_600_000;
/** As the configuration takes them. */
const entryName = /^[a-z0-9][a-z0-9.-]{0,62}$/;
const dnsName = /^(?=.{1,253}$)([a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}$/;

export function strangers({ clock }: { readonly clock: Clock }, known: readonly Nas[]): Strangers {
  /** By address, over TLS by certificate as well; last heard last. */
  const table = new Map<string, Stranger>();

  function note(key: string, way: ServerPort | 'tls', fields: Pick<Stranger, 'address'> & Partial<Stranger>): void {
    const now = clock.now();
    const before = table.get(key);
    if (before === undefined) makeRoom(now);
    table.delete(key);
    table.set(key, {
      firstAt: now,
      ...before,
      ...fields,
      ways: [...new Set([...(before?.ways ?? []), way])],
      count: (before?.count ?? 0) + 1,
      lastAt: now,
    });
  }

  /** Whoever invents addresses pushes out other inventions, and not the concentrator that keeps trying. */
  function makeRoom(now: number): void {
    for (const [key, { lastAt }] of table) {
      if (now < lastAt + forgottenMs) break;
      table.delete(key);
    }
    if (table.size < atMost) return;
    const [fewest] = [...table].toSorted(([, one], [, other]) => one.count - other.count);
    if (fewest !== undefined) table.delete(fewest[0]);
  }

  return {
    datagram(address, port, octets) {
      const packet = decode(octets);
      if (isRefused(packet)) return note(address, port, { address, isRadius: table.get(address)?.isRadius ?? false });
      const { nasIdentifier, nasIpAddress } = readClaims(packet);
      const claims = {
        ...(nasIdentifier === undefined ? {} : { nasIdentifier }),
        ...(nasIpAddress === undefined ? {} : { nasIpAddress }),
      };
      note(address, port, { address, isRadius: true, claims });
    },

    turnedAway(address, reason, shown) {
      const certificate = shown && {
        fingerprint: shown.fingerprint,
        names: shown.names.filter(name => dnsName.test(name)),
      };
      const key = `${address} tls ${shown?.fingerprint ?? ''}`;
      note(key, 'tls', { address, reason, ...(certificate === undefined ? {} : { certificate }) });
    },

    all() {
      const taken = new Set(known.map(({ name }) => name));
      return [...table.values()].toReversed().map(stranger => {
        const proposedName = nameFor(stranger, taken);
        taken.add(proposedName);
        return { ...stranger, proposedName };
      });
    },
  };
}

/** What it calls itself, unless that is no name for an entry, or somebody else's. */
function nameFor({ address, claims, certificate }: Stranger, taken: ReadonlySet<string>): string {
  const said = [claims?.nasIdentifier?.toLowerCase(), ...(certificate?.names ?? [])];
  const usable = said.find(name => name !== undefined && entryName.test(name) && !taken.has(name));
  if (usable !== undefined) return usable;
  const plain = `nas-${address.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`.replace(/-+$/, '');
  return taken.has(plain) ? `${plain}-${certificate?.fingerprint.slice(0, 8) ?? 'x'}` : plain;
}
