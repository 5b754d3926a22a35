// The VPN services of macOS' network settings: everything goes through the tunnel when the service overrides the primary.

import { commandFailure, measured, unmeasured, unreadable, type Collector, type Finding } from '../finding.ts';
import { entriesOf, field, flagOrNull, parseJson, textOrNull } from '../json-value.ts';

export function parseVpnServices(output: string): readonly Finding<'vpn-client'>[] {
  const services = field(parseJson(output), 'NetworkServices');
  if (services === undefined) return [unreadable('network services', output)];
  const findings: Finding<'vpn-client'>[] = [];
  for (const [id, service] of entriesOf(services).slice(0, 100)) {
    const wire = field(service, 'Interface');
    const type = textOrNull(field(wire, 'Type'));
    if (type !== 'VPN' && type !== 'IPSec' && type !== 'PPP') continue;
    const all = flagOrNull(field(field(service, 'IPv4'), 'OverridePrimary'));
    findings.push(
      measured<'vpn-client'>(
        { product: `macOS ${textOrNull(field(wire, 'SubType')) ?? type}`.slice(0, 200), splitTunnel: all !== true },
        { instance: (textOrNull(field(service, 'UserDefinedName')) ?? id).slice(0, 200) },
      ),
    );
  }
  return findings.length > 0 ? findings.slice(0, 20) : [unmeasured('unsupported', 'no-known-vpn-client')];
}

export const vpnClient: Collector<'vpn-client'> = {
  source: { kind: 'file', name: 'SystemConfiguration/preferences.plist' },
  async collect(laptop) {
    const result = await laptop.run('macos.network-services');
    const failure = commandFailure(result);
    return failure === undefined ? parseVpnServices(result.stdout) : [failure];
  },
};
