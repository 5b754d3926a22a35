// What the Redis store costs: `node test/bench/redis-store-bench.ts` starts a redis-server of its own and prints commits a
// second alone and a hundred at once, reads a second, and octets of memory for each session with its decision and record.

import { openRedisStore } from '../../gateway/io/redis-store.ts';
import { decision, deviceHash, draft, now, session } from '../contracts/admission-store-samples.ts';
import { program } from '../support/programs.ts';
import { redisSettings, startRedis } from '../support/redis-server.ts';

const alone = 500;
const atOnce = 100;
const rounds = 30;

const words = 'Every disk that the system starts from is encrypted.';
/** As large as that of a policy with fourteen requirements. */
const whole = decision({
  results: Array.from({ length: 14 }, (_, n) => ({
    check: `requirement-${n}`,
    result: 'pass',
    outcome: 'grant',
    fact: 'disk.encrypted',
    value: '3 days',
    limit: 'at most 35 days',
    source: 'report: dpkg',
    text: { nl: words, fr: words, de: words, en: words },
  })),
});

const server = program('redis-server');
if (server === undefined) throw new Error('redis-server is not installed (Debian package redis-server)');
console.log(`decision: ${JSON.stringify(whole).length} octets`);
for (const appendfsync of ['always', 'everysec']) {
  const redis = await startRedis(server, { settings: { appendfsync } });
  const store = await openRedisStore(redisSettings(redis));
  const admit = (id: string) => {
    const opened = { decision: whole, decisionId: id, device: deviceHash, person: `k1-${id}`, acctSessionId: id };
    return store.commit({
      tenant: 'town',
      at: now,
      session: { session: session(id, opened), expectedVersion: 0 },
      decision: draft(id, { decision: whole, sessionId: id, device: deviceHash }),
    });
  };
  await admit('first');
  const memory = () => Number(/used_memory:(\d+)/.exec(redis.cli('INFO', 'memory'))?.[1]);
  const empty = memory();
  const one = await perSecond(alone, n => admit(`alone-${n}`));
  const many = await perSecond(rounds, round => together(n => admit(`${round}-${n}`)));
  const reads = await perSecond(rounds, () => together(n => store.session('town', `alone-${n}`)));
  const octets = (memory() - empty) / (alone + rounds * atOnce);
  console.log(
    `appendfsync ${appendfsync}: ${one.toFixed(0)} commits/s alone, ${(many * atOnce).toFixed(0)} commits/s and ` +
      `${(reads * atOnce).toFixed(0)} sessions read/s with ${atOnce} at once, ${octets.toFixed(0)} octets for each session`,
  );
  await store.close();
  await redis.close();
}

function together(work: (n: number) => Promise<unknown>): Promise<unknown> {
  return Promise.all(Array.from({ length: atOnce }, (_, n) => work(n)));
}

async function perSecond(times: number, work: (n: number) => Promise<unknown>): Promise<number> {
  const started = performance.now();
  for (let n = 0; n < times; n++) await work(n);
  return (times / (performance.now() - started)) * 1000;
}
