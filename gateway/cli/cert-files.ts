// Files named to `sluis cert verify`: PEM or DER, one block or many. A file without anything usable is a question that was
// not understood; of a file with several blocks, those that cannot be read are left out and named.

import { readFileSync } from 'node:fs';
import { isRefused, type Refused } from '../contract/reason.ts';
import { type Certificate, readCertificate } from '../identity/certificate.ts';
import { type Crl, parseCrl } from '../identity/crl.ts';
import { splitPem } from '../identity/pem.ts';
import { CommandStopped, messageOf } from './read-client.ts';

export interface Material<T> {
  readonly usable: readonly T[];
  readonly leftOut: readonly Unusable[];
}

interface Unusable {
  /** Of the block in its file, from 1. */
  readonly number: number;
  readonly why: string;
}

export function bytesOf(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    // Missing, a directory, or not ours to read: the message says which.
    throw new CommandStopped(2, `${file} cannot be read (${messageOf(error)}): name a readable file`);
  }
}

/** Whom to trust is never guessed from the rest: one that cannot be read stops everything. */
export function readAnchors(file: string): readonly Certificate[] {
  const { usable, leftOut } = readAuthorities(file);
  if (leftOut[0] !== undefined) throw stopped(file, leftOut[0]);
  return usable;
}

export function readAuthorities(file: string): Material<Certificate> {
  return readMaterial(file, 'CERTIFICATE', readCertificate);
}

export function readCrls(file: string): Material<Crl> {
  return readMaterial(file, 'X509 CRL', parseCrl);
}

function readMaterial<T extends object>(
  file: string,
  label: 'CERTIFICATE' | 'X509 CRL',
  read: (bytes: Uint8Array) => T | Refused,
): Material<T> {
  const blocks = splitPem(bytesOf(file), label);
  if (blocks.length === 0) throw new CommandStopped(2, `${file} holds no ${label}: check that it is the right file`);
  const usable: T[] = [];
  const leftOut: Unusable[] = [];
  for (const [index, bytes] of blocks.entries()) {
    const value = read(bytes);
    if (isRefused(value)) leftOut.push({ number: index + 1, why: value.detail ?? value.refused });
    else usable.push(value);
  }
  if (usable.length === 0 && leftOut[0] !== undefined) throw stopped(file, leftOut[0]);
  return { usable, leftOut };
}

function stopped(file: string, { number, why }: Unusable): CommandStopped {
  return new CommandStopped(2, `${file} cannot be used: number ${number} in it: ${why}`);
}
