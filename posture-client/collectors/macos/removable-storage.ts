// External disks on macOS: the media restrictions of a management profile. Without such a profile the laptop cannot say,
// because a security product may still block them.

import { commandFailure, measured, unmeasured, unreadable, type Collector, type Finding } from '../finding.ts';
import { field, listOf, parseJson, textOrNull } from '../json-value.ts';

export function parseMediaRestrictions(output: string): Finding<'removable-storage'> {
  const controls = field(parseJson(output), 'mount-controls');
  if (controls === undefined) return unreadable('media restrictions', output);
  const words = listOf(field(controls, 'harddisk-external')).map(textOrNull);
  const mechanisms = ['com.apple.systemuiserver mount-controls'];
  if (words.includes('deny')) return measured<'removable-storage'>({ policy: 'blocked', mechanisms });
  if (words.includes('read-only')) return measured<'removable-storage'>({ policy: 'read-only', mechanisms });
  return measured<'removable-storage'>({ policy: 'allowed', mechanisms });
}

export const removableStorage: Collector<'removable-storage'> = {
  source: { kind: 'file', name: 'com.apple.systemuiserver' },
  async collect(laptop) {
    const result = await laptop.run('macos.media-restrictions');
    const failure = commandFailure(result);
    if (failure !== undefined) return [failure];
    if (result.exitCode !== 0) return [unmeasured('unsupported', 'no-management-profile')];
    return [parseMediaRestrictions(result.stdout)];
  },
};
