// Bearer tokens of the operator API (RFC 6750 section 2.1): whose a request is, and of which tenant, compared in constant
// time.

import { createHash, timingSafeEqual } from 'node:crypto';
import { BlockList, isIP } from 'node:net';
import type { Operator } from '../contract/operator.ts';

export interface OperatorToken extends Operator {
  readonly token: string;
  readonly tenant: string;
}

/** Who asks. */
export interface Caller {
  readonly tenant: string;
  readonly operator: Operator;
}

export type CallerOf = (authorization: string | undefined) => Caller | undefined;

const shortest = 16;

/** Gives the caller of an Authorization header, or nothing when its token is none of ours. */
export function tokenReader(tokens: readonly OperatorToken[]): CallerOf {
  if (tokens.some(({ token }) => token.length < shortest)) {
    throw new RangeError(`a token of the operator API has at least ${shortest} characters`);
  }
  const known = tokens.map(({ token, tenant, name, rights }) => ({
    hash: sha256(token),
    caller: { tenant, operator: { name, rights } },
  }));
  return authorization => {
    const given = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    if (given === undefined) return undefined;
    const hash = sha256(given);
    // Hashes have one length, and all of them are compared: the time taken says nothing about any token.
    return known.filter(each => timingSafeEqual(each.hash, hash))[0]?.caller;
  };
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** IPv4-mapped addresses (`::ffff:127.0.0.1`) count as the IPv4 address they hold. */
export function isLoopback(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && loopback.check(address, family === 6 ? 'ipv6' : 'ipv4');
}
