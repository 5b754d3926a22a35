// A few bound connections to the directory, opened when asked for. A connection on which anything went wrong is never given
// out again; a question that met a stale one is asked once more on a new one, within the same deadline.

import type { DirectorySettings } from '../directory-config.ts';
import { Unavailable } from '../ports.ts';
import { type BoundConnection, openConnection } from './directory-connection.ts';

export interface DirectoryPool {
  /** `deadline` is a moment of `performance.now()`. */
  readonly use: <T>(deadline: number, work: (connection: BoundConnection) => Promise<T>) => Promise<T>;
  readonly close: () => void;
}

/** Servers and the boxes between close what is idle, some without a word. */
const idleAtMostMs = 60_000;

interface Idle {
  readonly connection: BoundConnection;
  readonly since: number;
}

interface Waiting {
  readonly admit: () => void;
}

export function openPool(settings: DirectorySettings): DirectoryPool {
  const idle: Idle[] = [];
  const waiting: Waiting[] = [];
  let places = settings.connections;
  let closed = false;

  async function place(deadline: number): Promise<void> {
    if (places > 0) {
      places -= 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const mine: Waiting = {
        admit: () => {
          clearTimeout(timer);
          resolve();
        },
      };
      const timer = setTimeout(
        () => {
          waiting.splice(waiting.indexOf(mine), 1);
          reject(new Unavailable('directory: every connection is busy'));
        },
        Math.max(0, deadline - performance.now()),
      );
      waiting.push(mine);
    });
  }

  function leave(): void {
    const next = waiting.shift();
    if (next === undefined) places += 1;
    else next.admit();
  }

  function warm(): BoundConnection | undefined {
    for (let last = idle.pop(); last !== undefined; last = idle.pop()) {
      if (last.connection.usable() && performance.now() - last.since < idleAtMostMs) return last.connection;
      last.connection.close();
    }
    return undefined;
  }

  async function on<T>(connection: BoundConnection, work: (connection: BoundConnection) => Promise<T>): Promise<T> {
    try {
      const answer = await work(connection);
      if (closed || !connection.usable()) connection.close();
      else idle.push({ connection, since: performance.now() });
      return answer;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  return {
    use: async (deadline, work) => {
      if (closed) throw new Unavailable('directory: closed');
      await place(deadline);
      try {
        const connection = warm();
        if (connection === undefined) return await on(await openAny(settings, deadline), work);
        try {
          return await on(connection, work);
        } catch (error) {
          // Perhaps only this old connection is dead: the server may have been restarted since.
          if (!(error instanceof Unavailable) || performance.now() >= deadline) throw error;
          for (const each of idle.splice(0)) each.connection.close();
          return await on(await openAny(settings, deadline), work);
        }
      } finally {
        leave();
      }
    },
    close: () => {
      closed = true;
      for (const { connection } of idle.splice(0)) connection.close();
    },
  };
}

/** The first server that takes us; each is given its share of the time that is left. */
async function openAny(settings: DirectorySettings, deadline: number): Promise<BoundConnection> {
  const { servers } = settings;
  let last: unknown = new Unavailable('directory: no server is configured');
  for (const [index, server] of servers.entries()) {
    const now = performance.now();
    try {
      return await openConnection(settings, server, now + (deadline - now) / (servers.length - index));
    } catch (error) {
      // The next one may answer.
      last = error;
    }
  }
  throw last;
}
