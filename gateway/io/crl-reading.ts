// Reads a file of revocation lists in a worker thread of its own, with a bound on memory and time.

import { Worker } from 'node:worker_threads';
import type { Crl } from '../identity/crl.ts';
import { PackedSerials } from '../identity/crl-serials.ts';

export interface CrlJob {
  readonly path: string;
  /** DER of the authorities that may have signed. */
  readonly authorities: readonly Uint8Array[];
}

export type PackedCrl = Omit<Crl, 'revoked' | 'onHold'> & {
  readonly revoked: Uint8Array<ArrayBuffer>;
  readonly onHold: Uint8Array<ArrayBuffer>;
};
export type CrlJobResult = { readonly lists: readonly PackedCrl[] } | { readonly refused: string };
export type CrlsRead = { readonly lists: readonly Crl[] } | { readonly refused: string };

const atMostMs = 60_000;
/** Entries of a list at its largest, as objects, before they are packed. */
const heapMb = 1_024;

export function readCrlFile(job: CrlJob): Promise<CrlsRead> {
  return new Promise(resolve => {
    const worker = new Worker(new URL('./crl-worker.ts', import.meta.url), {
      workerData: job,
      name: 'sluis-crl',
      resourceLimits: { maxOldGenerationSizeMb: heapMb },
    });
    let result: CrlsRead | undefined;
    let fault = 'the thread that read it ended';
    const tooLong = setTimeout(() => {
      fault = 'takes too long to read';
      void worker.terminate();
    }, atMostMs);
    worker.on('message', (packed: CrlJobResult) => {
      result = 'refused' in packed ? packed : { lists: packed.lists.map(unpack) };
    });
    worker.on('error', error => {
      fault = error instanceof Error ? error.message : String(error);
    });
    worker.on('exit', () => {
      clearTimeout(tooLong);
      resolve(result ?? { refused: fault });
    });
  });
}

function unpack({ revoked, onHold, ...rest }: PackedCrl): Crl {
  return { ...rest, revoked: new PackedSerials(revoked), onHold: new PackedSerials(onHold) };
}
