// The `store:` part of the configuration: one file on this machine, or a Redis that several gateways share.

import { isIP } from 'node:net';
import {
  integer,
  listOf,
  name,
  optional,
  parsed,
  problem,
  type Read,
  type Reading,
  record,
  required,
  type Shape,
  text,
} from './documents/shape.ts';

export type StoreSettings =
  | {
      readonly kind: 'embedded';
      readonly path: string;
    }
  | ({
      readonly kind: 'redis';
      /** Where this gateway keeps what it fetched for itself. */
      readonly directory: string;
    } & RedisSettings);

export interface RedisSettings {
  /** Name of this gateway in the decision records; each gateway of a store has its own. */
  readonly writer: string;
  /** Tried in this order: the first that may be written to serves. */
  readonly servers: readonly RedisServer[];
  readonly user: string;
  readonly password?: string;
  /** PEM of the only authorities that may vouch for the servers. */
  readonly ca?: string;
  readonly database: number;
}

export type RedisServer =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly tls: boolean };

const defaultPort = 6379;

const server: Shape<RedisServer> = (tree, reading) => {
  const written = text(256)(tree, reading);
  if (written === undefined) return undefined;
  if (/^unix:\/[^/]/.test(written)) return { kind: 'unix', path: written.slice('unix:'.length) };
  const url = URL.parse(written);
  const bare = url?.username === '' && url.password === '' && url.search === '' && /^\/?$/.test(url.pathname);
  const tls = url?.protocol === 'rediss:';
  if (!(tls || url?.protocol === 'redis:') || !bare || url.hash !== '' || url.hostname === '') {
    const message = `"${written}" names no Redis server`;
    return problem(reading, tree.line, message, 'write rediss://HOST:PORT, redis://127.0.0.1:PORT or unix:/PATH');
  }
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (!tls && !isLoopback(host)) {
    const message = `"${written}" is not encrypted`;
    return problem(
      reading,
      tree.line,
      message,
      'write rediss:// and give a ca-file; redis:// is for 127.0.0.1 and ::1',
    );
  }
  return { kind: 'tcp', host, port: url.port === '' ? defaultPort : Number(url.port), tls };
};

/** By address, never by name: what `localhost` is depends on files that others may write. */
function isLoopback(host: string): boolean {
  return (isIP(host) === 4 && host.startsWith('127.')) || host === '::1';
}

const servers: Shape<readonly RedisServer[]> = (tree, reading) => {
  const found = listOf(server)(tree, reading);
  if (found === undefined || found.length > 0) return found;
  return problem(reading, tree.line, 'no server is named', 'write rediss://HOST:PORT');
};

const user = parsed(value => (/^[\x21-\x7e]{1,128}$/.test(value) ? value : undefined), 'a user name without spaces');

/** The readers of files that the configuration names. */
interface NamedFiles {
  readonly pem: (label: string) => Shape<string>;
  readonly secret: (least: number, what: string) => Shape<string>;
}

function redisShape({ pem, secret }: NamedFiles) {
  const fields = record({
    servers: required(servers),
    directory: required(text(1024)),
    writer: optional(name),
    user: optional(user, 'default'),
    'password-file': optional(secret(16, 'the password')),
    'ca-file': optional(pem('certificate')),
    database: optional(integer(0, 15), 0),
  });
  const checked: typeof fields = (tree, reading) => {
    const read = fields(tree, reading);
    return read === undefined ? undefined : encrypted(read, reading);
  };
  return checked;
}
type RedisDocument = Read<ReturnType<typeof redisShape>>;

function encrypted(read: RedisDocument, reading: Reading): RedisDocument | undefined {
  const overTls = read.servers.some(each => each.kind === 'tcp' && each.tls);
  if (overTls && read['ca-file'] === undefined) {
    return problem(
      reading,
      read.line,
      'nobody vouches for a rediss:// server',
      'add "ca-file: …", the authority of its certificate',
    );
  }
  if (overTls && read['password-file'] === undefined) {
    return problem(reading, read.line, 'a server on the network is used without a password', 'add "password-file: …"');
  }
  return read;
}

export function storeShape(files: NamedFiles) {
  const fields = record({ path: optional(text(1024)), redis: optional(redisShape(files)) });
  const one: typeof fields = (tree, reading) => {
    const read = fields(tree, reading);
    if (read === undefined || (read.path === undefined) !== (read.redis === undefined)) return read;
    const message = read.path === undefined ? 'the store is nowhere' : 'the store is in two places';
    return problem(reading, tree.line, message, 'write either "path: …" or "redis: …"');
  };
  return one;
}

export function storeSettings(
  read: Read<ReturnType<typeof storeShape>>,
  { resolve, gateway }: { readonly resolve: (path: string) => string; readonly gateway: string },
): StoreSettings {
  const { redis } = read;
  if (redis === undefined) {
    return { kind: 'embedded', path: resolve(read.path ?? '') };
  }
  return {
    kind: 'redis',
    directory: resolve(redis.directory),
    writer: redis.writer ?? gateway,
    servers: redis.servers,
    user: redis.user,
    ...(redis['password-file'] === undefined ? {} : { password: redis['password-file'] }),
    ...(redis['ca-file'] === undefined ? {} : { ca: redis['ca-file'] }),
    database: redis.database,
  };
}
