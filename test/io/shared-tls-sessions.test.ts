// TLS sessions that gateways share through Redis: one gateway's login is resumed at another, keys change with the hour, and
// without Redis everybody still gets in.

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { type GatewayProcess, startGatewayProcess } from '../../gateway/cli/demo/gateway-process.ts';
import { connectRedis, type RedisConnection } from '../../gateway/io/redis-connection.ts';
import { sharedTlsSessions } from '../../gateway/io/shared-tls-sessions.ts';
import type { TlsSession } from '../../gateway/io/tls-sessions.ts';
import { eapolTest } from '../interop/eapol-client.ts';
import { certificatePolicies, startTestGateway, type TestGateway } from '../support/gateway.ts';
import { describeWith } from '../support/programs.ts';
import { redisSettings, startRedis, type TestRedis } from '../support/redis-server.ts';

const nothing = (): void => undefined;
const hourMs = 3_600_000;
const accessAccept = 2;
const password = 'a-password-of-32-random-characters';

describeWith('redis-server', 'shared TLS sessions', redisServer => {
  let redis: TestRedis;
  let connection: RedisConnection;
  const counted: string[] = [];
  // Early in an hour.
  let now = Math.floor(Date.now() / hourMs) * hourMs + 1_000;

  beforeEach(async () => {
    counted.length = 0;
    redis = await startRedis(redisServer);
    connection = await connectRedis({ ...redisSettings(redis), deadlineMs: 2_000, maxPending: 100, mayForget: true });
  });
  afterEach(async () => {
    await connection.close();
    await redis.close();
  });

  const gateway = (key = 'an installation key of many characters') =>
    sharedTlsSessions({
      redis: connection,
      tenant: 'main',
      installationKey: Buffer.from(key),
      clock: { now: () => now },
      meter: {
        count: (_, labels) => void counted.push(labels?.['result'] ?? ''),
        observe: nothing,
        gauge: nothing,
      },
    });
  const session = (expiresAt = now + hourMs): TlsSession => ({
    id: 'ab'.repeat(32),
    state: Buffer.from('a master secret that nobody may read'),
    chain: [Uint8Array.of(0x30, 1), Uint8Array.of(0x30, 2)],
    expiresAt,
  });
  const keys = () => redis.cli('KEYS', '*').trim();
  const kept = async (one = session()) => {
    gateway().told({ remembered: one });
    await vi.waitFor(() => expect(keys()).toContain('tls-session'));
    return one;
  };

  it('another gateway finds what one remembered, with its chain, and nothing after it was forgotten', async () => {
    const one = await kept();
    const found = await gateway().find(one.id);
    expect(found).toEqual({ ...one, state: new Uint8Array(one.state) });
    gateway().told({ forgotten: one.id });
    await vi.waitFor(() => expect(keys()).toBe(''));
    expect(await gateway().find(one.id)).toBeUndefined();
    expect(counted).toEqual(['found', 'unknown']);
  });

  it('nothing in Redis can be read, and Redis lets it go when its time is over', async () => {
    const { id } = await kept();
    const value = redis.cli('GET', keys());
    expect(value.length).toBeGreaterThan(50);
    expect(value).not.toContain('master');
    expect(value).not.toContain(Buffer.from('a master secret').toString('base64').slice(0, 12));
    const left = Number(redis.cli('PTTL', keys()));
    expect(left).toBeGreaterThan(hourMs - 60_000);
    expect(left).toBeLessThanOrEqual(hourMs);
    // Nor by a gateway of another installation, nor under another id.
    expect(await gateway('another key of an installation, as long').find(id)).toBeUndefined();
    const other = 'cd'.repeat(32);
    redis.cli('RENAME', keys(), keys().replace(id, other));
    expect(await gateway().find(other)).toBeUndefined();
  });

  it('the key changes with the hour: the one before still opens, the one before that does not', async () => {
    const { id } = await kept(session(now + 3 * hourMs));
    now += hourMs;
    expect(await gateway().find(id)).toBeDefined();
    now += hourMs;
    expect(await gateway().find(id)).toBeUndefined();
  });

  it('is over when its own time is, whatever Redis still holds', async () => {
    const { id } = await kept(session(now + 1_000));
    now += 1_000;
    expect(await gateway().find(id)).toBeUndefined();
  });

  it.each(['', 'ab', 'AB'.repeat(32), `${'ab'.repeat(31)}\r\n`, '../'.repeat(20)])(
    'an id that is none of ours: %j',
    async id => {
      expect(await gateway().find(id)).toBeUndefined();
      expect(counted).toEqual(['unknown']);
    },
  );

  it('a Redis that hangs, and one that is gone, is as if nothing were known, and soon', async () => {
    const { id } = await kept();
    redis.freeze();
    const before = performance.now();
    expect(await gateway().find(id)).toBeUndefined();
    expect(performance.now() - before).toBeLessThan(1_500);
    redis.awaken();
    await redis.kill();
    expect(await gateway().find(id)).toBeUndefined();
    gateway().told({ remembered: session() });
    await vi.waitFor(() => expect(counted).toEqual(['unavailable', 'unavailable', 'not-kept']), 5_000);
  });
});

