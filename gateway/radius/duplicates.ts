// Recent requests and their answers: a retransmission never makes work twice. RFC 5080 section 2.2.2.
// `look` only at requests whose authenticator was verified: a forgery must not touch what is remembered here.

export interface RequestKey {
  readonly address: string;
  readonly port: number;
  readonly code: number;
  readonly identifier: number;
  /** Which of our sockets received it. */
  readonly socket: string;
}

export type Seen =
  /** Work on it, then call `answered` or `silent` with this key and authenticator. */
  | { readonly seen: 'new' }
  /** The first copy is being worked on: stay silent. */
  | { readonly seen: 'in-progress' }
  /** Send these octets again, as they are. */
  | { readonly seen: 'answered'; readonly bytes: Uint8Array }
  /** A newer request was looked at before this one, which waited for longer: nobody wants its answer any more. */
  | { readonly seen: 'outdated' }
  /** As many as we may are in work already: stay silent, the NAS will try again or elsewhere. */
  | { readonly seen: 'full' };

export interface RecentRequests {
  /**
   * Before anything was verified: whether octets like these are being worked on or were answered. Changes nothing, and the
   * answer goes to where it went before, so that a forger gains nothing.
   */
  repeated(
    key: RequestKey,
    authenticator: Uint8Array,
    now: number,
  ): Extract<Seen, { seen: 'in-progress' | 'answered' }> | undefined;
  look(key: RequestKey, authenticator: Uint8Array, arrivedAt: number): Seen;
  /** Keeps the answer for retransmissions that still come. */
  answered(key: RequestKey, authenticator: Uint8Array, bytes: Uint8Array, now: number): void;
  /** There was no answer: the next copy of the request gets a new chance. */
  silent(key: RequestKey, authenticator: Uint8Array): void;
  /** How many requests are remembered. */
  count(): number;
}

interface Working {
  readonly authenticator: string;
  readonly since: number;
}

interface Answered {
  readonly authenticator: string;
  readonly since: number;
  readonly bytes: Uint8Array;
  readonly until: number;
}

/**
 * `keepMs`: about 5 to 30 seconds after the answer was sent [RFC5080-2.2.2], and longer than any NAS repeats. `workMs`: when work that never ended is given up.
 * At most `capacity` requests are remembered; answers are forgotten oldest first to make room.
 */
export function recentRequests({
  capacity = 16_384,
  keepMs = 10_000,
  workMs = 60_000,
}: {
  readonly capacity?: number;
  readonly keepMs?: number;
  readonly workMs?: number;
} = {}): RecentRequests {
  // Both in order of time, so that what lapses first stands first.
  const working = new Map<string, Working>();
  const done = new Map<string, Answered>();

  function forgetLapsed(now: number): void {
    for (const [key, { until }] of done) {
      if (until > now) break;
      done.delete(key);
    }
    for (const [key, { since }] of working) {
      if (since + workMs > now) break;
      working.delete(key);
    }
  }

  function repeated(key: RequestKey, authenticator: Uint8Array, now: number): ReturnType<RecentRequests['repeated']> {
    forgetLapsed(now);
    const name = keyText(key);
    const mark = octetsText(authenticator);
    if (working.get(name)?.authenticator === mark) return { seen: 'in-progress' };
    const known = done.get(name);
    return known?.authenticator === mark ? { seen: 'answered', bytes: known.bytes } : undefined;
  }

  return {
    repeated,
    look(key, authenticator, arrivedAt) {
      const again = repeated(key, authenticator, arrivedAt);
      if (again !== undefined) return again;
      const name = keyText(key);
      const mark = octetsText(authenticator);
      const other = working.get(name) ?? done.get(name);
      if (other !== undefined && other.since > arrivedAt) return { seen: 'outdated' };
      // Same key, other authenticator: the NAS has moved on to a new request, which takes the place of the old.
      working.delete(name);
      done.delete(name);
      if (working.size + done.size >= capacity) {
        const [oldest] = done.keys();
        if (oldest === undefined) return { seen: 'full' };
        done.delete(oldest);
      }
      working.set(name, { authenticator: mark, since: arrivedAt });
      return { seen: 'new' };
    },
    answered(key, authenticator, bytes, now) {
      const name = keyText(key);
      const mark = octetsText(authenticator);
      const known = working.get(name);
      // Replaced by a newer request meanwhile: its answer would be given to the wrong question.
      if (known?.authenticator !== mark) return;
      working.delete(name);
      done.set(name, { authenticator: mark, since: known.since, bytes, until: now + keepMs });
    },
    silent(key, authenticator) {
      const name = keyText(key);
      if (working.get(name)?.authenticator === octetsText(authenticator)) working.delete(name);
    },
    count: () => working.size + done.size,
  };
}

/** Names a request among all that were heard of, copies of it alike. */
export function requestName(key: RequestKey, authenticator: Uint8Array): string {
  return `${keyText(key)} ${octetsText(authenticator)}`;
}

function keyText({ address, port, code, identifier, socket }: RequestKey): string {
  return `${socket} ${address} ${port} ${code} ${identifier}`;
}

/** A copy, too: the authenticator is a view into a datagram that should not be kept alive by it. */
function octetsText(authenticator: Uint8Array): string {
  return Buffer.from(authenticator).toString('latin1');
}
