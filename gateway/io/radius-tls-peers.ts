// Which concentrators are connected over TLS at this moment, for whoever has to ask one something.

import type { AskableConnection } from './radius-tls-asking.ts';

export interface ConnectedPeers {
  add(nas: string, connection: AskableConnection): void;
  remove(nas: string, connection: AskableConnection): void;
  /** The newest connection of that NAS, as soon as there is one; `undefined` when the signal comes before. */
  connectionOf(nas: string, signal: AbortSignal): Promise<AskableConnection | undefined>;
}

export function connectedPeers(): ConnectedPeers {
  /** Newest last. */
  const connected = new Map<string, AskableConnection[]>();
  const waiting = new Map<string, Set<(connection: AskableConnection) => void>>();

  return {
    add(nas, connection) {
      connected.set(nas, [...(connected.get(nas) ?? []), connection]);
      for (const found of [...(waiting.get(nas) ?? [])]) found(connection);
    },
    remove(nas, connection) {
      const left = (connected.get(nas) ?? []).filter(each => each !== connection);
      if (left.length === 0) connected.delete(nas);
      else connected.set(nas, left);
    },
    connectionOf(nas, signal) {
      const newest = connected.get(nas)?.findLast(each => each.isOpen());
      if (newest !== undefined || signal.aborted) return Promise.resolve(newest);
      return new Promise(resolve => {
        const those = waiting.get(nas) ?? new Set();
        const settle = (connection?: AskableConnection): void => {
          those.delete(settle);
          if (those.size === 0 && waiting.get(nas) === those) waiting.delete(nas);
          signal.removeEventListener('abort', giveUp);
          resolve(connection);
        };
        const giveUp = (): void => settle();
        signal.addEventListener('abort', giveUp);
        waiting.set(nas, those.add(settle));
      });
    },
  };
}
