// TLS inside EAP as it runs: the engine, and what is kept up for it. A part of the composition root: it decides nothing.

import type { Config } from './config.ts';
import { connectRedis, type RedisConnection } from './io/redis-connection.ts';
import { sharedTlsSessions } from './io/shared-tls-sessions.ts';
import { type ThreadedTlsEngine, startTlsEngine } from './io/tls-engine.ts';
import { ownCertificates, tlsServerSettings } from './io/tls-settings.ts';
import { startStapling } from './io/tls-stapling.ts';
import type { Clock, Log, Meter } from './ports.ts';
import type { RedisSettings } from './store-config.ts';

export interface RunningTls {
  readonly engine: ThreadedTlsEngine;
  readonly close: () => Promise<void>;
}

export interface TlsParts {
  readonly config: Pick<Config, 'eap' | 'environment' | 'identity' | 'store' | 'tenant'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
}

/** Rejects with an Error that says in words what cannot be used. */
export async function openTls(parts: TlsParts): Promise<RunningTls> {
  const { config, clock, log, meter } = parts;
  const { eap, identity, store, tenant } = config;
  const redis = store.kind === 'redis' && eap.resumption !== 'off' ? await connect(store, parts) : undefined;
  const shared = redis && sharedTlsSessions({ redis, tenant, installationKey: identity.installationKey, clock, meter });
  const settings = tlsServerSettings(eap);
  const engine = await startTlsEngine({
    settings: shared ? { ...settings, resumption: { ...settings.resumption, shared: true } } : settings,
    workers: eap.tlsWorkers,
    ...(shared ? { shared } : {}),
    onThreadLost: ({ error, conversations }) => log.error('tls-thread-lost', { error, conversations }),
  });
  try {
    const { staple } = engine;
    const stapling = eap.stapling && startStapling({ certificates: ownCertificates(eap), staple, clock, log, meter });
    return {
      engine,
      close: async () => {
        if (stapling) await stapling.close();
        await engine.stop();
        await redis?.close();
      },
    };
  } catch (error) {
    // Half of it must not keep the process alive.
    await engine.stop();
    await redis?.close();
    throw error;
  }
}

/** A connection of its own: sessions may be late and may be lost, which decisions may not. */
function connect(store: RedisSettings, { config: { environment }, log }: TlsParts): Promise<RedisConnection> {
  return connectRedis({ ...store, deadlineMs: 2_000, maxPending: 1_000, mayForget: environment === 'test', log });
}
