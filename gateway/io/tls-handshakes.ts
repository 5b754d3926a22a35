// The live TLS handshakes of one thread, by conversation id. The engine's worker runs one of these; tests run it in-process.

import { Unavailable, type TlsEngine } from '../ports.ts';
import type { TlsMethod, TlsSettlement, TlsStep } from '../eap/step.ts';
import {
  defaultMaxHandshakes,
  type TlsServerContext,
  type TlsServerSettings,
  tlsServerContexts,
} from './tls-context.ts';
import { TlsHandshake } from './tls-handshake.ts';
import type { Staple } from './tls-messages.ts';
import { type SessionChange, type SessionSurroundings, TlsSessions } from './tls-sessions.ts';

export class TlsHandshakes implements TlsEngine {
  private readonly contexts: ReadonlyMap<string | undefined, TlsServerContext>;
  private readonly maxHandshakes: number;
  private readonly staples = new Map<string | undefined, Uint8Array>();
  private readonly live = new Map<string, TlsHandshake>();
  private readonly sessions: TlsSessions | undefined;

  /** `changed` is told what other threads have to `learn`. */
  constructor(settings: TlsServerSettings, surroundings: SessionSurroundings = {}) {
    this.contexts = tlsServerContexts(settings);
    this.sessions = settings.resumption === undefined ? undefined : new TlsSessions(settings.resumption, surroundings);
    this.maxHandshakes = settings.maxHandshakes ?? defaultMaxHandshakes;
  }

  get size(): number {
    return this.live.size;
  }

  async step(
    conversation: string,
    bytes: Uint8Array,
    method: TlsMethod = 'eap-tls',
    profile?: string,
  ): Promise<TlsStep> {
    return this.ended(conversation, await this.handshake(conversation, method, profile).step(bytes));
  }

  async seal(conversation: string, data: Uint8Array): Promise<TlsStep> {
    return this.ended(conversation, await this.known(conversation).seal(data));
  }

  async settle(conversation: string, settlement: TlsSettlement): Promise<TlsStep> {
    return this.ended(conversation, await this.known(conversation).settle(settlement));
  }

  close(conversation: string): void {
    this.live.get(conversation)?.close();
    this.live.delete(conversation);
  }

  staple({ profile, answer }: Staple): void {
    if (answer === undefined) this.staples.delete(profile);
    else this.staples.set(profile, answer);
  }

  learn(change: SessionChange): void {
    this.sessions?.learn(change);
  }

  private known(conversation: string): TlsHandshake {
    const handshake = this.live.get(conversation);
    if (handshake === undefined) throw new Error(`no TLS handshake of ${conversation} to settle or to speak in`);
    return handshake;
  }

  private handshake(conversation: string, method: TlsMethod, profile: string | undefined): TlsHandshake {
    const known = this.live.get(conversation);
    if (known !== undefined) return known;
    // Nothing is known against this peer, so it is not refused.
    if (this.live.size >= this.maxHandshakes)
      throw new Unavailable(`${this.maxHandshakes} TLS handshakes are under way`);
    const context = this.contexts.get(profile);
    if (context === undefined) throw new Error(`no TLS profile ${profile ?? ''}`);
    const begun = new TlsHandshake(context, this.sessions, method, this.staples.get(profile));
    this.live.set(conversation, begun);
    return begun;
  }

  private ended(conversation: string, step: TlsStep): TlsStep {
    if (step.step === 'settled' || step.step === 'failed') this.close(conversation);
    return step;
  }
}
