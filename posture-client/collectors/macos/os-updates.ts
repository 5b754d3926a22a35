// `softwareupdate -l`: what Apple offers this model. A network error prints no list, which is not the same as an empty one.

import { commandFailure, measured, unmeasured, unreadable, type Collector, type Finding } from '../finding.ts';
import { instant } from '../instants.ts';
import { field, flagOrNull, parseJson } from '../json-value.ts';
import { newestInstall } from './antimalware.ts';

export interface SoftwareUpdateOutputs {
  /** Standard output and standard error: the list goes to either, depending on the release. */
  readonly list: string;
  readonly history: string;
  readonly settings: string;
  readonly now: number;
}

export function parseSoftwareUpdate(outputs: SoftwareUpdateOutputs): Finding<'os-updates'> {
  const { list } = outputs;
  if (/NSURLErrorDomain|can't connect|not connected/i.test(list))
    return unmeasured('error', 'update-server-unreachable');
  const labels = [...list.matchAll(/^\* Label: (.+)$/gm)];
  const none = /^No new software available\.?\s*$/m.test(list);
  if (labels.length === 0 && !none) return unreadable('softwareupdate', list);
  const details = [...list.matchAll(/^\s+Title: .*$/gm)].map(match => match[0]);
  // Apple names no severity: what it recommends for the system itself, or calls a security update, counts as one.
  const security = details.filter(line => /Security|(Title: macOS |Rapid Security).*Recommended: YES/i.test(line));
  const settings = parseJson(outputs.settings);
  const flag = (name: string): boolean | null => flagOrNull(field(settings, name));
  return measured<'os-updates'>({
    scanSource: 'softwareupdate',
    scannedAt: instant(outputs.now),
    pendingTotal: labels.length,
    pendingSecurity: security.length,
    lastInstalledAt: newestInstall(outputs.history, name => name.startsWith('macOS'))?.installedAt ?? null,
    ...(settings === undefined ? {} : { autoInstall: autoInstall(flag) }),
  });
}

/** A key that is missing is on: that is how macOS ships. */
function autoInstall(flag: (name: string) => boolean | null): 'off' | 'notify' | 'download' | 'install' {
  if (flag('AutomaticCheckEnabled') === false) return 'off';
  if (flag('AutomaticallyInstallMacOSUpdates') === true) return 'install';
  return flag('AutomaticDownload') === false ? 'notify' : 'download';
}

export const osUpdates: Collector<'os-updates'> = {
  source: { kind: 'command', name: 'softwareupdate -l' },
  async collect(laptop) {
    const [list, history, settings] = await Promise.all([
      laptop.run('macos.softwareupdate'),
      laptop.run('macos.install-history'),
      laptop.run('macos.softwareupdate-settings'),
    ]);
    const failure = commandFailure(list);
    if (failure !== undefined) return [failure];
    return [
      parseSoftwareUpdate({
        list: `${list.stdout}\n${list.stderr}`,
        history: history.stdout,
        settings: settings.stdout,
        now: laptop.now(),
      }),
    ];
  },
};
