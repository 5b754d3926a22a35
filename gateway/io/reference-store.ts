// Reference data as it is kept: the bundle in use, the one before, and a line for each that was installed. A bundle stays packed
// and signed, so that what is on disk is as good as what was carried.

import { appendFileSync, mkdirSync } from 'node:fs';
import type { KeyObject } from 'node:crypto';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { bundleLimits, type NoBundle, openBundle, type ReferenceBundle } from './reference-bundle.ts';
import { readReferenceFiles, type ReferenceContents } from './reference-contents.ts';
import { readRegularFile } from './regular-file.ts';
import { replaceFile } from './secret-file.ts';
import { stateDirectory } from './store.ts';

export interface ReferencePlace {
  readonly directory: string;
  readonly signers: readonly KeyObject[];
}

export interface InstalledReference {
  readonly bundle: ReferenceBundle;
  /** As they were carried. */
  readonly bytes: Buffer;
  readonly contents: ReferenceContents;
}

export interface Installation {
  readonly now: number;
  /** Why an older one is to be taken over all the same. */
  readonly forcedBecause?: string;
}

/** Of a configuration that has any. */
export function referencePlace(config: Config): ReferencePlace | undefined {
  const { referenceData } = config;
  if (referenceData === undefined) return undefined;
  const { signers, directory = join(stateDirectory(config), 'reference-data') } = referenceData;
  return { signers, directory };
}

/** A clock may be wrong by that much; a bundle from further ahead would keep out all that come after it. */
const aheadMs = 3_600_000;

export const currentPath = (directory: string): string => join(directory, 'current.bundle');
const previousPath = (directory: string): string => join(directory, 'previous.bundle');
export const historyPath = (directory: string): string => join(directory, 'installed.log');

/** The bundle in this file, its signature and its contents good; `undefined` when there is no such file. */
export function readBundle(path: string, signers: readonly KeyObject[]): InstalledReference | NoBundle | undefined {
  const bytes = readRegularFile(path, bundleLimits.packedBytes);
  if (!('because' in bytes)) return checked(bytes, signers);
  return bytes.missing ? undefined : { wrong: bytes.because, remedy: 'name the bundle that was carried over' };
}

function checked(bytes: Buffer, signers: readonly KeyObject[]): InstalledReference | NoBundle {
  const bundle = openBundle(bytes, signers);
  if ('wrong' in bundle) return bundle;
  const contents = readReferenceFiles(bundle.files);
  if (!('problems' in contents)) return { bundle, bytes, contents };
  const [first] = contents.problems;
  return {
    wrong: `holds a file that cannot be used: ${first?.file ?? ''}:${first?.line ?? 1}: ${first?.message ?? ''}`,
    remedy: 'have it made anew with sluis data build',
  };
}

export function installedReference({ directory, signers }: ReferencePlace): InstalledReference | NoBundle | undefined {
  return readBundle(currentPath(directory), signers);
}

/** Takes a bundle over, whole; the one in use becomes the previous one. Throws what the file system says. */
export function installBundle(
  path: string,
  { directory, signers }: ReferencePlace,
  { now, forcedBecause }: Installation,
): InstalledReference | NoBundle {
  const read = readBundle(path, signers);
  if (read === undefined) return { wrong: 'is not there', remedy: 'name the bundle that was carried over' };
  if ('wrong' in read) return read;
  const { bundle } = read;
  if (bundle.madeAt > now + aheadMs) {
    return {
      wrong: `is dated ${dayOf(bundle.madeAt)}, which is still to come`,
      remedy: 'set the clock where it was made, or here',
    };
  }
  const before = installedReference({ directory, signers });
  // One that cannot be used is no reason to keep out a good one.
  const inUse = before !== undefined && !('wrong' in before) ? before.bundle : undefined;
  if (inUse?.id === bundle.id) return { wrong: 'is installed already', remedy: 'there is nothing to do' };
  if (inUse !== undefined && bundle.madeAt < inUse.madeAt && forcedBecause === undefined) {
    return {
      wrong: `was made ${timeOf(bundle.madeAt)}, before the one that is installed (${timeOf(inUse.madeAt)})`,
      remedy: 'install it all the same with --force REASON',
    };
  }
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  if (before !== undefined && !('wrong' in before)) replaceFile(previousPath(directory), before.bytes, 0o644);
  replaceFile(currentPath(directory), read.bytes, 0o644);
  const line = {
    at: timeOf(now),
    bundle: bundle.id,
    made: timeOf(bundle.madeAt),
    signer: bundle.signer,
    ...(forcedBecause === undefined ? {} : { forcedBecause }),
  };
  appendFileSync(historyPath(directory), `${JSON.stringify(line)}\n`, { mode: 0o644 });
  return read;
}

const timeOf = (at: number): string => new Date(at).toISOString();
const dayOf = (at: number): string => timeOf(at).slice(0, 10);
