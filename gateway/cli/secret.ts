// `sluis secret …`: secrets at rest, sealed under a master key (see docs/decisions/).
//   sluis secret new-key FILE [--pkcs11 URI]   a new master key, first in FILE; wrapped by a key of an HSM
//   sluis secret wrap    FILE --pkcs11 URI     the keys in FILE wrapped by another key of an HSM, or for the first time
//   sluis secret seal    FILE…         in place; what is sealed already is refused
//   sluis secret show    FILE [--force]
//   sluis secret rotate  FILE…         sealed again with the newest key
//   sluis secret check   --config sluis.yaml
// Exit codes: 0 done, 1 something was left undone or found, 2 not understood.

import { basename, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { unopenedInWords } from '../config-files.ts';
import { problemLines, secretFilesOf } from '../io/configuration.ts';
import { keyFileVariable, type MasterKeys, readMasterKeys, tokenVariable } from '../io/master-key.ts';
import {
  notReplaceable,
  readOrNothing,
  replaceFile,
  secretFileState,
  type SecretFileState,
  secretReader,
} from '../io/secret-file.ts';
import { isSealed, keyIdOf, maxSecretBytes, seal } from '../io/sealed-secret.ts';
import { addKey, type Told, wrapKeys } from './master-key-file.ts';

export interface Surroundings {
  readonly write: (text: string) => void;
  readonly writeError: (text: string) => void;
  /** Where `write` goes is seen by a person and by nobody else. */
  readonly terminal: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

type Keys = Extract<MasterKeys, { readonly keys: unknown }>['keys'];

const usage = `usage: sluis secret new-key FILE [--pkcs11 URI]
       sluis secret wrap FILE --pkcs11 URI
       sluis secret seal FILE…
       sluis secret show FILE [--force]
       sluis secret rotate FILE…
       sluis secret check --config FILE`;
const options = {
  config: { type: 'string' },
  force: { type: 'boolean', default: false },
  pkcs11: { type: 'string' },
} as const;

export async function run(args: readonly string[], around: Surroundings = thisProcess()): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], options, strict: true, allowPositionals: true });
  const [what, ...files] = positionals;
  const [file] = files;
  const { config, force, pkcs11 } = values;
  if (what === 'check' && config !== undefined && file === undefined && !force && pkcs11 === undefined) {
    return check(config, around);
  }
  if (file !== undefined && config === undefined && pkcs11 === undefined) {
    if (what === 'show' && files.length === 1) return show(file, force, around);
    if (what === 'seal' && !force) return each(files, around, sealFile);
    if (what === 'rotate' && !force) return each(files, around, rotateFile);
  }
  if (file !== undefined && files.length === 1 && config === undefined && !force) {
    if (what === 'new-key') return newKey(file, pkcs11 ?? (around.environment[tokenVariable] || undefined), around);
    if (what === 'wrap' && pkcs11 !== undefined) return wrap(file, pkcs11, around);
  }
  around.writeError(`${usage}\n`);
  return 2;
}

function newKey(file: string, uri: string | undefined, { write, writeError, environment }: Surroundings): number {
  const { done, text } = attempt(() => addKey(file, { uri, environment }));
  if (!done) {
    writeError(`${file}: no key was added: ${text}\n`);
    return 1;
  }
  write(`${file}: ${text}\n`);
  if (resolve(environment[keyFileVariable] ?? '') !== resolve(file)) {
    write(`Name it in ${keyFileVariable} where the gateway and these commands run. `);
    write('Keep a copy elsewhere: without it no sealed secret opens.\n');
  }
  remindOfToken(uri, { write, environment });
  return 0;
}

function wrap(file: string, uri: string, { write, writeError, environment }: Surroundings): number {
  const { done, text } = attempt(() => wrapKeys(file, { uri, environment }));
  if (done) write(`${file}: ${text}\n`);
  else writeError(`${file}: left as it was: ${text}\n`);
  if (done) remindOfToken(uri, { write, environment });
  return done ? 0 : 1;
}

function remindOfToken(uri: string | undefined, { write, environment }: Pick<Surroundings, 'write' | 'environment'>) {
  if (uri === undefined || environment[tokenVariable] === uri) return;
  write(`Name the same URI in ${tokenVariable} where the gateway and these commands run. `);
  write('Keep a copy of that key in a second HSM: without it no sealed secret opens.\n');
}

/** Every file is tried; one that fails leaves the others done. */
function each(files: readonly string[], around: Surroundings, change: (file: string, keys: Keys) => Told): number {
  const found = readMasterKeys(around.environment);
  if (!('keys' in found)) {
    around.writeError(`${found.because} – ${found.remedy}\n`);
    return 1;
  }
  let failed = false;
  for (const file of files) {
    const { done, text } = attempt(() => change(file, found.keys));
    if (done) around.write(`${file}: ${text}\n`);
    else around.writeError(`${file}: ${text}\n`);
    failed ||= !done;
  }
  return failed ? 1 : 0;
}

