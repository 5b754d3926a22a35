// The Crypto-Binding of TEAP (RFC 9930 sections 4.2.13, 6.2 and 6.3): proof by both ends that whoever ended the inner method is
// whoever holds the tunnel. Made from the MSK of the inner method and, where it has one, from its EMSK; the peer answers by one
// of them, and that one is chained on.

import { timingSafeEqual } from 'node:crypto';
import { type Refused, refused } from '../contract/reason.ts';
import { eapTypes } from './packet.ts';
import {
  type CompoundKey,
  compoundKey,
  compoundMac,
  compoundMacOctets,
  innerKeyOfEmsk,
  innerKeyOfMsk,
  type InnerKeys,
  type SuiteHash,
} from './teap-keys.ts';
import { teapVersion } from './teap-packet.ts';
import { cryptoBinding, encodeTlvs } from './teap-tlv.ts';

const nonceOctets = 32;
const valueOctets = 4 + nonceOctets + 2 * compoundMacOctets;
const flags = { emsk: 1, msk: 2 } as const;
const subtypes = { request: 0, response: 1 } as const;

/** `both`: by the MSK and by the EMSK, as RFC 9930 has it. `msk`: by the MSK alone, which all readings of RFC 7170 agree on. */
export type BindingKeys = 'both' | 'msk';

/** One Crypto-Binding that waits for the peer's. */
export interface Binding {
  readonly hash: SuiteHash;
  /** 32 octets, even. */
  readonly nonce: Uint8Array;
  readonly byMsk: CompoundKey;
  readonly byEmsk?: CompoundKey;
  /** TLVs beside TLS in the first packets, ours and the peer's. */
  readonly outer: readonly Uint8Array[];
}

/** `chain`: S-IMCK[j-1]. `random`: 32 octets that were never used before. */
export function bind(
  hash: SuiteHash,
  chain: Uint8Array,
  { msk, emsk }: InnerKeys,
  {
    keys,
    random,
    outer,
  }: { readonly keys: BindingKeys; readonly random: Uint8Array; readonly outer: Binding['outer'] },
): Binding {
  if (random.length !== nonceOctets) throw new RangeError(`a nonce of ${random.length} octets`);
  return {
    hash,
    nonce: withLowestBit(random, 0),
    outer,
    byMsk: compoundKey(hash, chain, innerKeyOfMsk(msk)),
    ...(emsk === undefined || keys === 'msk' ? {} : { byEmsk: compoundKey(hash, chain, innerKeyOfEmsk(hash, emsk)) }),
  };
}

/** The value of our TLV. */
export function bindingRequest(binding: Binding): Uint8Array {
  const present = flags.msk | (binding.byEmsk === undefined ? 0 : flags.emsk);
  const value = new Uint8Array(valueOctets);
  value.set([0, teapVersion, teapVersion, (present << 4) | subtypes.request]);
  value.set(binding.nonce, 4);
  const [byEmsk, byMsk] = [binding.byEmsk, binding.byMsk].map(key => key && macOf(binding, key, value));
  if (byEmsk !== undefined) value.set(byEmsk, valueOctets - 2 * compoundMacOctets);
  if (byMsk !== undefined) value.set(byMsk, valueOctets - compoundMacOctets);
  return value;
}

/** S-IMCK[j], where the peer's answer holds. Every MAC that it claims must. */
export function bound(binding: Binding, answer: Uint8Array): Uint8Array | Refused {
  const wrong = (detail: string): Refused => refused('eap-crypto-binding-wrong', detail);
  if (answer.length !== valueOctets) return wrong(`${answer.length} octets`);
  const [, version, received, last = 0] = answer;
  const [present, subtype] = [last >> 4, last & 0x0f];
  // [RFC9930-3.1] Somebody on the way may have changed what version the two ends heard of.
  if (version !== teapVersion || received !== teapVersion) return wrong(`version ${version}, received ${received}`);
  if (subtype !== subtypes.response) return wrong(`subtype ${subtype}`);
  if (!same(answer.subarray(4, 4 + nonceOctets), withLowestBit(binding.nonce, 1))) return wrong('of another nonce');
  const { byMsk, byEmsk } = binding;
  const claimed = [
    { flag: flags.emsk, key: byEmsk, at: valueOctets - 2 * compoundMacOctets },
    { flag: flags.msk, key: byMsk, at: valueOctets - compoundMacOctets },
  ].filter(({ flag }) => (present & flag) !== 0);
  if (claimed.length === 0 || present > (flags.emsk | flags.msk)) return wrong(`flags ${present}`);
  const emptied = Uint8Array.from(answer);
  emptied.fill(0, valueOctets - 2 * compoundMacOctets);
  for (const { key, at } of claimed) {
    if (key === undefined) return wrong('by an EMSK that was not asked for');
    if (!same(answer.subarray(at, at + compoundMacOctets), macOf(binding, key, emptied)))
      return wrong('the MAC is another');
  }
  // [RFC9930-6.2] The EMSK where both ends have used it.
  return (claimed[0]?.key ?? byMsk).chain;
}

function macOf({ hash, outer }: Binding, { mac }: CompoundKey, emptied: Uint8Array): Uint8Array {
  return compoundMac(hash, mac, [encodeTlvs([cryptoBinding(emptied)]), Uint8Array.of(eapTypes.teap), ...outer]);
}

function withLowestBit(nonce: Uint8Array, bit: 0 | 1): Uint8Array {
  const octets = Uint8Array.from(nonce);
  octets[nonceOctets - 1] = ((octets[nonceOctets - 1] ?? 0) & 0xfe) | bit;
  return octets;
}

function same(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}
