// The TLS engine of the gateway: handshakes spread over worker threads by conversation id. A thread that dies takes only
// its own conversations with it (`tls-engine-lost`) and is replaced; see `tls-thread.ts`.

import type { TlsEngine } from '../ports.ts';
import type { SharedTlsSessions } from './shared-tls-sessions.ts';
import { type TlsServerSettings, tlsServerContexts } from './tls-context.ts';
import type { Staple } from './tls-messages.ts';
import { TlsThread } from './tls-thread.ts';

export interface TlsEngineOptions {
  readonly settings: TlsServerSettings;
  readonly workers: number;
  /** What other gateways keep; asked where the settings of resumption say so. */
  readonly shared?: SharedTlsSessions;
  /** A thread that answers nothing for so long, though it was asked, is taken for dead. */
  readonly silenceMs?: number;
  /** Told when a thread died or did not start, with how many conversations it took along. */
  readonly onThreadLost?: (lost: { readonly error: string; readonly conversations: number }) => void;
}

export interface ThreadedTlsEngine extends TlsEngine {
  /** Thread ids (node:worker_threads) that run now, for metrics and diagnosis. */
  readonly threadIds: () => readonly number[];
  /** Ends one thread as if it had crashed; false when there is none of that id. */
  readonly kill: (threadId: number) => Promise<boolean>;
  /** What new handshakes show of our own certificate from now on. */
  readonly staple: (staple: Staple) => void;
  readonly stop: () => Promise<void>;
}

/** Starts the threads; rejects when the settings cannot be used. */
export async function startTlsEngine(options: TlsEngineOptions): Promise<ThreadedTlsEngine> {
  if (!Number.isInteger(options.workers) || options.workers < 1) throw new RangeError(`${options.workers} TLS workers`);
  // Read once here, where a wrong key becomes an error with a message instead of a dead thread.
  tlsServerContexts(options.settings);
  const threads: TlsThread[] = Array.from({ length: options.workers }, () => {
    // Ids are random, so a peer comes back to any of them. One that was replaced starts with none: a full handshake.
    const thread: TlsThread = new TlsThread(options, change => {
      for (const other of threads) if (other !== thread) other.learn(change);
      options.shared?.told(change);
    });
    return thread;
  });
  const stop = async (): Promise<void> => {
    await Promise.all(threads.map(thread => thread.stop()));
  };
  const started = await Promise.allSettled(threads.map(thread => thread.start()));
  const failure = started.find(result => result.status === 'rejected');
  if (failure !== undefined) {
    await stop();
    throw new Error('the TLS engine did not start', { cause: failure.reason });
  }
  const threadOf = (conversation: string): TlsThread => {
    const thread = threads[spread(conversation) % threads.length];
    if (thread === undefined) throw new Error('unreachable: the index is below the length');
    return thread;
  };
  return {
    step: (conversation, bytes, method, profile) => threadOf(conversation).step(conversation, bytes, method, profile),
    seal: (conversation, data) => threadOf(conversation).seal(conversation, data),
    settle: (conversation, settlement) => threadOf(conversation).settle(conversation, settlement),
    close: conversation => {
      threadOf(conversation).close(conversation);
    },
    staple: staple => {
      for (const thread of threads) thread.staple(staple);
    },
    threadIds: () => threads.flatMap(thread => thread.threadId ?? []),
    kill: async threadId => {
      const thread = threads.find(candidate => candidate.threadId === threadId);
      await thread?.kill();
      return thread !== undefined;
    },
    stop,
  };
}

/** FNV-1a: ids are random already, this only folds them. */
function spread(text: string): number {
  let folded = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) folded = Math.imul(folded ^ text.charCodeAt(at), 0x01000193);
  return folded >>> 0;
}
