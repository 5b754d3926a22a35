// Which callers count as one when failures are counted: an address, or the network that a household has in IPv6.

import { isIPv6 } from 'node:net';

/** A laptop changes its own half of an IPv6 address daily (RFC 8981); the first 64 bits stay with its network (RFC 4291). */
export function callerBucket(caller: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(caller)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(caller)) return caller;
  const [front = [], back = []] = caller.split('::').map(part => part.split(':').filter(group => group !== ''));
  const written = front.length + back.length + (caller.includes('.') ? 1 : 0);
  const groups = [...front, ...Array<string>(8 - written).fill('0'), ...back].slice(0, 4);
  return `${groups.map(group => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}
