// BitLocker as the shell sees it: a property any user may read. Only 1 is protected; a suspended volume (5) has its key in
// clear on the disk.

import { measured, unmeasured, unreadable, type Finding } from '../finding.ts';
import { field, flagOrNull, listOf, numberOrNull, textOrNull } from '../json-value.ts';
import { readBlob, scripted } from './blob.ts';

interface Meaning {
  readonly encrypted: boolean | null;
  readonly protectionOn: boolean | null;
}

/** `System.Volume.BitLockerProtection`. */
const meanings: Readonly<Record<number, Meaning>> = {
  1: { encrypted: true, protectionOn: true },
  2: { encrypted: false, protectionOn: false },
  // Encrypting and decrypting: part of the volume is in clear.
  3: { encrypted: false, protectionOn: false },
  4: { encrypted: false, protectionOn: false },
  5: { encrypted: true, protectionOn: false },
  6: { encrypted: true, protectionOn: true },
  8: { encrypted: false, protectionOn: false },
};

export function parseDiskEncryption(output: string): readonly Finding<'disk-encryption'>[] {
  const blob = readBlob(output);
  if ('failure' in blob) return [blob.failure];
  const findings: Finding<'disk-encryption'>[] = [];
  for (const volume of listOf(field(blob.data, 'volumes')).slice(0, 26)) {
    const mount = textOrNull(field(volume, 'mount'))?.slice(0, 3) ?? null;
    if (mount === null || !/^[A-Z]:$/.test(mount)) return [unreadable('volumes', output)];
    const raw = numberOrNull(field(volume, 'protection'));
    const meaning = raw === null ? undefined : meanings[raw];
    if (meaning === undefined) {
      findings.push(unmeasured('unsupported', 'bitlocker-state-unknown', String(raw), { instance: mount }));
      continue;
    }
    findings.push(
      measured<'disk-encryption'>(
        {
          mount,
          isSystem: flagOrNull(field(volume, 'system')),
          removable: false,
          provider: meaning.encrypted === true ? 'bitlocker' : 'none',
          ...meaning,
        },
        { instance: mount, evidence: [{ key: 'System.Volume.BitLockerProtection', value: raw }] },
      ),
    );
  }
  return findings.length === 0 ? [unreadable('volumes', output)] : findings;
}

export const diskEncryption = scripted<'disk-encryption'>(
  'windows.disk-encryption',
  { kind: 'com', name: 'System.Volume.BitLockerProtection' },
  parseDiskEncryption,
);
