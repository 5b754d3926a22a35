// Reads a directory of policy files: only `.yaml`, sorted, capped in number and size, each a regular file in UTF-8. What the files mean
// is for `policy/policy-set.ts`. One support calendar serves several packs: without its own, a pack takes that of a folder above.

import { isUtf8 } from 'node:buffer';
import { type Dirent, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import type { Problem } from '../documents/yaml-tree.ts';
import type { PolicyFile } from '../policy/policy-set.ts';
import { readRegularFile } from './regular-file.ts';

export const policyLimits = { files: 2000, folders: 4, fileBytes: 512 * 1024, totalBytes: 8 * 1024 * 1024 } as const;

/** Sets of their own beside the files of this one. */
const otherFolders: readonly string[] = ['packs', 'identity', 'nas-profiles', 'situations', 'drafts'];
/** Says what becomes of the set, and is no part of it. */
const beside = 'release.yaml';
const calendar = 'os-support.yaml';
const foldersUp = 2;

export type PolicyFiles =
  | { readonly files: readonly PolicyFile[]; readonly calendarFromAbove: boolean }
  | { readonly problems: readonly Problem[] };

type Wrong = (file: string, message: string, remedy: string, line?: number) => undefined;

/** Synchronous: it runs at start and on a reload, never while a packet waits for its answer. */
export function readPolicyFiles(directory: string): PolicyFiles {
  const problems: Problem[] = [];
  const wrong: Wrong = (file, message, remedy, line = 1) => {
    problems.push({ file, line, message, remedy });
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
    const text = textOf(path, bytes, wrong);
    if (text !== undefined) files.push({ path: relative(directory, path).split(sep).join('/'), text });
  }
  if (problems.length > 0) return { problems };
  const calendarFromAbove = !files.some(file => file.path === calendar);
  const above = calendarFromAbove ? calendarAbove(directory) : undefined;
  return { files: above === undefined ? files : [...files, above], calendarFromAbove };
}

function listed(directory: string, wrong: Wrong): readonly string[] {
  const paths: string[] = [];
  visit(directory, 0);
  return paths.sort();

  function visit(folder: string, depth: number): void {
    for (const entry of entriesOf(folder, wrong)) {
      const path = join(folder, entry.name);
      if (entry.name.startsWith('.') || (depth === 0 && [...otherFolders, beside].includes(entry.name))) continue;
      if (entry.isDirectory()) {
        if (entry.name.endsWith('.yaml')) wrong(path, 'is a folder', 'give the folder another name');
        else if (depth < policyLimits.folders) visit(path, depth + 1);
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
  const read = readRegularFile(path, policyLimits.fileBytes);
  // Unreadable, too large, or gone since it was listed: a problem of this file; the others are still read.
  return 'because' in read ? wrong(path, read.because, 'make it a readable file within the limit') : read;
}

/** A byte that is no character would be read as another one, and no two readers agree on which. */
function textOf(path: string, bytes: Buffer, wrong: Wrong): string | undefined {
  if (isUtf8(bytes)) return withoutMark(bytes.toString('utf8'));
  let line = 1;
  let at = 0;
  for (let end = bytes.indexOf(10); end >= 0 && isUtf8(bytes.subarray(at, end)); end = bytes.indexOf(10, at)) {
    line++;
    at = end + 1;
  }
  return wrong(path, 'is not UTF-8', 'save the file as UTF-8', line);
}

/** Some editors write one; it says nothing in UTF-8. */
function withoutMark(text: string): string {
  return text.startsWith('\ufeff') ? text.slice(1) : text;
}

/** The nearest calendar above; none is legal, the support of every system is then unknown. */
function calendarAbove(directory: string): PolicyFile | undefined {
  let folder = resolve(directory);
  for (let up = 0; up < foldersUp; up++) {
    folder = dirname(folder);
    const read = readRegularFile(join(folder, calendar), policyLimits.fileBytes);
    if (!('because' in read)) return { path: calendar, text: read.toString('utf8') };
  }
  return undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
