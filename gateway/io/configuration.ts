// The configuration and the rules it names, from disk: everything a start or a reload needs, or all that is wrong with it.

import { dirname, resolve } from 'node:path';
import { type Config, type ConfigResult, readConfig } from '../config.ts';
import type { ConfigFiles } from '../config-files.ts';
import { parseYaml, type Problem } from '../documents/yaml-tree.ts';
import { type IdentityProfile, readProfile } from '../identity/profile.ts';
import { compilePolicySet, type PolicySet } from '../policy/policy-set.ts';
import { nasProfileFiles } from './nas-profile-files.ts';
import type { Canary, Release, Stage } from '../policy/release.ts';
import { readPolicyFiles } from './policy-files.ts';
import { releaseOf } from './policy-release.ts';
import type { PolicyVersion } from './policy-versions.ts';
import { isPlain, mayBeReadByOthers, readOrNothing, secretReader } from './secret-file.ts';

/** Policy and identity profiles as they run: replaced whole, or not at all. */
export interface Rules {
  readonly policySet: PolicySet;
  readonly profiles: readonly IdentityProfile[];
  /** The policy set has no support calendar of its own. */
  readonly calendarFromAbove?: boolean;
  /** The files are broken, and this is the policy that ran last. */
  readonly brokenFiles?: readonly Problem[];
  /** What ran last in an earlier life of this gateway, where that is another one. */
  readonly ranBefore?: PolicySet;
  /** How the policy set is to decide; absent: at once. */
  readonly release?: Release;
  /** A version that is looked at before it decides. */
  readonly draft?: PolicyVersion & { readonly release?: Release };
  readonly draftProblems?: readonly Problem[];
  /** Of those, what is judged beside the policy set that runs. */
  readonly beside?: { readonly policySet: PolicySet; readonly stage: Stage; readonly canary?: Canary };
}

export type RulesResult = { readonly rules: Rules } | { readonly problems: readonly Problem[] };

/** Reads the configuration file; paths in it are relative to where it stands. Sealed secrets are opened. */
export function loadConfig(path: string): ConfigResult {
  return load(path);
}

/** What would be read if this text stood in the file. */
export function loadConfigText(path: string, text: string): ConfigResult {
  return load(path, {}, Buffer.from(text, 'utf8'));
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

function load(path: string, other: Partial<ConfigFiles> = {}, text = readOrNothing(resolve(path))): ConfigResult {
  const file = resolve(path);
  if (text === undefined) {
    const message = 'cannot be read';
    return { problems: [{ file, line: 1, message, remedy: 'name a readable file with --config' }] };
  }
  const files: ConfigFiles = {
    resolve: beside(file),
    read: secretReader(),
    exposed: mayBeReadByOthers,
    plain: isPlain,
    profilesIn: nasProfileFiles,
    ...other,
  };
  return readConfig(Buffer.from(text).toString('utf8'), file, files);
}

/** `parse`: of policy files, whoever has parsed them before. */
export function loadRules(config: Config, parse = parseYaml): RulesResult {
  const read = readProfiles(config);
  const found = readPolicies(config, config.policiesDirectory, parse);
  const problems = [read, found].flatMap(each => ('problems' in each ? each.problems : []));
  if ('problems' in read || 'problems' in found) return { problems };
  return { rules: { ...read, ...found, ...readDraft(config, parse) } };
}

/** For a start: where the policy files are broken, what ran last runs on. Profiles say who is believed, and have to be whole. */
export function loadRulesOrLast(config: Config, last: PolicyVersion | undefined, parse = parseYaml): RulesResult {
  const loaded = loadRules(config, parse);
  if (last === undefined) return loaded;
  const { policySet } = last;
  if ('rules' in loaded) {
    const isAnother = loaded.rules.policySet.hash !== policySet.hash;
    return { rules: { ...loaded.rules, ...(isAnother ? { ranBefore: policySet } : {}) } };
  }
  const read = readProfiles(config);
  return 'problems' in read ? loaded : { rules: { ...read, ...last, brokenFiles: loaded.problems } };
}

function readProfiles(config: Config): Pick<Rules, 'profiles'> | { readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const profiles: IdentityProfile[] = [];
  for (const { path, text } of config.identity.profiles) {
    const place = beside(path);
    const read = readProfile(text, path, name => readOrNothing(place(name)), { environment: config.environment });
    if ('problems' in read) problems.push(...read.problems);
    else profiles.push(withResolvedLists(read.profile, place));
  }
  return problems.length > 0 ? { problems } : { profiles };
}

/** Where policies are read from. */
export function policyDirectories({ policiesDirectory, rollout }: Config): readonly string[] {
  const { draftsDirectory } = rollout;
  return draftsDirectory === undefined ? [policiesDirectory] : [policiesDirectory, draftsDirectory];
}

/** A draft that cannot be used keeps nothing else from running. */
function readDraft(config: Config, parse: typeof parseYaml): Pick<Rules, 'draft' | 'draftProblems'> {
  const { draftsDirectory } = config.rollout;
  if (draftsDirectory === undefined) return {};
  const read = readPolicies(config, draftsDirectory, parse);
  return 'problems' in read ? { draftProblems: read.problems } : { draft: read };
}

function readPolicies(
  { rollout }: Config,
  directory: string,
  parse: typeof parseYaml,
): (PolicyVersion & { readonly release?: Release }) | { readonly problems: readonly Problem[] } {
  const found = readPolicyFiles(directory);
  if ('problems' in found) return found;
  const compiled = compilePolicySet(found.files, parse);
  if ('problems' in compiled) return compiled;
  const released = releaseOf(directory, compiled.set.hash, {
    keys: rollout.signers,
    required: rollout.requiredSignatures,
  });
  if ('problems' in released) return released;
  return { policySet: compiled.set, calendarFromAbove: found.calendarFromAbove, ...released };
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
