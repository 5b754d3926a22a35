// A revocation list from its URL to a file, piece by piece: its size is bounded while it comes, and no part of it is ever
// taken for the whole.

import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Dispatcher } from 'undici';
import { fetchBody } from './revocation-fetch.ts';

export interface CrlDownload {
  readonly url: URL;
  readonly directory: string;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
  readonly dispatcher: Dispatcher;
}

/** Where the last good list of a source is kept across restarts. */
export function keptFile(directory: string, profile: string, url: string): string {
  const name = createHash('sha256').update(`${profile} ${url}`).digest('hex').slice(0, 40);
  return join(directory, `${name}.crl`);
}

/** A new file beside the kept ones, complete; the caller keeps it or removes it. */
export async function downloadCrl({ directory, ...asked }: CrlDownload): Promise<string> {
  const path = join(directory, `${randomBytes(8).toString('hex')}.part`);
  const file = await open(path, 'wx', 0o600);
  try {
    for await (const chunk of fetchBody({ ...asked, accept: 'application/pkix-crl' })) await file.write(chunk);
    await file.close();
    return path;
  } catch (error) {
    await file.close();
    await rm(path, { force: true });
    throw error;
  }
}

export async function keep(path: string, kept: string): Promise<void> {
  await rename(path, kept);
}

/** What a gateway that was killed had begun to fetch. */
export async function removeLeftovers(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const parts = (await readdir(directory)).filter(name => name.endsWith('.part'));
  await Promise.all(parts.map(name => rm(join(directory, name), { force: true })));
}
