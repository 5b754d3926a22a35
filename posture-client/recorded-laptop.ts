// A recorded laptop: a folder with a manifest and the output of every command and file that was captured. The collectors
// that run on it are the same as on a real machine. Everything is read anew at each call, so that a remedy may change the
// recording while the agent runs, as it would change a laptop.

import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { AgentFailure } from './failure.ts';
import type { CommandResult, DirectoryEntry, Laptop } from './laptop.ts';
import { replayInstant, replayTimes } from './replay-time.ts';

const closed = { additionalProperties: false } as const;
const failed = (...words: readonly string[]) =>
  Type.Object({ failed: Type.Union(words.map(word => Type.Literal(word))) }, closed);
const fileName = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*$' });
const inline = { text: Type.String() };

const manifestSchema = Type.Object(
  {
    /** True: invented after documented shapes. False: captured from a real machine. */
    synthetic: Type.Boolean(),
    /** Name of a recording beside this one: whatever is not given here is taken from there. One level only. */
    basedOn: Type.Optional(Type.String({ pattern: '^[a-z0-9][a-z0-9-]*$' })),
    description: Type.String(),
    platform: Type.Union([Type.Literal('linux'), Type.Literal('windows'), Type.Literal('macos')]),
    arch: Type.Union([Type.Literal('x64'), Type.Literal('arm64'), Type.Literal('other')]),
    hostname: Type.String({ minLength: 1, maxLength: 255 }),
    timeZone: Type.String(),
    elevated: Type.Boolean(),
    /** By command id; what is not here is a program that is not installed. */
    commands: Type.Record(
      Type.String(),
      Type.Union([
        failed('timeout', 'missing', 'denied', 'flooded'),
        Type.Object(
          {
            text: Type.Optional(Type.String()),
            stdout: Type.Optional(fileName),
            stderr: Type.Optional(Type.String()),
            exitCode: Type.Optional(Type.Integer()),
          },
          closed,
        ),
      ]),
    ),
    /** By path; a folder holds what is listed below it. */
    files: Type.Record(
      Type.String(),
      Type.Union([
        fileName,
        failed('missing', 'denied', 'flooded'),
        Type.Object({ ...inline, modifiedAt: Type.Optional(Type.String()) }, closed),
      ]),
    ),
  },
  closed,
);
type Manifest = Static<typeof manifestSchema>;
const manifestCheck = Compile(manifestSchema);

export async function recordedLaptop(folder: string, now: () => number = () => Date.now()): Promise<Laptop> {
  const first = await manifest();
  // Times of the recording stand still from here on, as on a laptop: else each look would find newer ones than the last.
  const openedAt = now();
  const replay = (text: string): string => replayTimes(text, openedAt, first.timeZone);

  return {
    platform: first.platform,
    arch: first.arch,
    hostname: first.hostname,
    timeZone: first.timeZone,
    elevated: first.elevated,
    now,
    // A card reader is no part of a recording.
    card: async () => ({ fault: 'module-missing' }),
    watched: [],
    async run(id): Promise<CommandResult> {
      const entry = (await manifest()).commands[id] ?? { failed: 'missing' };
      if ('failed' in entry) {
        // The schema admits no other words.
        return { stdout: '', stderr: '', exitCode: null, failed: entry.failed as 'missing' };
      }
      const stdout = entry.stdout === undefined ? (entry.text ?? '') : await content(entry.stdout);
      return { stdout: replay(stdout), stderr: entry.stderr ?? '', exitCode: entry.exitCode ?? 0 };
    },
    async read(path) {
      const entry = (await manifest()).files[path] ?? { failed: 'missing' };
      if (typeof entry === 'string') return { text: replay(await content(entry)) };
      if ('failed' in entry) return { failed: entry.failed as 'missing' };
      return { text: replay(entry.text) };
    },
    async list(path) {
      const { files } = await manifest();
      const own = files[path];
      if (typeof own === 'object' && 'failed' in own) return { failed: own.failed as 'missing' };
      const entries = new Map<string, DirectoryEntry>();
      for (const [file, entry] of Object.entries(files)) {
        const [name] = file.startsWith(`${path}/`) ? file.slice(path.length + 1).split('/') : [];
        if (name === undefined) continue;
        const when = typeof entry === 'object' && 'modifiedAt' in entry ? entry.modifiedAt : undefined;
        entries.set(name, { name, modifiedAt: replayInstant(when ?? 'now-30d', now()) });
      }
      return entries.size === 0 ? { failed: 'missing' } : { entries: [...entries.values()] };
    },
  };

  async function manifest(): Promise<Manifest> {
    const own = await readManifest(folder);
    if (own.basedOn === undefined) return own;
    const base = await readManifest(baseFolder(own.basedOn));
    return { ...own, commands: { ...base.commands, ...own.commands }, files: { ...base.files, ...own.files } };
  }

  async function content(name: string): Promise<string> {
    try {
      return await readFile(join(folder, name), 'utf8');
    } catch (error) {
      // What a recording does not hold itself comes from the one it is based on.
      if (first.basedOn === undefined) throw error;
      return readFile(join(baseFolder(first.basedOn), name), 'utf8');
    }
  }

  function baseFolder(name: string): string {
    return join(dirname(resolve(folder)), name);
  }
}

async function readManifest(folder: string): Promise<Manifest> {
  const path = join(folder, 'manifest.json');
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new AgentFailure('setup', `cannot read the recording ${path}`, undefined, cause);
  }
  if (manifestCheck.Check(value)) return value;
  const [where] = manifestCheck.Errors(value);
  throw new AgentFailure('setup', `${path}${where?.instancePath ?? ''}: ${where?.message ?? 'wrong shape'}`);
}
