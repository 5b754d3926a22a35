// The master keys that open and seal secrets at rest: 32 random octets each, base64url, one per line, newest first. They come
// as the systemd credential `sluis-master-key`, else from the file that SLUIS_MASTER_KEY_FILE names.

import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fromBase64url, type MasterKey, masterKey } from './sealed-secret.ts';

export type MasterKeys = { readonly keys: readonly [MasterKey, ...MasterKey[]] } | NoKeys;

/** Goes on from "it is sealed, and …". */
export interface NoKeys {
  readonly because: string;
  readonly remedy: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

export const keyFileVariable = 'SLUIS_MASTER_KEY_FILE';
const credential = 'sluis-master-key';

export function readMasterKeys(environment: Environment = process.env): MasterKeys {
  const given = environment['CREDENTIALS_DIRECTORY'];
  // The service manager guards its credentials; where it grants them by access list, their mode shows a group that has no right.
  const fromManager = given === undefined ? undefined : readKeyFile(join(given, credential), { guarded: true });
  if (fromManager !== undefined) return fromManager;
  const named = environment[keyFileVariable];
  if (named === undefined || named === '') {
    return {
      because: 'no master key is given',
      remedy: `give it as the systemd credential ${credential}, or name its file in ${keyFileVariable}`,
    };
  }
  const file = resolve(named);
  return (
    readKeyFile(file) ?? {
      because: `the master key cannot be read from "${file}"`,
      remedy: `put it there, readable for this user only, or correct ${keyFileVariable}`,
    }
  );
}

/** `undefined` when there is no such file, or none that this user may read. */
export function readKeyFile(file: string, { guarded = false } = {}): MasterKeys | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch {
    // Missing, or not ours to read: the caller knows where the key may come from instead.
    return undefined;
  }
  try {
    const { mode } = fstatSync(descriptor);
    // Asked of the open file: it is the one that is read.
    if (!guarded && process.platform !== 'win32' && mode % 0o100 !== 0) {
      return { because: `"${file}", the master key, may be read by others`, remedy: `chmod 600 ${file}` };
    }
    return parseKeys(readFileSync(descriptor, 'utf8'), file);
  } finally {
    closeSync(descriptor);
  }
}

function parseKeys(text: string, file: string): MasterKeys {
  const keys: MasterKey[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const written = line.trim();
    if (written === '') continue;
    const key = fromBase64url(written);
    if (key?.length !== 32) {
      const because = `line ${index + 1} of "${file}" is no master key`;
      return { because, remedy: 'keep only lines that "sluis secret new-key" wrote' };
    }
    keys.push(masterKey(key));
  }
  const [newest, ...older] = keys;
  if (newest !== undefined) return { keys: [newest, ...older] };
  return { because: `"${file}" holds no master key`, remedy: 'make one with "sluis secret new-key" in a new file' };
}
