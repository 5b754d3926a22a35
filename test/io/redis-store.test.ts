// The Redis store over a real server: what several gateways make of one, and what happens when it is slow, gone or emptied.

import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { noAttempts } from '../../gateway/identity/login-attempts.ts';
import { openRedisStore, type RedisStoreOptions } from '../../gateway/io/redis-store.ts';
import { type AdmissionStore, Unavailable } from '../../gateway/ports.ts';
import { attestation, dayMs, nonce, now, person, session, ticket } from '../contracts/admission-store-samples.ts';
import { describeWith } from '../support/programs.ts';
import { redisSettings, startRedis, type TestRedis } from '../support/redis-server.ts';
import { decide, failures, recordingLog } from './redis-store-calls.ts';

describeWith('redis-server', 'the Redis store', program => {
  let redis: TestRedis;
  const open: AdmissionStore[] = [];
  beforeAll(async () => {
    redis = await startRedis(program);
  });
  afterAll(() => redis.close());
  beforeEach(() => {
    redis.cli('FLUSHALL');
  });
  afterEach(() => Promise.all(open.splice(0).map(store => store.close())));

  async function openStore(fields: Partial<RedisStoreOptions> = {}): Promise<AdmissionStore> {
    const store = await openRedisStore(redisSettings(redis, fields));
    open.push(store);
    return store;
  }

  describe('shared by several gateways', () => {
    it('holds a chain for each of them, whatever comes between', async () => {
      const stores = [await openStore(), await openStore({ writer: 'gateway-2' })];
      await Promise.all(
        stores.flatMap((store, n) => Array.from({ length: 100 }, (_, m) => decide(store, `${n}-${m}`))),
      );
      const records = await stores[0]?.decisions({ tenant: 'town', limit: 500 });
      for (const writer of ['gateway-1', 'gateway-2']) {
        const sequences = records?.filter(each => each.writer === writer).map(({ sequence }) => sequence);
        expect(sequences?.sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, n) => n + 1));
      }
      for (const store of stores) expect(await store.verifyChain()).toEqual({ records: 200 });
    });

    it('holds one chain for two that were given the same name by mistake', async () => {
      const stores = [await openStore(), await openStore()];
      for (let round = 0; round < 5; round++) {
        await Promise.all(stores.map((store, n) => decide(store, `${n}-${round}`)));
      }
      expect(await stores[1]?.verifyChain()).toEqual({ records: 10 });
    });

    it('gives a ticket of one to the other, once', async () => {
      const [one, other] = [await openStore(), await openStore({ writer: 'gateway-2' })];
      await one.putTicket(ticket('t1'));
      const redeem = (store: AdmissionStore, sessionId: string) =>
        store.commit({
          tenant: 'town',
          at: now,
          redeemTicket: { handle: 't1', redeemed: { at: now, nasGroup: 'vpn', caller: '192.0.2.7', sessionId } },
        });
      const answers = await Promise.all([redeem(one, 's1'), redeem(other, 's2')]);
      expect(answers.filter(({ committed }) => committed)).toHaveLength(1);
    });

    it('verifies while they write', async () => {
      const [one, other] = [await openStore(), await openStore({ writer: 'gateway-2' })];
      for (let n = 0; n < 20; n++) await decide(one, `before-${n}`);
      const writing = Array.from({ length: 100 }, (_, n) => decide(other, `during-${n}`));
      const check = await one.verifyChain();
      await Promise.all(writing);
      expect(check.broken).toBeUndefined();
      expect(check.records).toBeGreaterThanOrEqual(20);
    });
  });

  it('goes on when the server has forgotten the scripts', async () => {
    const store = await openStore();
    await decide(store, 'd1');
    redis.cli('SCRIPT', 'FLUSH');
    await Promise.all(Array.from({ length: 20 }, (_, n) => decide(store, `after-${n}`)));
    expect(await store.verifyChain()).toEqual({ records: 21 });
  });

  it('stores the decision of a session once, in its record', async () => {
    const store = await openStore();
    await decide(store, 'd1');
    const fields = redis.cli('HKEYS', 'sluis:{town}:session:d1');
    expect(fields).not.toMatch(/^decision$/m);
    expect(redis.cli('HGET', 'sluis:{town}:record:d1', 'decision')).toContain('office-laptops');
  });

  it('leaves nothing of a swept session, person, nonce, ticket or report behind', async () => {
    const store = await openStore();
    const everything = { device: 'a', person: 'p', framedAddress: '10.9.0.1', acctSessionId: 'a1' };
    const before = redis.cli('KEYS', 'sluis:{town}:*');
    await store.putNonce(nonce('n1'));
    await store.putTicket(ticket('t1'));
    const kept = { kind: 'login-attempts', key: 'an', version: 1, expiresAt: now + 1, value: noAttempts } as const;
    await store.commit({
      tenant: 'town',
      at: now,
      session: { session: session('s1', everything), expectedVersion: 0 },
      attestation: attestation(1),
      person: person(),
      keep: [kept],
    });
    expect(await store.sweep(now + 500 * dayMs)).toBe(6);
    expect(before.trim()).toBe('');
    expect(redis.cli('KEYS', 'sluis:{town}:*').trim()).toBe('sluis:{town}:order');
  });

  it('keeps every key of a tenant in one place of a cluster, and no key that expires by the clock of Redis', async () => {
    const store = await openStore();
    await store.putNonce(nonce('n1'));
    await decide(store, 'd1');
    for (const key of redis.cli('KEYS', '*').trim().split('\n')) {
      expect(key === 'sluis:tenants' || key.startsWith('sluis:{town}:'), key).toBe(true);
      expect(redis.cli('TTL', key).trim(), key).toBe('-1');
    }
  });

  describe('a server that goes away', () => {
    it('rejects what waits, keeps what it answered, and is found again', async () => {
      const { log, events } = recordingLog();
      const store = await openStore({ log });
      await Promise.all(Array.from({ length: 50 }, (_, n) => decide(store, `before-${n}`)));
      const waiting = Array.from({ length: 500 }, async (_, n) => {
        await decide(store, `during-${n}`);
        return `during-${n}`;
      });
      await waiting[0];
      const [answers] = await Promise.all([Promise.allSettled(waiting), redis.kill()]);
      const reasons = answers.flatMap(answer => (answer.status === 'rejected' ? [answer.reason as unknown] : []));
      expect(reasons.length, 'it was killed in the middle').toBeGreaterThan(0);
      for (const reason of reasons) expect(reason).toBeInstanceOf(Unavailable);

      const startedMs = performance.now();
      await expect(store.nonce('town', 'n')).rejects.toThrow(Unavailable);
      expect(performance.now() - startedMs, 'nobody waits for a server that is known to be gone').toBeLessThan(100);

      await redis.start();
      await expect.poll(() => store.nonce('town', 'n').catch(() => 'gone'), { timeout: 10_000 }).toBeUndefined();
      expect(events).toEqual(['store-found', 'store-lost', 'store-found']);
      const answered = answers.flatMap(answer => (answer.status === 'fulfilled' ? [answer.value] : []));
      for (const id of answered) expect(await store.decision('town', id), id).toBeDefined();
      await decide(store, 'after');
      expect((await store.verifyChain()).broken).toBeUndefined();
    });

    it('is Unavailable within the deadline when it only falls silent, and at once from then on', async () => {
      const store = await openStore({ deadlineMs: 300 });
      await decide(store, 'd1');
      redis.freeze();
      try {
        const startedMs = performance.now();
        const reasons = await failures([decide(store, 'd2'), store.session('town', 'd1'), store.nonce('town', 'n')]);
        expect(reasons).toHaveLength(3);
        for (const reason of reasons) expect(reason).toBeInstanceOf(Unavailable);
        expect(performance.now() - startedMs).toBeLessThan(600);
        const laterMs = performance.now();
        expect(await failures([store.nonce('town', 'n')])).toHaveLength(1);
        expect(performance.now() - laterMs).toBeLessThan(100);
      } finally {
        redis.awaken();
      }
      await expect.poll(() => store.nonce('town', 'n').catch(() => 'gone'), { timeout: 10_000 }).toBeUndefined();
      await decide(store, 'd3');
      expect((await store.verifyChain()).broken).toBeUndefined();
    });

    it('that comes back without its last records begins a new epoch, and says so', async () => {
      const { log, events } = recordingLog();
      const store = await openStore({ log });
      await decide(store, 'd1');
      await decide(store, 'd2');
      redis.cli('FLUSHALL');
      await decide(store, 'd3');
      await decide(store, 'd4');
      expect(events).toContain('decisions-lost');
      expect(await store.decision('town', 'd4')).toMatchObject({ epoch: 2, sequence: 2 });
      expect(await store.verifyChain()).toEqual({ records: 2 });
      const later = await openStore();
      await decide(later, 'd5');
      expect(await later.decision('town', 'd5')).toMatchObject({ epoch: 2, sequence: 3 });
    });
  });

  describe('too much or too late', () => {
    it('is Unavailable at once when too many wait', async () => {
      const store = await openStore({ maxPending: 10 });
      await store.nonce('town', 'n');
      expect(await failures(Array.from({ length: 25 }, () => store.nonce('town', 'n')))).toHaveLength(15);
      expect(await store.nonce('town', 'n')).toBeUndefined();
    });

    it('is Unavailable after closing, and what was asked before is still done', async () => {
      const store = await openStore();
      await decide(store, 'd1');
      const last = decide(store, 'last');
      await pause(0);
      await store.close();
      expect(await last).toEqual({ committed: true });
      await expect(store.nonce('town', 'n')).rejects.toThrow(Unavailable);
      await store.close();
    });

    it('refuses an instant that is none before anything is written', async () => {
      const store = await openStore();
      const odd = { session: session('s1', { decidedAt: Number.NaN }), expectedVersion: 0 };
      await expect(store.commit({ tenant: 'town', at: now, session: odd })).rejects.toThrow('no instant');
      expect(redis.cli('KEYS', 'sluis:{town}:*').trim()).toBe('');
    });
  });

  describe('the chain in Redis', () => {
    const record = 'sluis:{town}:record:d2';
    const changes = {
      'a changed body': [['HSET', record, 'body', '{"sequence":2}'], 'it is of tenant'],
      'a changed decision': [['HSET', record, 'decision', '{"outcome":"deny"}'], 'its body was changed'],
      'a decision taken out': [['HDEL', record, 'decision'], 'its body was changed'],
      'a body that is not JSON': [['HSET', record, 'body', 'x'], 'not a record'],
      'a body that is no record': [['HSET', record, 'body', 'null'], 'not a record'],
      'a record taken out': [['DEL', record], 'not a record'],
      'a link taken out': [['LREM', 'sluis:{town}:chain:gateway-1 1', '0', 'd2'], 'sequence 2 was expected'],
      'the last link cut off': [['RPOP', 'sluis:{town}:chain:gateway-1 1'], 'ends at 2'],
      'all links taken out': [['DEL', 'sluis:{town}:chain:gateway-1 1'], 'ends at 0'],
      'a record hidden from the list': [['ZREMRANGEBYRANK', 'sluis:{town}:records', '1', '1'], 'in its lists'],
      'a record shown at another time': [
        ['ZINCRBY', 'sluis:{town}:records', '1', '000000000003:record:d2'],
        'in its lists',
      ],
      'a grant shown as a refusal': [
        ['ZADD', 'sluis:{town}:records:refused', '1', '000000000003:record:d2'],
        'in its lists',
      ],
      'a record beside the chain': [['ZADD', 'sluis:{town}:records', '1', 'x'], '4 records are listed'],
      'a forgotten end': [['DEL', 'sluis:{town}:heads'], '3 records are listed and its chains hold 0'],
      'another end': [['HSET', 'sluis:{town}:heads', 'gateway-1 1', '3 ab'], 'written last'],
    } as const;

    it.each(Object.entries(changes))('shows %s', async (_, [command, told]) => {
      const store = await openStore();
      for (const id of ['d1', 'd2', 'd3']) await decide(store, id);
      expect(await store.verifyChain()).toEqual({ records: 3 });
      redis.cli(...command);
      expect((await store.verifyChain()).broken).toContain(told);
    });
  });
});
