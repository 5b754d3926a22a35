// The policy sets that this gateway has taken over, as the text of their files, by content hash: what runs survives a restart, also
// when the files in the directory have been broken meanwhile.

import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { compilePolicySet, type PolicyFile, type PolicySet } from '../policy/policy-set.ts';

export interface PolicyVersion {
  readonly policySet: PolicySet;
  /** The policy set has no support calendar of its own. */
  readonly calendarFromAbove: boolean;
}

export interface PolicyVersions {
  /** What ran last, if it is there and still reads as it did. */
  readonly last: () => PolicyVersion | undefined;
  /** One that was kept, if it still reads as it did. */
  readonly version: (hash: string) => PolicyVersion | undefined;
  /** From now on this is what ran last. Throws when it cannot be written. */
  readonly keep: (version: PolicyVersion) => void;
}

const versionsKept = 20;
const hashForm = /^[0-9a-f]{64}$/;

export function policyVersions(directory: string): PolicyVersions {
  const versionPath = (hash: string) => join(directory, `${hash}.json`);
  const lastPath = join(directory, 'last');
  const version = (hash: string): PolicyVersion | undefined => {
    const text = hashForm.test(hash) ? textOf(versionPath(hash)) : undefined;
    return text === undefined ? undefined : readVersion(text, hash);
  };
  return {
    last: () => {
      const hash = textOf(lastPath)?.trim() ?? '';
      return version(hash);
    },
    version,
    keep: ({ policySet: { hash, files }, calendarFromAbove }) => {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      writeWhole(versionPath(hash), JSON.stringify({ files, calendarFromAbove }));
      // Only now: the name of a version that is not there would be worth nothing.
      writeWhole(lastPath, `${hash}\n`);
      forgetOldest(directory, `${hash}.json`);
    },
  };
}

function readVersion(text: string, hash: string): PolicyVersion | undefined {
  const read = parsed(text);
  if (read === undefined) return undefined;
  const { files, calendarFromAbove = false } = read;
  const compiled = compilePolicySet(files);
  // Cut short, changed by hand, or of a gateway that understood it otherwise.
  if ('problems' in compiled || compiled.set.hash !== hash) return undefined;
  return { policySet: compiled.set, calendarFromAbove };
}

function parsed(
  text: string,
): { readonly files: readonly PolicyFile[]; readonly calendarFromAbove?: boolean } | undefined {
  try {
    // Written by us; what is compiled of it has to have the hash that it is named by.
    return JSON.parse(text) as ReturnType<typeof parsed>;
  } catch {
    // Cut short by a crash or a full disk: as if it were not there.
    return undefined;
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Nothing was kept, or nobody may read it: then there is no last version.
    return undefined;
  }
}

/** Never half: a reader finds the one before or this one. */
function writeWhole(path: string, text: string): void {
  const draft = `${path}.new`;
  const descriptor = openSync(draft, 'w', 0o600);
  try {
    writeFileSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(draft, path);
}

function forgetOldest(directory: string, running: string): void {
  const versions = readdirSync(directory)
    .filter(name => name.endsWith('.json') && name !== running)
    .map(name => ({ name, writtenMs: statSync(join(directory, name)).mtimeMs }))
    .sort((a, b) => b.writtenMs - a.writtenMs);
  for (const { name } of versions.slice(versionsKept - 1)) rmSync(join(directory, name), { force: true });
}
