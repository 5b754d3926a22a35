// A real redis-server in a directory of its own: loopback only, ended by its process, started again over what it wrote.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { RedisStoreOptions } from '../../gateway/io/redis-store.ts';

export interface TestRedisOptions {
  /** Lines of redis.conf, in place of those given here or beside them. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Serves TLS and nothing else. */
  readonly tls?: { readonly certificateFile: string; readonly keyFile: string };
}

export interface TestRedis {
  readonly directory: string;
  readonly port: number;
  /** As it stands in a configuration. */
  readonly url: string;
  readonly pid: () => number;
  /** What redis-cli answers. */
  readonly cli: (...words: readonly string[]) => string;
  /** The process stops where it stands, and goes on after `awaken`. */
  readonly freeze: () => void;
  readonly awaken: () => void;
  readonly kill: () => Promise<void>;
  readonly start: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const startsWithinMs = 10_000;

export async function startRedis(program: string, options: TestRedisOptions = {}): Promise<TestRedis> {
  const directory = mkdtempSync(join(tmpdir(), 'sluis-redis-'));
  const { settings = {}, tls } = options;
  const port = await freePort();
  const lines = {
    bind: '127.0.0.1',
    dir: directory,
    appendonly: 'yes',
    appendfsync: 'always',
    save: '""',
    port: tls === undefined ? String(port) : '0',
    ...(tls && {
      'tls-port': String(port),
      'tls-cert-file': tls.certificateFile,
      'tls-key-file': tls.keyFile,
      'tls-auth-clients': 'no',
    }),
    ...settings,
  };
  const file = join(directory, 'redis.conf');
  writeFileSync(
    file,
    Object.entries(lines)
      .map(([name, value]) => `${name} ${value}\n`)
      .join(''),
    { mode: 0o600 },
  );

  let running: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    const child = spawn(program, [file], { stdio: ['ignore', 'pipe', 'pipe'] });
    running = child;
    let said = '';
    await new Promise<void>((resolve, reject) => {
      const fail = (): void => {
        reject(new Error(`redis-server does not start:\n${said}`));
      };
      const timer = setTimeout(fail, startsWithinMs);
      child.once('error', fail).once('exit', fail);
      child.stdout.on('data', (octets: Buffer) => {
        said += octets.toString('utf8');
        if (!said.includes('Ready to accept connections')) return;
        clearTimeout(timer);
        child.off('exit', fail);
        resolve();
      });
    });
  };
  const kill = async (): Promise<void> => {
    const last = running;
    running = undefined;
    if (last === undefined) return;
    const gone = new Promise(resolve => last.once('exit', resolve));
    if (last.kill('SIGKILL')) await gone;
  };
  const close = async (): Promise<void> => {
    await kill();
    rmSync(directory, { recursive: true });
  };
  await start().catch(async (error: unknown) => {
    await close();
    throw error;
  });
  return {
    directory,
    port,
    url: `${tls === undefined ? 'redis' : 'rediss'}://127.0.0.1:${port}`,
    pid: () => running?.pid ?? 0,
    cli: (...words) =>
      execFileSync(join(dirname(program), 'redis-cli'), ['-p', String(port), ...words], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    freeze: () => void running?.kill('SIGSTOP'),
    awaken: () => void running?.kill('SIGCONT'),
    kill,
    start,
    close,
  };
}

/** What a store needs to know of this server; it is told nothing. */
export function redisSettings(
  redis: Pick<TestRedis, 'port'>,
  fields: Partial<RedisStoreOptions> = {},
): RedisStoreOptions {
  const nothing = () => undefined;
  return {
    writer: 'gateway-1',
    servers: [{ kind: 'tcp', host: '127.0.0.1', port: redis.port, tls: false }],
    user: 'default',
    database: 0,
    mayForget: false,
    log: { info: nothing, warn: nothing, error: nothing },
    ...fields,
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject).listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      probe.close(() => {
        resolve(port);
      });
    });
  });
}
