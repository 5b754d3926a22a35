// The `Directory` port on LDAP: one person by pseudonym, the account behind it, and the groups, within one deadline.
// "Nothing found" counts only from a connection that is bound, below a base that is seen to be there.

import { EqualityFilter, type Entry, PresenceFilter } from 'ldapts';
import type { DirectorySettings } from '../directory-config.ts';
import type { DirectoryAnswer } from '../pdp/directory.ts';
import { type Directory, type PasswordDirectory, Unavailable } from '../ports.ts';
import { accountAttributes, accountState, employmentOf, valuesOf } from './directory-account.ts';
import type { BoundConnection } from './directory-connection.ts';
import { groupNames, groupWords } from './directory-groups.ts';
import { bindAs, entryOfLogin, nobody } from './directory-password.ts';
import { openPool } from './directory-pool.ts';

export interface LdapDirectory extends Directory, PasswordDirectory {
  /** What an administrator wants to see before relying on it. */
  readonly inspect: () => Promise<Inspection>;
  /** Of each entry below the base of people that has any. */
  readonly pseudonyms: () => Promise<readonly (readonly string[])[]>;
  readonly close: () => void;
}

export interface Inspection {
  readonly server: string;
  readonly whoAmI: string;
  /** Entries below the base of people that hold the attribute. */
  readonly people: number;
  /** Entries below the base of groups that have a member. */
  readonly groups: number;
}

const inspectWithinMs = 30_000;

export function ldapDirectory(settings: DirectorySettings): LdapDirectory {
  const pool = openPool(settings);
  return {
    person: (tenant, pseudonym) => {
      if (tenant !== settings.tenant) throw new TypeError(`the directory is that of ${settings.tenant}, not ${tenant}`);
      const deadline = performance.now() + settings.timeoutMs;
      return pool.use(deadline, connection => lookUp(connection, settings, pseudonym, deadline));
    },
    authenticate: (tenant, login, password) => {
      if (tenant !== settings.tenant) throw new TypeError(`the directory is that of ${settings.tenant}, not ${tenant}`);
      const deadline = performance.now() + settings.timeoutMs;
      return pool.use(deadline, async connection => {
        const entry = await entryOfLogin(connection, settings, login, deadline);
        if (entry === undefined) await trustEmptiness(connection, settings.people.base, deadline);
        // [RFC4513-5.1.2] An empty password would bind nobody, successfully.
        if (password === '') return { accepted: false };
        return bindAs(settings, connection.url, entry ?? nobody(settings), password, deadline);
      });
    },
    inspect: () => {
      const deadline = performance.now() + inspectWithinMs;
      return pool.use(deadline, connection => inspect(connection, settings, deadline));
    },
    pseudonyms: () => {
      const deadline = performance.now() + inspectWithinMs;
      return pool.use(deadline, connection => allPseudonyms(connection, settings, deadline));
    },
    close: pool.close,
  };
}

async function lookUp(
  connection: BoundConnection,
  settings: DirectorySettings,
  pseudonym: string,
  deadline: number,
): Promise<DirectoryAnswer> {
  const { people, groups, kind } = settings;
  const entries = await connection.search(
    {
      base: people.base,
      scope: 'sub',
      filter: new EqualityFilter({ attribute: people.attribute, value: pseudonym }),
      attributes: [
        people.attribute,
        'displayName',
        'uid',
        ...accountAttributes[kind],
        ...(people.employmentAttribute === undefined ? [] : [people.employmentAttribute]),
      ],
      atMost: 2,
    },
    deadline,
  );
  const [entry, second] = entries;
  if (second !== undefined) throw new Unavailable(`directory: ${people.attribute} of one person stands in two entries`);
  if (entry === undefined) {
    await trustEmptiness(connection, people.base, deadline);
    return { found: false };
  }
  // Some attributes compare without case or spaces; a pseudonym does not.
  if (!valuesOf(entry, people.attribute).includes(pseudonym)) return { found: false };
  const names = await groupNames(connection, settings, { dn: entry.dn, uid: valuesOf(entry, 'uid')[0] }, deadline);
  if (names.length === 0) await trustEmptiness(connection, groups.base, deadline);
  const [displayName] = valuesOf(entry, 'displayName');
  const employment =
    people.employmentAttribute === undefined ? undefined : employmentOf(entry, people.employmentAttribute);
  return {
    found: true,
    groups: groupWords(names, groups.words),
    ...accountState(kind, entry),
    ...(displayName === undefined ? {} : { displayName }),
    ...(employment === undefined ? {} : { employment }),
  };
}

/** Nothing may be true, or the way to it may have been closed to us: asked again who we are, and whether the base is there. */
async function trustEmptiness(connection: BoundConnection, base: string, deadline: number): Promise<void> {
  await connection.whoAmI(deadline);
  const seen = await baseEntry(connection, base, deadline);
  if (seen === undefined) throw new Unavailable(`directory: the base ${base} is not to be seen`);
}

async function baseEntry(connection: BoundConnection, base: string, deadline: number): Promise<Entry | undefined> {
  const filter = new PresenceFilter({ attribute: 'objectClass' });
  const [entry] = await connection.search({ base, scope: 'base', filter, attributes: ['1.1'], atMost: 1 }, deadline);
  return entry;
}

async function inspect(
  connection: BoundConnection,
  { people, groups }: DirectorySettings,
  deadline: number,
): Promise<Inspection> {
  for (const { base } of [people, groups]) await trustEmptiness(connection, base, deadline);
  const count = async (base: string, attribute: string): Promise<number> => {
    return (await entriesWith(connection, base, attribute, '1.1', deadline)).length;
  };
  return {
    server: connection.server,
    whoAmI: await connection.whoAmI(deadline),
    people: await count(people.base, people.attribute),
    groups: await count(groups.base, groups.memberAttribute),
  };
}

async function allPseudonyms(
  connection: BoundConnection,
  { people: { base, attribute } }: DirectorySettings,
  deadline: number,
): Promise<readonly (readonly string[])[]> {
  await trustEmptiness(connection, base, deadline);
  const entries = await entriesWith(connection, base, attribute, attribute, deadline);
  return entries.map(entry => valuesOf(entry, attribute));
}

async function entriesWith(
  connection: BoundConnection,
  base: string,
  attribute: string,
  wanted: string,
  deadline: number,
): Promise<readonly Entry[]> {
  const filter = new PresenceFilter({ attribute });
  const all = { base, scope: 'sub', filter, attributes: [wanted], atMost: 0, pageSize: 500 } as const;
  return connection.search(all, deadline);
}
