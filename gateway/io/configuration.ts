// The configuration and the rules it names, from disk: everything a start or a reload needs, or all that is wrong with it.

import { dirname, resolve } from 'node:path';
import { type Config, type ConfigResult, readConfig } from '../config.ts';
import type { ConfigFiles } from '../config-files.ts';
import type { Problem } from '../documents/yaml-tree.ts';
import { type IdentityProfile, readProfile } from '../identity/profile.ts';
import { compilePolicySet, type PolicySet } from '../policy/policy-set.ts';
import { readPolicyFiles } from './policy-files.ts';
import { isPlain, mayBeReadByOthers, readOrNothing, secretReader } from './secret-file.ts';

/** Policy and identity profiles as they run: replaced whole, or not at all. */
export interface Rules {
  readonly policySet: PolicySet;
  readonly profiles: readonly IdentityProfile[];
}

export type RulesResult = { readonly rules: Rules } | { readonly problems: readonly Problem[] };

/** Reads the configuration file; paths in it are relative to where it stands. Sealed secrets are opened. */
export function loadConfig(path: string): ConfigResult {
  return load(path);
}

export interface SecretFileNamed {
  readonly path: string;
  /** The first line of the configuration that names it. */
  readonly line: number;
}

/** Every file that the configuration holds to be secret, each once, in the order of the fields that name them. */
export function secretFilesOf(
  path: string,
  read = secretReader(),
): {
  readonly files: readonly SecretFileNamed[];
  readonly loaded: ConfigResult;
} {
  const files = new Map<string, SecretFileNamed>();
  const secret = (named: string, line: number): void => {
    if (!files.has(named)) files.set(named, { path: named, line });
  };
  const loaded = load(path, { read, secret });
  return { files: [...files.values()], loaded };
}

function load(path: string, other: Partial<ConfigFiles> = {}): ConfigResult {
  const file = resolve(path);
  const text = readOrNothing(file);
  if (text === undefined) {
    const message = 'cannot be read';
    return { problems: [{ file, line: 1, message, remedy: 'name a readable file with --config' }] };
  }
  const files: ConfigFiles = {
    resolve: beside(file),
    read: secretReader(),
    exposed: mayBeReadByOthers,
    plain: isPlain,
    ...other,
  };
  return readConfig(Buffer.from(text).toString('utf8'), file, files);
}

export function loadRules(config: Config): RulesResult {
  const problems: Problem[] = [];
  const profiles: IdentityProfile[] = [];
  for (const { path, text } of config.identity.profiles) {
    const place = beside(path);
    const read = readProfile(text, path, name => readOrNothing(place(name)), { environment: config.environment });
    if ('problems' in read) problems.push(...read.problems);
    else profiles.push(withResolvedLists(read.profile, place));
  }
  const found = readPolicyFiles(config.policiesDirectory);
  const compiled = 'problems' in found ? found : compilePolicySet(found.files);
  if ('problems' in compiled) return { problems: [...problems, ...compiled.problems] };
  return problems.length > 0 ? { problems } : { rules: { policySet: compiled.set, profiles } };
}

/** Files of lists are read again while the gateway runs, from wherever it runs. */
function withResolvedLists(profile: IdentityProfile, place: (path: string) => string): IdentityProfile {
  const { revocation } = profile;
  if (revocation === undefined) return profile;
  const crlFiles = revocation.crlFiles.map(file => ({ ...file, path: place(file.path) }));
  return { ...profile, revocation: { ...revocation, crlFiles } };
}

function beside(file: string): (path: string) => string {
  return path => resolve(dirname(file), path);
}

/** `file:line: what – remedy`, one line each. */
export function problemLines(problems: readonly Problem[]): readonly string[] {
  return problems.map(({ file, line, message, remedy }) => `${file}:${line}: ${message} – ${remedy}`);
}
