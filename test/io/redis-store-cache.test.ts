// What the Redis store keeps of what it read: never longer than it is true, whoever writes, and however the connection ends.

import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { openRedisStore } from '../../gateway/io/redis-store.ts';
import type { AdmissionStore } from '../../gateway/ports.ts';
import { attestation, deviceHash, now, person } from '../contracts/admission-store-samples.ts';
import { describeWith } from '../support/programs.ts';
import { redisSettings, startRedis, type TestRedis } from '../support/redis-server.ts';

describeWith('redis-server', 'what was read of a Redis store', program => {
  let redis: TestRedis;
  let one: AdmissionStore;
  let other: AdmissionStore;
  beforeAll(async () => {
    redis = await startRedis(program);
  });
  afterAll(() => redis.close());
  beforeEach(async () => {
    redis.cli('FLUSHALL');
    one = await openRedisStore(redisSettings(redis));
    other = await openRedisStore(redisSettings(redis, { writer: 'gateway-2' }));
  });
  afterEach(() => Promise.all([one.close(), other.close()]));

  const report = (store: AdmissionStore, sequence: number) =>
    store.commit({ tenant: 'town', at: now, attestation: attestation(sequence) });
  const sequence = async (store: AdmissionStore) => (await store.attestation('town', deviceHash))?.sequence;
  /** As `INFO commandstats` counts them. */
  const reads = () => Number(/cmdstat_hget:calls=(\d+)/.exec(redis.cli('INFO', 'commandstats'))?.[1] ?? 0);
  /** Any answer that is made after a change comes after the news of it. */
  const anything = (store: AdmissionStore) => store.nonce('town', 'none');

  it('is not asked for again while nobody writes it', async () => {
    await report(one, 1);
    await one.commit({ tenant: 'town', at: now, person: person() });
    expect(await sequence(one)).toBe(1);
    const before = reads();
    for (let time = 0; time < 20; time++) {
      expect(await sequence(one)).toBe(1);
      expect(await one.personProof('town', deviceHash, now)).toEqual(person());
    }
    // The person, once.
    expect(reads() - before).toBe(1);
  });

  it('is asked for once by many who ask at the same time', async () => {
    await report(one, 1);
    const before = reads();
    expect(await Promise.all(Array.from({ length: 50 }, () => sequence(one)))).toEqual(new Array(50).fill(1));
    expect(reads() - before).toBe(1);
  });

  it('is true again before the answer to any later question, when another gateway writes', async () => {
    for (let round = 1; round <= 100; round++) {
      await report(other, round);
      await anything(one);
      expect(await sequence(one), `round ${round}`).toBe(round);
    }
  });

  it('is what this gateway itself has written', async () => {
    for (let round = 1; round <= 100; round++) {
      await report(one, round);
      expect(await sequence(one)).toBe(round);
    }
    expect(await report(one, 100)).toEqual({ committed: false, conflict: 'report-sequence-old' });
    expect(await sequence(one)).toBe(100);
  });

  it('may be that there is nothing, until there is', async () => {
    expect(await sequence(one)).toBeUndefined();
    await report(other, 1);
    await anything(one);
    expect(await sequence(one)).toBe(1);
  });

  it('ends with its own time, whatever the server says', async () => {
    await one.commit({ tenant: 'town', at: now, person: person({ expiresAt: now + 1_000 }) });
    expect(await one.personProof('town', deviceHash, now + 999)).toBeDefined();
    expect(await one.personProof('town', deviceHash, now + 1_000)).toBeUndefined();
  });

  it('is forgotten with what the other gateway sweeps, and when the server is emptied', async () => {
    await one.commit({ tenant: 'town', at: now, person: person({ expiresAt: now + 1_000 }) });
    await report(one, 1);
    expect(await one.personProof('town', deviceHash, now)).toBeDefined();
    expect(await sequence(one)).toBe(1);
    await other.sweep(now + 2_000);
    await anything(one);
    expect(await one.personProof('town', deviceHash, now), 'swept, though not yet past at this time').toBeUndefined();
    redis.cli('FLUSHALL');
    await anything(one);
    expect(await sequence(one)).toBeUndefined();
  });

  it('is forgotten with the connection: nobody tells what was written meanwhile', async () => {
    await report(one, 1);
    expect(await sequence(one)).toBe(1);
    redis.cli('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await expect.poll(() => report(other, 2).catch(String), { timeout: 5_000 }).toEqual({ committed: true });
    await expect.poll(() => sequence(one).catch(String), { timeout: 5_000 }).toBe(2);
  });

  it('needs no rights but those that the store is known to need', async () => {
    const rights = '~sluis:* -@all +@read +@write +@scripting +@connection -@dangerous +info'.split(' ');
    redis.cli('ACL', 'SETUSER', 'sluis', 'on', '>a-password-of-sixteen', ...rights);
    const settings = redisSettings(redis, { writer: 'gateway-3', user: 'sluis', password: 'a-password-of-sixteen' });
    const store = await openRedisStore(settings);
    await report(store, 1);
    expect(await sequence(store)).toBe(1);
    await report(other, 2);
    await anything(store);
    expect(await sequence(store)).toBe(2);
    await store.close();
  });
});
