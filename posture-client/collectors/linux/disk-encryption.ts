// Disk encryption: every volume in use is followed up to a `crypt` node. An encrypted partition somewhere on the disk is
// no answer, and the boot partition is in clear on every normal installation.

import { commandFailure, measured, unmeasured, unreadable, type Collector, type Finding } from '../finding.ts';
import { field, listOf, parseJson, textOrNull } from '../json-value.ts';

const bootMounts = ['/boot', '/boot/efi', '/efi'];

interface Volume {
  readonly encrypted: boolean;
  readonly node: string;
}

/** One finding per mounted, fixed volume; `/` is always among them. */
export function parseLsblk(output: string): readonly Finding<'disk-encryption'>[] {
  const devices = field(parseJson(output), 'blockdevices');
  if (!Array.isArray(devices)) return [unreadable('lsblk', output)];
  const volumes = new Map<string, Volume>();
  for (const device of devices) visit(device, false, false, 0);
  const findings: Finding<'disk-encryption'>[] = [...volumes].slice(0, 40).map(([mount, volume]) =>
    measured<'disk-encryption'>(
      {
        mount,
        isSystem: mount === '/',
        removable: false,
        provider: volume.encrypted ? 'luks' : 'none',
        encrypted: volume.encrypted,
        protectionOn: volume.encrypted,
      },
      { instance: mount, evidence: [{ key: 'device', value: volume.node }] },
    ),
  );
  if (!volumes.has('/')) {
    // A root on ZFS, on an overlay, on the network: nothing here says whether it is encrypted.
    findings.unshift(unmeasured('unsupported', 'root-not-on-block-device', undefined, { instance: '/' }));
  }
  return findings;

  function visit(node: unknown, behindCrypt: boolean, removable: boolean, depth: number): void {
    if (depth > 12) return;
    const name = textOrNull(field(node, 'name')) ?? '?';
    const type = textOrNull(field(node, 'type'));
    // Swap in compressed memory leaves nothing on a disk; a loop device is a file of a volume that is looked at itself.
    if (name.startsWith('zram') || type === 'loop' || type === 'rom') return;
    const encrypted = behindCrypt || type === 'crypt';
    const rm = field(node, 'rm');
    const loose = removable || rm === true || rm === '1' || rm === 1;
    if (!loose) for (const mount of mountsOf(node)) note(mount, { encrypted, node: name });
    for (const child of listOf(field(node, 'children'))) visit(child, encrypted, loose, depth + 1);
  }

  /** A volume over several disks appears once below each: it counts as encrypted when each of them is. */
  function note(mount: string, volume: Volume): void {
    if (bootMounts.includes(mount)) return;
    const key = mount === '[SWAP]' ? `swap:${volume.node}`.slice(0, 200) : mount.slice(0, 200);
    const earlier = volumes.get(key);
    volumes.set(key, { ...volume, encrypted: volume.encrypted && (earlier?.encrypted ?? true) });
  }
}

function mountsOf(node: unknown): readonly string[] {
  const all = [...listOf(field(node, 'mountpoints')), ...listOf(field(node, 'mountpoint'))];
  return all.map(textOrNull).filter(mount => mount !== null);
}

export const diskEncryption: Collector<'disk-encryption'> = {
  source: { kind: 'command', name: 'lsblk' },
  async collect(laptop) {
    let result = await laptop.run('linux.lsblk');
    if (result.exitCode !== 0 && /unknown column/i.test(result.stderr)) result = await laptop.run('linux.lsblk-old');
    const failure = commandFailure(result);
    return failure === undefined ? parseLsblk(result.stdout) : [failure];
  },
};
