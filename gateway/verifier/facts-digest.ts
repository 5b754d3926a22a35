// One number for what a report says, made once when it comes in: every decision that rests on the report names it.

import { hash } from 'node:crypto';
import type { Facts } from './facts.ts';

/** SHA-256 (hex) over the facts in name order: the same facts give the same digest on every gateway. */
export function factsDigest(facts: Facts): string {
  const ordered = Object.keys(facts)
    .sort()
    .map(name => [name, facts[name]]);
  return hash('sha256', JSON.stringify(ordered), 'hex');
}
