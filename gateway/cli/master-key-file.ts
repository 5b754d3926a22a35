// The file of master keys, as `sluis secret` changes it: a new key put first, or every key wrapped by a key of an HSM. All lines are
// of one kind and, when wrapped, of one HSM key: the gateway opens them with one login.

import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { wrapByHsm } from '../io/hsm.ts';
import { type KeyFile, openWrapped, readKeyFile } from '../io/master-key.ts';
import { type MasterKey, masterKey } from '../io/sealed-secret.ts';
import { notReplaceable, replaceFile } from '../io/secret-file.ts';
import type { Environment } from '../io/strict-file.ts';
import { type WrappedKey, wrappedLine } from '../io/wrapped-key.ts';

/** What is said of one file: done, or why not. */
export interface Told {
  readonly done: boolean;
  readonly text: string;
}

export interface Around {
  /** The URI of the key that is to wrap. */
  readonly uri: string | undefined;
  readonly environment: Environment;
}

type Known = Exclude<KeyFile, { readonly because: string }>;

/** A second key goes before the first: both open, the new one seals. */
export function addKey(file: string, { uri, environment }: Around): Told {
  const known = readKeyFile(file);
  if (known === undefined && existsSync(file)) return undone('it cannot be read');
  if (known !== undefined && 'because' in known) return undone(`${known.because} – ${known.remedy}`);
  const hindrance = known === undefined ? undefined : (notReplaceable(file) ?? otherKind(known, file, uri));
  if (hindrance !== undefined) return undone(hindrance);
  const added = masterKey(randomBytes(32));
  const older = known === undefined ? [] : linesOf(known);
  if (uri === undefined) replaceFile(file, [plainLine(added), ...older].join(''));
  else {
    const made = wrapByHsm([added], uri, environment);
    if ('because' in made) return undone(`${made.because} – ${made.remedy}`);
    const other = otherHsmKey(known, made.wrapped);
    if (other !== undefined) return undone(other);
    replaceFile(file, [...made.wrapped.map(wrappedLine), ...older].join(''));
  }
  const then = 'seal again with "sluis secret rotate", then take the older lines out';
  const among = older.length > 0 ? `, first of ${older.length + 1}: ${then}` : '';
  return { done: true, text: `master key ${added.id}${uri === undefined ? '' : ', wrapped by the HSM'}${among}` };
}

/** The same keys, so that what they sealed stays as it is; by a new key of an HSM, or for the first time. */
export function wrapKeys(file: string, { uri, environment }: Around & { readonly uri: string }): Told {
  const known = readKeyFile(file);
  if (known === undefined) return undone('it cannot be read');
  const found = 'wrapped' in known ? openWrapped(known.wrapped, file, environment) : known;
  if ('because' in found) return undone(`${found.because} – ${found.remedy}`);
  const hindrance = notReplaceable(file);
  if (hindrance !== undefined) return undone(hindrance);
  const made = wrapByHsm(found.keys, uri, environment);
  if ('because' in made) return undone(`${made.because} – ${made.remedy}`);
  replaceFile(file, made.wrapped.map(wrappedLine).join(''));
  const count = `${found.keys.length} master key${found.keys.length === 1 ? '' : 's'} wrapped by HSM key`;
  const stood = 'keys' in known ? '; they stood here in plain text: "sluis secret new-key", then rotate' : '';
  return { done: true, text: `${count} ${made.wrapped[0]?.hsmKeyId ?? ''}${stood}` };
}

function otherKind(known: Known, file: string, uri: string | undefined): string | undefined {
  if ('wrapped' in known && uri === undefined) return 'a key of an HSM wraps its keys – name that key with --pkcs11';
  if ('keys' in known && uri !== undefined) {
    return `its keys are in plain text – first "sluis secret wrap ${file} --pkcs11 URI"`;
  }
  return undefined;
}

function otherHsmKey(known: Known | undefined, made: readonly WrappedKey[]): string | undefined {
  const before = known !== undefined && 'wrapped' in known ? known.wrapped[0].hsmKeyId : undefined;
  const now = made[0]?.hsmKeyId;
  if (before === undefined || before === now) return undefined;
  return `HSM key ${before} wraps its keys, and the URI names ${now ?? 'none'} – first "sluis secret wrap"`;
}

function linesOf(known: Known): readonly string[] {
  return 'keys' in known ? known.keys.map(plainLine) : known.wrapped.map(wrappedLine);
}

function plainLine({ key }: MasterKey): string {
  return `${Buffer.from(key).toString('base64url')}\n`;
}

function undone(text: string): Told {
  return { done: false, text };
}
