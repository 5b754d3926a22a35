// Which Redis servers the store takes, which it refuses, and how it is let in.

import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { openRedisStore, type RedisStoreOptions } from '../../gateway/io/redis-store.ts';
import { type AdmissionStore, Unavailable } from '../../gateway/ports.ts';
import { nonce, now } from '../contracts/admission-store-samples.ts';
import { makeOpensslPki, type OpensslPki } from '../support/openssl-pki.ts';
import { describeWith } from '../support/programs.ts';
import { redisSettings, startRedis, type TestRedis } from '../support/redis-server.ts';
import { decide, recordingLog } from './redis-store-calls.ts';

describeWith('redis-server', 'a Redis server', program => {
  const started: TestRedis[] = [];
  const opened: AdmissionStore[] = [];
  let pki: OpensslPki;
  beforeAll(() => {
    pki = makeOpensslPki(0);
  });
  afterAll(() => {
    pki.remove();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map(store => store.close()));
    await Promise.all(started.splice(0).map(redis => redis.close()));
  });

  async function server(options: Parameters<typeof startRedis>[1]): Promise<TestRedis> {
    const redis = await startRedis(program, options);
    started.push(redis);
    return redis;
  }
  async function trial(redis: TestRedis, fields: Partial<RedisStoreOptions> = {}): Promise<AdmissionStore> {
    const store = await openRedisStore(redisSettings(redis, fields));
    opened.push(store);
    return store;
  }
  const local = ({ port }: TestRedis) => ({ kind: 'tcp', host: '127.0.0.1', port, tls: false }) as const;

  it('that throws entries away is refused, with what to do', async () => {
    const redis = await server({ settings: { 'maxmemory-policy': 'allkeys-lru' } });
    await expect(trial(redis)).rejects.toThrow(/allkeys-lru.*set maxmemory-policy noeviction/);
  });

  it('that turns out so later is refused when it is found again', async () => {
    const redis = await server({});
    const store = await trial(redis);
    redis.cli('CONFIG', 'SET', 'maxmemory-policy', 'volatile-ttl');
    redis.cli('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await expect.poll(() => store.nonce('town', 'n').catch(String), { timeout: 5_000 }).toContain('volatile-ttl');
    redis.cli('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
    await expect.poll(() => store.nonce('town', 'n').catch(String), { timeout: 5_000 }).toBeUndefined();
  });

  it('that writes nothing to disk is refused, or warned about where that is no harm', async () => {
    const redis = await server({ settings: { appendonly: 'no' } });
    await expect(trial(redis)).rejects.toThrow(/writes nothing to disk.*appendonly yes/);
    const { log, events } = recordingLog();
    await trial(redis, { mayForget: true, log });
    expect(events).toEqual(['store-may-forget', 'store-found']);
  });

  it('whose memory is full is Unavailable, and nothing is half-written', async () => {
    const redis = await server({});
    const store = await trial(redis);
    await decide(store, 'd1');
    redis.cli('CONFIG', 'SET', 'maxmemory', '1');
    await expect(decide(store, 'd2')).rejects.toThrow(/OOM/);
    await expect(store.putNonce(nonce('n'))).rejects.toThrow(Unavailable);
    expect(await store.session('town', 'd1'), 'it can still be read').toBeDefined();
    redis.cli('CONFIG', 'SET', 'maxmemory', '0');
    expect(await store.session('town', 'd2')).toBeUndefined();
    await decide(store, 'd2');
    expect(await store.verifyChain()).toEqual({ records: 2 });
  });

  it('is let in by user and password', async () => {
    const redis = await server({
      settings: { user: 'sluis on >a-long-password-of-ours ~sluis:* +@all', requirepass: 'other' },
    });
    const password = 'a-long-password-of-ours';
    await decide(await trial(redis, { user: 'sluis', password }), 'd1');
    await expect(trial(redis, { user: 'sluis', password: 'wrong' })).rejects.toThrow('WRONGPASS');
    await expect(trial(redis)).rejects.toThrow('NOAUTH');
  });

  it('is asked for with the fewest rights that do', async () => {
    const rights = '~sluis:* -@all +@read +@write +@scripting +@connection -@dangerous +info';
    const redis = await server({ settings: { user: `sluis on >a-long-password-of-ours ${rights}` } });
    const store = await trial(redis, { user: 'sluis', password: 'a-long-password-of-ours', database: 3 });
    await store.putNonce(nonce('n'));
    await decide(store, 'd1');
    expect(await store.sweep(now)).toBe(0);
    expect(await store.verifyChain()).toEqual({ records: 1 });
  });

  it('is spoken to by TLS with a certificate of the authority that is named, for the name that is named', async () => {
    const credential = pki.leaf({ name: 'redis', key: 'p256', usage: 'serverAuth', dnsName: 'localhost' });
    const redis = await server({ tls: { certificateFile: credential.chainFile, keyFile: credential.keyFile } });
    const by = (host: string) => ({ servers: [{ kind: 'tcp', host, port: redis.port, tls: true }] as const });
    await decide(await trial(redis, { ...by('localhost'), ca: pki.rootPem }), 'd1');
    await expect(trial(redis, { ...by('127.0.0.1'), ca: pki.rootPem })).rejects.toThrow(/IP|altname/i);
    const stranger = makeOpensslPki(0);
    try {
      await expect(trial(redis, { ...by('localhost'), ca: stranger.rootPem })).rejects.toThrow(/certificate/);
    } finally {
      stranger.remove();
    }
  });

  it('is the first of those named that can be written to, also after it has changed', { timeout: 20_000 }, async () => {
    const settings = { 'repl-diskless-sync-delay': '0' };
    const [first, second] = [await server({ settings }), await server({ settings })];
    second.cli('REPLICAOF', '127.0.0.1', String(first.port));
    const store = await trial(first, { servers: [local(second), local(first)] });
    await decide(store, 'd1');
    await expect.poll(() => second.cli('EXISTS', 'sluis:{town}:record:d1').trim(), { timeout: 10_000 }).toBe('1');
    second.cli('REPLICAOF', 'NO', 'ONE');
    first.cli('REPLICAOF', '127.0.0.1', String(second.port));
    // The connection is one to a replica by now: it is given up.
    await expect
      .poll(() => store.putNonce(nonce('n')).then(() => 'written', String), { timeout: 10_000 })
      .toBe('written');
    await decide(store, 'd2');
    expect(second.cli('EXISTS', 'sluis:{town}:record:d2').trim()).toBe('1');
    expect(await store.verifyChain()).toEqual({ records: 2 });
  });

  it('is reached by its socket', async () => {
    const redis = await server({ settings: { unixsocket: 'redis.sock', unixsocketperm: '700' } });
    await decide(await trial(redis, { servers: [{ kind: 'unix', path: join(redis.directory, 'redis.sock') }] }), 'd1');
  });

  it('that is not there is named, with each of its companions', async () => {
    const redis = await server({});
    await redis.kill();
    const silent = { kind: 'unix', path: '/nonexistent/redis.sock' } as const;
    await expect(trial(redis, { servers: [local(redis), silent] })).rejects.toThrow(
      new RegExp(`127.0.0.1:${redis.port}: .*ECONNREFUSED.*/nonexistent/redis.sock: .*ENOENT`),
    );
  });
});
