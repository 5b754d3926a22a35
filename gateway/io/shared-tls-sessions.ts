// TLS 1.2 sessions of machines that gateways share through Redis (RFC 5246 section 7.3): who logged in at one may come back at
// another. Each is sealed under a key of its hour, derived from the installation key, since it holds its master secret. Whatever
// is wrong here costs a full handshake and nothing else.

import { setTimeout as delay } from 'node:timers/promises';
import { purposeKey } from '../identity/keyed-digest.ts';
import type { Clock, Meter } from '../ports.ts';
import { recordSealing } from './record-sealing.ts';
import type { RedisConnection } from './redis-connection.ts';
import { tenantKey } from './redis-store-names.ts';
import { defaultSessionLifetimeMs, type SessionChange, type TlsSession } from './tls-sessions.ts';

export interface SharedTlsSessions {
  /** Never rejects, and takes no longer than a concentrator notices. */
  readonly find: (id: string) => Promise<TlsSession | undefined>;
  /** What this gateway remembered or forgot; nobody waits for it. */
  readonly told: (change: SessionChange) => void;
}

export interface SharedTlsSessionsOptions {
  readonly redis: Pick<RedisConnection, 'command'>;
  readonly tenant: string;
  readonly installationKey: Uint8Array;
  readonly clock: Clock;
  readonly meter: Meter;
}

const withinMs = 250;
/** As long as a session lives, so that the key of the hour before opens all that still may be resumed. */
const periodMs = defaultSessionLifetimeMs;

export function sharedTlsSessions(options: SharedTlsSessionsOptions): SharedTlsSessions {
  const { redis, tenant, clock, meter } = options;
  const keyed = sealingByPeriod(options.installationKey);
  const place = (id: string) => `${tenantKey(tenant)}tls-session:${id}`;

  async function look(id: string): Promise<TlsSession | 'unknown' | 'unavailable'> {
    // A peer chooses this id: what ours never look like is not asked for.
    if (!/^[0-9a-f]{64}$/.test(id)) return 'unknown';
    const controller = new AbortController();
    try {
      const asked = redis.command(['GET', place(id)]);
      const late = delay(withinMs, 'late' as const, { signal: controller.signal });
      // Either may fail when nobody listens any more.
      for (const each of [asked, late]) each.catch(() => undefined);
      const found = await Promise.race([asked, late]);
      if (found === 'late') return 'unavailable';
      const now = clock.now();
      const opened = typeof found === 'string' ? keyed(now).open(found, id) : undefined;
      const session = opened === undefined ? undefined : readSession(id, opened);
      return session === undefined || now >= session.expiresAt ? 'unknown' : session;
    } catch {
      // Redis is away: the peer proves its key anew, as it always could.
      return 'unavailable';
    } finally {
      controller.abort();
    }
  }

  async function tell(change: SessionChange): Promise<void> {
    try {
      if ('forgotten' in change) {
        await redis.command(['DEL', place(change.forgotten)]);
        return;
      }
      const { id, expiresAt } = change.remembered;
      const now = clock.now();
      const sealed = keyed(now).seal(writeSession(change.remembered), id);
      await redis.command(['SET', place(id), sealed, 'PX', String(Math.max(1, expiresAt - now))]);
    } catch {
      // Redis is away: only this gateway knows it then; and what was to be forgotten is judged like everything resumed.
      meter.count('sluis_tls_shared_sessions_total', { result: 'not-kept' });
    }
  }

  return {
    find: async id => {
      const found = await look(id);
      meter.count('sluis_tls_shared_sessions_total', { result: typeof found === 'string' ? found : 'found' });
      return typeof found === 'string' ? undefined : found;
    },
    told: change => void tell(change),
  };
}

/** Seals under the key of the hour; opens under that, and under the one of the hour before. */
function sealingByPeriod(installationKey: Uint8Array): (now: number) => ReturnType<typeof recordSealing> {
  const keyOf = (period: number) => purposeKey(installationKey, `sluis-tls-session/1/${period}`);
  let made: { readonly period: number; readonly sealing: ReturnType<typeof recordSealing> } | undefined;
  return now => {
    const period = Math.floor(now / periodMs);
    if (made?.period !== period) made = { period, sealing: recordSealing(keyOf(period), keyOf(period - 1)) };
    return made.sealing;
  };
}

function writeSession({ state, chain, expiresAt }: TlsSession): string {
  return JSON.stringify({ expiresAt, state: base64(state), chain: chain.map(base64) });
}

/** What was sealed by us is as we wrote it. */
function readSession(id: string, text: string): TlsSession {
  const read = JSON.parse(text) as { expiresAt: number; state: string; chain: string[] };
  return { id, expiresAt: read.expiresAt, state: bytes(read.state), chain: read.chain.map(bytes) };
}

function base64(octets: Uint8Array): string {
  return Buffer.from(octets).toString('base64');
}

function bytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'base64'));
}
