// How often something may happen: a bucket of tokens for each key, filled at a steady rate. The number of keys is bounded;
// whoever was heard of longest ago is forgotten, with a full bucket next time.

export interface BucketRule {
  readonly perSecond: number;
  /** At once, after a pause. */
  readonly burst: number;
}

export interface TokenBuckets {
  /** Whether it may happen now; what is refused costs nothing. */
  take(key: string, now: number): boolean;
  /** For how many keys something was refused within the last minute. */
  refusing(now: number): number;
  count(): number;
}

interface Bucket {
  readonly tokens: number;
  readonly at: number;
  readonly refusedAt?: number;
}

const lately = 60_000;

export function tokenBuckets({
  perSecond,
  burst,
  keys = 20_000,
}: BucketRule & { readonly keys?: number }): TokenBuckets {
  // Heard of longest ago first.
  const buckets = new Map<string, Bucket>();

  return {
    take(key, now) {
      const before = buckets.get(key) ?? { tokens: burst, at: now };
      buckets.delete(key);
      if (buckets.size >= keys) {
        const [longestAgo = ''] = buckets.keys();
        buckets.delete(longestAgo);
      }
      // A clock that is set back fills nothing.
      const filled = (Math.max(0, now - before.at) / 1000) * perSecond;
      const tokens = Math.min(burst, before.tokens + filled);
      const given = tokens >= 1;
      buckets.set(key, given ? { ...before, tokens: tokens - 1, at: now } : { tokens, at: now, refusedAt: now });
      return given;
    },
    refusing: now =>
      [...buckets.values()].filter(({ refusedAt }) => refusedAt !== undefined && now - refusedAt < lately).length,
    count: () => buckets.size,
  };
}
