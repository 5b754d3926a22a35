// OCSP stapling (RFC 6066 section 8): the answer about the gateway's own certificate, asked for in the background and handed to
// the TLS engine, so that no login waits for a responder and none of its clients needs a way to it.

import { isRefused } from '../contract/reason.ts';
import { type Certificate, isIssuedBy, readCertificate } from '../identity/certificate.ts';
import { CrlSet } from '../identity/crl.ts';
import { type OcspAnswer, readOcspAnswer } from '../identity/ocsp.ts';
import { certIdOf, ocspRequest } from '../identity/ocsp-request.ts';
import { ocspLimits } from '../identity/ocsp-response.ts';
import { valuesOf } from '../identity/name.ts';
import { splitPem } from '../identity/pem.ts';
import type { Clock, Log, Meter } from '../ports.ts';
import { FetchFailed, fetchBody, revocationDispatcher } from './revocation-fetch.ts';
import type { Staple } from './tls-messages.ts';

export interface OwnCertificate {
  /** Absent: that of everybody. */
  readonly profile?: string;
  /** Leaf first, its issuer among the rest. */
  readonly certificatePem: string;
}

export interface StaplingOptions {
  readonly certificates: readonly OwnCertificate[];
  readonly staple: (staple: Staple) => void;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** How soon it is asked again after no answer. */
  readonly retryMs?: number;
}

export interface Stapling {
  readonly close: () => Promise<void>;
}

const minuteMs = 60_000;
const timeoutMs = 10_000;
const commonName = '2.5.4.3';
/** An answer that names no end counts as long as this, and is asked for anew meanwhile. */
const endlessMs = 5 * minuteMs;
const askAtLeastEveryMs = 12 * 60 * minuteMs;

/** Our own authority need not satisfy an identity profile; what is stapled must only be what clients will believe. */
const rules = {
  nonce: 'off',
  maxAgeMs: endlessMs,
  skewMs: 5 * minuteMs,
  hashes: ['sha256', 'sha384', 'sha512'],
  rsaMinBits: 2_048,
  curves: ['P-256', 'P-384', 'P-521'],
  crls: new CrlSet([]),
} as const;

/** Throws an Error that says what to do when a certificate names no responder, or its issuer is not beside it. */
export function startStapling(options: StaplingOptions): Stapling {
  const dispatcher = revocationDispatcher(2);
  const closing = new AbortController();
  const upkeeps = options.certificates.map(own => new Upkeep(own, options, { dispatcher, closing: closing.signal }));
  const running = upkeeps.map(upkeep => upkeep.run());
  return {
    close: async () => {
      closing.abort();
      await Promise.all(running);
      await dispatcher.destroy();
    },
  };
}

/** Whom to ask about what, or why nobody can be asked and what to do. */
export function askedAbout({
  profile,
  certificatePem,
}: OwnCertificate): string | { readonly leaf: Certificate; readonly issuer: Certificate; readonly url: URL } {
  const where = profile === undefined ? 'eap: certificate' : `certificate of TLS profile ${profile}`;
  const [leaf, ...others] = splitPem(Buffer.from(certificatePem), 'CERTIFICATE').map(readCertificate);
  if (leaf === undefined || isRefused(leaf)) return `${where}: cannot be read for stapling`;
  const issuer = others.find(each => !isRefused(each) && isIssuedBy(leaf, each));
  if (issuer === undefined || isRefused(issuer)) {
    return `${where}: stapling needs its issuer behind it, in the same file`;
  }
  const url = leaf.ocspUris.find(each => URL.canParse(each) && /^https?:/i.test(each));
  if (url === undefined) return `${where}: names no OCSP responder; write stapling: off`;
  return { leaf, issuer, url: new URL(url) };
}

interface Reach {
  readonly dispatcher: ReturnType<typeof revocationDispatcher>;
  readonly closing: AbortSignal;
}

