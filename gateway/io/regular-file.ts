// A file that somebody named, read as far as it may be large. A pipe never has an end and a device may have none: only a regular
// file is read, and its size is asked of the file that was opened.

import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** Why it was not read; `missing` when there is none. */
export interface NotRead {
  readonly because: string;
  readonly missing: boolean;
}

export function readRegularFile(path: string, bytesAtMost: number): Buffer | NotRead {
  let descriptor: number;
  try {
    // Without waiting for somebody who writes into a pipe; where the system has no such flag, it has no such pipes either.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    // What an admin can mend is for the caller to word.
    return notRead(error);
  }
  try {
    const found = fstatSync(descriptor);
    if (!found.isFile()) return { because: 'is not a file', missing: false };
    if (found.size > bytesAtMost) return { because: tooLarge(found.size, bytesAtMost), missing: false };
    // One more than there should be: a file that grows meanwhile is read no further.
    const bytes = Buffer.allocUnsafe(found.size + 1);
    let length = 0;
    for (let more = 1; more > 0 && length < bytes.length; length += more) {
      more = readSync(descriptor, bytes, length, bytes.length - length, null);
    }
    if (length > found.size) return { because: 'is still being written', missing: false };
    return bytes.subarray(0, length);
  } catch (error) {
    // A directory is told when it is read, a failing disk at any time.
    return notRead(error);
  } finally {
    closeSync(descriptor);
  }
}

function tooLarge(bytes: number, limit: number): string {
  return `has ${bytes} bytes, the limit is ${limit}`;
}

function notRead(error: unknown): NotRead {
  const message = error instanceof Error ? error.message : String(error);
  const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
  return { because: `cannot be read: ${message}`, missing };
}
