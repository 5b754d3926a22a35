// A small generator of the same numbers for the same seed, so that a finding of the fuzzer can be run again.

export interface Random {
  /** 0 to `below` - 1. */
  below(below: number): number;
  pick<T>(from: readonly T[]): T;
  bytes(count: number): Uint8Array;
}

/** xorshift32. */
export function seededRandom(seed: number): Random {
  // Zero would stay zero for ever.
  let state = seed >>> 0 || 0x9e37_79b9;
  const below = (limit: number) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  return {
    below,
    pick: from => {
      const chosen = from[below(from.length)];
      if (chosen === undefined) throw new RangeError('nothing to pick from');
      return chosen;
    },
    bytes: count => Uint8Array.from({ length: count }, () => below(256)),
  };
}
