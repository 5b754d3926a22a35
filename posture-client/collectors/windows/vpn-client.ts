// The VPN connections of Windows' own client.

import { measured, unmeasured, type Finding } from '../finding.ts';
import { field, flagOrNull, listOf, textOrNull } from '../json-value.ts';
import { readBlob, scripted } from './blob.ts';

export function parseVpnClient(output: string): readonly Finding<'vpn-client'>[] {
  const blob = readBlob(output);
  if ('failure' in blob) return [blob.failure];
  const findings: Finding<'vpn-client'>[] = [];
  for (const connection of listOf(field(blob.data, 'connections')).slice(0, 20)) {
    const name = textOrNull(field(connection, 'name'));
    if (name === null) continue;
    findings.push(
      measured<'vpn-client'>(
        {
          product: `Windows VPN ${textOrNull(field(connection, 'tunnelType')) ?? ''}`.trim().slice(0, 200),
          splitTunnel: flagOrNull(field(connection, 'splitTunneling')),
        },
        { instance: name.slice(0, 200) },
      ),
    );
  }
  return findings.length > 0 ? findings : [unmeasured('unsupported', 'no-known-vpn-client')];
}

export const vpnClient = scripted<'vpn-client'>(
  'windows.vpn-client',
  { kind: 'powershell', name: 'Get-VpnConnection' },
  parseVpnClient,
);
