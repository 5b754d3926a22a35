// A directory server of our own, for what a real one cannot be made to do: a bind that authenticates nobody, a base that
// disappears, answers that never come. RFC 4511 as far as the gateway speaks it; it shares no code with the client.

import { createServer, type TLSSocket } from 'node:tls';
import type { DirectoryMeeting } from '../contracts/directory.ts';
import { type DirectoryEntry, entries, hiddenFromAnonymous } from '../contracts/directory-people.ts';
import { makeOpensslPki } from '../support/openssl-pki.ts';

export interface StandIn extends DirectoryMeeting {
  /** Takes the place of one that was added under the same name. */
  readonly add: (entry: DirectoryEntry) => void;
  readonly seen: { binds: number; searches: number; connections: number; anonymousSearches: number };
  readonly behaves: {
    /** A bind is told "success" and changes nothing. */
    bindsNobody: boolean;
    /** A bound connection forgets who it is before it answers a search. */
    forgetsBeforeSearch: boolean;
    /** "Who am I" is answered with protocolError. */
    knowsNoWhoAmI: boolean;
    hidesBases: boolean;
    /** Every connection ends after so many of its searches; 0 never. */
    closesAfterSearches: number;
    /** Searches are left without an answer. */
    ignoresSearches: boolean;
  };
}

interface Tlv {
  readonly tag: number;
  readonly value: Buffer;
}

/** The element at the start and its whole length, or undefined while octets are missing. [X.690-8.1] */
function tlv(octets: Buffer): { readonly element: Tlv; readonly size: number } | undefined {
  const [tag, short] = octets;
  if (tag === undefined || short === undefined) return undefined;
  const more = short < 0x80 ? 0 : short & 0x7f;
  if (octets.length < 2 + more) return undefined;
  const length = more === 0 ? short : octets.readUIntBE(2, more);
  const size = 2 + more + length;
  return octets.length < size ? undefined : { element: { tag, value: octets.subarray(2 + more, size) }, size };
}

function inside({ value }: Tlv): readonly Tlv[] {
  const all: Tlv[] = [];
  for (let rest = value; rest.length > 0; ) {
    const next = tlv(rest);
    if (next === undefined) throw new Error('the client sent broken BER');
    all.push(next.element);
    rest = rest.subarray(next.size);
  }
  return all;
}

function element(tag: number, ...parts: readonly (Buffer | string)[]): Buffer {
  const value = Buffer.concat(parts.map(part => (typeof part === 'string' ? Buffer.from(part) : part)));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(value.length);
  return Buffer.concat([Buffer.from([tag, 0x84]), length, value]);
}

const words = ({ value }: Tlv): string => value.toString('utf8');

function matches(filter: Tlv, entry: DirectoryEntry): boolean {
  const valuesOf = (name: string): readonly string[] => {
    const found = Object.entries(entry.attributes).find(([key]) => key.toLowerCase() === name.toLowerCase());
    return found?.[1] ?? [];
  };
  switch (filter.tag) {
    case 0xa0:
      return inside(filter).every(each => matches(each, entry));
    case 0xa1:
      return inside(filter).some(each => matches(each, entry));
    case 0xa3: {
      const [attribute, value] = inside(filter).map(words);
      return valuesOf(attribute ?? '').some(each => each.toLowerCase() === value?.toLowerCase());
    }
    case 0x87:
      return valuesOf(words(filter)).length > 0;
    default:
      throw new Error(`no filter of kind ${filter.tag.toString(16)} is understood here`);
  }
}

const codes = { success: 0, protocolError: 2, sizeLimitExceeded: 4, noSuchObject: 32, invalidCredentials: 49 } as const;

