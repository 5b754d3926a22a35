// Since when macOS runs. It has no mark for a pending restart: an update that needs one is still listed as pending.

import { commandFailure, measured, unreadable, type Collector, type Finding } from '../finding.ts';
import { instant } from '../instants.ts';

/** `{ sec = 1795527634, usec = 0 } Tue Nov 24 13:40:34 2026`. */
export function parseBoottime(output: string, now: number): Finding<'reboot'> {
  const seconds = /\{ sec = (\d{1,11}),/.exec(output)?.[1];
  if (seconds === undefined) return unreadable('sysctl', output);
  const bootedAt = Number(seconds) * 1000;
  return measured<'reboot'>({
    pending: null,
    lastBootAt: instant(bootedAt),
    uptimeHours: Math.max(0, Math.round((now - bootedAt) / 36_000) / 100),
  });
}

export const reboot: Collector<'reboot'> = {
  source: { kind: 'command', name: 'sysctl kern.boottime' },
  async collect(laptop) {
    const result = await laptop.run('macos.boottime');
    return [commandFailure(result) ?? parseBoottime(result.stdout, laptop.now())];
  },
};
