// The groups of one person: those that name the person as a member, those that name these groups, and so on, level by level.
// All of them or none: a list that was cut somewhere is a wrong answer.

import { EqualityFilter, OrFilter } from 'ldapts';
import type { DirectorySettings } from '../directory-config.ts';
import { Unavailable } from '../ports.ts';
import { valuesOf } from './directory-account.ts';
import type { BoundConnection } from './directory-connection.ts';

const levelsAtMost = 8;
const groupsAtMost = 500;
/** Members asked about in one search. */
const membersAtOnce = 50;

export async function groupNames(
  connection: BoundConnection,
  { groups }: DirectorySettings,
  member: { readonly dn: string; readonly uid: string | undefined },
  deadline: number,
): Promise<readonly string[]> {
  const names = new Set<string>();
  const seen = new Set<string>();
  let level: readonly string[] =
    groups.membersAre === 'dn' ? [member.dn] : member.uid === undefined ? [] : [member.uid];
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > levelsAtMost) throw new Unavailable(`directory: groups within groups beyond ${levelsAtMost} levels`);
    const next: string[] = [];
    for (let from = 0; from < level.length; from += membersAtOnce) {
      const entries = await connection.search(
        {
          base: groups.base,
          scope: 'sub',
          filter: namesAny(groups.memberAttribute, level.slice(from, from + membersAtOnce)),
          attributes: ['cn'],
          atMost: groupsAtMost,
        },
        deadline,
      );
      for (const entry of entries) {
        // Groups may contain each other in a circle.
        if (seen.has(entry.dn)) continue;
        seen.add(entry.dn);
        const [cn] = valuesOf(entry, 'cn');
        if (cn !== undefined) names.add(cn);
        next.push(entry.dn);
      }
    }
    if (seen.size > groupsAtMost) throw new Unavailable(`directory: one person in more than ${groupsAtMost} groups`);
    // A uid is a person's: groups of such directories hold no groups.
    level = groups.membersAre === 'dn' ? next : [];
  }
  return [...names];
}

/** Built of objects, so that no character of a name means anything to the filter. [RFC4515-3] */
function namesAny(attribute: string, members: readonly string[]): OrFilter {
  return new OrFilter({ filters: members.map(value => new EqualityFilter({ attribute, value })) });
}

/** The words of the policies: by the map where there is one, and then only those; else the name in lower case, with hyphens. */
export function groupWords(names: readonly string[], map: ReadonlyMap<string, string> | undefined): readonly string[] {
  const words = names.flatMap(name => (map === undefined ? groupWord(name) : map.get(name)) ?? []);
  return [...new Set(words)].sort();
}

/** `IT Admins (Brüssel)` → `it-admins-brussel`; `undefined` when nothing of it is a letter or digit. */
export function groupWord(name: string): string | undefined {
  const plain = name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  const word = plain.replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '');
  // A longer one would have to be cut, and two that are cut can be the same.
  return word === '' || word.length > 63 ? undefined : word;
}
