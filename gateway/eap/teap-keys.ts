// The keys of TEAP in TLS 1.2 (RFC 9930 section 6): from each inner method one compound key, chained from the session key seed
// on, and of the last one the MSK and the EMSK. Which of two chains goes on is chosen by the Crypto-Binding, see
// `teap-binding.ts`.

import { createHmac } from 'node:crypto';
import type { EapKeys } from './keys.ts';
import type { TlsPeer } from './step.ts';

/** Hash of the cipher suite, which is that of its PRF and of its MAC. */
export type SuiteHash = 'sha256' | 'sha384';

const seedOctets = 40;
const innerKeyOctets = 32;
const macKeyOctets = 20;
export const compoundMacOctets = 20;

/** What an inner method gave both ends. */
export interface InnerKeys {
  /** Shorter than 32 octets, even empty, where the method makes less. */
  readonly msk: Uint8Array;
  readonly emsk?: Uint8Array;
}

export interface CompoundKey {
  /** S-IMCK[j], 40 octets: what the next one is made from. */
  readonly chain: Uint8Array;
  /** CMK[j], 20 octets: the key of the Compound-MAC. */
  readonly mac: Uint8Array;
}

/** The suites of TLS 1.2 that are served have one of these; OpenSSL names only the longer. */
export function suiteHash({ cipher }: Pick<TlsPeer, 'cipher'>): SuiteHash {
  return cipher.endsWith('SHA384') ? 'sha384' : 'sha256';
}

/** [RFC9930-6.1] S-IMCK[0]. What the exporter of TLS 1.2 gives does not depend on how much is asked of it. */
export function sessionKeySeed({ keyMaterial }: Pick<TlsPeer, 'keyMaterial'>): Uint8Array {
  return keyMaterial.slice(0, seedOctets);
}

/** [RFC9930-6.2] The inner key out of an MSK: its beginning, with zeros where it is shorter. */
export function innerKeyOfMsk(msk: Uint8Array): Uint8Array {
  const key = new Uint8Array(innerKeyOctets);
  key.set(msk.subarray(0, innerKeyOctets));
  return key;
}

/** [RFC9930-6.2] [RFC5295-3.1] The inner key out of an EMSK: a usage-specific key of 64 octets, cut. */
export function innerKeyOfEmsk(hash: SuiteHash, emsk: Uint8Array): Uint8Array {
  return tlsPrf(hash, emsk, 'TEAPbindkey@ietf.org', Uint8Array.of(0, 0, 64), innerKeyOctets);
}

/** [RFC9930-3.6] [RFC5422-3.2.3] EAP-MSCHAPv2 counts as in EAP-FAST here, with its two keys of 16 octets in the other order. */
export function swappedMschapv2Msk(msk: Uint8Array): Uint8Array {
  return new Uint8Array(Buffer.concat([msk.subarray(16, 32), msk.subarray(0, 16)]));
}

/** [RFC9930-6.2] IMCK[j], cut into what is chained on and the key of the MAC. */
export function compoundKey(hash: SuiteHash, chain: Uint8Array, innerKey: Uint8Array): CompoundKey {
  const key = tlsPrf(hash, chain, 'Inner Methods Compound Keys', innerKey, seedOctets + macKeyOctets);
  return { chain: key.slice(0, seedOctets), mac: key.slice(seedOctets) };
}

/** [RFC9930-6.3] Over the Crypto-Binding TLV with empty MACs, the EAP type, and all that was said beside TLS. */
export function compoundMac(hash: SuiteHash, mac: CompoundKey['mac'], over: readonly Uint8Array[]): Uint8Array {
  const hmac = createHmac(hash, mac);
  for (const part of over) hmac.update(part);
  return new Uint8Array(hmac.digest().subarray(0, compoundMacOctets));
}

/** [RFC9930-6.4] `chain`: S-IMCK[n]. */
export function teapKeys(hash: SuiteHash, chain: Uint8Array): EapKeys {
  const none = new Uint8Array();
  return {
    msk: tlsPrf(hash, chain, 'Session Key Generating Function', none, 64),
    emsk: tlsPrf(hash, chain, 'Extended Session Key Generating Function', none, 64),
  };
}

/** [RFC5246-5] P_hash(secret, label | seed). */
export function tlsPrf(
  hash: SuiteHash,
  secret: Uint8Array,
  label: string,
  seed: Uint8Array,
  octets: number,
): Uint8Array {
  const labelled = Buffer.concat([Buffer.from(label, 'ascii'), seed]);
  const keyed = (...parts: readonly Uint8Array[]): Buffer =>
    createHmac(hash, secret).update(Buffer.concat(parts)).digest();
  let out = Buffer.alloc(0);
  for (let a = keyed(labelled); out.length < octets; a = keyed(a)) out = Buffer.concat([out, keyed(a, labelled)]);
  return new Uint8Array(out.subarray(0, octets));
}