export async function startStandIn(): Promise<StandIn> {
  const added: DirectoryEntry[] = [];
  const pki = makeOpensslPki(0);
  const leaf = pki.leaf({ name: 'directory', key: 'p256', usage: 'serverAuth', dnsName: 'localhost' });
  const seen: StandIn['seen'] = { binds: 0, searches: 0, connections: 0, anonymousSearches: 0 };
  const behaves: StandIn['behaves'] = {
    bindsNobody: false,
    forgetsBeforeSearch: false,
    knowsNoWhoAmI: false,
    hidesBases: false,
    closesAfterSearches: 0,
    ignoresSearches: false,
  };
  const open = new Set<TLSSocket>();
  let port = 0;
  let server = make();
  await listen();

  function make() {
    return createServer({ cert: leaf.chainPem, key: leaf.keyPem }, serve).on('tlsClientError', () => undefined);
  }

  function listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      server.once('error', reject).listen(port, '127.0.0.1', () => {
        const address = server.address();
        if (typeof address === 'object' && address !== null) port = address.port;
        resolve();
      });
    });
  }

  function serve(socket: TLSSocket): void {
    seen.connections += 1;
    open.add(socket);
    const client = { who: '', searches: 0 };
    let pending: Buffer = Buffer.alloc(0);
    socket.on('close', () => open.delete(socket)).on('error', () => undefined);
    socket.on('data', (octets: Buffer) => {
      pending = Buffer.concat([pending, octets]);
      for (let next = tlv(pending); next !== undefined; next = tlv(pending)) {
        pending = pending.subarray(next.size);
        const [id, operation] = inside(next.element);
        if (id === undefined || operation === undefined) throw new Error('no LDAP message');
        answer(socket, client, id, operation);
      }
    });
  }

  function passwordsOf(dn: string): readonly string[] {
    const bound = [...entries, ...added].find(each => each.dn.toLowerCase() === dn.toLowerCase());
    return bound?.attributes['userPassword'] ?? [];
  }

  function answer(socket: TLSSocket, client: { who: string; searches: number }, id: Tlv, operation: Tlv): void {
    const send = (tag: number, ...parts: readonly Buffer[]): void => {
      if (socket.writable) socket.write(element(0x30, element(0x02, id.value), element(tag, ...parts)));
    };
    const done = (tag: number, code: number, ...more: readonly Buffer[]): void => {
      send(tag, element(0x0a, Buffer.from([code])), element(0x04, ''), element(0x04, ''), ...more);
    };
    switch (operation.tag) {
      case 0x60: {
        seen.binds += 1;
        const [, name, password] = inside(operation).map(words);
        // [RFC4513-5.1.2] An unauthenticated bind: success, and nobody.
        const nobody = password === '' || behaves.bindsNobody;
        const right = password !== undefined && passwordsOf(name ?? '').includes(password);
        client.who = right && !nobody && name !== undefined ? name : '';
        return done(0x61, nobody || right ? codes.success : codes.invalidCredentials);
      }
      case 0x77:
        return behaves.knowsNoWhoAmI
          ? done(0x78, codes.protocolError)
          : done(0x78, codes.success, element(0x8b, client.who === '' ? '' : `dn:${client.who}`));
      case 0x63:
        return search(socket, client, operation, send, done);
      default:
        socket.end();
    }
  }

  function search(
    socket: TLSSocket,
    client: { who: string; searches: number },
    operation: Tlv,
    send: (tag: number, ...parts: readonly Buffer[]) => void,
    done: (tag: number, code: number) => void,
  ): void {
    seen.searches += 1;
    client.searches += 1;
    if (behaves.closesAfterSearches > 0 && client.searches > behaves.closesAfterSearches) return void socket.destroy();
    if (behaves.ignoresSearches) return;
    if (behaves.forgetsBeforeSearch) client.who = '';
    if (client.who === '') seen.anonymousSearches += 1;
    const [base, scope, , sizeLimit, , , filter, wanted] = inside(operation);
    if (base === undefined || filter === undefined || wanted === undefined) throw new Error('no search request');
    const below = words(base).toLowerCase();
    const visible = behaves.hidesBases
      ? []
      : [...entries, ...added].filter(each => client.who !== '' || each.dn !== hiddenFromAnonymous);
    if (!visible.some(each => each.dn.toLowerCase() === below)) return done(0x65, codes.noSuchObject);
    const inScope = visible.filter(({ dn }) =>
      scope?.value[0] === 0
        ? dn.toLowerCase() === below
        : dn.toLowerCase() === below || dn.toLowerCase().endsWith(`,${below}`),
    );
    const found = inScope.filter(each => matches(filter, each));
    const limit =
      sizeLimit === undefined || sizeLimit.value.length === 0
        ? 0
        : sizeLimit.value.readUIntBE(0, sizeLimit.value.length);
    const names = inside(wanted).map(each => words(each).toLowerCase());
    for (const entry of limit > 0 ? found.slice(0, limit) : found) {
      const attributes = Object.entries(entry.attributes)
        .filter(([name]) => names.includes(name.toLowerCase()))
        .map(([name, values]) =>
          element(0x30, element(0x04, name), element(0x31, ...values.map(value => element(0x04, value)))),
        );
      send(0x64, element(0x04, entry.dn), element(0x30, ...attributes));
    }
    done(0x65, limit > 0 && found.length > limit ? codes.sizeLimitExceeded : codes.success);
  }

  const stop = (): Promise<void> =>
    new Promise(resolve => {
      server.close(() => {
        resolve();
      });
      for (const socket of open) socket.destroy();
    });

  return {
    get port() {
      return port;
    },
    ca: pki.rootPem,
    seen,
    behaves,
    add: entry => {
      const before = added.findIndex(({ dn }) => dn === entry.dn);
      if (before !== -1) added.splice(before, 1);
      added.push(entry);
    },
    searches: () => seen.searches,
    stop,
    start: async () => {
      server = make();
      await listen();
    },
    close: async () => {
      await stop();
      pki.remove();
    },
  };
}
