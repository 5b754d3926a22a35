// The proxy of Windows: set for the machine by policy (ProxySettingsPerUser = 0), or a choice of the person.

import { measured, type Finding } from '../finding.ts';
import { field, numberOrNull, textOrNull } from '../json-value.ts';
import { proxyAddress } from '../proxy-address.ts';
import { readBlob, scripted } from './blob.ts';

export function parseNetwork(output: string): readonly Finding<'network'>[] {
  const blob = readBlob(output);
  if ('failure' in blob) return [blob.failure];
  const settings = field(blob.data, 'machine');
  const proxy =
    textOrNull(field(settings, 'autoConfigUrl')) ??
    (numberOrNull(field(settings, 'proxyEnable')) === 1 ? textOrNull(field(settings, 'proxyServer')) : null);
  const perMachine = numberOrNull(field(blob.data, 'proxySettingsPerUser')) === 0;
  return [measured<'network'>({ proxy: proxyAddress(proxy ?? 'none'), proxyForced: perMachine && proxy !== null })];
}

export const network = scripted<'network'>(
  'windows.network',
  { kind: 'registry', name: 'Internet Settings' },
  parseNetwork,
);
