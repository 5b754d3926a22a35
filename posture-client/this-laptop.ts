// The real machine behind the Laptop port: files, folders, programs, clock.

import { open, readdir, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { lookForProven } from './card.ts';
import { runCommand } from './commands.ts';
import type { FileRead, Laptop, Listing, Platform } from './laptop.ts';

/** Configuration files and logs; a log longer than this is read from its end. */
const fileLimitBytes = 1024 * 1024;
const kernelFileBytes = 64 * 1024;
const entriesLimit = 20_000;

export async function thisLaptop(): Promise<Laptop> {
  const platform = platformOf(process.platform);
  return {
    platform,
    arch: process.arch === 'x64' || process.arch === 'arm64' ? process.arch : 'other',
    hostname: hostname(),
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    elevated: platform === 'windows' ? await elevatedOnWindows() : process.getuid?.() === 0,
    now: () => Date.now(),
    run: runCommand,
    read,
    list,
    // The Belgian middleware, where it is installed.
    card: () => lookForProven({}, undefined),
    // Nobody has asked yet.
    watched: [],
  };
}

function platformOf(name: NodeJS.Platform): Platform {
  if (name === 'win32') return 'windows';
  if (name === 'darwin') return 'macos';
  return 'linux';
}

/** The integrity label of the token: high (S-1-16-12288) or system (S-1-16-16384). */
async function elevatedOnWindows(): Promise<boolean> {
  const { stdout } = await runCommand('windows.whoami-groups');
  return stdout.includes('S-1-16-12288') || stdout.includes('S-1-16-16384');
}

async function read(path: string): Promise<FileRead> {
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      // Files of /proc and /sys say 0; the tail of a long log holds what is new.
      const wanted = size === 0 ? kernelFileBytes : Math.min(size, fileLimitBytes);
      const { buffer, bytesRead } = await file.read(Buffer.alloc(wanted), 0, wanted, Math.max(0, size - wanted));
      return { text: buffer.toString('utf8', 0, bytesRead) };
    } finally {
      await file.close();
    }
  } catch (error) {
    return { failed: failureOf(error) };
  }
}

async function list(path: string): Promise<Listing> {
  try {
    const names = await readdir(path);
    if (names.length > entriesLimit) return { failed: 'flooded' };
    const entries = await Promise.all(
      names.map(async name => {
        try {
          return { name, modifiedAt: (await stat(join(path, name))).mtimeMs };
        } catch {
          // Processes and temporary files come and go while the folder is read.
          return undefined;
        }
      }),
    );
    return { entries: entries.filter(entry => entry !== undefined) };
  } catch (error) {
    return { failed: failureOf(error) };
  }
}

function failureOf(error: unknown): 'missing' | 'denied' {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'EACCES' || code === 'EPERM' ? 'denied' : 'missing';
}
