// Members of the admin group, and whether the person at the screen (the owner of /dev/console) is one.

import { commandFailure, measured, unreadable, type Collector, type Finding } from '../finding.ts';

export function parseAccounts(members: string, consoleUser: string): Finding<'accounts'> {
  const names = /^GroupMembership:\s+(.+)$/m.exec(members)?.[1];
  if (names === undefined) return unreadable('dscl', members);
  const admins = new Set(names.trim().split(/\s+/));
  admins.delete('root');
  const person = /^[\w.-]+$/.test(consoleUser.trim()) ? consoleUser.trim() : undefined;
  // At the login window the console belongs to root: nobody is there.
  const admin = person === undefined || person === 'root' ? null : admins.has(person);
  return measured<'accounts'>({ currentUserIsAdmin: admin, adminCount: admins.size });
}

export const accounts: Collector<'accounts'> = {
  source: { kind: 'command', name: 'dscl /Groups/admin' },
  async collect(laptop) {
    const [members, user] = await Promise.all([laptop.run('macos.admin-members'), laptop.run('macos.console-user')]);
    return [commandFailure(members) ?? parseAccounts(members.stdout, user.stdout)];
  },
};
