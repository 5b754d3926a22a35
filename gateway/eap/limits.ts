// What one EAP conversation may cost. The first wait of a person is the PIN of a smartcard in mid-handshake, so the idle
// time is long; everything else is short.

export interface EapLimits {
  /** Responses taken from the peer after its identity. A 7 kB chain in 300-octet fragments needs about fifty. */
  readonly maxRounds: number;
  /** Octets of one TLS message from the peer. */
  readonly maxMessageBytes: number;
  /** Longest wait for the peer's next response. */
  readonly idleMs: number;
  /** TLS octets in one fragment of ours; see `fragmentBytesFor`. */
  readonly fragmentBytes: number;
}

export const defaultEapLimits: EapLimits = {
  maxRounds: 100,
  maxMessageBytes: 65_536,
  idleMs: 120_000,
  fragmentBytes: 1_000,
};

/** However lively a conversation is, it may last this many idle times as a whole. */
const idleTimesAtMost = 4;

/** When a conversation that began and was last heard of at these times is over, in milliseconds since 1970. */
export function expiryOf(startedAt: number, heardAt: number, limits: EapLimits): number {
  return Math.min(heardAt + limits.idleMs, startedAt + idleTimesAtMost * limits.idleMs);
}

/** What EAP-Message and its AVP, or EAP alone, and a TLS record cost around a fragment inside a tunnel. */
const tunnelOverheadOctets = 80;
const smallestFragmentInside = 100;

/** A fragment inside a tunnel fits into one fragment outside, where that is large enough. */
export function limitsInside(limits: EapLimits): EapLimits {
  return { ...limits, fragmentBytes: Math.max(smallestFragmentInside, limits.fragmentBytes - tunnelOverheadOctets) };
}
