// What every source of concentrators must come to, whatever it looks like: a name, an address and a secret that a configuration
// can hold. What it cannot hold is said, with the line it stands on and the reason.

import { isIP, SocketAddress } from 'node:net';
import type { Problem } from '../documents/yaml-tree.ts';
import type { NewNas } from '../io/nas-entries.ts';
import { isSealed } from '../io/sealed-secret.ts';

/** Said of a line of the source. */
export interface Remark {
  readonly line: number;
  /** What it is about: a client, or a setting of one. */
  readonly about: string;
  readonly text: string;
}

export interface CarriedNas extends NewNas {
  readonly line: number;
  /** What is carried over, and means something else than before. */
  readonly differs: readonly Remark[];
}

export interface Carried {
  readonly nas: readonly CarriedNas[];
  /** Not carried over. */
  readonly left: readonly Remark[];
}

export type CarriedResult = Carried | { readonly problems: readonly Problem[] };

/** `Main_VPN (Brussels)` → `main-vpn-brussels`; `undefined` when nothing is left. */
export function nasNameFrom(said: string): string | undefined {
  const name = said
    .toLowerCase()
    .replaceAll(/[^a-z0-9.]+/g, '-')
    .replaceAll(/^[-.]+|[-.]+$/g, '')
    .slice(0, 59);
  return name === '' ? undefined : name;
}

/** The address or network as it is looked for when a datagram comes: in the shortest spelling, or why it cannot be. */
export function carriedAddress(said: string): { readonly address: string } | { readonly because: string } {
  const [host = '', prefixText, ...more] = said.split('/');
  const family = isIP(host);
  if (said === '*') return { because: 'any address: name those of your concentrators' };
  if (family === 0 || host.includes('%') || more.length > 0) {
    return { because: 'not an address: a name is not looked up here, write what it stands for' };
  }
  const widest = family === 6 ? 128 : 32;
  const prefix = prefixText === undefined ? widest : /^\d{1,3}$/.test(prefixText) ? Number(prefixText) : Number.NaN;
  if (!(prefix <= widest)) return { because: `/${prefixText ?? ''} is no length of a prefix` };
  if (prefix === 0) return { because: 'any address: name those of your concentrators' };
  const { address } = new SocketAddress({ address: host, family: family === 6 ? 'ipv6' : 'ipv4' });
  if (address.startsWith('::ffff:')) return { because: 'an IPv4 address in IPv6: write it with dots' };
  return { address: prefix === widest ? address : `${address}/${prefix}` };
}

/** Why a secret cannot be one here; never the secret. */
export function secretFault(secret: string | undefined): string | undefined {
  if (secret === undefined || secret === '') return 'it has no secret';
  if (secret.length < 12) {
    return `its secret has ${secret.length} characters, and 12 is the least here: give the concentrator a new one (sluis nas add makes it)`;
  }
  if (secret.trim() !== secret) return 'its secret begins or ends with a blank, which a secret file does not keep';
  if (/[\p{Cc}\p{Cs}]/u.test(secret)) return 'its secret has a control character, which a secret file may not keep';
  if (isSealed(Buffer.from(secret, 'utf8'))) return 'its secret looks like a sealed file';
  return undefined;
}

/** Marks what is common to several: who knows the secret of one can then speak as the others. */
export function sharedSecrets(nas: readonly CarriedNas[]): readonly Remark[] {
  const bySecret = Map.groupBy(nas, each => each.secret);
  return [...bySecret.values()]
    .filter(each => each.length > 1)
    .flatMap(each =>
      each.slice(1).map(({ line, name }) => ({
        line,
        about: name,
        text: `has the same secret as ${each[0]?.name ?? ''}: who has one can speak as both; give it one of its own`,
      })),
    );
}
