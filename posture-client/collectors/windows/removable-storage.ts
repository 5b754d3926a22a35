// USB storage on Windows: drivers switched off, or the policy for removable storage. Several mechanisms can apply; the
// strictest one is what the person meets.

import { measured, unreadable, type Finding } from '../finding.ts';
import { field, numberOrNull } from '../json-value.ts';
import { readBlob, scripted } from './blob.ts';

export function parseRemovableStorage(output: string): readonly Finding<'removable-storage'>[] {
  const blob = readBlob(output);
  if ('failure' in blob) return [blob.failure];
  if (typeof blob.data !== 'object') return [unreadable('registry', output)];
  const value = (name: string): number | null => numberOrNull(field(blob.data, name));
  const blocked: string[] = [];
  // Start 4 is disabled. UASP is the second driver that can bring a disk in.
  const uasp = value('uaspStart');
  if (value('usbstorStart') === 4 && (uasp === null || uasp === 4)) blocked.push('USBSTOR Start=4');
  if (value('denyAll') === 1) blocked.push('Deny_All');
  if (value('denyRead') === 1) blocked.push('Deny_Read');
  const finding = (policy: 'blocked' | 'read-only' | 'encrypted-only' | 'allowed', mechanisms: string[]) =>
    measured<'removable-storage'>({ policy, mechanisms });
  if (blocked.length > 0) return [finding('blocked', blocked)];
  if (value('denyWrite') === 1) return [finding('read-only', ['Deny_Write'])];
  if (value('denyWriteUnencrypted') === 1) return [finding('encrypted-only', ['RDVDenyWriteAccess'])];
  return [finding('allowed', [])];
}

export const removableStorage = scripted<'removable-storage'>(
  'windows.removable-storage',
  { kind: 'registry', name: 'USBSTOR, RemovableStorageDevices' },
  parseRemovableStorage,
);
