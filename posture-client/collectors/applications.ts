// Which of the applications that the gateway asks about are there. Everything else that was seen is forgotten here, on the laptop.

import type { WatchedApplication } from '../../gateway/contract/applications.ts';
import type { CommandResult, Platform } from '../laptop.ts';
import { commandFailure, type Finding, measured, unmeasured } from './finding.ts';

/** Names as a list was printed, or `null` when that list cannot be had. */
export interface Seen {
  readonly installed: readonly string[] | null;
  readonly running: readonly string[] | null;
}

/** Linux keeps the first 15 characters of the name of a process. */
const processNameLength = 15;

export function applicationsFinding(
  { installed, running }: Seen,
  watched: readonly WatchedApplication[],
  platform: Platform,
): Finding<'applications'> {
  if (watched.length === 0) return unmeasured('unsupported', 'nothing-asked');
  const there = (seen: readonly string[] | null): string[] | null => {
    if (seen === null) return null;
    const names = new Set(seen.map(plain));
    return watched.flatMap(each => (each[platform].some(name => isThere(name, names)) ? [each.word] : []));
  };
  // What is not installed by a package can run all the same, and then it is there.
  const runs = there(running);
  const lies = there(installed);
  const both = lies === null ? null : [...new Set([...lies, ...(runs ?? [])])].sort();
  return measured<'applications'>({
    lookedFor: watched.map(({ word }) => word),
    installed: both,
    running: runs,
  });
}

function isThere(written: string, names: ReadonlySet<string>): boolean {
  if (written.endsWith('*')) {
    const beginning = written.slice(0, -1).toLowerCase();
    return [...names].some(name => name.startsWith(beginning));
  }
  const wanted = plain(written);
  return names.has(wanted) || (wanted.length > processNameLength && names.has(wanted.slice(0, processNameLength)));
}

/** However it is written, and without the ending of a program. */
function plain(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/\.(?:exe|app)$/, '');
}

/** One name a line. */
export function namesIn(output: string): readonly string[] {
  return output.split(/\r?\n/).flatMap(line => (line.trim() === '' ? [] : [line.trim()]));
}

/**
 * The names of several programs that each know a part: what is not there has nothing to tell, but one that is there and does not
 * answer may hide what is asked for. `null` as well when none of them is there, or together they name nothing.
 */
export function namesOfAll(
  results: readonly { readonly result: CommandResult; readonly read: (output: string) => readonly string[] }[],
): readonly string[] | null {
  const names: string[] = [];
  for (const { result, read } of results) {
    if (result.failed === 'missing') continue;
    if (commandFailure(result) !== undefined || result.exitCode !== 0) return null;
    names.push(...read(result.stdout));
  }
  return names.length === 0 ? null : names;
}
