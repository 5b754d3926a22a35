// The store that the configuration names, opened.

import { dirname } from 'node:path';
import type { Config } from '../config.ts';
import type { AdmissionStore, Log } from '../ports.ts';
import { openEmbeddedStore } from './embedded-store.ts';
import { openRedisStore } from './redis-store.ts';

/** Rejects with the reason in words when the store cannot be used. */
export function openStore({ store, name, environment }: Config, log: Log): Promise<AdmissionStore> {
  return store.kind === 'embedded'
    ? openEmbeddedStore({ path: store.path, writer: name })
    : openRedisStore({ ...store, mayForget: environment === 'test', log });
}

/** Where this gateway keeps what it fetched for itself. */
export function stateDirectory({ store }: Config): string {
  return store.kind === 'embedded' ? dirname(store.path) : store.directory;
}