/** One certificate, and the answer about it that is stapled now. */
class Upkeep {
  readonly #profile: Pick<OwnCertificate, 'profile'>;
  readonly #label: string;
  readonly #leaf: Certificate;
  readonly #issuer: Certificate;
  readonly #url: URL;
  readonly #options: StaplingOptions;
  readonly #reach: Reach;
  #heldUntil = 0;

  constructor(own: OwnCertificate, options: StaplingOptions, reach: Reach) {
    const asked = askedAbout(own);
    if (typeof asked === 'string') throw new Error(asked);
    this.#profile = own.profile === undefined ? {} : { profile: own.profile };
    this.#label = own.profile ?? 'everybody';
    this.#leaf = asked.leaf;
    this.#issuer = asked.issuer;
    this.#url = asked.url;
    this.#options = options;
    this.#reach = reach;
  }

  async run(): Promise<void> {
    while (!this.#reach.closing.aborted) await this.#wait(await this.#look());
  }

  /** Asks once; how long until the next time, in milliseconds. */
  async #look(): Promise<number> {
    const { clock, log, retryMs = minuteMs } = this.#options;
    const found = await this.#ask();
    if (this.#reach.closing.aborted) return 0;
    const now = clock.now();
    if (typeof found === 'string') {
      log.warn('stapling-not-answered', { profile: this.#label, host: this.#url.host, why: found });
      if (now < this.#heldUntil) return Math.min(retryMs, this.#heldUntil - now);
      // An answer that is over makes a client refuse that would do without one.
      this.#show(undefined, 0);
      return retryMs;
    }
    const { state, freshUntil } = found.answer;
    const revoked = state === 'revoked' || state === 'on-hold';
    if (revoked) {
      log.error('own-certificate-revoked', {
        profile: this.#label,
        subject: valuesOf(this.#leaf.subject, commonName).join(', '),
        serial: this.#leaf.serial,
        state,
      });
    }
    // Also when it is revoked: who asks is told the truth.
    this.#heldUntil = freshUntil;
    this.#show(found.bytes, revoked ? -1 : 1);
    const half = Math.max(retryMs, (freshUntil - now) / 2);
    return revoked ? retryMs : Math.min(half, askAtLeastEveryMs);
  }

  async #ask(): Promise<{ readonly answer: OcspAnswer; readonly bytes: Uint8Array } | string> {
    const { dispatcher, closing } = this.#reach;
    const id = certIdOf(this.#leaf, this.#issuer, 'sha1');
    const signal = AbortSignal.any([closing, AbortSignal.timeout(timeoutMs)]);
    const body = { bytes: ocspRequest(id, undefined), type: 'application/ocsp-request' };
    const limits = { maxBytes: ocspLimits.maxBytes, signal, dispatcher };
    const chunks: Uint8Array[] = [];
    try {
      const accept = 'application/ocsp-response';
      for await (const chunk of fetchBody({ url: this.#url, body, accept, ...limits })) chunks.push(chunk);
    } catch (error) {
      if (!(error instanceof FetchFailed)) throw error;
      // Down or slow; what is held stays.
      return error.message;
    }
    const bytes = new Uint8Array(Buffer.concat(chunks));
    const answer = readOcspAnswer(bytes, { id, issuer: this.#issuer }, rules, this.#options.clock.now());
    if ('unusable' in answer) return `${answer.unusable}: ${answer.detail}`;
    return answer.state === 'unknown' ? 'the responder does not know it' : { answer, bytes };
  }

  #show(answer: Uint8Array | undefined, state: -1 | 0 | 1): void {
    this.#options.staple({ ...this.#profile, ...(answer === undefined ? {} : { answer }) });
    this.#options.meter.gauge('sluis_own_certificate_state', state, { profile: this.#label });
  }

  #wait(ms: number): Promise<void> {
    const { closing } = this.#reach;
    return new Promise(resolve => {
      if (closing.aborted) {
        resolve();
        return;
      }
      const done = (): void => {
        clearTimeout(timer);
        closing.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      closing.addEventListener('abort', done);
    });
  }
}
