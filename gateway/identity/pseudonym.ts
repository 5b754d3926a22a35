// Pseudonyms: HMAC-SHA256 (RFC 2104) under a key of the gateway, scoped by tenant, 130 bits in lower-case base32 (RFC 4648),
// with the id of the key in front: `k2-` and 26 characters.
// National numbers can be guessed (a birth date and three digits), so a hash without a key would hide nobody.

import { createHash, createHmac } from 'node:crypto';
import { base32 } from './base32.ts';

export interface PseudonymKey {
  /** Stands in every pseudonym, so that a record says which key made it. */
  readonly id: string;
  /** At least 32 bytes. */
  readonly key: Uint8Array;
}

/** The first makes pseudonyms; the others made them before. */
export type PseudonymKeys = readonly [PseudonymKey, ...PseudonymKey[]];

export const pseudonymKeyId = /^[a-z0-9]{1,8}$/;
const characters = 26;

/** `canonical` is the identifier in semantics form (ETSI EN 319 412-1), for example `PNOBE-` and eleven digits. */
export function pseudonymOf({ id, key }: PseudonymKey, tenant: string, canonical: string): string {
  if (key.byteLength < 32) throw new Error('a pseudonym key has at least 32 bytes');
  if (!pseudonymKeyId.test(id)) throw new Error(`"${id}" is no id of a pseudonym key`);
  const mac = createHmac('sha256', key);
  // Each field is hashed first, so that no two fields can run into each other.
  for (const field of ['sluis-pseudonym/1', tenant, canonical]) mac.update(createHash('sha256').update(field).digest());
  return `${id}-${base32(mac.digest()).toLowerCase().slice(0, characters)}`;
}

/** Whether a text from elsewhere has the form of one: nothing else may stand for a person in a record. */
export function isPseudonym(text: string): boolean {
  return /^[a-z0-9]{1,8}-[a-z2-7]{26}$/.test(text);
}

/** A person under the current key, and under each key before it that is still known. */
export function pseudonymsOf(
  [current, ...former]: PseudonymKeys,
  tenant: string,
  canonical: string,
): { readonly pseudonym: string; readonly formerPseudonyms?: readonly string[] } {
  const pseudonym = pseudonymOf(current, tenant, canonical);
  if (former.length === 0) return { pseudonym };
  return { pseudonym, formerPseudonyms: former.map(key => pseudonymOf(key, tenant, canonical)) };
}

/** Pseudonyms of one person in the order of the keys that made them. */
export function newestFirst(pseudonyms: readonly string[], keyIds: readonly string[]): readonly string[] {
  const age = (pseudonym: string): number => {
    const at = keyIds.findIndex(id => pseudonym.startsWith(`${id}-`));
    return at === -1 ? keyIds.length : at;
  };
  return pseudonyms.toSorted((a, b) => age(a) - age(b));
}
