// For whom a canary decides: a group, or a share of the machines. The same machine gets the same answer on every gateway, and a
// canary that grows keeps those whom it had.

import { createHash } from 'node:crypto';
import type { Subject } from './evaluation.ts';
import type { Canary } from './release.ts';

/** `version`: each version begins with other machines, so that it is not always the same ones that find a mistake. */
export function inCanary(canary: Canary, version: string, { groups, device, person }: Subject): boolean {
  if ('group' in canary) return groups.includes(canary.group);
  // A private computer without a key of its own is known by its person.
  const who = device?.[1] ?? person?.[0];
  return who !== undefined && placeOf(version, who) < canary.percent / 100;
}

/** From 0 up to, and without, 1. */
function placeOf(version: string, who: string): number {
  return createHash('sha256').update(`${version} ${who}`, 'utf8').digest().readUInt32BE(0) / 2 ** 32;
}
