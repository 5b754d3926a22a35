// `sluis audit verify`: checks the hash chain of every decision in a store, also beside a running gateway.

import { existsSync } from 'node:fs';
import type { ChainCheck } from '../audit/chain.ts';
import { verifyStoreFile } from '../io/embedded-store-verify.ts';
import { openRedisStore } from '../io/redis-store.ts';
import type { StoreSettings } from '../store-config.ts';
import { CommandStopped, configured, exitCodeOf, messageOf, readArguments, type Surroundings } from './read-client.ts';

const usage = 'sluis audit verify (--config sluis.yaml | --store PATH) [--json]';
const options = { store: { type: 'string' }, config: { type: 'string' }, json: { type: 'boolean' } } as const;

export async function run(args: readonly string[], around: Surroundings = {}): Promise<number> {
  const write = around.write ?? (text => process.stdout.write(text));
  return exitCodeOf(around, async () => {
    const { values, positionals } = readArguments(args, options, usage);
    const store = values.store === undefined ? storeOf(values.config) : embedded(values.store);
    if (store === undefined || positionals.length > 0) throw new CommandStopped(2, `Which store?\nUsage: ${usage}`);
    const check = store.kind === 'redis' ? await verifyRedis(store) : verifyFile(store.path);
    if (values.json === true) write(`${JSON.stringify(check)}\n`);
    if (check.broken !== undefined) {
      throw new CommandStopped(
        1,
        `The chain is broken after ${check.records} good records.\n${check.broken}\n` +
          'Keep the store as it is, compare it with your last copy or export, and find out who could write to it.',
      );
    }
    if (values.json !== true) write(`${check.records} records, every chain holds.\n`);
    return 0;
  });
}

function embedded(path: string): StoreSettings {
  return { kind: 'embedded', path };
}

function storeOf(config: string | undefined): StoreSettings | undefined {
  if (config === undefined) return undefined;
  try {
    return configured(config).store;
  } catch (error) {
    // Every problem of the configuration, one a line.
    throw new CommandStopped(2, `${config} does not say where the store is: ${messageOf(error)}`);
  }
}

function verifyFile(path: string): ChainCheck {
  if (!existsSync(path)) throw new CommandStopped(2, `There is no file ${path}: give the store's own path`);
  try {
    return verifyStoreFile(path);
  } catch (error) {
    // No database, another program's database, a newer schema, no permission: the message says which.
    throw new CommandStopped(2, `${path} cannot be verified: ${messageOf(error)}`);
  }
}

async function verifyRedis(settings: StoreSettings & { readonly kind: 'redis' }): Promise<ChainCheck> {
  try {
    const store = await openRedisStore({ ...settings, mayForget: true, log: silent });
    return await store.verifyChain().finally(() => store.close());
  } catch (error) {
    // Not there, not trusted, not let in, gone meanwhile: the message says which.
    throw new CommandStopped(2, `The store cannot be verified: ${messageOf(error)}`);
  }
}

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
