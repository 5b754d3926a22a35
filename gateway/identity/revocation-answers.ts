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
  /** When it came; milliseconds since 1970 UTC. */
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
    const held = this.of(key);
    if (held?.state === 'revoked') return;
    if (answer.state === 'revoked') {
      this.#held.delete(key);
      this.#put(this.#revoked, key, { ...answer, checkedAt: now });
      return;
    }
    // An answer older than the one held is a replay, or comes from a mirror that lags: it lifts nothing and proves nothing.
    if (held !== undefined && answer.thisUpdate < held.thisUpdate) return;
    this.#held.delete(key);
    this.#put(this.#held, key, { ...answer, checkedAt: now });
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

  #put<T>(map: Map<AnswerKey, T>, key: AnswerKey, value: T): void {
    map.set(key, value);
    if (map.size <= this.#limits.entries) return;
    for (const oldest of map.keys()) {
      map.delete(oldest);
      return;
    }
  }
}
