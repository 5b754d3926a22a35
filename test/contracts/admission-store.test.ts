// The contract suite of `AdmissionStore`, run against the embedded store.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedStore } from '../../gateway/io/embedded-store.ts';
import { admissionStoreContract } from './admission-store.ts';

admissionStoreContract('the embedded store', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'sluis-store-'));
  const open = () => openEmbeddedStore({ path: join(directory, 'sluis.db'), writer: 'gateway-1' });
  let store = await open();
  return {
    store,
    async reopen() {
      await store.close();
      store = await open();
      return store;
    },
    async cleanup() {
      await store.close();
      await rm(directory, { recursive: true });
    },
  };
});
