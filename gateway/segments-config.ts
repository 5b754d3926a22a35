// The `segments:` part of the configuration: what the segments of the policies are in the network. The profile of each
// concentrator makes attributes of it.

import { isIPv4, isIPv6 } from 'node:net';
import { parseDuration } from './documents/duration.ts';
import { integer, listOf, mapOf, optional, parsed, problem, record, type Shape } from './documents/shape.ts';
import type { NetworkWord, SegmentNetwork, Segments } from './pdp/nas-profile.ts';

/** As long as an attribute may hold it, with what a profile writes around it. */
const word = parsed(
  value => (/^[\x20-\x7e]{1,200}$/.test(value) ? value : undefined),
  'at most 200 characters of plain ASCII',
);
const ipv4 = parsed(value => (isIPv4(value) ? value : undefined), 'an IPv4 address');
const ipv6 = parsed(value => (isIPv6(value) && !value.includes('%') ? value : undefined), 'an IPv6 address');
const octets = parsed(
  value => (/^0x(?:[0-9a-f]{2}){1,247}$/.test(value) ? value : undefined),
  'octets in hex such as 0x01ff, at most 247',
);
const idle = parsed(value => {
  const ms = parseDuration(value);
  return ms !== undefined && ms >= 60_000 && ms <= 86_400_000 ? ms / 1000 : undefined;
}, 'a duration from 1 minute to 1 day');

function network(isAddress: (text: string) => boolean, longest: number, example: string): Shape<string> {
  return parsed(value => {
    const [address = '', length = '', ...rest] = value.split('/');
    const fits = rest.length === 0 && /^\d{1,3}$/.test(length) && Number(length) <= longest;
    return fits && isAddress(address) && !address.includes('%') ? value : undefined;
  }, `a network such as ${example}`);
}

const one =
  <T extends string | number>(shape: Shape<T>): Shape<readonly T[]> =>
  (tree, reading) => {
    const value = shape(tree, reading);
    return value === undefined ? undefined : [value];
  };

const shapes: { readonly [W in NetworkWord]: Shape<readonly (string | number)[]> } = {
  group: one(word),
  filter: one(word),
  rules: listOf(word),
  pool: one(word),
  vlan: one(integer(1, 4094)),
  routes: listOf(network(isIPv4, 32, '10.0.0.0/8')),
  'routes-ipv6': listOf(network(isIPv6, 128, '2001:db8::/32')),
  'split-list': one(word),
  dns: listOf(ipv4),
  'dns-ipv6': listOf(ipv6),
  domain: one(word),
  redirect: one(word),
  'redirect-filter': one(word),
  'packet-filter': one(octets),
  'idle-timeout': one(idle),
};

const segmentNetwork = record(Object.fromEntries(Object.entries(shapes).map(([key, shape]) => [key, optional(shape)])));

/** Segments are named as policies name them. */
export const segmentsShape: Shape<Segments> = (tree, reading) => {
  const read = mapOf(segmentNetwork)(tree, reading);
  if (read === undefined || tree.kind !== 'map') return read === undefined ? undefined : new Map();
  const all = new Map<string, SegmentNetwork>();
  for (const [name, { line, ...words }] of read) {
    if (!/^[a-z][a-z0-9-]{0,62}$/.test(name) || name === 'deny' || name === 'grant') {
      problem(reading, line, `"${name}" is no name of a segment`, 'write it as the policies do: a-z 0-9 -');
      continue;
    }
    const said = Object.entries(words).filter(([, value]) => value !== undefined);
    if (said.length === 0) problem(reading, line, `nothing is said of "${name}"`, 'say something, or leave it out');
    all.set(name, Object.fromEntries(said));
  }
  return all;
};
