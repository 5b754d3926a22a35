// One place for a TLS worker thread, whichever thread fills it now: numbers the calls, remembers whose handshake is where,
// and tells those whose thread died.

import { Worker } from 'node:worker_threads';
import type { TlsMethod, TlsSettlement, TlsStep } from '../eap/step.ts';
import { Unavailable } from '../ports.ts';
import type { TlsEngineOptions } from './tls-engine.ts';
import type { FromWorker, Staple, ToWorker } from './tls-messages.ts';
import type { SessionChange } from './tls-sessions.ts';

const defaultSilenceMs = 10_000;
const retryStartAfterMs = 1_000;

interface Call {
  readonly conversation: string;
  readonly answered: (step: TlsStep) => void;
  readonly failed: (error: Error) => void;
}

export class TlsThread {
  private readonly options: TlsEngineOptions;
  private readonly sessionChanged: (change: SessionChange) => void;
  private worker: Worker | undefined;
  private stopped = false;
  private calls = 0;
  private readonly pending = new Map<number, Call>();
  /** Conversations of the present thread, and those that died with an earlier one. */
  private readonly live = new Set<string>();
  private readonly lost = new Set<string>();
  /** For a thread that takes the place of this one. */
  private readonly staples = new Map<string | undefined, Staple>();
  private silence: NodeJS.Timeout | undefined;
  private retry: NodeJS.Timeout | undefined;

  constructor(options: TlsEngineOptions, sessionChanged: (change: SessionChange) => void) {
    this.options = options;
    this.sessionChanged = sessionChanged;
  }

  get threadId(): number | undefined {
    return this.worker?.threadId;
  }

  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      const worker = new Worker(new URL('./tls-worker.ts', import.meta.url), {
        workerData: this.options.settings,
        name: 'sluis-tls',
      });
      let error = 'ended';
      worker.on('message', (message: FromWorker) => {
        if (message.said === 'session-changed') this.sessionChanged(message.change);
        else if (message.said === 'session-wanted') void this.seekSession(worker, message);
        else if (message.said !== 'ready') this.take(message);
        else if (this.stopped) void worker.terminate();
        else {
          this.worker = worker;
          for (const staple of this.staples.values()) this.post({ do: 'staple', staple });
          resolve();
        }
      });
      worker.on('error', cause => {
        error = cause instanceof Error ? cause.message : String(cause);
      });
      worker.on('exit', () => {
        if (this.worker === worker) this.gone(error);
        else reject(new Error(`a TLS worker did not start: ${error}`));
      });
    });
  }

  async step(
    conversation: string,
    bytes: Uint8Array,
    method: TlsMethod = 'eap-tls',
    profile?: string,
  ): Promise<TlsStep> {
    const message = { do: 'step', conversation, bytes: Uint8Array.from(bytes), method } as const;
    return this.call(conversation, call => ({ ...message, call, ...(profile === undefined ? {} : { profile }) }));
  }

  async seal(conversation: string, data: Uint8Array): Promise<TlsStep> {
    return this.call(conversation, call => ({ do: 'seal', call, conversation, data: Uint8Array.from(data) }));
  }

  async settle(conversation: string, settlement: TlsSettlement): Promise<TlsStep> {
    return this.call(conversation, call => ({ do: 'settle', call, conversation, settlement }));
  }

  close(conversation: string): void {
    this.lost.delete(conversation);
    if (this.live.delete(conversation)) this.post({ do: 'close', conversation });
  }

  learn(change: SessionChange): void {
    this.post({ do: 'learn', change });
  }

  staple(staple: Staple): void {
    this.staples.set(staple.profile, staple);
    this.post({ do: 'staple', staple });
  }

  async kill(): Promise<void> {
    await this.worker?.terminate();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.retry);
    await this.kill();
  }

  private call(conversation: string, message: (call: number) => ToWorker): Promise<TlsStep> {
    if (this.lost.delete(conversation)) return Promise.resolve(lostStep);
    if (this.worker === undefined) return Promise.reject(new Unavailable('no TLS worker is running'));
    const number = this.calls++;
    this.live.add(conversation);
    return new Promise((answered, failed) => {
      this.pending.set(number, { conversation, answered, failed });
      this.silence ??= setTimeout(() => void this.kill(), this.options.silenceMs ?? defaultSilenceMs);
      this.post(message(number));
    });
  }

  private post(message: ToWorker): void {
    this.worker?.postMessage(message);
  }

  private take(message: Extract<FromWorker, { call: number }>): void {
    const call = this.pending.get(message.call);
    if (call === undefined) return;
    this.pending.delete(message.call);
    // However long the queue is: a thread that answers is alive.
    if (this.pending.size > 0) this.silence?.refresh();
    else this.calm();
    switch (message.said) {
      case 'answer':
        if (message.step.step === 'settled' || message.step.step === 'failed') this.live.delete(call.conversation);
        call.answered(message.step);
        return;
      case 'unavailable':
        this.live.delete(call.conversation);
        call.failed(new Unavailable(message.message));
        return;
      case 'threw':
        call.failed(new Error(message.message));
    }
  }

  /** The thread that asked is answered, whatever comes of it: a handshake waits there. */
  private async seekSession(
    worker: Worker,
    { asked, id }: Extract<FromWorker, { said: 'session-wanted' }>,
  ): Promise<void> {
    const session = await this.options.shared?.find(id);
    const found: ToWorker = { do: 'session-found', asked, ...(session === undefined ? {} : { session }) };
    worker.postMessage(found);
  }

  private calm(): void {
    clearTimeout(this.silence);
    this.silence = undefined;
  }

  private gone(error: string): void {
    this.worker = undefined;
    this.calm();
    const conversations = this.live.size;
    for (const conversation of this.live) this.lost.add(conversation);
    this.live.clear();
    for (const call of this.pending.values()) {
      this.lost.delete(call.conversation);
      call.answered(lostStep);
    }
    this.pending.clear();
    if (this.stopped) return;
    this.options.onThreadLost?.({ error, conversations });
    this.replace();
  }

  private replace(): void {
    this.start().catch((cause: unknown) => {
      if (this.stopped) return;
      // Not at once again: what cannot start now would not stop failing.
      this.options.onThreadLost?.({ error: cause instanceof Error ? cause.message : String(cause), conversations: 0 });
      this.retry = setTimeout(() => {
        this.replace();
      }, retryStartAfterMs);
    });
  }
}

const lostStep: TlsStep = {
  step: 'failed',
  reason: 'tls-engine-lost',
  detail: 'the thread of this handshake died',
  bytes: new Uint8Array(),
};