describeWith(
  ['eapol_test', 'redis-server'],
  'a login at one gateway, resumed at another',
  (eapol, redisServer = '') => {
    let redis: TestRedis;
    let first: TestGateway;
    let second: GatewayProcess;
    beforeAll(async () => {
      redis = await startRedis(redisServer, { settings: { requirepass: password } });
      const passwordFile = join(redis.directory, 'password');
      writeFileSync(passwordFile, password, { mode: 0o600 });
      const store = `{ redis: { servers: ["${redis.url}"], password-file: ${passwordFile}, directory: state, writer: first } }`;
      first = await startTestGateway({
        policies: certificatePolicies,
        laptops: ['lt-1.example'],
        resumption: 'machine',
        store,
      });
      const config = readFileSync(first.installation.configFile, 'utf8');
      second = await startGatewayProcess(first.put('second.yaml', config.replace('writer: first', 'writer: second')));
    }, 60_000);
    afterAll(async () => {
      await second.stop();
      await first.stop();
      await redis.close();
    });

    /** A port that leads to one gateway until somebody was let in there, and to the other then. */
    async function relay(from: number, to: number, meanwhile: () => void) {
      const [outside, inside] = [createSocket('udp4'), createSocket('udp4')];
      outside.bind(0, '127.0.0.1');
      inside.bind(0, '127.0.0.1');
      await Promise.all([once(outside, 'listening'), once(inside, 'listening')]);
      let [target, client] = [from, 0];
      outside.on('message', (datagram, { port }) => {
        client = port;
        inside.send(datagram, target, '127.0.0.1');
      });
      inside.on('message', datagram => {
        if (datagram[0] === accessAccept && target === from) {
          target = to;
          meanwhile();
        }
        outside.send(datagram, client, '127.0.0.1');
      });
      return {
        port: outside.address().port,
        close: () => {
          outside.close();
          inside.close();
        },
      };
    }

    async function twice(kind: 'machines' | 'people', from: number, to: number, meanwhile = nothing) {
      const { installation, put } = first;
      const { chainPem, privateKeyPem } = installation.ca[kind].valid;
      const [certificate, key] = [put('client.pem', chainPem), put('client.key', privateKeyPem)];
      const between = await relay(from, to, meanwhile);
      const via = { ...first, ports: { authentication: between.port } };
      const result = await eapolTest(eapol, via, { name: 'anonymous', tls: '1.2', certificate, key, twice: true });
      between.close();
      expect(result, result.output.slice(-3000)).toMatchObject({ success: true });
      expect(result.output).toContain('MPPE keys OK: 2  mismatch: 0');
      return result.resumed;
    }

    it('of a machine, either way round; each is decided upon', async () => {
      const before = (await first.sessions()).length;
      expect(await twice('machines', first.ports.authentication, second.ports.authentication)).toEqual([false, true]);
      expect(await twice('machines', second.ports.authentication, first.ports.authentication)).toEqual([false, true]);
      expect(await first.sessions()).toHaveLength(before + 4);
    });
    it('of a person not: the card must be in the reader', async () => {
      const before = sessionKeys();
      expect(before).toHaveLength(2);
      expect(await twice('people', first.ports.authentication, second.ports.authentication)).toEqual([false, false]);
      expect(sessionKeys()).toEqual(before);
    });
    it('what Redis has lost is a full login', async () => {
      const lose = (): void => {
        for (const key of sessionKeys()) redis.cli('-a', password, 'DEL', key);
      };
      const { authentication } = first.ports;
      expect(await twice('machines', authentication, second.ports.authentication, lose)).toEqual([false, false]);
    });
    it('and what it holds from another hour, or another installation', async () => {
      const spoil = (): void => {
        for (const key of sessionKeys()) redis.cli('-a', password, 'SET', key, 'sluis-sealed/1 of somebody else');
      };
      const { authentication } = first.ports;
      expect(await twice('machines', authentication, second.ports.authentication, spoil)).toEqual([false, false]);
    });

    function sessionKeys(): readonly string[] {
      return redis.cli('-a', password, 'KEYS', '*tls-session*').split('\n').filter(Boolean).toSorted();
    }
  },
);
