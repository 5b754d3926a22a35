// Whether a file is another one than before.

import { stat } from 'node:fs/promises';

/** Differs when the file has been written or replaced. */
export async function stateOf(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
  } catch {
    // Whatever keeps it from being seen is told when it is read.
    return 'not to be seen';
  }
}
