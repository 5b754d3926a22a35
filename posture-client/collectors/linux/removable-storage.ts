// USB storage: blocked by USBGuard's policy for unknown devices, or by keeping the kernel's drivers from being loaded.

import type { Laptop } from '../../laptop.ts';
import { textOf } from '../../laptop.ts';
import { measured, unmeasured, type Collector, type Finding } from '../finding.ts';
import { processNames } from './antimalware.ts';

export interface RemovableStorageOutputs {
  /** All files of modprobe.d, one after the other. */
  readonly modprobe: string;
  /** `/lib/modules/<release>/modules.builtin`: a driver built into the kernel cannot be kept out. */
  readonly builtin: string;
  readonly loaded: string;
  readonly usbguard: 'absent' | 'not-running' | 'denied' | { readonly configuration: string; readonly rules: string };
}

export function parseRemovableStorage(outputs: RemovableStorageOutputs): Finding<'removable-storage'> {
  const mechanisms: string[] = [];
  const fixed = /\/usb-storage\.ko/.test(outputs.builtin) || /^usb_storage /m.test(outputs.loaded);
  if (!fixed && driverBlocked('usb-storage', outputs.modprobe)) mechanisms.push('modprobe usb-storage');
  if (typeof outputs.usbguard === 'object' && usbguardBlocks(outputs.usbguard)) mechanisms.push('usbguard');
  if (mechanisms.length > 0) return measured<'removable-storage'>({ policy: 'blocked', mechanisms });
  if (outputs.usbguard === 'denied') return unmeasured('denied', 'usbguard-unreadable');
  return measured<'removable-storage'>({ policy: 'allowed', mechanisms: [] });
}

/** `install usb-storage /bin/false` or `blacklist usb-storage`; modprobe takes - and _ for the same. */
function driverBlocked(driver: string, text: string): boolean {
  const name = driver.replace('-', '[-_]');
  return (
    new RegExp(`^\\s*install\\s+${name}\\s+(/usr)?/bin/(false|true)\\b`, 'm').test(text) ||
    new RegExp(`^\\s*blacklist\\s+${name}\\s*$`, 'm').test(text)
  );
}

function usbguardBlocks(files: { readonly configuration: string; readonly rules: string }): boolean {
  const target = /^\s*ImplicitPolicyTarget\s*=\s*(\w+)/m.exec(files.configuration)?.[1] ?? 'block';
  // Class 08 is mass storage: a rule that lets the whole class in undoes the default.
  const lets = /^\s*allow\b(?!.*\bid [0-9a-f]{4}:[0-9a-f]{4})(?:.*\b08:|\s*$)/m.test(files.rules);
  return (target === 'block' || target === 'reject') && !lets;
}

export const removableStorage: Collector<'removable-storage'> = {
  source: { kind: 'file', name: 'modprobe.d, usbguard' },
  async collect(laptop) {
    const release = (textOf(await laptop.read('/proc/sys/kernel/osrelease')) ?? '').trim();
    const [etc, lib, builtin, loaded, usbguard] = await Promise.all([
      folder(laptop, '/etc/modprobe.d'),
      folder(laptop, '/usr/lib/modprobe.d'),
      laptop.read(`/lib/modules/${release}/modules.builtin`),
      laptop.read('/proc/modules'),
      usbguardFiles(laptop),
    ]);
    return [
      parseRemovableStorage({
        modprobe: `${etc}\n${lib}`,
        builtin: textOf(builtin) ?? '',
        loaded: textOf(loaded) ?? '',
        usbguard,
      }),
    ];
  },
};

async function folder(laptop: Laptop, path: string): Promise<string> {
  const listing = await laptop.list(path);
  const names = 'entries' in listing ? listing.entries.filter(entry => entry.name.endsWith('.conf')) : [];
  const texts = await Promise.all(names.map(async ({ name }) => textOf(await laptop.read(`${path}/${name}`)) ?? ''));
  return texts.join('\n');
}

async function usbguardFiles(laptop: Laptop): Promise<RemovableStorageOutputs['usbguard']> {
  const configuration = await laptop.read('/etc/usbguard/usbguard-daemon.conf');
  if ('failed' in configuration) return configuration.failed === 'denied' ? 'denied' : 'absent';
  if ((await processNames(laptop))?.has('usbguard-daemon') !== true) return 'not-running';
  const rules = await laptop.read('/etc/usbguard/rules.conf');
  if ('failed' in rules && rules.failed === 'denied') return 'denied';
  return { configuration: configuration.text, rules: textOf(rules) ?? '' };
}
