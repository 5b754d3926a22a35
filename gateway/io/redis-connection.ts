// One connection to the first Redis server that can be written to. Every call has a deadline; a server that misses it, or
// goes away, rejects whatever waits at once, and is sought again in the background. Nothing is queued for a better day.

import { setTimeout as delay } from 'node:timers/promises';
import { createClient, ErrorReply } from '@redis/client';
import { type Log, Unavailable } from '../ports.ts';
import type { RedisServer, RedisSettings } from '../store-config.ts';
import { checkServer } from './redis-server-check.ts';
import type { RedisScript } from './redis-store-scripts.ts';

export interface RedisConnectionOptions extends RedisSettings {
  readonly deadlineMs: number;
  /** More calls than this do not wait: a long queue only yields answers that nobody waits for any more. */
  readonly maxPending: number;
  /** A server that writes nothing to disk will do. */
  readonly mayForget: boolean;
  readonly log: Log;
}

/** Lua and RESP3 give no more than this. */
export type Reply = string | number | null | readonly Reply[];

export interface RedisConnection {
  readonly command: (words: readonly string[]) => Promise<Reply>;
  /** `at`: what every key that the script touches starts with. */
  readonly script: (script: RedisScript, at: string, words: readonly string[]) => Promise<Reply>;
  /** A read of one key: `onChange` is told once when somebody writes it. */
  readonly tracked: (words: readonly string[]) => Promise<Reply>;
  /** No key: the connection was lost, or the server forgot all; whatever was read may have changed since. */
  readonly onChange: (listener: (key?: string) => void) => void;
  /** How often a server was found: another number, perhaps another server. */
  readonly found: () => number;
  /** What was asked before is still answered. */
  readonly close: () => Promise<void>;
}

const firstPauseMs = 50;
const longestPauseMs = 2_000;

/** Rejects with the reason in words when no server can be used. */
export async function connectRedis(options: RedisConnectionOptions): Promise<RedisConnection> {
  const { deadlineMs, maxPending, log } = options;
  const ended = new AbortController();
  let client: Client | undefined;
  let found = 0;
  let failure = '';
  let pending = 0;
  const listeners: ((key?: string) => void)[] = [];
  const changed = (key?: string): void => {
    for (const listener of listeners) listener(key);
  };

  const lose = (lost: Client, why: string): void => {
    if (client !== lost) return;
    client = undefined;
    changed();
    failure = why;
    lost.destroy();
    if (ended.signal.aborted) return;
    log.warn('store-lost', { because: why });
    void seek();
  };
  const take = async (): Promise<void> => {
    const { server, warning, fresh } = await firstOf(options, lose);
    if (ended.signal.aborted) {
      fresh.destroy();
      return;
    }
    client = fresh;
    fresh.on('invalidate', (key: Buffer | string | null) => changed(key?.toString()));
    found += 1;
    if (warning !== undefined) log.warn('store-may-forget', { server, because: warning });
    log.info('store-found', { server });
  };
  const seek = async (): Promise<void> => {
    for (let pauseMs = firstPauseMs; client === undefined; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      try {
        await delay(pauseMs, undefined, { signal: ended.signal });
        await take();
      } catch (error) {
        // Closed, or not there yet: whoever calls meanwhile is told why.
        if (ended.signal.aborted) return;
        failure = words(error);
      }
    }
  };

  const ask = async (call: (current: Client) => Promise<Reply>): Promise<Reply> => {
    const current = client;
    if (ended.signal.aborted) throw new Unavailable('the store is closed');
    if (current === undefined) throw new Unavailable(`the store is not available: ${failure}`);
    if (pending >= maxPending) throw new Unavailable('too many requests wait for the store');
    pending += 1;
    try {
      return await within(deadlineMs, call(current));
    } catch (error) {
      // An error that Redis itself answers leaves the connection as good as it was, unless it is a replica by now.
      if (!(error instanceof ErrorReply) || error.message.startsWith('READONLY')) lose(current, words(error));
      throw new Unavailable(
        error instanceof Unavailable ? error.message : `the store is not available: ${words(error)}`,
      );
    } finally {
      pending -= 1;
    }
  };

  await take();
  return {
    command: sent => ask(current => current.sendCommand<Reply>(sent)),
    script: (script, at, sent) =>
      ask(async current => {
        try {
          return await current.sendCommand<Reply>(['EVALSHA', script.sha1, '1', at, ...sent]);
        } catch (error) {
          if (!(error instanceof ErrorReply && error.message.startsWith('NOSCRIPT'))) throw error;
          // A server that was restarted or emptied its scripts is given the text once more.
          return await current.sendCommand<Reply>(['EVAL', script.text, '1', at, ...sent]);
        }
      }),
    tracked: sent =>
      ask(current => {
        // Says so of the command that follows, which is queued in this same tick.
        const asked = current.sendCommand(['CLIENT', 'CACHING', 'YES']);
        return Promise.all([current.sendCommand<Reply>(sent), asked]).then(([reply]) => reply);
      }),
    onChange: listener => void listeners.push(listener),
    found: () => found,
    async close() {
      ended.abort();
      const last = client;
      if (last === undefined) return;
      // A server that does not answer any more is left as it is.
      await within(deadlineMs, last.close()).catch(() => last.destroy());
    },
  };
}