function attempt(change: () => Told): Told {
  try {
    return change();
  } catch (error) {
    // The disk is full, or the directory is not ours: the system says which. The file is as it was.
    if (error instanceof Error && 'code' in error) return { done: false, text: error.message };
    throw error;
  }
}

function sealFile(file: string, [newest]: Keys): Told {
  const content = readOrNothing(file);
  const hindrance = notReplaceable(file) ?? unfitToSeal(content);
  if (hindrance !== undefined || content === undefined) return { done: false, text: hindrance ?? 'it cannot be read' };
  replaceFile(file, seal(content, basename(file), newest));
  return { done: true, text: `sealed with key ${newest.id}` };
}

function unfitToSeal(content: Uint8Array | undefined): string | undefined {
  if (content === undefined) return 'it cannot be read';
  if (isSealed(content)) return 'it is sealed already; "sluis secret rotate" seals it with another key';
  if (content.length === 0) return 'it is empty';
  return content.length > maxSecretBytes ? `larger than ${maxSecretBytes} bytes: no secret` : undefined;
}

function rotateFile(file: string, keys: Keys): Told {
  const [newest] = keys;
  const hindrance = notReplaceable(file);
  if (hindrance !== undefined) return { done: false, text: hindrance };
  const content = readOrNothing(file);
  if (content === undefined) return { done: false, text: 'it cannot be read' };
  if (!isSealed(content)) return { done: false, text: 'it is not sealed; "sluis secret seal" does that' };
  const secret = secretReader(() => ({ keys }))(file);
  if (secret === undefined) return { done: false, text: 'it cannot be read' };
  if ('sealed' in secret) return { done: false, text: inWords(file, secret) };
  const before = keyIdOf(content);
  if (before === newest.id) return { done: true, text: `is under the newest key ${newest.id}` };
  replaceFile(file, seal(secret, basename(file), newest));
  return { done: true, text: `sealed with key ${newest.id}, before with ${before ?? 'none'}` };
}

function show(file: string, force: boolean, { write, writeError, terminal, environment }: Surroundings): number {
  const content = readOrNothing(file);
  const refuse = (text: string): number => {
    writeError(`${file}: ${text}\n`);
    return 1;
  };
  if (content === undefined) return refuse('it cannot be read');
  if (!isSealed(content)) return refuse('it is not sealed');
  // A log, a pipe or a recorded job keeps what a screen forgets.
  if (!terminal && !force) return refuse('is shown on a terminal only; --force writes it here all the same');
  const secret = secretReader(() => readMasterKeys(environment))(file);
  if (secret === undefined) return refuse('it cannot be read');
  if ('sealed' in secret) return refuse(inWords(file, secret));
  const text = Buffer.from(secret).toString('utf8');
  write(terminal && !text.endsWith('\n') ? `${text}\n` : text);
  return 0;
}

function check(config: string, { write, writeError, environment }: Surroundings): number {
  const masterKeys = readMasterKeys(environment);
  const newest = 'keys' in masterKeys ? masterKeys.keys[0].id : undefined;
  const read = secretReader(() => masterKeys);
  const { files, loaded } = secretFilesOf(config, read);
  let findings = 0;
  for (const { path, line } of files) {
    const state = secretFileState(path, read);
    const finding = findingOf(path, state, newest);
    if (finding !== undefined) findings += 1;
    const columns = [state.kind.padEnd(7), (state.keyId ?? '-').padEnd(8), state.mode ?? '-   ', path];
    write(`${columns.join('  ')}  (line ${line})${finding === undefined ? '' : `: ${finding}`}\n`);
  }
  write(`${files.length} secret files, ${findings} with findings\n`);
  if ('config' in loaded) return findings === 0 ? 0 : 1;
  // Files of lines that could not be understood are not in the list.
  writeError(`${problemLines(loaded.problems).join('\n')}\n`);
  return 1;
}

function findingOf(path: string, state: SecretFileState, newest: string | undefined): string | undefined {
  if (state.kind === 'missing') return 'cannot be read';
  if (state.exposed) return `may be read by others: chmod 600 ${path}`;
  if (state.kind === 'plain') return 'plain text: sluis secret seal';
  if (state.unopened !== undefined) return inWords(path, state.unopened);
  return state.keyId === newest ? undefined : 'sealed with an older key: sluis secret rotate';
}

function inWords(...found: Parameters<typeof unopenedInWords>): string {
  const { message, remedy } = unopenedInWords(...found);
  return `${message} – ${remedy}`;
}

function thisProcess(): Surroundings {
  return {
    write: text => process.stdout.write(text),
    writeError: text => process.stderr.write(text),
    terminal: process.stdout.isTTY,
    environment: process.env,
  };
}
