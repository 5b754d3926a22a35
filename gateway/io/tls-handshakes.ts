// The live TLS handshakes of one thread, by conversation id. The engine's worker runs one of these; tests run it in-process.

import { Unavailable, type TlsEngine } from '../ports.ts';
import type { TlsSettlement, TlsStep } from '../eap/step.ts';
import {
  defaultMaxHandshakes,
  type TlsServerContext,
  type TlsServerSettings,
  tlsServerContext,
} from './tls-context.ts';
import { TlsHandshake } from './tls-handshake.ts';

export class TlsHandshakes implements TlsEngine {
  private readonly context: TlsServerContext;
  private readonly maxHandshakes: number;
  private readonly live = new Map<string, TlsHandshake>();

  constructor(settings: TlsServerSettings) {
    this.context = tlsServerContext(settings);
    this.maxHandshakes = settings.maxHandshakes ?? defaultMaxHandshakes;
  }

  get size(): number {
    return this.live.size;
  }

  async step(conversation: string, bytes: Uint8Array): Promise<TlsStep> {
    return this.ended(conversation, await this.handshake(conversation).step(bytes));
  }

  async settle(conversation: string, settlement: TlsSettlement): Promise<TlsStep> {
    const handshake = this.live.get(conversation);
    if (handshake === undefined) throw new Error(`no TLS handshake of ${conversation} to settle`);
    return this.ended(conversation, await handshake.settle(settlement));
  }

  close(conversation: string): void {
    this.live.get(conversation)?.close();
    this.live.delete(conversation);
  }

  private handshake(conversation: string): TlsHandshake {
    const known = this.live.get(conversation);
    if (known !== undefined) return known;
    // Nothing is known against this peer, so it is not refused.
    if (this.live.size >= this.maxHandshakes)
      throw new Unavailable(`${this.maxHandshakes} TLS handshakes are under way`);
    const begun = new TlsHandshake(this.context);
    this.live.set(conversation, begun);
    return begun;
  }

  private ended(conversation: string, step: TlsStep): TlsStep {
    if (step.step === 'settled' || step.step === 'failed') this.close(conversation);
    return step;
  }
}
