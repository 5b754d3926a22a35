// The `nas-profiles:` part of the configuration: a directory of profiles beside those that come with the product. One of the
// same name takes its place.

import type { ConfigFiles } from './config-files.ts';
import { choice, problem, type Reading, type Shape, text } from './documents/shape.ts';
import type { NasProfile } from './pdp/nas-profile.ts';
import { readNasProfile } from './pdp/nas-profile-document.ts';
import { replyKind } from './radius/authorization-attributes.ts';

export interface NasProfiles {
  /** The directory of more. */
  readonly directory: Shape<string>;
  /** One of them all by its name. */
  readonly named: Shape<NasProfile>;
  /** For a NAS that names none. */
  readonly usual: (reading: Reading) => NasProfile | undefined;
  /** Once the configuration has been read. */
  readonly all: () => readonly NasProfile[];
}

/** Read once, when the first is asked for, so that each problem is told once. */
export function nasProfiles({ profilesIn, resolve }: Pick<ConfigFiles, 'profilesIn' | 'resolve'>): NasProfiles {
  let known: ReadonlyMap<string, NasProfile> | undefined;
  const read = (reading: Reading, line: number, directory?: string): ReadonlyMap<string, NasProfile> => {
    const files = profilesIn(directory);
    if (files === undefined) {
      const where = directory === undefined ? 'the NAS profiles that come with Sluis' : `"${directory}"`;
      problem(reading, line, `cannot read ${where}`, 'name a readable directory of NAS profiles');
    }
    const all = new Map<string, NasProfile>();
    for (const file of files ?? []) {
      const found = readNasProfile(file.text, file.path, file.name, replyKind);
      if ('problems' in found) reading.problems.push(...found.problems);
      else all.set(file.name, found.profile);
    }
    return all;
  };
  const all = (reading: Reading): ReadonlyMap<string, NasProfile> => (known ??= read(reading, 1));
  return {
    directory: (tree, reading) => {
      const said = text(1024)(tree, reading);
      if (said === undefined) return undefined;
      const path = resolve(said);
      known = new Map([...all(reading), ...read(reading, tree.line, path)]);
      return path;
    },
    named: (tree, reading) => {
      const profiles = all(reading);
      const name = choice(...profiles.keys())(tree, reading);
      return name === undefined ? undefined : profiles.get(name);
    },
    usual: reading => all(reading).get('generic'),
    all: () => [...(known?.values() ?? [])],
  };
}
