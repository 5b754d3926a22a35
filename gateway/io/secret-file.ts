// Files that hold a secret, plain or sealed: read opened, listed with what guards them, replaced whole or not at all.

import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  lstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { randomBytes } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { type Unopened, unopenedInWords } from '../config-files.ts';
import { type MasterKeys, readMasterKeys } from './master-key.ts';
import { isSealed, keyIdOf, open } from './sealed-secret.ts';

/** Opens what is sealed and gives anything else as it is. The master keys are read when the first sealed file is met. */
export function secretReader(masterKeys: () => MasterKeys = readMasterKeys) {
  let read: MasterKeys | undefined;
  return (path: string): Uint8Array | Unopened | undefined => {
    const content = readOrNothing(path);
    if (content === undefined || !isSealed(content)) return content;
    read ??= masterKeys();
    if (!('keys' in read)) return { sealed: 'no-key', ...read };
    const opened = open(content, basename(path), read.keys);
    return 'sealed' in opened ? opened : opened.secret;
  };
}

/** A sealed file that no key opens: what the matter is and what to do. Has a code, as errors of files do. */
class StaysSealed extends Error {
  readonly code = 'ERR_SEALED';
}

/** For commands: the secret, opened where it is sealed, or an Error in words. */
export function readSecret(path: string): Uint8Array {
  const content = readFileSync(path);
  if (!isSealed(content)) return content;
  const found = secretReader()(path);
  if (found !== undefined && !('sealed' in found)) return found;
  const why = unopenedInWords(path, found ?? { sealed: 'damaged' });
  throw new StaysSealed(`${why.message} – ${why.remedy}`);
}

export function readOrNothing(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch {
    // Missing, a directory, or not ours to read: one problem with one remedy, which the caller words.
    return undefined;
  }
}

/** By its mode; Windows keeps rights elsewhere, and its modes say nothing. */
export function mayBeReadByOthers(path: string): boolean {
  return process.platform !== 'win32' && (modeOf(path) ?? 0) % 0o100 !== 0;
}

/** A file that is not there is neither. */
export function isPlain(path: string): boolean {
  const content = readOrNothing(path);
  return content !== undefined && !isSealed(content);
}

export interface SecretFileState {
  readonly kind: 'missing' | 'plain' | 'sealed';
  /** `0600`. */
  readonly mode?: string;
  readonly exposed: boolean;
  /** Of a sealed file that names one. */
  readonly keyId?: string;
  /** Why a sealed file stays closed. */
  readonly unopened?: Unopened;
}

export function secretFileState(path: string, read: ReturnType<typeof secretReader>): SecretFileState {
  const content = readOrNothing(path);
  const mode = modeOf(path);
  const guarded = {
    exposed: mayBeReadByOthers(path),
    ...(mode === undefined ? {} : { mode: (mode % 0o1000).toString(8).padStart(4, '0') }),
  };
  if (content === undefined) return { kind: 'missing', ...guarded };
  if (!isSealed(content)) return { kind: 'plain', ...guarded };
  const keyId = keyIdOf(content);
  const found = read(path);
  return {
    kind: 'sealed',
    ...guarded,
    ...(keyId === undefined ? {} : { keyId }),
    ...(found !== undefined && 'sealed' in found ? { unopened: found } : {}),
  };
}

/** What keeps a file from being replaced in place; `undefined` when nothing does. */
export function notReplaceable(path: string): string | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return 'there is no such file';
  // The secret would stay where the link leads, under a name that nobody sealed.
  if (found.isSymbolicLink()) return 'a symbolic link: name the file that it leads to';
  if (!found.isFile()) return 'not a file';
  if (found.nlink > 1) return 'it has a second name (hard link), which would keep the old content';
  return undefined;
}

/** New content, for its owner only unless told otherwise; whoever reads meanwhile sees the old or the new, whole. */
export function replaceFile(path: string, content: string | Uint8Array, mode = 0o600): void {
  const before = statSync(path, { throwIfNoEntry: false });
  const beside = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`);
  try {
    const descriptor = openSync(beside, 'wx', 0o600);
    try {
      writeFileSync(descriptor, content);
      if (process.platform !== 'win32') {
        fchmodSync(descriptor, mode);
        // Sealed by root, read by the account of the gateway.
        if (before !== undefined) fchownSync(descriptor, before.uid, before.gid);
      }
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(beside, path);
  } catch (error) {
    // Nothing half-written stays behind; the old content is still in its place.
    rmSync(beside, { force: true });
    throw error;
  }
  syncDirectory(dirname(path));
}

/**
 * A secret where no file is yet, for its owner alone: the owner of the file beside it, or root's command would leave the
 * gateway without its secret. Throws when there is a file of that name.
 */
export function newSecretFile(path: string, secret: string, likeFile: string): void {
  const { uid, gid } = statSync(likeFile);
  const descriptor = openSync(path, 'wx', 0o600);
  try {
    writeFileSync(descriptor, secret);
    if (process.platform !== 'win32') {
      fchmodSync(descriptor, 0o600);
      fchownSync(descriptor, uid, gid);
    }
    fsyncSync(descriptor);
  } catch (error) {
    // Half a secret is worse than none.
    rmSync(path, { force: true });
    throw error;
  } finally {
    closeSync(descriptor);
  }
  syncDirectory(dirname(path));
}

/** Without it a power cut may bring the old name back. */
function syncDirectory(directory: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(directory, 'r');
  fsyncSync(descriptor);
  closeSync(descriptor);
}

function modeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mode;
}
