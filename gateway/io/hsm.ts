// Master keys wrapped and opened by an RSA key that an HSM keeps. Its PKCS #11 module is loaded in a child process that does one
// thing and ends: one that crashes or hangs takes nothing with it. The PIN and the keys go through pipes of that child and are in
// no argument, environment, file or log.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { deserialize, serialize } from 'node:v8';
import { type Pkcs11Uri, readPkcs11Uri } from '../pkcs11/uri.ts';
import { type HsmFault, hsmFaultInWords } from './hsm-fault.ts';
import type { MasterKey } from './sealed-secret.ts';
import { type Environment, readCredential, readStrictFile, type Withheld } from './strict-file.ts';
import type { WrappedKey } from './wrapped-key.ts';

/** What the child is asked. */
export interface HsmRequest {
  readonly uri: Pkcs11Uri;
  readonly pin: Uint8Array | undefined;
  readonly work: { readonly open: readonly WrappedKey[] } | { readonly wrap: readonly MasterKey[] };
}

/** What it answers: a key for each that was to be opened, or a wrapped one for each that was to be wrapped. */
export type HsmAnswer =
  | { readonly keys: readonly Uint8Array[] }
  | { readonly wrapped: readonly WrappedKey[] }
  | { readonly fault: HsmFault; readonly detail?: string };

const pinCredential = 'sluis-pkcs11-pin';
const child = fileURLToPath(new URL('./hsm-child.ts', import.meta.url));
/** An HSM behind a network takes a second; a start that waits for minutes is not seen to have failed. */
const limitMs = 30_000;

/** Opens all of them with one login. */
export function openByHsm(
  open: readonly WrappedKey[],
  uri: string,
  environment: Environment,
): { readonly keys: readonly Uint8Array[] } | Withheld {
  const answer = asked(uri, environment, { open });
  return 'wrapped' in answer ? hsmFaultInWords('crashed', 'another answer than asked for') : answer;
}

/** Wraps all of them, and has each opened again before it is believed. */
export function wrapByHsm(
  wrap: readonly MasterKey[],
  uri: string,
  environment: Environment,
): { readonly wrapped: readonly WrappedKey[] } | Withheld {
  const answer = asked(uri, environment, { wrap });
  return 'keys' in answer ? hsmFaultInWords('crashed', 'another answer than asked for') : answer;
}

function asked(
  text: string,
  environment: Environment,
  work: HsmRequest['work'],
): Exclude<HsmAnswer, { readonly fault: unknown }> | Withheld {
  const read = readPkcs11Uri(text);
  if ('wrong' in read) return hsmFaultInWords('uri', read.wrong);
  if (!existsSync(read.uri.module)) return hsmFaultInWords('module-missing', read.uri.module);
  const pin = pinFor(read.uri, environment);
  if (pin !== undefined && 'because' in pin) return pin;
  const answer = exchange({ uri: read.uri, pin, work }, environment);
  pin?.fill(0);
  return 'fault' in answer ? hsmFaultInWords(answer.fault, answer.detail) : answer;
}

/** `undefined` where none is named: a token may need none. */
function pinFor({ pinFile }: Pkcs11Uri, environment: Environment): Buffer | Withheld | undefined {
  const credential = readCredential(pinCredential, environment)?.content;
  const found = credential ?? (pinFile === undefined ? undefined : readStrictFile(pinFile, 'the PIN of the HSM'));
  if (found === undefined) return pinFile === undefined ? undefined : hsmFaultInWords('pin-unreadable', pinFile);
  if ('because' in found) return found;
  // Editors end a line that is no part of the PIN.
  const end = found.at(-1) === 0x0a ? found.length - (found.at(-2) === 0x0d ? 2 : 1) : found.length;
  return end === 0 ? hsmFaultInWords('pin-unreadable', 'it is empty') : found.subarray(0, end);
}

function exchange(request: HsmRequest, environment: Environment): HsmAnswer {
  const input = serialize(request);
  const { error, signal, status, output } = spawnSync(
    process.execPath,
    ['--experimental-ffi', '--disable-warning=ExperimentalWarning', child],
    {
      input,
      // A module may print what it likes: the answer comes by a pipe of its own.
      stdio: ['pipe', 'ignore', 'ignore', 'pipe'],
      timeout: limitMs,
      killSignal: 'SIGKILL',
      // Modules find their own settings there; those for Node are for the parent alone.
      env: Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('NODE_'))),
    },
  );
  input.fill(0);
  if (error !== undefined && 'code' in error && error.code === 'ETIMEDOUT') return { fault: 'silent' };
  // Before the error: a child that ended early leaves a broken pipe, which says less than how it ended.
  if (signal !== null || (status !== null && status !== 0)) {
    return { fault: 'crashed', detail: `ended with ${signal ?? status}` };
  }
  if (error !== undefined) return { fault: 'crashed', detail: error.message };
  const said: unknown = output[3];
  if (!Buffer.isBuffer(said)) return { fault: 'crashed', detail: 'ended without an answer' };
  return deserialize(said) as HsmAnswer;
}
