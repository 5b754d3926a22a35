// `sluis person pseudonym | rotation`: what an administrator needs while the key of the pseudonyms changes (docs/operations/pseudonym-key.md).
//   sluis person pseudonym --config FILE [--profile ID] [--key ID]   identifiers on standard input, one a line
//   sluis person rotation  --config FILE                             who is still known by an older key alone
// An identifier is never an argument, which other users of the machine can see, and is never repeated in what is written.
// Exit codes: 0 done, 1 some are left, 2 not understood.

import { text } from 'node:stream/consumers';
import type { Config } from '../config.ts';
import { checkIdentifier } from '../identity/checksum.ts';
import type { IdentityProfile } from '../identity/profile.ts';
import { type PseudonymKey, pseudonymOf } from '../identity/pseudonym.ts';
import { loadRules, problemLines } from '../io/configuration.ts';
import { ldapDirectory } from '../io/directory-ldap.ts';
import { Unavailable } from '../ports.ts';
import {
  CommandStopped,
  configured,
  exitCodeOf,
  messageOf,
  readArguments,
  type Surroundings as Writers,
} from './read-client.ts';
import { table } from './read-view.ts';

export interface Surroundings extends Writers {
  /** Standard input, to its end. */
  readonly read?: () => Promise<string>;
}

const usage = `sluis person pseudonym --config FILE [--profile ID] [--key ID] < IDENTIFIERS
       sluis person rotation --config FILE`;
const options = { config: { type: 'string' }, profile: { type: 'string' }, key: { type: 'string' } } as const;

export async function run(args: readonly string[], around: Surroundings = {}): Promise<number> {
  const write = around.write ?? (line => process.stdout.write(line));
  const writeError = around.writeError ?? (line => process.stderr.write(line));
  return exitCodeOf(around, async () => {
    const { values, positionals } = readArguments(args, options, usage);
    const [command, ...more] = positionals;
    if (values.config === undefined || more.length > 0) throw new CommandStopped(2, `Usage: ${usage}`);
    const config = configuration(values.config);
    if (command === 'pseudonym') {
      const profile = profileOf(config, values.profile);
      const keys = keysOf(config, values.key);
      const lines = (await (around.read ?? (() => text(process.stdin)))()).split('\n').map(line => line.trim());
      const computed = compute(lines, profile, { tenant: config.tenant, keys });
      write(computed.lines.map(line => `${line}\n`).join(''));
      writeError(computed.problems.map(line => `${line}\n`).join(''));
      return computed.problems.length === 0 ? 0 : 1;
    }
    if (command === 'rotation' && values.profile === undefined && values.key === undefined) {
      return rotation(config, write);
    }
    throw new CommandStopped(2, `Usage: ${usage}`);
  });
}

/** One line for each identifier: its pseudonym under each key, a tab between them. */
function compute(
  lines: readonly string[],
  { id, canonical, checksum }: IdentityProfile,
  { tenant, keys }: { readonly tenant: string; readonly keys: readonly PseudonymKey[] },
): { readonly lines: readonly string[]; readonly problems: readonly string[] } {
  const out: string[] = [];
  const problems: string[] = [];
  for (const [index, identifier] of lines.entries()) {
    if (identifier === '') continue;
    if (checkIdentifier(checksum, identifier) === undefined) {
      problems.push(`line ${index + 1}: no identifier of profile ${id} (check ${checksum}); write it as the card does`);
      continue;
    }
    const name = canonical.replace('{id}', () => identifier);
    out.push(keys.map(key => pseudonymOf(key, tenant, name)).join('\t'));
  }
  return { lines: out, problems };
}

async function rotation(
  { identity: { pseudonymKeys }, directory: settings, register }: Config,
  write: (text: string) => unknown,
): Promise<number> {
  const entries = settings === undefined ? undefined : await heldBy(settings);
  const listed = [...register.groupsByPerson.keys()].map(pseudonym => [pseudonym]);
  const rows = pseudonymKeys.map(({ id }, index) => {
    const newer = pseudonymKeys.slice(0, index).map(key => key.id);
    const count = (all: readonly (readonly string[])[]) => all.filter(held => knownBy(held, id, newer)).length;
    return { id, directory: entries && count(entries), configuration: count(listed) };
  });
  write(
    table(
      ['KEY', 'DIRECTORY', 'CONFIGURATION'],
      rows.map(row => [row.id, row.directory === undefined ? '-' : String(row.directory), String(row.configuration)]),
    ),
  );
  const [, ...older] = rows;
  const left = older.reduce((sum, row) => sum + (row.directory ?? 0) + row.configuration, 0);
  write(left === 0 ? 'Everybody is known by the newest key.\n' : `${left} known by an older key alone.\n`);
  return left === 0 ? 0 : 1;
}

/** Under this key, and under none that is newer. */
function knownBy(held: readonly string[], id: string, newer: readonly string[]): boolean {
  const under = (key: string): boolean => held.some(pseudonym => pseudonym.startsWith(`${key}-`));
  return under(id) && !newer.some(under);
}

async function heldBy(settings: NonNullable<Config['directory']>): Promise<readonly (readonly string[])[]> {
  const directory = ldapDirectory(settings);
  try {
    return await directory.pseudonyms();
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    throw new CommandStopped(2, error.message);
  } finally {
    directory.close();
  }
}

function configuration(path: string): Config {
  try {
    return configured(path);
  } catch (error) {
    // Every problem of the file is in the message.
    throw new CommandStopped(2, messageOf(error));
  }
}

function keysOf({ identity: { pseudonymKeys } }: Config, id: string | undefined): readonly PseudonymKey[] {
  const keys = id === undefined ? pseudonymKeys : pseudonymKeys.filter(key => key.id === id);
  if (keys.length > 0) return keys;
  const known = pseudonymKeys.map(key => key.id).join(', ');
  throw new CommandStopped(2, `No pseudonym key has the id ${id ?? ''}; the configuration has ${known}`);
}

function profileOf(config: Config, id: string | undefined): IdentityProfile {
  const loaded = loadRules(config);
  if ('problems' in loaded) throw new CommandStopped(2, problemLines(loaded.problems).join('\n'));
  const people = loaded.rules.profiles.filter(({ kind }) => kind === 'identity-certificate');
  const [found, ...others] = id === undefined ? people : people.filter(profile => profile.id === id);
  if (found !== undefined && others.length === 0) return found;
  throw new CommandStopped(
    2,
    `Whose identifiers? Name a profile: --profile ${people.map(each => each.id).join(' | ')}`,
  );
}
