// A process that commits decisions as fast as it can and prints the id of each one that was answered, until it is killed.

import { writeSync } from 'node:fs';
import { openEmbeddedStore } from '../../gateway/io/embedded-store.ts';
import { draft, now, session } from '../contracts/admission-store-samples.ts';

const store = await openEmbeddedStore({ path: process.argv[2] ?? '', writer: 'gateway-1' });

async function commitFrom(worker: number): Promise<never> {
  for (let n = 0; ; n++) {
    const id = `${worker}-${n}`;
    const admitted = { session: session(id), expectedVersion: 0 };
    await store.commit({ tenant: 'town', at: now, session: admitted, decision: draft(id) });
    writeSync(1, `${id}\n`);
  }
}

await Promise.all([0, 1, 2, 3].map(commitFrom));
