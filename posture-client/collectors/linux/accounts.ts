// Who is an administrator: membership of the groups that sudo and polkit trust, and accounts with number 0. The person is
// the one who is logged in, which is not the user that a background agent runs as.

import { textOf } from '../../laptop.ts';
import { commandFailure, measured, unreadable, type Collector, type Finding } from '../finding.ts';

const adminGroups = ['sudo', 'wheel', 'admin'];

export interface AccountOutputs {
  /** `getent group` and `getent passwd`. */
  readonly groups: string;
  readonly users: string;
  /** Whoever is at the laptop, by name. */
  readonly people: readonly string[];
  /** `/etc/sudoers` and what it includes; absent when it may not be read. */
  readonly sudoers?: string;
}

export function parseAccounts(outputs: AccountOutputs): Finding<'accounts'> {
  const groups = rowsOf(outputs.groups, 4);
  const users = rowsOf(outputs.users, 7);
  if (groups.length === 0 || users.length === 0) return unreadable('getent', outputs.groups + outputs.users);
  const trusted = groups.filter(([name = '']) => adminGroups.includes(name));
  const trustedNumbers = trusted.map(([, , number]) => number);
  const admins = new Set(trusted.flatMap(([, , , members = '']) => members.split(',')).filter(name => name !== ''));
  for (const [name = '', , uid, primaryGroup] of users) {
    if (name !== 'root' && (Number(uid) === 0 || trustedNumbers.includes(primaryGroup))) admins.add(name);
  }
  for (const match of (outputs.sudoers ?? '').matchAll(
    /^([a-z_][\w.-]*)\s+\S+\s*=\s*(?:\([^)]*\)\s*)?(?:NOPASSWD:\s*)?ALL\s*$/gm,
  )) {
    if (match[1] !== undefined && match[1] !== 'root') admins.add(match[1]);
  }
  return measured<'accounts'>({
    currentUserIsAdmin:
      outputs.people.length === 0 ? null : outputs.people.some(name => name === 'root' || admins.has(name)),
    adminCount: admins.size,
  });
}

/** Names in the first column of `who`. */
export function parseWho(output: string): readonly string[] {
  const names = output.split('\n').map(line => /^(\S+)\s+\S+\s+\d{4}-\d\d-\d\d/.exec(line)?.[1]);
  return [...new Set(names.filter(name => name !== undefined))];
}

export const accounts: Collector<'accounts'> = {
  source: { kind: 'command', name: 'getent group' },
  async collect(laptop) {
    const [groups, users, current, sessions, sudoers, included] = await Promise.all([
      laptop.run('linux.groups'),
      laptop.run('linux.users'),
      laptop.run('linux.current-user'),
      laptop.run('linux.sessions'),
      laptop.read('/etc/sudoers'),
      laptop.list('/etc/sudoers.d'),
    ]);
    const failure = commandFailure(groups) ?? commandFailure(users);
    if (failure !== undefined) return [failure];
    const files = 'entries' in included ? included.entries.map(entry => `/etc/sudoers.d/${entry.name}`) : [];
    const texts = await Promise.all(files.map(async path => textOf(await laptop.read(path)) ?? ''));
    const me = current.stdout.trim();
    const people = laptop.elevated || me === '' ? parseWho(sessions.stdout) : [me];
    return [
      parseAccounts({
        groups: groups.stdout,
        users: users.stdout,
        people,
        sudoers: [textOf(sudoers) ?? '', ...texts].join('\n'),
      }),
    ];
  },
};

function rowsOf(text: string, columns: number): readonly (readonly string[])[] {
  return text
    .split('\n')
    .map(line => line.split(':'))
    .filter(row => row.length === columns);
}
