// One authenticated connection to one directory server: TLS from the first octet, bound before anyone is given it, and of
// no use any more after the first error, close or missed deadline. RFC 4511, RFC 4513, RFC 4532.
// `ldapts` opens a new connection by itself when the old one is gone, and asks on it *unbound*: fewer groups, no error.
// It is therefore handed one socket, and a second one is refused.

import { connect, type TLSSocket } from 'node:tls';
import { Client, type Entry, type Filter, ResultCodeError, type SearchOptions } from 'ldapts';
import type { DirectorySettings } from '../directory-config.ts';
import { Unavailable } from '../ports.ts';

export interface Search {
  readonly base: string;
  readonly scope: 'base' | 'sub';
  readonly filter: Filter;
  readonly attributes: readonly string[];
  readonly atMost: number;
  /** Read in pages of this size, for answers that a server would cut. */
  readonly pageSize?: number;
}

export interface BoundConnection {
  readonly server: string;
  readonly url: URL;
  readonly usable: () => boolean;
  /** Every failure is `Unavailable`; "no such object" is one, because the bases are configured and must be there. */
  readonly search: (search: Search, deadline: number) => Promise<readonly Entry[]>;
  /** Who we are to the server; rejects when it takes us for nobody. */
  readonly whoAmI: (deadline: number) => Promise<string>;
  readonly close: () => void;
}

const whoAmIOid = '1.3.6.1.4.1.4203.1.11.3';
const resultCodes = { protocolError: 2, sizeLimitExceeded: 4 } as const;

/** `deadline` is a moment of `performance.now()`. */
export async function openConnection(
  settings: DirectorySettings,
  server: URL,
  deadline: number,
): Promise<BoundConnection> {
  const socket = await securely(settings, server, deadline);
  let sockets = 0;
  const client = new Client({
    url: server.href,
    createSecureConnection: () => {
      sockets += 1;
      if (sockets > 1) throw new Unavailable('the connection to the directory was lost');
      return socket;
    },
  });
  const state = { open: true };
  socket.once('close', () => {
    state.open = false;
  });
  const isOpen = (): boolean => state.open;
  const usable = (): boolean => isOpen() && client.isBound;
  const close = (): void => {
    state.open = false;
    socket.destroy();
  };
  const asked = async <T>(what: string, deadlineOfThis: number, ask: () => Promise<T>): Promise<T> => {
    try {
      if (what === 'bind' ? !isOpen() : !usable()) throw new Error('the connection was lost');
      const answer = await within(deadlineOfThis, ask(), close);
      // What came last may have come from a connection that was already going down: whole answers only.
      if (!usable()) throw new Error('the connection was lost');
      return answer;
    } catch (error) {
      // Whatever it was, the next question gets a new connection.
      close();
      throw unavailable(server, what, error);
    }
  };
  const connection: BoundConnection = {
    server: server.host,
    url: server,
    usable,
    search: async (search, until) => {
      const found = await asked(`search below ${search.base}`, until, () =>
        client.search(search.base, options(search)),
      );
      return found.searchEntries;
    },
    whoAmI: until => asked('who am I', until, () => whoAmI(client, settings.bindDn)),
    close,
  };
  await asked('bind', deadline, () => client.bind(settings.bindDn, settings.bindPassword));
  // [RFC4513-5.1.2] A bind with an empty password succeeds and authenticates nobody; so may a proxy in between.
  await connection.whoAmI(deadline);
  return connection;
}

function options({ scope, filter, attributes, atMost, pageSize }: Search): SearchOptions {
  return {
    scope,
    filter,
    attributes: [...attributes],
    ...(pageSize === undefined ? { sizeLimit: atMost } : { paged: { pageSize } }),
  };
}

/** [RFC4532-2] An empty authorization identity is an anonymous one. */
async function whoAmI(client: Client, bindDn: string): Promise<string> {
  try {
    const { value } = await client.exop(whoAmIOid);
    if (value === undefined || value === '') throw new Error('the server takes us for nobody');
    return value;
  } catch (error) {
    // A server without this operation: the bind succeeded on this very socket, and there is no other.
    if (error instanceof ResultCodeError && error.code === resultCodes.protocolError) return `dn:${bindDn}`;
    throw error;
  }
}

async function securely(settings: DirectorySettings, server: URL, deadline: number): Promise<TLSSocket> {
  const host = server.hostname.replace(/^\[|\]$/g, '');
  const socket = connect({
    host,
    port: server.port === '' ? 636 : Number(server.port),
    ca: settings.ca,
    minVersion: 'TLSv1.2',
    rejectUnauthorized: true,
  });
  const secured = new Promise<void>((resolve, reject) => {
    socket.once('secureConnect', resolve);
    // Stays after the handshake: an error must never be without a listener.
    socket.on('error', reject);
    socket.once('close', () => {
      reject(new Error('closed during the TLS handshake'));
    });
  });
  try {
    await within(deadline, secured, () => socket.destroy());
  } catch (error) {
    socket.destroy();
    throw unavailable(server, 'connect', error);
  }
  return socket;
}

/** The work, or its abandonment and a rejection at the deadline: a total one, however slowly octets drip in. */
async function within<T>(deadline: number, work: Promise<T>, abandon: () => void): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => {
        abandon();
        reject(new Error('no answer in time'));
      },
      Math.max(0, deadline - performance.now()),
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    // The loser of the race is settled later, by the socket that was closed under it.
    work.catch(() => undefined);
  }
}

function unavailable(server: URL, what: string, error: unknown): Unavailable {
  if (error instanceof Unavailable) return error;
  const why = error instanceof Error ? error.message : String(error);
  const cut = error instanceof ResultCodeError && error.code === resultCodes.sizeLimitExceeded;
  const message = cut ? 'more entries than there may be' : why.split('\n')[0];
  return new Unavailable(`directory ${server.host}: ${what}: ${message}`, { cause: error });
}