type Client = ReturnType<typeof newClient>;

/** The first server that passes, in the order of the configuration; rejects with what is wrong with each. */
async function firstOf(options: RedisConnectionOptions, lost: (client: Client, why: string) => void) {
  const failures: string[] = [];
  for (const at of options.servers) {
    const server = at.kind === 'unix' ? at.path : `${at.host}:${at.port}`;
    const fresh = newClient(at, options);
    fresh.on('error', error => lost(fresh, words(error)));
    try {
      const { refused, warning } = await within(options.deadlineMs, examine(fresh, options.mayForget));
      if (refused === undefined) return { server, fresh, warning };
      failures.push(`${server} is not used: ${refused}`);
    } catch (error) {
      // Not there, not trusted, not let in: the next one may be.
      failures.push(`${server}: ${words(error)}`);
    }
    fresh.destroy();
  }
  throw new Error(failures.join('; '));
}

function newClient(server: RedisServer, { user, password, ca, database, writer, deadlineMs }: RedisConnectionOptions) {
  const common = { connectTimeout: deadlineMs, reconnectStrategy: false } as const;
  return createClient({
    socket:
      server.kind === 'unix'
        ? { ...common, path: server.path, tls: false }
        : server.tls
          ? { ...common, host: server.host, port: server.port, tls: true, minVersion: 'TLSv1.2', ...(ca && { ca }) }
          : { ...common, host: server.host, port: server.port, tls: false },
    ...(password === undefined ? {} : { username: user, password }),
    database,
    name: `sluis:${writer}`,
    // The deadline is ours, and also holds for what is already sent.
    commandOptions: { timeout: 0 },
    disableOfflineQueue: true,
    emitInvalidate: true,
    maintNotifications: 'disabled',
  });
}

async function examine(fresh: Client, mayForget: boolean) {
  await fresh.connect();
  // The library tracks every key that is read; we say which.
  await fresh.sendCommand(['CLIENT', 'TRACKING', 'ON', 'OPTIN']);
  const info = await fresh.sendCommand<string>(['INFO']);
  const save = await fresh.sendCommand<Readonly<Record<string, string>>>(['CONFIG', 'GET', 'save']).then(
    found => found['save'],
    // A user that may not ask: what is not known is not held against the server.
    () => undefined,
  );
  return checkServer(info, save, mayForget);
}

/** The work goes on unwatched after the deadline: whoever asked has given up. */
async function within<T>(deadlineMs: number, work: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new Unavailable(`the store did not answer within ${deadlineMs} ms`));
  }, deadlineMs);
  work.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
