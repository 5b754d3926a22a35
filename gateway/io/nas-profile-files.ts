// The files of NAS profiles in a directory: only `.yaml`, each named like its profile.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ProfileFile } from '../config-files.ts';

/** Beside the policies that come with the product, wherever it is installed. */
const shipped = fileURLToPath(new URL('../../policies/nas-profiles/', import.meta.url));

/** `undefined` when the directory, or a file in it, cannot be read. */
export function nasProfileFiles(directory: string = shipped): readonly ProfileFile[] | undefined {
  try {
    const names = readdirSync(directory).filter(name => name.endsWith('.yaml'));
    return names.sort().map(name => {
      const path = join(directory, name);
      return { path, name: name.slice(0, -'.yaml'.length), text: readFileSync(path, 'utf8') };
    });
  } catch {
    // What an admin can mend is the path or its rights, and who asked knows the line that names it.
    return undefined;
  }
}
