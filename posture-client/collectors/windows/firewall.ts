// The three profiles of the Windows firewall as they are in force (ActiveStore: after group policy).

import { measured, unreadable, type Finding } from '../finding.ts';
import { field, listOf, numberOrNull, textOrNull } from '../json-value.ts';
import { readBlob, scripted } from './blob.ts';

const profiles = ['domain', 'private', 'public'] as const;

export function parseFirewall(output: string): readonly Finding<'firewall'>[] {
  const blob = readBlob(output);
  if ('failure' in blob) return [blob.failure];
  const rows = listOf(field(blob.data, 'profiles'));
  const findings = rows.map(row => {
    const name = textOrNull(field(row, 'name'))?.toLowerCase();
    const profile = profiles.find(word => word === name);
    return profile === undefined ? undefined : profileFinding(profile, row);
  });
  const known = findings.filter(finding => finding !== undefined);
  return known.length === 0 ? [unreadable('firewall profiles', output)] : known.slice(0, 3);
}

function profileFinding(profile: (typeof profiles)[number], row: unknown): Finding<'firewall'> {
  const enabled = gpoBoolean(field(row, 'enabled'));
  const inbound = numberOrNull(field(row, 'inbound'));
  // 2 is allow, 4 is block; 0 is "not configured", which in the active store means the default: block.
  const defaultInbound = inbound === 2 ? 'allow' : inbound === 4 || inbound === 0 ? 'block' : null;
  const effective = enabled === null || defaultInbound === null ? null : enabled && defaultInbound === 'block';
  return measured<'firewall'>(
    { provider: 'windows', profile, enabled, effective, defaultInbound },
    { instance: profile },
  );
}

/** 1 is true, 0 is false, 2 is "not configured". */
function gpoBoolean(value: unknown): boolean | null {
  return value === 1 || value === true ? true : value === 0 || value === false ? false : null;
}

export const firewall = scripted<'firewall'>(
  'windows.firewall',
  { kind: 'cim', name: 'MSFT_NetFirewallProfile' },
  parseFirewall,
);
