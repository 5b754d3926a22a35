// `sluis store migrate`: from the embedded store of one gateway to the Redis that the configuration names. Both ends are
// verified, the file is only read, and a Redis that holds a store already is refused.

import { existsSync } from 'node:fs';
import { verifyStoreFile } from '../io/embedded-store-verify.ts';
import { openRedisStore } from '../io/redis-store.ts';
import { type Migrated, migrateToRedis } from '../io/redis-store-migration.ts';
import type { StoreSettings } from '../store-config.ts';
import { CommandStopped, configured, exitCodeOf, messageOf, readArguments, type Surroundings } from './read-client.ts';

const usage =
  'sluis store migrate --from PATH --config sluis.yaml   (the gateway stopped, the configuration with store: redis:)';
const options = { from: { type: 'string' }, config: { type: 'string' } } as const;

/** A whole archive is on its way: a slow moment is no reason to begin again. */
const limits = { deadlineMs: 30_000, maxPending: 1_000, mayForget: false };
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

export async function run(args: readonly string[], around: Surroundings = {}): Promise<number> {
  const write = around.write ?? (text => process.stdout.write(text));
  return exitCodeOf(around, async () => {
    const { values, positionals } = readArguments(args, options, usage);
    const { from, config } = values;
    if (from === undefined || config === undefined || positionals.length > 0) {
      throw new CommandStopped(2, `From where, and to which Redis?\nUsage: ${usage}`);
    }
    if (!existsSync(from)) throw new CommandStopped(2, `There is no file ${from}: give the embedded store's own path`);
    const redis = redisOf(config);
    const { entries, records } = await migrated(from, redis);
    write(`${entries} entries and ${records} records were brought, every chain holds. Keep ${from} as an archive.\n`);
    return 0;
  });
}

function redisOf(config: string): StoreSettings & { readonly kind: 'redis' } {
  let store: StoreSettings;
  try {
    ({ store } = configured(config));
  } catch (error) {
    // Every problem of the configuration, one a line.
    throw new CommandStopped(2, `${config} does not say where to: ${messageOf(error)}`);
  }
  if (store.kind === 'redis') return store;
  throw new CommandStopped(2, `${config} names no Redis: write "store: { redis: … }" where it is to be used`);
}

async function migrated(from: string, redis: StoreSettings & { readonly kind: 'redis' }): Promise<Migrated> {
  try {
    const before = verifyStoreFile(from);
    if (before.broken !== undefined) throw new Error(`its chain is broken, and would stay so: ${before.broken}`);
    const brought = await migrateToRedis(from, { ...redis, ...limits, log });
    const store = await openRedisStore({ ...redis, ...limits, log });
    const after = await store.verifyChain().finally(() => store.close());
    if (after.broken !== undefined || after.records !== before.records) {
      throw new Error(
        `${before.records} records were brought and ${after.records} arrived: ${after.broken ?? 'count'}`,
      );
    }
    return brought;
  } catch (error) {
    // In use, not empty, not there, gone in between: the message says which.
    throw new CommandStopped(1, `${from} was not migrated: ${messageOf(error)}`);
  }
}
