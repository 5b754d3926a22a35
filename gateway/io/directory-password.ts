// Whether a password of the directory is right: the entry of a login name is looked up on a connection of ours, and then a
// new connection is bound as that entry (RFC 4513 section 5.1.3). No connection bound as a person is ever used for anything.

import { EqualityFilter, ResultCodeError } from 'ldapts';
import type { DirectorySettings } from '../directory-config.ts';
import { newestFirst } from '../identity/pseudonym.ts';
import { type PasswordAnswer, Unavailable } from '../ports.ts';
import { valuesOf } from './directory-account.ts';
import { type BoundConnection, openConnection } from './directory-connection.ts';

/** [RFC4511-A.1] Also what Active Directory says of locked, expired and disabled accounts: nobody learns which. */
const invalidCredentials = 49;

interface LoginEntry {
  readonly dn: string;
  readonly pseudonyms: readonly string[];
}

/** The one entry of a login name. */
export async function entryOfLogin(
  connection: BoundConnection,
  { people, pseudonymKeyIds }: DirectorySettings,
  login: string,
  deadline: number,
): Promise<LoginEntry | undefined> {
  const { attribute, base, loginAttribute } = people;
  const filter = new EqualityFilter({ attribute: loginAttribute, value: login });
  const search = { base, scope: 'sub', filter, attributes: [attribute], atMost: 2 } as const;
  const [entry, second] = await connection.search(search, deadline);
  if (second !== undefined) throw new Unavailable(`directory: one ${loginAttribute} stands in two entries`);
  if (entry === undefined) return undefined;
  return { dn: entry.dn, pseudonyms: newestFirst(valuesOf(entry, attribute), pseudonymKeyIds) };
}

/** For a login that nobody has: to be told so takes as long as for a wrong password. */
export function nobody({ people }: DirectorySettings): LoginEntry {
  return { dn: `cn=sluis-nobody,${people.base}`, pseudonyms: [] };
}

/** `deadline` is a moment of `performance.now()`. */
export async function bindAs(
  settings: DirectorySettings,
  server: URL,
  { dn, pseudonyms }: LoginEntry,
  password: string,
  deadline: number,
): Promise<PasswordAnswer> {
  try {
    const connection = await openConnection({ ...settings, bindDn: dn, bindPassword: password }, server, deadline);
    connection.close();
    return { accepted: true, pseudonyms };
  } catch (error) {
    const cause = error instanceof Unavailable ? error.cause : undefined;
    if (cause instanceof ResultCodeError && cause.code === invalidCredentials) return { accepted: false };
    throw error;
  }
}
