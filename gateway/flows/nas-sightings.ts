// What is seen of each concentrator while the gateway runs: from where, with which of two secrets, how far its clock is off, and
// since when it sends requests without a signature. All in memory but that one date, which the store keeps: an excuse gets
// older across restarts. Whatever should not last is told by a line and a metric, and never refused because of its age.

import type { Kept, NasUnsigned } from '../kept.ts';
import type { Nas } from '../pdp/nas.ts';
import { type AdmissionStore, type Clock, type Log, type Meter, Unavailable } from '../ports.ts';

export interface NasSightingPorts {
  readonly store: AdmissionStore;
  readonly clock: Clock;
  readonly meter: Meter;
  readonly log: Log;
}

/** A request that was believed. */
export interface HeardRequest {
  readonly address: string;
  /** Which secret made it; `none` where TLS protects it. */
  readonly secret: 'new' | 'former' | 'none';
  /** An Access-Request without Message-Authenticator, from a concentrator that is excused from it. */
  readonly unsigned: boolean;
}

/** Instants are milliseconds since 1970 UTC. */
export interface NasSighting {
  readonly tenant: string;
  readonly nas: string;
  readonly lastHeardAt: number;
  /** Last heard first. */
  readonly sources: readonly SourceSighting[];
  /** First and last time that a request without Message-Authenticator was taken; absent: none in the last week. */
  readonly unsigned?: NasUnsigned;
  /** Its clock less ours, in seconds. */
  readonly clockSkewS?: number;
}

export interface SourceSighting {
  readonly address: string;
  /** When it last used the secret that is to stay; absent: not yet. */
  readonly secretAt?: number;
  /** When it last used the former one. */
  readonly formerSecretAt?: number;
  readonly overTlsAt?: number;
}

export interface NasSightings {
  heard(nas: Nas, request: HeardRequest): void;
  /** A time that it told, less ours. */
  clock(nas: Nas, skewMs: number): void;
  all(tenant: string): readonly NasSighting[];
  /** Reads and writes since when requests are unsigned, and says how long that is; never rejects. */
  write(): Promise<void>;
}

