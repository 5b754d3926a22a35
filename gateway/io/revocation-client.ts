// Asks OCSP responders (RFC 6960 appendix A) about certificates whose path already holds: only hosts of the profile, one
// look-up per certificate at a time, a deadline for the whole of it. It never rejects: what it learns is in the answers,
// and what it does not learn leaves them as they were.

import type { Agent } from 'undici';
import { isClearedByLists } from '../identity/revocation.ts';
import { answerKey, type RevocationAnswers } from '../identity/revocation-answers.ts';
import type { Proven } from '../identity/identify.ts';
import { type OcspAnswer, type OcspRules, type OcspUnusable, readOcspAnswer } from '../identity/ocsp.ts';
import { certIdHashes, certIdOf, nonceBytes, ocspRequest } from '../identity/ocsp-request.ts';
import { ocspLimits } from '../identity/ocsp-response.ts';
import type { OcspSettings, ProfileRevocation } from '../identity/revocation-document.ts';
import { allowedUrl } from '../identity/revocation-hosts.ts';
import type { Clock, Log, Meter, Random } from '../ports.ts';
import { type BreakerLimits, defaultBreakerLimits, ResponderBreaker } from './revocation-breaker.ts';
import { FetchFailed, fetchBody, revocationDispatcher } from './revocation-fetch.ts';

export interface RevocationClientOptions {
  readonly answers: RevocationAnswers;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly meter: Meter;
  readonly breaker?: Partial<BreakerLimits>;
}

export interface RevocationClient {
  /** Asks where it is due and the profile wants it; resolves within the profile's timeout, whatever happens. */
  readonly freshen: (proven: Proven) => Promise<void>;
  /** An answer that somebody brought along; what proves nothing is as if none had come. */
  readonly hear: (proven: Proven, answer: Uint8Array) => void;
  readonly close: () => Promise<void>;
}

/** Breakers of responders that answer cost nothing to forget. */
const maxResponders = 256;
const loggedBytes = 4_096;

export function openRevocationClient(options: RevocationClientOptions): RevocationClient {
  const client = new Client(options);
  return {
    freshen: proven => client.freshen(proven),
    hear: (proven, answer) => client.hear(proven, answer),
    close: () => client.close(),
  };
}

interface Asking {
  readonly proven: Proven;
  readonly revocation: ProfileRevocation;
  readonly ocsp: OcspSettings;
  readonly url: URL;
  readonly signal: AbortSignal;
}

class Client {
  readonly #options: RevocationClientOptions;
  readonly #limits: BreakerLimits;
  readonly #dispatcher: Agent;
  readonly #underWay = new Map<string, Promise<void>>();
  readonly #breakers = new Map<string, ResponderBreaker>();
  readonly #closing = new AbortController();

  constructor(options: RevocationClientOptions) {
    this.#options = options;
    this.#limits = { ...defaultBreakerLimits, ...options.breaker };
    this.#dispatcher = revocationDispatcher(this.#limits.parallel);
  }

