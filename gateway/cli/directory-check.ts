// `sluis directory check --config FILE [--pseudonym P]`: binds as the gateway does, looks whether both bases are there,
// counts, and shows what the gateway would be told of one person. Changes nothing.
// Exit code 0 when all of it answered, 1 when the directory did not or does not know the person, 2 when not understood.

import { parseArgs } from 'node:util';
import type { DirectorySettings } from '../directory-config.ts';
import { loadConfig, problemLines } from '../io/configuration.ts';
import { type LdapDirectory, ldapDirectory } from '../io/directory-ldap.ts';
import type { DirectoryAnswer } from '../pdp/directory.ts';
import { Unavailable } from '../ports.ts';

type Write = (text: string) => void;
const options = { config: { type: 'string' }, pseudonym: { type: 'string' } } as const;

export async function run(args: readonly string[], write: Write = toStdout): Promise<number> {
  const { values } = parseArgs({ args: [...args], options, strict: true });
  if (values.config === undefined) {
    write('sluis directory check: name the configuration with --config FILE\n');
    return 2;
  }
  const loaded = loadConfig(values.config);
  if ('problems' in loaded) {
    write(`${problemLines(loaded.problems).join('\n')}\n`);
    return 2;
  }
  const { directory: settings } = loaded.config;
  if (settings === undefined) {
    write(`${values.config}: no directory is configured; deploy/etc/sluis.yaml has an example\n`);
    return 2;
  }
  const directory = ldapDirectory(settings);
  try {
    return await check(directory, settings, values.pseudonym, write);
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    write(`${error.message}\n`);
    return 1;
  } finally {
    directory.close();
  }
}

async function check(
  directory: LdapDirectory,
  { tenant, people, groups }: DirectorySettings,
  pseudonym: string | undefined,
  write: Write,
): Promise<number> {
  const seen = await directory.inspect();
  write(`server   ${seen.server}, over TLS\n`);
  write(`bound as ${seen.whoAmI}\n`);
  write(`people   ${seen.people} with ${people.attribute} below ${people.base}\n`);
  write(`groups   ${seen.groups} with ${groups.memberAttribute} below ${groups.base}\n`);
  if (pseudonym === undefined) return 0;
  const startedAt = performance.now();
  const answer = await directory.person(tenant, pseudonym);
  const tookMs = Math.round(performance.now() - startedAt);
  write(`person   ${pseudonym}: ${inWords(answer)} (${tookMs} ms)\n`);
  return answer.found ? 0 : 1;
}

function inWords(answer: DirectoryAnswer): string {
  if (!answer.found) return 'not in the directory';
  const ends = answer.expiresAt === undefined ? 'no end' : `ends ${new Date(answer.expiresAt).toISOString()}`;
  const groups = answer.groups.length === 0 ? 'none' : answer.groups.join(', ');
  return `account ${answer.disabled ? 'disabled' : 'enabled'}, ${ends}; groups: ${groups}`;
}

function toStdout(text: string): void {
  process.stdout.write(text);
}
