// The release beside a policy set, from disk: read, held against the set that it is about, and against those whose signature counts.

import { join } from 'node:path';
import type { Problem } from '../documents/yaml-tree.ts';
import { readRelease, type Release, releaseFile, signatureFile, signedBy, type Signer } from '../policy/release.ts';
import { readRegularFile } from './regular-file.ts';

export interface Signers {
  /** None: a release needs no signature, and a policy set no release. */
  readonly keys: readonly Signer[];
  readonly required: number;
}

export type ReleaseResult = { readonly release?: Release } | { readonly problems: readonly Problem[] };

export function releaseOf(directory: string, hash: string, { keys, required }: Signers): ReleaseResult {
  const file = join(directory, releaseFile);
  const wrong = (message: string, remedy: string) => ({ problems: [{ file, line: 1, message, remedy }] });
  const text = textOf(file);
  if (text === undefined) {
    if (keys.length === 0) return {};
    return wrong('is missing, and only signed policies are taken over', `sluis policy sign ${directory} --key FILE`);
  }
  const read = readRelease(text, file);
  if ('problems' in read) return read;
  if (read.release.policy !== hash) {
    return wrong(
      `is about the policies ${read.release.policy.slice(0, 12)}, and these are ${hash.slice(0, 12)}`,
      'sign them as they are now, or put back what was signed',
    );
  }
  if (keys.length === 0) return read;
  const found = signedBy(text, textOf(join(directory, signatureFile)) ?? '', keys);
  if (found.length >= required) return read;
  const ids = keys.map(({ id }) => id).join(', ');
  return wrong(
    `has ${found.length} of ${required} signatures that count`,
    `have it signed by ${required === 1 ? 'one' : required} of the keys ${ids}`,
  );
}

const bytesAtMost = 16 * 1024;

function textOf(path: string): string | undefined {
  const read = readRegularFile(path, bytesAtMost);
  return 'because' in read ? undefined : read.toString('utf8');
}
