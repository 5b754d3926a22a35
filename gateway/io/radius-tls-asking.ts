// Our own requests on a connection that a NAS opened: each has an identifier that no other one under way has, is sent once, since
// nothing gets lost on a stream [RFC3539-3.1] [RFC9765-4.2.2], and waits until its answer comes or the connection ends.

import { isRefused, type Refused } from '../contract/reason.ts';
import type { Packet } from '../radius/packet.ts';
import { isUnable, ownPacket, type ReversePath } from '../radius/reverse-path.ts';

/** `silent`: the time was up, or the NAS could not tell. `ended`: the connection is gone, and may come back. */
export type Asked = Packet | 'silent' | 'ended';

export interface AskableConnection {
  readonly isOpen: () => boolean;
  readonly ask: (request: ChangeOctets, signal: AbortSignal) => Promise<Asked>;
}

/** The request in the form that this connection speaks. */
export type ChangeOctets = (path: ReversePath, identifier: number) => Uint8Array;

export interface Asking extends AskableConnection {
  /** An answer that came; why the connection cannot go on, if it cannot. */
  readonly answered: (octets: Uint8Array) => Refused | undefined;
  readonly end: () => void;
}

interface Waiting {
  readonly request: Packet;
  readonly settle: (asked: Asked) => void;
}

export function askOn(path: ReversePath, send: (octets: Uint8Array) => void): Asking {
  const waiting = new Map<number, Waiting>();
  let last = -1;
  let over = false;

  /** Going around, so that an answer that comes too late finds nobody rather than somebody else. */
  function nextIdentifier(): number | undefined {
    if (waiting.size >= path.identifiers) return undefined;
    do last = (last + 1) % path.identifiers;
    while (waiting.has(last));
    return last;
  }

  return {
    isOpen: () => !over,
    ask: (octetsFor, signal) => {
      const identifier = nextIdentifier();
      if (over) return Promise.resolve('ended');
      if (identifier === undefined || signal.aborted) return Promise.resolve('silent');
      const octets = octetsFor(path, identifier);
      return new Promise(resolve => {
        const settle = (asked: Asked): void => {
          waiting.delete(identifier);
          signal.removeEventListener('abort', giveUp);
          resolve(asked);
        };
        const giveUp = (): void => settle('silent');
        signal.addEventListener('abort', giveUp);
        waiting.set(identifier, { request: ownPacket(path, octets), settle });
        send(octets);
      });
    },
    answered: octets => {
      const reply = path.decode(octets);
      if (isRefused(reply)) return reply;
      const asked = waiting.get(reply.identifier);
      // Too late, or never asked.
      if (asked === undefined) return undefined;
      const verdict = path.verify(reply, asked.request);
      // [RFC6613-2.6.4] Nothing on this connection can be believed any more.
      if (isRefused(verdict)) return verdict;
      asked.settle(isUnable(reply) ? 'silent' : reply);
      return undefined;
    },
    end: () => {
      over = true;
      for (const { settle } of [...waiting.values()]) settle('ended');
    },
  };
}
