// The `store:` part of a configuration: one of two places, and never a password or a session over an open network.

import { describe, expect, it } from 'vitest';
import { parsed, type Reading } from '../gateway/documents/shape.ts';
import { parseYaml } from '../gateway/documents/yaml-tree.ts';
import { storeSettings, storeShape } from '../gateway/store-config.ts';

const asWritten = () => parsed(text => text, 'a file');

function read(text: string) {
  const tree = parseYaml(text, 'sluis.yaml');
  if ('problems' in tree) throw new Error(JSON.stringify(tree.problems));
  const reading: Reading = { file: 'sluis.yaml', problems: [] };
  const found = storeShape({ pem: asWritten, secret: asWritten })(tree.tree, reading);
  const settings = found && storeSettings(found, { resolve: path => `/etc/sluis/${path}`, gateway: 'gw-1' });
  return { settings, problems: reading.problems };
}

const redis = (fields: string) => read(`redis: { directory: state, ${fields} }`);

describe('store:', () => {
  it('is a file', () => {
    expect(read('path: sluis.db')).toEqual({
      settings: { kind: 'embedded', path: '/etc/sluis/sluis.db' },
      problems: [],
    });
  });

  it('is a Redis on the network, with everything that makes it safe', () => {
    const servers = 'servers: [rediss://r1.example.be:6380, "rediss://[2001:db8::1]", unix:/run/redis.sock]';
    const { settings, problems } = redis(
      `${servers}, writer: gw-a, user: sluis, password-file: secret-password, ca-file: PEM, database: 2`,
    );
    expect(problems).toEqual([]);
    expect(settings).toEqual({
      kind: 'redis',
      directory: '/etc/sluis/state',
      writer: 'gw-a',
      servers: [
        { kind: 'tcp', host: 'r1.example.be', port: 6380, tls: true },
        { kind: 'tcp', host: '2001:db8::1', port: 6379, tls: true },
        { kind: 'unix', path: '/run/redis.sock' },
      ],
      user: 'sluis',
      password: 'secret-password',
      ca: 'PEM',
      database: 2,
    });
  });

  it('is a Redis on this machine, with what is not said filled in', () => {
    const { settings, problems } = redis('servers: redis://127.0.0.1');
    expect(problems).toEqual([]);
    expect(settings).toEqual({
      kind: 'redis',
      directory: '/etc/sluis/state',
      writer: 'gw-1',
      servers: [{ kind: 'tcp', host: '127.0.0.1', port: 6379, tls: false }],
      user: 'default',
      database: 0,
    });
  });

  it.each(['redis://127.8.9.1:1', 'redis://[::1]:6379', 'unix:/run/redis/redis-server.sock'])('takes %s', server => {
    expect(redis(`servers: ["${server}"]`).problems).toEqual([]);
  });

  it.each([
    'redis://r1.example.be',
    'redis://192.0.2.1:6379',
    'redis://localhost',
    'redis://127.evil.example',
    'redis://[::2]',
  ])('takes %s from nobody, and says what to write', server => {
    const { problems } = redis(`servers: ["${server}"]`);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({
      message: `"${server}" is not encrypted`,
      remedy: expect.stringContaining('rediss://') as string,
    });
  });

  it.each([
    'r1.example.be:6379',
    'http://127.0.0.1',
    'rediss://user:password@r1.example.be',
    'redis://127.0.0.1/3',
    'redis://127.0.0.1?x',
    'redis://127.0.0.1#x',
    'rediss://',
    'unix:relative.sock',
    'unix://host/redis.sock',
  ])('says that "%s" names no server', server => {
    expect(redis(`servers: ["${server}"]`).problems).toMatchObject([
      { message: `"${server}" names no Redis server`, remedy: expect.stringContaining('unix:/PATH') as string },
    ]);
  });

  it.each([
    ['password-file: secret-password', 'nobody vouches'],
    ['ca-file: PEM', 'without a password'],
  ])('wants authority and password for a server on the network: only %s', (fields, told) => {
    const { settings, problems } = redis(`servers: rediss://r1.example.be, ${fields}`);
    expect(settings).toBeUndefined();
    expect(problems).toMatchObject([{ message: expect.stringContaining(told) as string }]);
  });

  it.each([
    ['{}', 'the store is nowhere'],
    ['{ path: sluis.db, redis: { directory: state, servers: redis://127.0.0.1 } }', 'the store is in two places'],
    ['{ redis: { directory: state, servers: [] } }', 'no server is named'],
    ['{ redis: { servers: redis://127.0.0.1 } }', '"directory" is missing'],
    ['{ redis: { directory: state, servers: redis://127.0.0.1, user: "a b" } }', 'a user name without spaces'],
    ['{ redis: { directory: state, servers: redis://127.0.0.1, writer: "a b" } }', 'a name of a-z'],
    ['{ redis: { directory: state, servers: redis://127.0.0.1, database: -1 } }', 'a whole number'],
  ])('says what is wrong with %s', (text, told) => {
    const { problems } = read(text);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.message).toContain(told);
    expect(problems[0]?.remedy).not.toBe('');
  });
});
