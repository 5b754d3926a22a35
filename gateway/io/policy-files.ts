// Reads a directory of policy files: only `.yaml`, sorted, capped in number and size. What the files mean is for
// `policy/policy-set.ts`. One support calendar serves several packs: without its own, a pack takes that of a folder above.

import { type Dirent, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import type { Problem } from '../documents/yaml-tree.ts';
import type { PolicyFile } from '../policy/policy-set.ts';

export const policyLimits = { files: 2000, folders: 4, fileBytes: 512 * 1024, totalBytes: 8 * 1024 * 1024 } as const;

/** Sets of their own beside the files of this one. */
const otherFolders: readonly string[] = ['packs', 'identity', 'nas-profiles'];
const calendar = 'os-support.yaml';
const foldersUp = 2;

export type PolicyFiles = { readonly files: readonly PolicyFile[] } | { readonly problems: readonly Problem[] };

type Wrong = (file: string, message: string, remedy: string) => undefined;

/** Synchronous: it runs at start and on a reload, never while a packet waits for its answer. */
export function readPolicyFiles(directory: string): PolicyFiles {
  const problems: Problem[] = [];
  const wrong: Wrong = (file, message, remedy) => {
    problems.push({ file, line: 1, message, remedy });
  };
  const paths = listed(directory, wrong);
  if (paths.length > policyLimits.files)
    wrong(directory, `more than ${policyLimits.files} files`, 'split the directory');
  const files: PolicyFile[] = [];
  let total = 0;
  for (const path of paths.slice(0, policyLimits.files)) {
    const bytes = bytesOf(path, wrong);
    if (bytes === undefined) continue;
    total += bytes.byteLength;
    if (total > policyLimits.totalBytes) {
      wrong(path, `all files together exceed ${policyLimits.totalBytes} bytes`, 'split the directory');
      break;
    }
    files.push({ path: relative(directory, path).split(sep).join('/'), text: bytes.toString('utf8') });
  }
  if (problems.length > 0) return { problems };
  const above = files.some(file => file.path === calendar) ? undefined : calendarAbove(directory);
  return { files: above === undefined ? files : [...files, above] };
}

function listed(directory: string, wrong: Wrong): readonly string[] {
  const paths: string[] = [];
  visit(directory, 0);
  return paths.sort();

  function visit(folder: string, depth: number): void {
    for (const entry of entriesOf(folder, wrong)) {
      const path = join(folder, entry.name);
      if (entry.name.startsWith('.') || (depth === 0 && otherFolders.includes(entry.name))) continue;
      if (entry.isDirectory()) {
        if (depth < policyLimits.folders) visit(path, depth + 1);
        else wrong(path, `is more than ${policyLimits.folders} folders deep`, 'move it up');
      } else if (entry.isSymbolicLink()) {
        // Left out silently, a requirement would be gone; followed, it could lead anywhere.
        wrong(path, 'is a link', 'put the file itself there');
      } else if (entry.name.endsWith('.yaml')) paths.push(path);
      else if (entry.name.endsWith('.yml')) wrong(path, 'only .yaml files are read', 'rename it to .yaml');
    }
  }
}

function entriesOf(folder: string, wrong: Wrong): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    // The one thing an admin can mend here is the path or its rights: a problem like any other.
    wrong(folder, `cannot be read: ${messageOf(error)}`, 'give a readable directory of a policy set');
    return [];
  }
}

function bytesOf(path: string, wrong: Wrong): Buffer | undefined {
  try {
    const { size } = statSync(path);
    if (size <= policyLimits.fileBytes) return readFileSync(path);
    return wrong(path, `has ${size} bytes, the limit is ${policyLimits.fileBytes}`, 'split it');
  } catch (error) {
    // Unreadable, or gone since it was listed: a problem of this file; the others are still read.
    return wrong(path, `cannot be read: ${messageOf(error)}`, 'make it readable');
  }
}

/** The nearest calendar above; none is legal, the support of every system is then unknown. */
function calendarAbove(directory: string): PolicyFile | undefined {
  let folder = resolve(directory);
  for (let up = 0; up < foldersUp; up++) {
    folder = dirname(folder);
    const path = join(folder, calendar);
    const size = statSync(path, { throwIfNoEntry: false })?.size;
    if (size !== undefined && size <= policyLimits.fileBytes) {
      return { path: calendar, text: readFileSync(path, 'utf8') };
    }
  }
  return undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
