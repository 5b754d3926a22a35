// Blind ways in which octets go wrong, whatever they mean. A mutation may write to what it is given: a copy.

import type { Random } from './random.ts';

export type Mutation = (octets: Buffer, random: Random) => Buffer;

export const flipBit: Mutation = (octets, random) => {
  const at = random.below(octets.length);
  octets[at] = (octets[at] ?? 0) ^ (1 << random.below(8));
  return octets;
};

export const setOctet: Mutation = (octets, random) => {
  octets[random.below(octets.length)] = random.pick([0, 1, 2, 17, 18, 19, 79, 80, 127, 128, 253, 254, 255]);
  return octets;
};

export const truncate: Mutation = (octets, random) => Buffer.from(octets.subarray(0, random.below(octets.length + 1)));

export const extend: Mutation = (octets, random) => Buffer.concat([octets, random.bytes(1 + random.below(40))]);

/** One to `most` of these, on a copy. Stops at nothing: no octets are a case of their own. */
export function mutated(octets: Uint8Array, mutations: readonly Mutation[], random: Random, most = 4): Uint8Array {
  let out: Buffer = Buffer.from(octets);
  for (let round = 1 + random.below(most); round > 0 && out.length > 0; round--)
    out = random.pick(mutations)(out, random);
  return out;
}
