// Windows Update: when it last searched and installed, and what its own cache holds as pending. No online search: that
// takes minutes; whether the build is new enough is the gateway's question, answered from build and revision.

import { measured, type Finding } from '../finding.ts';
import { countOrNull, field, numberOrNull } from '../json-value.ts';
import { fromIso } from '../instants.ts';
import { readBlob, scripted } from './blob.ts';

const levels = { 1: 'off', 2: 'notify', 3: 'download', 4: 'install' } as const;

export function parseOsUpdates(output: string): readonly Finding<'os-updates'>[] {
  const blob = readBlob(output);
  if ('failure' in blob) return [blob.failure];
  const level = numberOrNull(field(blob.data, 'notificationLevel'));
  return [
    measured<'os-updates'>({
      scanSource: 'wua',
      scannedAt: fromIso(field(blob.data, 'lastSearch')),
      pendingTotal: countOrNull(field(blob.data, 'pendingTotal')),
      pendingSecurity: countOrNull(field(blob.data, 'pendingSecurity')),
      lastInstalledAt: fromIso(field(blob.data, 'lastInstallation')),
      autoInstall: level === 1 || level === 2 || level === 3 || level === 4 ? levels[level] : null,
    }),
  ];
}

export const osUpdates = scripted<'os-updates'>(
  'windows.os-updates',
  { kind: 'com', name: 'Microsoft.Update.AutoUpdate' },
  parseOsUpdates,
);
