// FileVault of the startup disk. While it is still encrypting, part of the disk is in clear.

import { commandFailure, measured, unreadable, type Collector, type Finding } from '../finding.ts';

export function parseFilevault(output: string): Finding<'disk-encryption'> {
  const state = /^FileVault is (On|Off)\b/m.exec(output)?.[1];
  if (state === undefined) return unreadable('fdesetup', output);
  const percent = /(Encryption|Decryption) in progress: Percent completed = (\d+)/.exec(output);
  const on = state === 'On' && percent === null;
  return measured<'disk-encryption'>(
    {
      mount: '/',
      isSystem: true,
      removable: false,
      provider: state === 'On' ? 'filevault' : 'none',
      encrypted: on,
      protectionOn: on,
    },
    {
      instance: '/',
      ...(percent === null ? {} : { evidence: [{ key: percent[1] ?? 'progress', value: Number(percent[2]) }] }),
    },
  );
}

export const diskEncryption: Collector<'disk-encryption'> = {
  source: { kind: 'command', name: 'fdesetup status' },
  async collect(laptop) {
    const result = await laptop.run('macos.filevault');
    return [commandFailure(result) ?? parseFilevault(result.stdout)];
  },
};
