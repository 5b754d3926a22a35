// What is asked of a Redis server, by its answer to INFO.

import { describe, expect, it } from 'vitest';
import { checkServer } from '../../gateway/io/redis-server-check.ts';

function info(changes: Readonly<Record<string, string>> = {}): string {
  const said = {
    redis_version: '7.0.15',
    redis_mode: 'standalone',
    loading: '0',
    maxmemory_policy: 'noeviction',
    aof_enabled: '1',
    role: 'master',
    ...changes,
  };
  return `# Server\r\n${Object.entries(said)
    .map(([name, value]) => `${name}:${value}\r\n`)
    .join('')}executable:/usr/bin/a:b\r\n`;
}

describe('checkServer', () => {
  it.each(['6.2.0', '6.2', '7.0.15', '8.4.0', '10.0.0'])('takes version %s', version => {
    expect(checkServer(info({ redis_version: version }), '', false)).toEqual({});
  });

  it.each([
    [{ redis_version: '6.0.16' }, 'version 6.0.16: use 6.2'],
    [{ redis_version: '5.0.7' }, 'version 5.0.7'],
    [{ redis_version: '' }, 'let the user call INFO'],
    [{ redis_mode: 'cluster' }, 'runs as cluster'],
    [{ redis_mode: 'sentinel' }, 'runs as sentinel'],
    [{ role: 'slave' }, 'a replica'],
    [{ loading: '1' }, 'still loading'],
    [{ maxmemory_policy: 'allkeys-lru' }, 'maxmemory-policy allkeys-lru'],
    [{ maxmemory_policy: 'volatile-ttl' }, 'maxmemory-policy volatile-ttl'],
  ])('refuses %o', (changes, told) => {
    const { refused } = checkServer(info(changes), '', false);
    expect(refused).toContain(told);
    // What to do stands behind a colon.
    expect(refused).toMatch(/: \w/);
  });

  it('refuses an answer that is none', () => {
    expect(checkServer('', '', true).refused).toContain('version unknown');
  });

  it.each([
    ['3600 1', false, 'warning', 'now and then'],
    [undefined, false, 'warning', 'now and then'],
    ['', false, 'refused', 'nothing to disk'],
    ['', true, 'warning', 'nothing to disk'],
  ] as const)(
    'without an append-only file, with save "%s" and forgetting %s, gives a %s',
    (save, mayForget, kind, told) => {
      const check = checkServer(info({ aof_enabled: '0' }), save, mayForget);
      expect(Object.keys(check)).toEqual([kind]);
      expect(check[kind]).toContain(told);
      expect(check[kind]).toContain('appendonly yes');
    },
  );
});