interface Seen {
  readonly nas: Nas;
  lastHeardAt: number;
  /** By address, last heard last. */
  readonly sources: Map<string, SourceSighting>;
  readonly skewsMs: number[];
  unsigned?: NasUnsigned;
  /** When each was last told, and the date last looked up and written. */
  readonly lastAt: { former?: number; clock?: number; unsigned?: number; kept?: number };
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** A concentrator may be a network. */
const sourcesAtMost = 64;
/** What was kept back and sent late makes a clock look slow, never fast: the fastest of the last few is nearest. */
const skewsAtMost = 8;
const clockOffMs = 5 * 60_000;
const unsignedForgottenMs = 7 * dayMs;
/** From then on it is an error, and not a warning. */
const unsignedTooLongDays = 30;

export function nasSightings({ store, clock, meter, log }: NasSightingPorts): NasSightings {
  const known = new Map<string, Seen>();

  function seenOf(nas: Nas): Seen {
    const key = `${nas.tenant} ${nas.name}`;
    const seen = known.get(key) ?? { nas, lastHeardAt: 0, sources: new Map(), skewsMs: [], lastAt: {} };
    known.set(key, seen);
    return seen;
  }

  /** So often, at most. */
  function isDue(seen: Seen, what: keyof Seen['lastAt'], everyMs: number): boolean {
    const now = clock.now();
    const last = seen.lastAt[what];
    if (last !== undefined && now < last + everyMs) return false;
    seen.lastAt[what] = now;
    return true;
  }

  function tellFormer(seen: Seen): void {
    const { name } = seen.nas;
    meter.count('sluis_nas_former_secret_total', { nas: name });
    if (!isDue(seen, 'former', hourMs)) return;
    const sources = [...seen.sources.values()].filter(
      ({ secretAt = 0, formerSecretAt = 0 }) => formerSecretAt > secretAt,
    );
    log.warn('former-secret-used', { nas: name, sources: sources.map(({ address }) => address) });
  }

  function tellUnsigned(seen: Seen, unsigned: NasUnsigned): void {
    const { name } = seen.nas;
    const now = clock.now();
    const over = now >= unsigned.lastAt + unsignedForgottenMs;
    const days = Math.floor((now - unsigned.since) / dayMs);
    meter.gauge('sluis_nas_unsigned_days', over ? 0 : days, { nas: name });
    if (over) {
      delete seen.unsigned;
      delete seen.lastAt.kept;
    } else if (isDue(seen, 'unsigned', dayMs)) {
      const since = new Date(unsigned.since).toISOString().slice(0, 10);
      log[days < unsignedTooLongDays ? 'warn' : 'error']('unsigned-requests', { nas: name, since, days });
    }
  }

  return {
    heard(nas, { address, secret, unsigned }) {
      const seen = seenOf(nas);
      const now = clock.now();
      seen.lastHeardAt = now;
      const at = { new: { secretAt: now }, former: { formerSecretAt: now }, none: { overTlsAt: now } }[secret];
      const source = { address, ...seen.sources.get(address), ...at };
      seen.sources.delete(address);
      seen.sources.set(address, source);
      const [oldest = ''] = seen.sources.keys();
      if (seen.sources.size > sourcesAtMost) seen.sources.delete(oldest);
      if (secret === 'former') tellFormer(seen);
      if (unsigned) seen.unsigned = { since: seen.unsigned?.since ?? now, lastAt: now };
    },

    clock(nas, skewMs) {
      const seen = seenOf(nas);
      seen.skewsMs.push(skewMs);
      if (seen.skewsMs.length > skewsAtMost) seen.skewsMs.shift();
      const skewS = skewOf(seen);
      if (skewS === undefined) return;
      meter.gauge('sluis_nas_clock_skew_seconds', skewS, { nas: nas.name });
      if (Math.abs(skewS) * 1000 > clockOffMs && isDue(seen, 'clock', hourMs)) {
        log.warn('nas-clock-off', { nas: nas.name, seconds: skewS });
      }
    },

    all: tenant =>
      [...known.values()]
        .filter(({ nas }) => nas.tenant === tenant)
        .map(seen => {
          const { nas, lastHeardAt, sources, unsigned } = seen;
          const clockSkewS = skewOf(seen);
          return {
            tenant,
            nas: nas.name,
            lastHeardAt,
            sources: [...sources.values()].toReversed(),
            ...(unsigned === undefined ? {} : { unsigned }),
            ...(clockSkewS === undefined ? {} : { clockSkewS }),
          };
        }),

    async write() {
      for (const seen of known.values()) {
        if (seen.unsigned === undefined) continue;
        try {
          if (isDue(seen, 'kept', hourMs)) seen.unsigned = await keepUnsigned(store, seen.nas, seen.unsigned);
        } catch (error) {
          // The next time will do: the date only ever becomes an earlier one.
          delete seen.lastAt.kept;
          if (!(error instanceof Unavailable)) log.error('unsigned-not-kept', { nas: seen.nas.name, error });
        }
        tellUnsigned(seen, seen.unsigned);
      }
    },
  };
}

function skewOf({ skewsMs }: Seen): number | undefined {
  return skewsMs.length === 0 ? undefined : Math.round(Math.max(...skewsMs) / 1000);
}

/** With the first time that this gateway, another one, or an earlier life of either knows of. Written once a day. */
async function keepUnsigned(store: AdmissionStore, { tenant, name }: Nas, seen: NasUnsigned): Promise<NasUnsigned> {
  const kept = await store.kept(tenant, 'nas-unsigned', name);
  const counts = kept !== undefined && (kept.expiresAt ?? 0) > seen.lastAt;
  const since = counts ? Math.min(kept.value.since, seen.since) : seen.since;
  if (counts && seen.lastAt < kept.value.lastAt + dayMs) return { since, lastAt: seen.lastAt };
  const write: Kept<'nas-unsigned'> = {
    kind: 'nas-unsigned',
    key: name,
    value: { since, lastAt: seen.lastAt },
    version: (kept?.version ?? 0) + 1,
    expiresAt: seen.lastAt + unsignedForgottenMs,
  };
  // Whoever was faster has written the same.
  await store.commit({ tenant, at: seen.lastAt, keep: [write] });
  return { since, lastAt: seen.lastAt };
}
