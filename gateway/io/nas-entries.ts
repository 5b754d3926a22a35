// New concentrators in a configuration: their lines, and a secret file for each, beside the secrets that are there. All of it
// or nothing: what would not pass `sluis config check` is found before a file is touched, and no file is ever written over.

import { existsSync, lstatSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { type Config, readConfig } from '../config.ts';
import type { ConfigFiles } from '../config-files.ts';
import { type Item, withListItems } from '../documents/yaml-list.ts';
import type { Problem } from '../documents/yaml-tree.ts';
import { loadRules, secretFilesOf } from './configuration.ts';
import { readMasterKeys } from './master-key.ts';
import { nasProfileFiles } from './nas-profile-files.ts';
import { seal } from './sealed-secret.ts';
import {
  isPlain,
  mayBeReadByOthers,
  newSecretFile,
  replaceFile,
  secretFileState,
  secretReader,
} from './secret-file.ts';

export interface NewNas {
  readonly name: string;
  readonly address: string;
  readonly secret: string;
  readonly group?: string;
  /** Its name. */
  readonly profile?: string;
  /** Written only where it is `false`: `true` is what stands for an absent line. */
  readonly requireMessageAuthenticator?: boolean;
}

/** What will be, before anything is written. */
export interface NasDraft {
  readonly configFile: string;
  readonly before: string;
  readonly after: string;
  /** The configuration as it will be read. */
  readonly config: Config;
  /** Sealed where the others are. */
  readonly secrets: readonly { readonly path: string; readonly content: string }[];
  /** The secret file whose place and owner the new ones take. */
  readonly likeFile: string;
}

export type DraftResult =
  | { readonly draft: NasDraft }
  | { readonly problems: readonly Problem[] }
  | { readonly refused: string };

/** Writes nothing. */
export function draftNasEntries(path: string, nas: readonly NewNas[]): DraftResult {
  const { files, loaded } = secretFilesOf(path);
  if ('problems' in loaded) return loaded;
  const taken = nas.find(({ name }, at) =>
    [...loaded.config.nas, ...nas.slice(0, at)].some(each => each.name === name),
  );
  if (taken !== undefined) return { refused: `there is a NAS ${taken.name} already: choose another name` };
  const configFile = realpathSync(path);
  const before = textOf(readFileSync(configFile));
  if (before === undefined) return { refused: `${configFile} is not UTF-8: save it as UTF-8` };
  // Secrets are read in the order of the file, where concentrators stand last: what is beside the last one is near the others.
  const likeFile = files.at(-1)?.path ?? configFile;
  const placed = nas.map(each => ({ ...each, path: join(dirname(likeFile), `${each.name}.secret`) }));
  const items = placed.map(each => itemOf(each, shown(each.path, dirname(resolve(path)))));
  const after = withListItems(before, 'nas', items);
  if (after === undefined)
    return { refused: `${configFile} has no list below nas: – write nas: with one "- name:" each` };
  const planned = new Map(placed.map(each => [each.path, each.secret]));
  const read = secretReader();
  const sealing = secretFileState(likeFile, read).kind === 'sealed' ? readMasterKeys() : undefined;
  if (sealing !== undefined && !('keys' in sealing)) return { refused: `${sealing.because} – ${sealing.remedy}` };
  const places: ConfigFiles = {
    resolve: named => resolve(dirname(resolve(path)), named),
    read: named => {
      const secret = planned.get(named);
      return secret === undefined ? read(named) : Buffer.from(secret, 'utf8');
    },
    exposed: named => !planned.has(named) && mayBeReadByOthers(named),
    profilesIn: nasProfileFiles,
    plain: named => (planned.has(named) ? sealing === undefined : isPlain(named)),
  };
  const checked = readConfig(after, resolve(path), places);
  if ('problems' in checked) return checked;
  const kept = checked.config.nas.slice(0, loaded.config.nas.length);
  if (!isDeepStrictEqual(kept, loaded.config.nas) || checked.config.nas.length !== kept.length + nas.length) {
    return { refused: `${configFile} would not read back as it is: write nas: with one "- name:" each` };
  }
  const rules = loadRules(checked.config);
  if ('problems' in rules) return rules;
  // After the check: it has refused every name that is no plain file name.
  const inTheWay = placed.find(each => existsOrDangles(each.path));
  if (inTheWay !== undefined) {
    return { refused: `${inTheWay.path} is there already: move it away, or choose another name` };
  }
  const secrets = placed.map(each => ({
    path: each.path,
    content: sealing ? seal(Buffer.from(each.secret, 'utf8'), basename(each.path), sealing.keys[0]) : each.secret,
  }));
  return { draft: { configFile, before, after, config: checked.config, secrets, likeFile } };
}

/** Secrets first: a configuration never names a file that is not there. Throws what the file system says, undone. */
export function writeNasDraft({ configFile, before, after, secrets, likeFile }: NasDraft): true | { refused: string } {
  const written: string[] = [];
  try {
    for (const { path, content } of secrets) {
      newSecretFile(path, content, likeFile);
      written.push(path);
    }
    if (textOf(readFileSync(configFile)) === before) {
      replaceFile(configFile, after, statSync(configFile).mode % 0o1000);
      return true;
    }
  } catch (error) {
    // Unless the new configuration is in its place already, nobody names these.
    if (textOf(readFileSync(configFile)) !== after) discard(written);
    throw error;
  }
  discard(written);
  return { refused: `${configFile} was changed by somebody else meanwhile: try again` };
}

function discard(paths: readonly string[]): void {
  for (const path of paths) rmSync(path, { force: true });
}

function itemOf(nas: NewNas, secretFile: string): Item {
  return {
    name: nas.name,
    address: nas.address,
    'secret-file': secretFile,
    ...(nas.profile === undefined ? {} : { profile: nas.profile }),
    ...(nas.group === undefined ? {} : { group: nas.group }),
    ...(nas.requireMessageAuthenticator === false ? { 'require-message-authenticator': 'no' } : {}),
  };
}

/** Relative to the configuration where that is no detour. */
function shown(path: string, from: string): string {
  const near = relative(from, path);
  return near.startsWith('..') || isAbsolute(near) ? path : near.replaceAll('\\', '/');
}

/** Every octet, or nothing: what is not UTF-8 would not be written back as it was. */
function textOf(bytes: Uint8Array): string | undefined {
  const text = Buffer.from(bytes).toString('utf8');
  return Buffer.from(text, 'utf8').equals(bytes) ? text : undefined;
}

function existsOrDangles(path: string): boolean {
  return existsSync(path) || lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
