// A file that only its owner reads, written whole beside its place and renamed: a crash leaves the old one or the new one, never
// half of either. On Windows the folder's own rights decide who reads it.

import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

export async function writePrivately(path: string, text: string): Promise<void> {
  const draft = `${path}.new`;
  const file = await open(draft, 'w', 0o600);
  try {
    // The mode above only counts for a new draft, not for one that a crash left behind.
    await file.chmod(0o600);
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
  if (process.platform === 'win32') return;
  // The rename itself must survive a power cut.
  const folder = await open(dirname(path), 'r');
  await folder.sync().finally(() => folder.close());
}
