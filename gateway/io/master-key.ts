// The master keys that open and seal secrets at rest: 32 random octets each, one per line, newest first; in base64url, or wrapped
// by a key that an HSM keeps (`wrapped-key.ts`). They come as the systemd credential `sluis-master-key`, else from the file
// that SLUIS_MASTER_KEY_FILE names.

import { resolve } from 'node:path';
import { openByHsm } from './hsm.ts';
import { fromBase64url, type MasterKey, masterKey } from './sealed-secret.ts';
import { type Environment, readCredential, readStrictFile, type Withheld } from './strict-file.ts';
import { readWrappedLine, type WrappedKey, wrappedFormat } from './wrapped-key.ts';

export type MasterKeys = { readonly keys: readonly [MasterKey, ...MasterKey[]] } | NoKeys;

/** Goes on from "it is sealed, and …". */
export type NoKeys = Withheld;

/** What stands in a key file: all of it in plain text, or none of it. */
export type KeyFile =
  | Exclude<MasterKeys, NoKeys>
  | { readonly wrapped: readonly [WrappedKey, ...WrappedKey[]] }
  | NoKeys;

export const keyFileVariable = 'SLUIS_MASTER_KEY_FILE';
export const tokenVariable = 'SLUIS_MASTER_KEY_PKCS11';
const credential = 'sluis-master-key';

export function readMasterKeys(environment: Environment = process.env): MasterKeys {
  const given = readCredential(credential, environment);
  if (given !== undefined) return opened(parseKeys(given.content, given.file), given.file, environment);
  const named = environment[keyFileVariable];
  if (named === undefined || named === '') {
    return {
      because: 'no master key is given',
      remedy: `give it as the systemd credential ${credential}, or name its file in ${keyFileVariable}`,
    };
  }
  const file = resolve(named);
  const found = readKeyFile(file);
  if (found !== undefined) return opened(found, file, environment);
  return {
    because: `the master key cannot be read from "${file}"`,
    remedy: `put it there, readable for this user only, or correct ${keyFileVariable}`,
  };
}

/** `undefined` when there is no such file, or none that this user may read. */
export function readKeyFile(file: string): KeyFile | undefined {
  const content = readStrictFile(file, 'the master key');
  return content === undefined || 'because' in content ? content : parseKeys(content, file);
}

/** Whoever names a token wants that the file alone opens nothing. */
function opened(found: KeyFile, file: string, environment: Environment): MasterKeys {
  const uri = environment[tokenVariable] ?? '';
  if ('wrapped' in found) return openWrapped(found.wrapped, file, environment);
  if (uri === '' || 'because' in found) return found;
  return {
    because: `"${file}" holds its master keys in plain text, though ${tokenVariable} names a token`,
    remedy: `sluis secret wrap ${file} --pkcs11 "$${tokenVariable}"`,
  };
}

/** Asks the token for all of them at once. */
export function openWrapped(wrapped: readonly WrappedKey[], file: string, environment: Environment): MasterKeys {
  const uri = environment[tokenVariable] ?? '';
  if (uri === '') {
    return {
      because: `"${file}" holds master keys that a key of a token wraps, and no token is named`,
      remedy: `name that key in ${tokenVariable}, as a PKCS #11 URI`,
    };
  }
  const found = openByHsm(wrapped, uri, environment);
  if ('because' in found) return found;
  const keys = found.keys.map(masterKey);
  const changed = keys.findIndex(({ id }, index) => id !== wrapped[index]?.id);
  if (changed >= 0) return { because: `line ${changed + 1} of "${file}" was changed`, remedy: 'put a copy of it back' };
  const [newest, ...older] = keys;
  if (newest === undefined) throw new Error('a file without keys is told before');
  return { keys: [newest, ...older] };
}

function parseKeys(content: Buffer, file: string): KeyFile {
  const plain: MasterKey[] = [];
  const wrapped: WrappedKey[] = [];
  for (const [index, line] of content.toString('utf8').split('\n').entries()) {
    const written = line.trim();
    if (written === '') continue;
    const key = written.startsWith(wrappedFormat) ? readWrappedLine(written) : fromBase64url(written);
    if (key === undefined || (Buffer.isBuffer(key) && key.length !== 32)) {
      const because = `line ${index + 1} of "${file}" is no master key`;
      return { because, remedy: 'keep only lines that "sluis secret" wrote' };
    }
    if (Buffer.isBuffer(key)) plain.push(masterKey(key));
    else wrapped.push(key);
  }
  const [newest, ...older] = plain;
  const [first, ...others] = wrapped;
  if (newest !== undefined && first !== undefined) {
    const because = `"${file}" holds master keys in plain text beside wrapped ones`;
    return { because, remedy: 'keep the lines of one kind' };
  }
  if (newest !== undefined) return { keys: [newest, ...older] };
  if (first !== undefined) return { wrapped: [first, ...others] };
  return { because: `"${file}" holds no master key`, remedy: 'make one with "sluis secret new-key" in a new file' };
}
