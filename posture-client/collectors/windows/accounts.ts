// Members of the local administrators (found by SID S-1-5-32-544, whatever the language calls the group), and whether the
// person at the screen is one. A token that has the group "for deny only" still belongs to an administrator.

import { measured, unreadable, type Finding } from '../finding.ts';
import { field, listOf, textOrNull } from '../json-value.ts';
import { readBlob, scripted } from './blob.ts';

export function parseAccounts(output: string): readonly Finding<'accounts'>[] {
  const blob = readBlob(output);
  if ('failure' in blob) return [blob.failure];
  const members = field(blob.data, 'administrators');
  if (members === undefined || members === null) return [unreadable('administrators', output)];
  const names = listOf(members)
    .map(textOrNull)
    .filter(name => name !== null);
  const person = textOrNull(field(blob.data, 'sessionUser'));
  const agentUser = textOrNull(field(blob.data, 'agentUser'));
  const agentGroups = listOf(field(blob.data, 'agentGroups')).map(textOrNull);
  const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
  let admin: boolean | null = null;
  if (person !== null) {
    const byToken = agentUser !== null && same(agentUser, person) && agentGroups.includes('S-1-5-32-544');
    admin = byToken || names.some(name => same(name, person));
  }
  return [measured<'accounts'>({ currentUserIsAdmin: admin, adminCount: names.length })];
}

export const accounts = scripted<'accounts'>(
  'windows.accounts',
  { kind: 'powershell', name: 'S-1-5-32-544' },
  parseAccounts,
);
