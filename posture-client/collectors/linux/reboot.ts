// Whether a restart is due: the distribution's own mark, or a newer kernel on disk than the one that runs.

import type { DirectoryEntry, FileRead } from '../../laptop.ts';
import { textOf } from '../../laptop.ts';
import { measured, unreadable, type Collector, type Finding } from '../finding.ts';
import { instant } from '../instants.ts';

export interface RebootOutputs {
  readonly marker: FileRead;
  readonly procStat: string;
  readonly release: string;
  readonly boot: readonly DirectoryEntry[];
  readonly now: number;
}

export function parseReboot(outputs: RebootOutputs): Finding<'reboot'> {
  const bootSeconds = /^btime (\d{1,11})$/m.exec(outputs.procStat)?.[1];
  if (bootSeconds === undefined) return unreadable('/proc/stat', outputs.procStat);
  const bootedAt = Number(bootSeconds) * 1000;
  const kernels = outputs.boot.filter(entry => /^vmlinu[xz]-\d/.test(entry.name));
  const running = kernels.find(entry => entry.name.replace(/^vmlinu[xz]-/, '') === outputs.release.trim());
  const newer = running && kernels.some(entry => entry.modifiedAt > running.modifiedAt);
  const marked = 'text' in outputs.marker || outputs.marker.failed !== 'missing';
  return measured<'reboot'>(
    {
      // A kernel that comes from outside (a virtual machine) says nothing about what is in /boot.
      pending: marked ? true : (newer ?? (kernels.length === 0 ? false : null)),
      lastBootAt: instant(bootedAt),
      uptimeHours: Math.max(0, Math.round((outputs.now - bootedAt) / 36_000) / 100),
    },
    { evidence: [{ key: 'reboot-required', value: marked }] },
  );
}

export const reboot: Collector<'reboot'> = {
  source: { kind: 'proc', name: '/proc/stat' },
  async collect(laptop) {
    const [marker, procStat, release, boot] = await Promise.all([
      laptop.read('/run/reboot-required'),
      laptop.read('/proc/stat'),
      laptop.read('/proc/sys/kernel/osrelease'),
      laptop.list('/boot'),
    ]);
    return [
      parseReboot({
        marker,
        procStat: textOf(procStat) ?? '',
        release: textOf(release) ?? '',
        boot: 'entries' in boot ? boot.entries : [],
        now: laptop.now(),
      }),
    ];
  },
};