  async freshen(proven: Proven): Promise<void> {
    const { revocation } = proven.profile;
    if (revocation?.ocsp === undefined || this.#closing.signal.aborted) return;
    const { answers, clock } = this.#options;
    const now = clock.now();
    const [leaf, issuer] = proven.path.certificates;
    const key = answerKey(leaf, issuer);
    const running = this.#underWay.get(key);
    if (running !== undefined) return running;
    if (!answers.isDue(key, revocation.ocsp.maxAgeMs, now) || isAnsweredBefore(proven, revocation, now)) return;
    const asked = this.#ask(proven, revocation, revocation.ocsp, key).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, asked);
    return asked;
  }

  hear(proven: Proven, answer: Uint8Array): void {
    const { revocation } = proven.profile;
    if (revocation?.ocsp === undefined) return;
    const { answers, clock, log } = this.#options;
    const now = clock.now();
    const [leaf, issuer] = proven.path.certificates;
    const rules = rulesOf(proven, revocation, revocation.ocsp);
    // Whoever fetched it chose how the certificate is named in it, and its nonce was never ours.
    const read = certIdHashes.map(hash =>
      readOcspAnswer(answer, { id: certIdOf(leaf, issuer, hash), issuer }, rules, now),
    );
    const found = read.find(each => 'state' in each);
    if (found === undefined) {
      const faults = read.flatMap(each => ('unusable' in each ? [`${each.unusable}: ${each.detail}`] : []));
      log.warn('brought-answer-refused', { profile: proven.profile.id, faults });
    } else if (found.state === 'revoked' || revocation.ocsp.nonce !== 'require') {
      answers.hear(answerKey(leaf, issuer), found, now);
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#underWay.values());
    await this.#dispatcher.destroy();
  }

  async #ask(proven: Proven, revocation: ProfileRevocation, ocsp: OcspSettings, key: string): Promise<void> {
    const { answers, clock, log, meter } = this.#options;
    const startedMs = performance.now();
    const outcome = await this.#attempts(proven, revocation, ocsp);
    const now = clock.now();
    if ('state' in outcome) answers.learn(key, outcome, now);
    else answers.failed(key, now);
    const result = 'state' in outcome ? outcome.state : 'unusable' in outcome ? outcome.unusable : outcome.unanswered;
    const { id } = proven.profile;
    meter.count('sluis_revocation_lookups_total', { result, profile: id });
    meter.observe('sluis_revocation_seconds', (performance.now() - startedMs) / 1000, { profile: id });
    if (!('state' in outcome)) {
      log.warn('revocation-not-answered', { profile: id, result, detail: outcome.detail });
    }
  }

  /** One try, and one more where the responder did not answer and there is time. */
  async #attempts(
    proven: Proven,
    revocation: ProfileRevocation,
    ocsp: OcspSettings,
  ): Promise<OcspAnswer | OcspUnusable | Unanswered> {
    const [leaf] = proven.path.certificates;
    const named = ocsp.url === undefined ? leaf.ocspUris : [ocsp.url];
    const url = named.map(each => allowedUrl(each, revocation.allowHosts)).find(each => each !== undefined);
    if (url === undefined) return { unanswered: 'no-responder', detail: `${named.length} addresses, none allowed` };
    const deadline = AbortSignal.any([AbortSignal.timeout(ocsp.timeoutMs), this.#closing.signal]);
    const breaker = this.#breakerOf(url);
    let last: Unanswered = { unanswered: 'too-slow', detail: url.host };
    for (let attempt = 0; attempt < 2 && !deadline.aborted; attempt++) {
      const place = await breaker.enter(monotonicMs, deadline);
      if (place !== 'entered') return { unanswered: place === 'open' ? 'breaker-open' : 'too-slow', detail: url.host };
      // Half of the time each, so that one lost packet does not cost the whole of it.
      const signal = AbortSignal.any([deadline, AbortSignal.timeout(ocsp.timeoutMs / 2)]);
      const got = await this.#once({ proven, revocation, ocsp, url, signal });
      breaker.leave(!('unanswered' in got), monotonicMs());
      if (!('unanswered' in got)) return got;
      last = got;
    }
    return last;
  }

  async #once({ proven, revocation, ocsp, url, signal }: Asking): Promise<OcspAnswer | OcspUnusable | Unanswered> {
    const { random, clock, log } = this.#options;
    const [leaf, issuer] = proven.path.certificates;
    const nonce = ocsp.nonce === 'off' ? undefined : random.bytes(nonceBytes);
    const id = certIdOf(leaf, issuer, ocsp.certIdHash);
    const body = { bytes: ocspRequest(id, nonce), type: 'application/ocsp-request' };
    const limits = { maxBytes: ocspLimits.maxBytes, signal, dispatcher: this.#dispatcher };
    const chunks: Uint8Array[] = [];
    try {
      for await (const chunk of fetchBody({ url, body, accept: 'application/ocsp-response', ...limits }))
        chunks.push(chunk);
    } catch (error) {
      if (!(error instanceof FetchFailed)) throw error;
      // Down, slow, or no responder at all: nothing was said about anyone.
      return { unanswered: signal.aborted ? 'too-slow' : 'unreachable', detail: `${url.host}: ${error.message}` };
    }
    const bytes = Buffer.concat(chunks);
    const question = { id, issuer, ...(nonce === undefined ? {} : { nonce }) };
    const read = readOcspAnswer(bytes, question, rulesOf(proven, revocation, ocsp), clock.now());
    if ('state' in read) return read;
    // "Later" is how a responder in trouble says that it is down.
    if (read.unusable === 'try-later') return { unanswered: 'try-later', detail: `${url.host}: ${read.detail}` };
    const answer = bytes.subarray(0, loggedBytes).toString('base64');
    log.warn('revocation-answer-refused', { host: url.host, fault: read.unusable, detail: read.detail, answer });
    return read;
  }

  #breakerOf({ origin, host }: URL): ResponderBreaker {
    let breaker = this.#breakers.get(origin);
    if (breaker === undefined) {
      breaker = new ResponderBreaker(this.#limits, open => {
        this.#options.log.warn(open ? 'responder-given-up' : 'responder-is-back', { host });
      });
      if (this.#breakers.size >= maxResponders) this.#forgetIdle();
      this.#breakers.set(origin, breaker);
    }
    return breaker;
  }

  #forgetIdle(): void {
    for (const [origin, breaker] of this.#breakers) if (breaker.isIdle) this.#breakers.delete(origin);
  }
}

interface Unanswered {
  readonly unanswered: 'no-responder' | 'too-slow' | 'breaker-open' | 'unreachable' | 'try-later';
  readonly detail: string;
}

/** How an answer is judged, whatever way it came. */
function rulesOf({ profile: { path } }: Proven, { crls }: ProfileRevocation, ocsp: OcspSettings): OcspRules {
  const { hashes, rsaMinBits, curves } = path;
  return { ...ocsp, hashes, rsaMinBits, curves, crls };
}

/** Where lists are believed first and clear the certificate, its authority need not learn who connects. */
function isAnsweredBefore(
  { path, profile }: Proven,
  { order, crls, ...rest }: ProfileRevocation,
  now: number,
): boolean {
  if (order[0] !== 'crl') return false;
  return isClearedByLists(path, crls, { ...rest, clockSkewMs: profile.path.clockSkewMs }, now);
}

function monotonicMs(): number {
  return performance.now();
}
