// Whether Windows waits for a restart (component servicing, Windows Update), and since when it runs.

import { measured, type Finding } from '../finding.ts';
import { field, flagOrNull, numberOrNull } from '../json-value.ts';
import { fromIso } from '../instants.ts';
import { readBlob, scripted } from './blob.ts';

export function parseReboot(output: string): readonly Finding<'reboot'>[] {
  const blob = readBlob(output);
  if ('failure' in blob) return [blob.failure];
  const servicing = flagOrNull(field(blob.data, 'servicing'));
  const update = flagOrNull(field(blob.data, 'windowsUpdate'));
  const pending = servicing === true || update === true ? true : servicing === null || update === null ? null : false;
  const hours = numberOrNull(field(blob.data, 'uptimeHours'));
  return [
    measured<'reboot'>({
      pending,
      lastBootAt: fromIso(field(blob.data, 'lastBoot')),
      uptimeHours: hours === null || hours < 0 ? null : hours,
    }),
  ];
}

export const reboot = scripted<'reboot'>(
  'windows.reboot',
  { kind: 'registry', name: 'RebootPending, RebootRequired' },
  parseReboot,
);
