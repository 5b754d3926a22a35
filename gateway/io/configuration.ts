// The configuration and the rules it names, from disk: everything a start or a reload needs, or all that is wrong with it.

import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Config, type ConfigFiles, type ConfigResult, readConfig } from '../config.ts';
import type { Problem } from '../documents/yaml-tree.ts';
import { type IdentityProfile, readProfile } from '../identity/profile.ts';
import { compilePolicySet, type PolicySet } from '../policy/policy-set.ts';
import { readPolicyFiles } from './policy-files.ts';

/** Policy and identity profiles as they run: replaced whole, or not at all. */
export interface Rules {
  readonly policySet: PolicySet;
  readonly profiles: readonly IdentityProfile[];
}

export type RulesResult = { readonly rules: Rules } | { readonly problems: readonly Problem[] };

/** Reads the configuration file; paths in it are relative to where it stands. */
export function loadConfig(path: string): ConfigResult {
  const file = resolve(path);
  const text = readOrNothing(file);
  if (text === undefined) {
    const message = 'cannot be read';
    return { problems: [{ file, line: 1, message, remedy: 'name a readable file with --config' }] };
  }
  return readConfig(Buffer.from(text).toString('utf8'), file, filesBeside(file));
}

export function loadRules(config: Config): RulesResult {
  const problems: Problem[] = [];
  const profiles: IdentityProfile[] = [];
  for (const { path, text } of config.identityProfiles) {
    const files = filesBeside(path);
    const read = readProfile(text, path, name => files.read(files.resolve(name)), { environment: config.environment });
    if ('problems' in read) problems.push(...read.problems);
    else profiles.push(withResolvedLists(read.profile, files));
  }
  const found = readPolicyFiles(config.policiesDirectory);
  const compiled = 'problems' in found ? found : compilePolicySet(found.files);
  if ('problems' in compiled) return { problems: [...problems, ...compiled.problems] };
  return problems.length > 0 ? { problems } : { rules: { policySet: compiled.set, profiles } };
}

/** Files of lists are read again while the gateway runs, from wherever it runs. */
function withResolvedLists(profile: IdentityProfile, files: ConfigFiles): IdentityProfile {
  const { revocation } = profile;
  if (revocation === undefined) return profile;
  const crlFiles = revocation.crlFiles.map(file => ({ ...file, path: files.resolve(file.path) }));
  return { ...profile, revocation: { ...revocation, crlFiles } };
}

function filesBeside(file: string): ConfigFiles {
  return { resolve: path => resolve(dirname(file), path), read: readOrNothing, exposed: mayBeReadByOthers };
}

function readOrNothing(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch {
    // Missing, a directory, or not ours to read: one problem with one remedy, which the caller words.
    return undefined;
  }
}

/** By its mode; Windows keeps rights elsewhere, and its modes say nothing. */
function mayBeReadByOthers(path: string): boolean {
  return process.platform !== 'win32' && (statSync(path, { throwIfNoEntry: false })?.mode ?? 0) % 0o100 !== 0;
}

/** `file:line: what – remedy`, one line each. */
export function problemLines(problems: readonly Problem[]): readonly string[] {
  return problems.map(({ file, line, message, remedy }) => `${file}:${line}: ${message} – ${remedy}`);
}
