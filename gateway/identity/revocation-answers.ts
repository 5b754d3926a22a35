// What responders have said about certificates: one entry per certificate, in memory, bounded. Revoked outlasts every
// other answer; a hold ends only by a newer answer; a failure is remembered for seconds, and takes nothing from an answer.

import type { Certificate } from './certificate.ts';
import type { OcspAnswer } from './ocsp.ts';

/** Names a certificate by its issuer's key and its serial number. */
export type AnswerKey = string;

export function answerKey(certificate: Certificate, issuer: Certificate): AnswerKey {
  return `${issuer.key.hash}:${certificate.serial}`;
}

export interface HeldAnswer extends OcspAnswer {
  /** When it was asked for; of one that somebody brought along, when it was given. Milliseconds since 1970 UTC. */
  readonly checkedAt: number;
}

export interface AnswerLimits {
  readonly entries: number;
  /** Within this time after a failure nobody asks again. */
  readonly failureMs: number;
}

const defaultLimits: AnswerLimits = { entries: 100_000, failureMs: 20_000 };

export class RevocationAnswers {
  readonly #limits: AnswerLimits;
  readonly #held = new Map<AnswerKey, HeldAnswer>();
  /** Kept apart: no flood of good answers may push a revocation out. */
  readonly #revoked = new Map<AnswerKey, HeldAnswer>();
  readonly #failedAt = new Map<AnswerKey, number>();

  constructor(limits: Partial<AnswerLimits> = {}) {
    this.#limits = { ...defaultLimits, ...limits };
    if (this.#limits.failureMs > 30_000) throw new RangeError('a failure is held for 30 seconds at most');
  }

  get size(): number {
    return this.#held.size + this.#revoked.size;
  }

  learn(key: AnswerKey, answer: OcspAnswer, now: number): void {
    this.#failedAt.delete(key);
    // An answer older than the one held is a replay, or comes from a mirror that lags: it lifts nothing and proves nothing.
    this.#take(key, { ...answer, checkedAt: now }, held => answer.thisUpdate >= held.thisUpdate);
  }

  /**
   * An answer that nobody here asked for. It counts from the time at which it was given, so that whoever brings an old one
   * does not keep us from asking; and only a newer one replaces what is held.
   */
  hear(key: AnswerKey, answer: OcspAnswer, now: number): void {
    const checkedAt = Math.min(answer.thisUpdate, now);
    this.#take(key, { ...answer, checkedAt }, held => answer.thisUpdate > held.thisUpdate);
  }

  failed(key: AnswerKey, now: number): void {
    this.#failedAt.delete(key);
    this.#put(this.#failedAt, key, now);
  }

  /** The last answer, whatever its age. */
  of(key: AnswerKey): HeldAnswer | undefined {
    return this.#revoked.get(key) ?? this.#held.get(key);
  }

  /** Whether it is time to ask: nothing is known that is younger than `youngerThanMs`, and nobody has just failed. */
  isDue(key: AnswerKey, youngerThanMs: number, now: number): boolean {
    const failedAt = this.#failedAt.get(key);
    // A clock set back must not silence questions for longer than the failure would have.
    if (failedAt !== undefined && Math.abs(now - failedAt) < this.#limits.failureMs) return false;
    const held = this.of(key);
    if (held === undefined) return true;
    return held.state !== 'revoked' && Math.abs(now - held.checkedAt) >= youngerThanMs;
  }

  #take(key: AnswerKey, answer: HeldAnswer, replaces: (held: HeldAnswer) => boolean): void {
    const held = this.of(key);
    if (held?.state === 'revoked') return;
    const revoked = answer.state === 'revoked';
    if (!revoked && held !== undefined && !replaces(held)) return;
    this.#held.delete(key);
    this.#put(revoked ? this.#revoked : this.#held, key, answer);
  }

  #put<T>(map: Map<AnswerKey, T>, key: AnswerKey, value: T): void {
    map.set(key, value);
    if (map.size <= this.#limits.entries) return;
    for (const oldest of map.keys()) {
      map.delete(oldest);
      return;
    }
  }
}
