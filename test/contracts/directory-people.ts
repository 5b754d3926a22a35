// The people and groups of the directory contract, as entries: a stand-in serves them as they are, slapd is loaded with them.

export interface DirectoryEntry {
  readonly dn: string;
  readonly attributes: Readonly<Record<string, readonly string[]>>;
}

export const root = 'dc=example,dc=test';
export const people = `ou=people,${root}`;
export const groups = `ou=groups,${root}`;
export const reader = { dn: `cn=reader,${root}`, password: 'reader-password' } as const;

export const pseudonyms = {
  ann: 'QANN7KX2',
  bob: 'QBOB7KX2',
  cleo: 'QCLEO7KX',
  dirk: 'QDIRK7KX',
  twins: 'QTWIN7KX',
  /** What somebody would write who wants to be everybody. */
  star: '*)(uid=*',
} as const;
/** Every person has one of their own, which has the form of a recovery code as well. */
export const passwordOf = (uid: string): string => `Pass-Word-${uid.padEnd(8, '9')}`;
/** 2020-01-01, as Active Directory and as the shadow file write it. */
export const cleoExpiresAt = Date.UTC(2020, 0, 1);
const fileTime = (at: number): string => String((BigInt(at) + 11_644_473_600_000n) * 10_000n);
const never = '9223372036854775807';

/** Only who is bound as the reader may see this group: an unbound connection gives one group less, and no error. */
export const hiddenFromAnonymous = `cn=Secret Board,${groups}`;

export function person(
  uid: string,
  pseudonym: string,
  account: { readonly control?: string; readonly expiresAt?: number; readonly employment?: string } = {},
): DirectoryEntry {
  const { control = '512', expiresAt, employment } = account;
  return {
    dn: `uid=${uid},${people}`,
    attributes: {
      objectClass: ['inetOrgPerson', 'shadowAccount', 'testAccount'],
      uid: [uid],
      cn: [uid],
      sn: [uid],
      displayName: [`${uid} of the town`],
      employeeNumber: [pseudonym],
      userAccountControl: [control],
      accountExpires: [expiresAt === undefined ? never : fileTime(expiresAt)],
      userPassword: [passwordOf(uid)],
      ...(employment === undefined ? {} : { employeeType: [employment] }),
      ...(expiresAt === undefined ? {} : { shadowExpire: [String(expiresAt / 86_400_000)] }),
    },
  };
}

function group(cn: string, members: readonly string[]): DirectoryEntry {
  return { dn: `cn=${cn},${groups}`, attributes: { objectClass: ['groupOfNames'], cn: [cn], member: members } };
}

const unit = (dn: string, ou: string): DirectoryEntry => ({
  dn,
  attributes: { objectClass: ['organizationalUnit'], ou: [ou] },
});

export const entries: readonly DirectoryEntry[] = [
  { dn: root, attributes: { objectClass: ['dcObject', 'organization'], dc: ['example'], o: ['Example'] } },
  unit(people, 'people'),
  unit(groups, 'groups'),
  {
    dn: reader.dn,
    attributes: {
      objectClass: ['organizationalRole', 'simpleSecurityObject'],
      cn: ['reader'],
      userPassword: [reader.password],
    },
  },
  person('ann', pseudonyms.ann, { employment: '80 %' }),
  person('bob', pseudonyms.bob, { control: '514' }),
  person('cleo', pseudonyms.cleo, { expiresAt: cleoExpiresAt }),
  person('dirk', pseudonyms.dirk),
  person('star', pseudonyms.star),
  person('twin-1', pseudonyms.twins),
  person('twin-2', pseudonyms.twins),
  // A circle of three, with Ann in one of them.
  group('IT Admins', [`uid=ann,${people}`, `cn=Everyone,${groups}`]),
  group('Staff', [`cn=IT Admins,${groups}`, `uid=bob,${people}`]),
  group('Everyone', [`cn=Staff,${groups}`]),
  group('Secret Board', [`uid=ann,${people}`]),
  // Nine levels, one more than are followed.
  ...Array.from({ length: 9 }, (_, level) =>
    group(`Level ${level + 1}`, [level === 0 ? `uid=star,${people}` : `cn=Level ${level},${groups}`]),
  ),
  {
    dn: `cn=posix-users,${groups}`,
    attributes: { objectClass: ['posixGroup'], cn: ['posix-users'], gidNumber: ['500'], memberUid: ['ann', 'bob'] },
  },
];
