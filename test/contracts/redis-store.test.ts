// The contract suite of `AdmissionStore`, run against a real Redis server.

import { afterAll, beforeAll } from 'vitest';
import { openRedisStore } from '../../gateway/io/redis-store.ts';
import { describeWith } from '../support/programs.ts';
import { redisSettings, startRedis, type TestRedis } from '../support/redis-server.ts';
import { admissionStoreContract } from './admission-store.ts';

describeWith('redis-server', 'Redis', program => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await startRedis(program, { settings: { appendfsync: 'everysec' } });
  });
  afterAll(() => redis.close());

  admissionStoreContract('the Redis store', async () => {
    redis.cli('FLUSHALL');
    const open = () => openRedisStore(redisSettings(redis));
    let store = await open();
    return {
      store,
      async reopen() {
        await store.close();
        store = await open();
        return store;
      },
      cleanup: () => store.close(),
    };
  });
});
