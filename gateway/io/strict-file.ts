// Files that are secret by themselves, a master key or a PIN: a credential of the service manager, or a file of which nothing is
// taken when others than its owner may read it.

import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Why a secret is not to be had. */
export interface Withheld {
  readonly because: string;
  readonly remedy: string;
}

/** `undefined` when the service manager gave none of that name. */
export function readCredential(
  name: string,
  environment: Environment,
): { readonly file: string; readonly content: Buffer } | undefined {
  const given = environment['CREDENTIALS_DIRECTORY'];
  if (given === undefined) return undefined;
  const file = join(given, name);
  // The service manager guards it; where it grants by access list, the mode shows a group that has no right.
  const content = readOpened(file, () => false);
  return content === undefined || content === 'exposed' ? undefined : { file, content };
}

/** `undefined` when there is no such file, or none that this user may read. */
export function readStrictFile(file: string, what: string): Buffer | Withheld | undefined {
  const content = readOpened(file, mode => process.platform !== 'win32' && mode % 0o100 !== 0);
  if (content !== 'exposed') return content;
  return { because: `"${file}", ${what}, may be read by others`, remedy: `chmod 600 ${file}` };
}

function readOpened(file: string, exposed: (mode: number) => boolean): Buffer | 'exposed' | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch {
    // Missing, or not ours to read: the caller knows where the secret may come from instead.
    return undefined;
  }
  try {
    // Asked of the open file: it is the one that is read.
    return exposed(fstatSync(descriptor).mode) ? 'exposed' : readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
