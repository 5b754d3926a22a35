// What a client says of itself, read from its Access-Request as the profile of the NAS tells: freed of national numbers and of
// whatever could not be shown, and never more than a claim.

import type { ClaimSource, ClientClaimName, ClientClaims } from '../pdp/nas-profile.ts';
import { type Attributes, all } from './attributes.ts';
import { claimText, stationAddress } from './claims.ts';
import { definition, isAttributeName, type NameOfKind } from './dictionary.ts';
import { readValue } from './values.ts';

/** Longer ones are cut: these are shown in lists. */
const longest = 160;

/** Absent where it says nothing. Of two sources of one claim the first that is there counts. */
export function readClientClaims(attributes: Attributes, sources: readonly ClaimSource[]): ClientClaims | undefined {
  const claims: Partial<Record<ClientClaimName, string>> = {};
  for (const { claim, attribute: name, after = '' } of sources) {
    if (claims[claim] !== undefined || !isAttributeName(name)) continue;
    const said = all(attributes, name)
      .map(octets => shown(name, octets))
      .find(text => text?.startsWith(after));
    const text = said?.slice(after.length, after.length + longest).trim();
    if (text === undefined || text === '') continue;
    // strongSwan writes `192.0.2.7[4500]`.
    claims[claim] = claim === 'outer-address' ? (stationAddress(text) ?? text) : text;
  }
  return Object.keys(claims).length === 0 ? undefined : claims;
}

function shown(name: Parameters<typeof definition>[0], octets: Uint8Array): string | undefined {
  const { kind } = definition(name);
  // A text of Microsoft's ends with a zero octet.
  const bare = octets.at(-1) === 0 ? octets.subarray(0, -1) : octets;
  if (kind === 'tagged-text') {
    return claimText(name as NameOfKind<'tagged-text'>, (bare[0] ?? 0xff) <= 0x1f ? bare.subarray(1) : bare);
  }
  if (kind === 'text') return claimText(name as NameOfKind<'text'>, bare);
  const value = readValue(kind, octets);
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}
