// One edit of the device register's file: all of it, or nothing. The draft beside it is also the lock; what would not read
// back is never put in its place; owner and mode stay what they were.

import {
  closeSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { Problem } from '../documents/yaml-tree.ts';
import type { ChangedRows } from '../pdp/device-changes.ts';
import { type DeviceRow, readDeviceRegister, writeDeviceRegister } from '../pdp/device-register.ts';

export type EditedRegister =
  | { readonly before: readonly DeviceRow[]; readonly after: readonly DeviceRow[] }
  | { readonly problems: readonly Problem[] }
  | { readonly refused: string };

/** Throws what the file system says (no space, not permitted); the register is then as it was. */
export function editDeviceRegister(
  path: string,
  listed: { readonly has: (nameOrKey: string) => boolean },
  edit: (rows: readonly DeviceRow[]) => ChangedRows,
): EditedRegister {
  // A link stays a link.
  const file = realpathSync(path);
  const draft = `${file}.new`;
  const descriptor = openNew(draft);
  if (descriptor === undefined) {
    return { refused: `another edit is under way; if there is none, an earlier one was cut off: remove ${draft}` };
  }
  let placed = false;
  try {
    const read = readDeviceRegister(readFileSync(file), path, listed);
    if ('problems' in read) return read;
    const edited = edit(read.rows);
    if ('refused' in edited) return edited;
    const bytes = Buffer.from(writeDeviceRegister(edited.rows), 'utf8');
    const back = readDeviceRegister(bytes, draft, listed);
    if ('problems' in back) return back;
    if (JSON.stringify(back.rows) !== JSON.stringify(edited.rows)) {
      return { refused: 'the register would not read back as it was written' };
    }
    if (JSON.stringify(read.rows) === JSON.stringify(edited.rows)) return { before: read.rows, after: read.rows };
    const { mode, uid, gid } = statSync(file);
    const mine = fstatSync(descriptor);
    // Run by root, the gateway's user must still be able to read it.
    if (mine.uid !== uid || mine.gid !== gid) fchownSync(descriptor, uid, gid);
    fchmodSync(descriptor, mode % 0o1000);
    writeFileSync(descriptor, bytes);
    fsyncSync(descriptor);
    renameSync(draft, file);
    placed = true;
    syncDirectory(dirname(file));
    return { before: read.rows, after: edited.rows };
  } finally {
    closeSync(descriptor);
    if (!placed) rmSync(draft, { force: true });
  }
}

function openNew(path: string): number | undefined {
  try {
    return openSync(path, 'wx', 0o600);
  } catch (error) {
    // Somebody else's draft; anything else is for the caller.
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return undefined;
    throw error;
  }
}

/** Without it a power cut could bring the old register back after the new one was announced. */
function syncDirectory(path: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
