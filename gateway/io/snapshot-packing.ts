// Batches of snapshots, small: packed and unpacked beside the thread that answers concentrators.

import { promisify } from 'node:util';
import { deflateRaw, inflateRawSync } from 'node:zlib';
import type { Snapshot } from '../pdp/snapshot.ts';

const deflate = promisify(deflateRaw) as (text: string) => Promise<Uint8Array>;

export function packSnapshots(text: string): Promise<Uint8Array> {
  return deflate(text);
}

/** For a thread of its own. Rejects, by throwing, what this gateway did not write. */
export function unpackSnapshots(body: Uint8Array): readonly Snapshot[] {
  return JSON.parse(
    inflateRawSync(body, { maxOutputLength: 256 * 1024 * 1024 }).toString('utf8'),
  ) as readonly Snapshot[];
}
