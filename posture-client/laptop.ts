// The port to a laptop: the few ways in which a collector may look at it. Two adapters: this machine (`this-laptop.ts`) and
// a recorded one (`recorded-laptop.ts`). Whether something is missing, not permitted or too slow is a value, never an
// empty answer: "denied" must not be mistaken for "none".

import type { WatchedApplication } from '../gateway/contract/applications.ts';
import type { CardLook } from './card-sight.ts';
import type { CommandId } from './commands.ts';

export const platforms = ['linux', 'windows', 'macos'] as const;
export type Platform = (typeof platforms)[number];

export type CommandFailure = 'timeout' | 'missing' | 'denied' | 'flooded';

export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  /** Null when the program never ended by itself. */
  readonly exitCode: number | null;
  readonly failed?: CommandFailure;
}

export type FileRead = { readonly text: string } | { readonly failed: 'missing' | 'denied' | 'flooded' };

export interface DirectoryEntry {
  readonly name: string;
  /** Milliseconds since 1970 UTC. */
  readonly modifiedAt: number;
}

export type Listing =
  | { readonly entries: readonly DirectoryEntry[] }
  | { readonly failed: 'missing' | 'denied' | 'flooded' };

export interface CommandRunner {
  run(id: CommandId, onLine?: (line: string) => void): Promise<CommandResult>;
  read(path: string): Promise<FileRead>;
  list(path: string): Promise<Listing>;
}

export interface Laptop extends CommandRunner {
  readonly platform: Platform;
  readonly arch: 'x64' | 'arm64' | 'other';
  readonly hostname: string;
  /** IANA name: some logs are written in local time without saying so. */
  readonly timeZone: string;
  /** True when the agent runs as root, SYSTEM or an elevated administrator. */
  readonly elevated: boolean;
  /** Milliseconds since 1970 UTC. */
  now(): number;
  /** What is in the card readers, in words that may leave the laptop. */
  card(): Promise<CardLook>;
  /** The applications that the gateway asks about. */
  readonly watched: readonly WatchedApplication[];
}

/** The text, or nothing when it could not be read for whatever reason. */
export function textOf(file: FileRead): string | undefined {
  return 'text' in file ? file.text : undefined;
}
