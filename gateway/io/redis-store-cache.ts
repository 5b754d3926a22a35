// Bodies of entries that are read at every login and seldom change, kept in this process until the server says that somebody
// has written them (CLIENT TRACKING, by asking for each key). One connection tells both: whoever has read anything that was
// written after a change has heard of the change before. What was kept is forgotten with the connection.

import type { RedisConnection } from './redis-connection.ts';

export interface RedisStoreCache {
  /** The body of an entry. Whoever is given it shares it. */
  body<T>(key: string): Promise<T | undefined>;
  /** This process has written it: what the server says of that comes later. */
  forget(key: string): void;
}

/** Laptops that were seen since: a few KiB each. */
const mostBodies = 4_096;

export function redisStoreCache(redis: Pick<RedisConnection, 'tracked' | 'onChange'>): RedisStoreCache {
  const kept = new Map<string, Promise<unknown>>();
  redis.onChange(key => {
    if (key === undefined) kept.clear();
    else kept.delete(key);
  });

  const read = async (key: string): Promise<unknown> => {
    const body = await redis.tracked(['HGET', key, 'body']);
    return typeof body === 'string' ? (JSON.parse(body) as unknown) : undefined;
  };

  return {
    body<T>(key: string) {
      const known = kept.get(key);
      if (known !== undefined) return known as Promise<T | undefined>;
      // Kept before it is answered: a change that is told in between takes it out.
      const reading = read(key);
      kept.set(key, reading);
      reading.catch(() => {
        if (kept.get(key) === reading) kept.delete(key);
      });
      if (kept.size > mostBodies) {
        const [oldest = ''] = kept.keys();
        kept.delete(oldest);
      }
      return reading as Promise<T | undefined>;
    },
    forget: key => void kept.delete(key),
  };
}
